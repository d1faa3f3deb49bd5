"""errors.py: the mistakes of engines, by what they get wrong and by engine; each is a switch of reference.py.

What stands in a cell of ERRORS is what that engine does otherwise than the suite asks, be it against the specification or another
choice: the names of the switches, separated by ";". A cell that begins with "-" has none, and says why. An engine that a row does
not name does as the suite asks, or it is not known what it does. Read in the sources, run, or said by the documents of: pySigma 1.5
and 2.0 with its SQLite backend, Hayabusa 4.0, Chainsaw 2.16, Zircolite 3.7, RSigma 0.23, Velociraptor, sigma-rust 0.7, sigma-go,
rustinel, LUMEN. "before" names what was mended, "a reading" what can be read out of the specification and is a likely mistake."""

WIDE = "refuses wide; refuses utf16le; refuses utf16be; refuses utf16"
BOUNDS = "refuses gt; refuses gte; refuses lt; refuses lte"
PARTS = "refuses minute; refuses hour; refuses day; refuses week; refuses month; refuses year"
METRICS = "refuses value_sum; refuses value_avg; refuses value_percentile"
NOT_ASKED = "- its mapping file says where fields are; that is not the matching of a rule"

ERRORS = {
    # ---- texts ----
    "case folding": {
        "pySigma": "case is folded in ASCII alone",
        "Hayabusa": "case is folded in ASCII alone",
        "Chainsaw": "case is folded in ASCII alone",
        "Zircolite": "case is folded in ASCII alone",
        "RSigma": "case is folded as texts are put in lower case; case is folded in ASCII alone",
        "Velociraptor": "case is folded letter by letter to lower case",
    },
    "cased": {
        "Hayabusa": "cased alone is passed over",
        "Chainsaw": "refuses cased",
        "Zircolite": "refuses cased",
        "Velociraptor": "refuses cased",
    },
    "one character by ?": {
        "Hayabusa": "? is no line end",
        "Chainsaw": "wildcards are compared with case",
        "RSigma": "? is no line end",
        "Velociraptor": "wildcards are plain",
        "a reading": "? may be missing",
    },
    "* in the middle": {
        "Hayabusa before 3.10": "a value with wildcards is found anywhere",
        "Chainsaw": "a star in the middle is plain; wildcards are compared with case",
        "RSigma": "* is no line end",
        "Velociraptor": "wildcards are plain",
    },
    "escaped wildcards": {
        "Chainsaw": "- a backslash before a star is an escape of its regular expressions as well: the same",
        "Velociraptor": "wildcards are plain",
        "a reading": "a backslash does not escape a wildcard",
    },
    "backslash and wildcard": {
        "Chainsaw": "a star in the middle is plain",
        "Velociraptor": "wildcards are plain",
    },
    "backslash and plain wildcard": {
        "Hayabusa": "three backslashes before a wildcard are two and the wildcard",
        "Velociraptor": "wildcards are plain",
    },
    "two backslashes": {
        "Hayabusa": "a doubled backslash is two beside a wildcard",
        "Chainsaw": "a doubled backslash is two",
        "Velociraptor": "a doubled backslash is two",
    },
    "four backslashes": {
        "Chainsaw": "a doubled backslash is two",
        "Velociraptor": "a doubled backslash is two",
    },
    "wildcards inside contains, startswith, endswith": {
        "Chainsaw": "wildcards inside contains are plain",
        "Velociraptor": "wildcards inside contains are plain",
        "RSigma": "wildcards inside startswith and endswith are plain",
        "a reading": "startswith and endswith are contains",
    },
    # ---- modifiers ----
    "all": {
        "RSigma": "refuses all with one value",
        "a reading": "all is passed over; what becomes of one value is under all too",
    },
    "the order of modifiers": {
        "Hayabusa": "refuses modifiers in another order than its own; refuses more than three modifiers",
        "Chainsaw": "the order of modifiers is lost",
        "RSigma": "the order of modifiers is lost",
    },
    "windash": {
        "pySigma": "windash knows hyphen and slash alone in a rule; windash refuses four dashes",
        "Hayabusa": "windash exchanges the first dash alone; windash knows hyphen and slash alone in an event; "
                    "windash is lost beside startswith and endswith",
        "Chainsaw": "refuses windash",
        "Zircolite": "windash knows hyphen and slash alone in a rule",
        "RSigma": "windash knows the hyphen alone in a rule; windash also exchanges dashes inside words; windash refuses nine dashes",
        "Velociraptor": "windash knows a dash behind a space alone",
    },
    "base64": {
        "pySigma": "codes are compared without case; dashes are exchanged behind the encoding",
        "Hayabusa": "base64 without contains is passed over",
        "Zircolite": "codes are compared without case",
        "RSigma": "codes are compared without case",
    },
    "base64offset": {
        "pySigma": "base64offset counts characters",
        "Zircolite": "base64offset counts characters",
        "RSigma": "base64offset keeps the last character",
        "rustinel": "base64offset keeps the last character",
        "a reading": "base64offset keeps the first character; base64offset makes no shift",
    },
    "wide, utf16le": {
        "pySigma": "refuses utf16le; refuses wide beyond ASCII",
        "Hayabusa": "refuses wide without base64",
        "Chainsaw": WIDE,
        "Zircolite": "refuses utf16le; refuses wide beyond ASCII",
        "Velociraptor": "refuses utf16le; refuses utf16be",
    },
    "utf16": {
        "pySigma": "utf16 puts the mark of UTF-8",
        "Hayabusa": "refuses wide without base64",
        "Chainsaw": "refuses utf16",
        "Zircolite": "utf16 puts the mark of UTF-8",
        "Velociraptor": "refuses utf16",
    },
    "re": {
        "Hayabusa": "refuses look-around and back references; $ is the very end alone",
        "Chainsaw": "refuses look-around and back references",
        "RSigma": "refuses look-around and back references; $ is the very end alone",
        "Velociraptor": "refuses look-around and back references; $ is the very end alone",
        "a reading": "expressions are anchored; expressions are compared without case; the dot of an expression is a line end too",
    },
    "re with i, m, s": {
        "Hayabusa": "refuses two flags of re",
        "Chainsaw": "refuses i; refuses m; refuses s",
        "Velociraptor": "refuses i; refuses m; refuses s",
        "sigma-rust": "refuses i; refuses m; refuses s",
    },
    "cidr": {
        "pySigma": "networks are compared as the start of a text; refuses networks with bits behind the prefix",
        "Chainsaw": "refuses cidr",
        "Zircolite": "networks are compared as the start of a text",
        "RSigma": "addresses have no brackets, zone or port; an IPv4 address inside IPv6 is one of IPv6; "
                  "refuses networks without a prefix",
    },
    "numbers in a rule, texts in a field": {
        "pySigma": "numbers are no texts; hexadecimal digits are no number",
        "Hayabusa": "numbers are compared as texts",
        "Chainsaw": "a number does not equal its text",
        "Zircolite": "hexadecimal digits are no number",
        "RSigma": "hexadecimal digits are no number",
        "Velociraptor": "numbers are compared as texts",
        "sigma-rust": "a number does not equal its text",
    },
    "gt, gte, lt, lte": {
        "pySigma": "refuses a bound in quotes; what is no number is greater than all numbers",
        "Hayabusa": "numbers have no sign, no decimals, no hexadecimal digits",
        "Chainsaw": BOUNDS,
        "Zircolite": "what is no number is greater than all numbers; hexadecimal digits are no number",
        "RSigma": "numbers are rounded to doubles",
        "a reading": "bounds compare texts; a text is no number",
    },
    "truth values": {
        "pySigma": "truth values are 1 and 0; a word is no truth value",
        "RSigma": "truth values are 1 and 0",
    },
    "parts of a time": {
        "pySigma": "weeks are counted from the first Monday",
        "Hayabusa": PARTS,
        "Chainsaw": PARTS,
        "Velociraptor": PARTS,
        "sigma-rust": PARTS,
        "RSigma": "refuses a part of a time with a bound",
        "a reading": "times keep the zone they are written in",
    },
    # ---- fields ----
    "a missing field": {
        "Zircolite": "a field that no event has silences the rule",
    },
    "a missing field under not": {
        "Chainsaw": "not of a missing field is false",
        "Zircolite": "three values of truth; a field that no event has silences the rule",
    },
    "null and what is missing": {
        "Chainsaw": "null is not what is missing",
        "Zircolite": "a field that no event has silences the rule",
        "sigma-rust": "null is not what is missing",
        "a reading": "null is the empty text too; what is missing is the empty text",
    },
    "null in a list": {
        "RSigma": "null in a list is passed over",
    },
    "exists": {
        "pySigma": "null does not exist",
        "Chainsaw": "refuses exists",
        "Zircolite": "null does not exist",
        "RSigma": "null does not exist",
        "Velociraptor": "refuses exists",
        "a reading": "an empty text does not exist",
    },
    "neq": {
        "Chainsaw": "refuses neq",
        "Zircolite": "three values of truth",
        "RSigma": "neq of a list is an or of nots; neq of a missing field is false",
        "Velociraptor": "refuses neq",
        "sigma-rust": "refuses neq",
        "a reading": "neq is met by one value of the event",
    },
    "arrays": {
        "pySigma": "- SQL has no arrays",
        "Hayabusa": "arrays other than Data are missing",
        "Zircolite": "an array is one joined text",
        "sigma-rust": "arrays are missing",
        "a reading": "all is met by one value of the event",
    },
    "unnamed data": {
        "Zircolite": "an array is one joined text",
        "RSigma": "unnamed data have no names by number",
    },
    "dots in names": {
        "pySigma": NOT_ASKED,
        "Hayabusa": NOT_ASKED,
        "Chainsaw": NOT_ASKED,
        "Velociraptor": NOT_ASKED,
        "a reading": "names with dots are plain names",
    },
    "spaces in names": {
        "pySigma": "field names keep their spaces",
        "RSigma": "field names keep their spaces",
    },
    "fieldref": {
        "pySigma": "refuses fieldref with cased",
        "Hayabusa": "fieldref minds case",
        "Chainsaw": "refuses fieldref",
        "RSigma": "refuses fieldref with contains",
        "Velociraptor": "refuses fieldref",
        "a reading": "texts of an event have wildcards too",
    },
    "expand": {
        "pySigma": "a percent sign cannot be escaped",
        "Chainsaw": "refuses expand",
        "Zircolite": "refuses expand",
        "RSigma": "a placeholder is a field of the event; a placeholder without values is plain; a percent sign cannot be escaped",
        "sigma-rust": "refuses expand",
    },
    # ---- conditions and keywords ----
    "or, and, not": {
        "a reading": "and and or bind alike; not binds less than and",
    },
    "them and _": {
        "Hayabusa": "refuses of them",
        "Velociraptor": "them are also names with an underscore",
        "sigma-rust": "them are also names with an underscore",
    },
    "patterns of names": {
        "Hayabusa": "refuses patterns with a star before the end",
        "Chainsaw": "a pattern is what stands before its star",
        "RSigma": "a star at the start of a pattern is passed over",
    },
    "a pattern without a match": {
        "pySigma": "a pattern without a match is left out",
        "RSigma": "a pattern without a match is true for all, false for 1",
        "Velociraptor": "a pattern without a match is false",
    },
    "lists of conditions": {
        "Hayabusa": "the first of a list of conditions counts alone",
        "sigma-rust": "refuses lists of conditions",
    },
    "words and names of conditions": {
        "pySigma": "refuses words of conditions in capitals; refuses names with a hyphen",
        "RSigma": "refuses words of conditions in capitals; refuses a selection named all",
    },
    "keywords": {
        "pySigma": "keywords are searched in one value at a time",
        "Hayabusa": "keywords search the JSON text",
        "Chainsaw": "refuses keywords",
        "Zircolite": "refuses keywords",
        "RSigma": "keywords pass over what is no text; keywords are searched in one value at a time",
        "Velociraptor": "keywords search the JSON text",
        "sigma-go": "refuses keywords",
    },
    "'|all' without a field": {
        "Hayabusa": "keywords search the JSON text",
        "Chainsaw": "refuses keywords",
        "Zircolite": "refuses keywords",
        "RSigma": "keywords under all are never true; keywords are searched in one value at a time",
        "Velociraptor": "keywords under all are never true",
    },
    "the rules for Exchange": {
        "Hayabusa": "keywords search the JSON text",
        "Chainsaw": "refuses keywords",
        "Zircolite": "refuses keywords",
        "RSigma": "keywords under all are never true",
        "Velociraptor": "keywords under all are never true",
    },
    "log sources": {
        "pySigma": "- they are a pipeline's",
        "Hayabusa": "log sources say nothing",
        "Chainsaw": "the number of the event alone says its log",
        "Zircolite": "- they are a pipeline's",
        "RSigma": "log sources say nothing",
        "LUMEN": "the number of the event alone says its log",
        "a reading": "fields have one name in all logs",
    },
    # ---- files ----
    "YAML": {
        "pySigma": "of two equal keys the later counts; YAML 1.1: yes and off are truth values; YAML 1.1: a leading zero is octal; "
                   "YAML 1.1: dates are refused",
        "RSigma": "YAML 1.1: a leading zero is octal",
    },
    "actions of Sigma 1": {
        "pySigma": "action global is a rule too",
        "a reading": "action reset is passed over; action repeat is passed over; an action that is not known is passed over",
    },
    "aggregations of Sigma 1": {
        "pySigma": "refuses aggregations",
        "Chainsaw": "refuses aggregations but count; a timeframe is passed over",
        "Zircolite": "refuses aggregations",
        "RSigma": "refuses aggregations",
    },
    # ---- correlations ----
    "event_count, value_count": {
        "pySigma": "refuses several fields of value_count",
        "Hayabusa": "refuses correlations without group-by; values that left the window are still counted; "
                    "refuses several fields of value_count",
        "Chainsaw": "refuses correlations",
        "Zircolite": "no correlation has a window",
        "RSigma": "matches are counted, not events; accepts value correlations without a field",
        "Velociraptor": "gt, lt and neq hold always",
        "a reading": "value_count counts events; value_count looks at its first field alone; a missing value is a value to count; "
                     "null is an empty text for correlations; correlations see the first value of an array",
    },
    "value_sum, value_avg, value_percentile": {
        "Hayabusa": METRICS,
        "Chainsaw": "refuses correlations",
        "Zircolite": "no correlation has a window",
        "Velociraptor": METRICS,
        "RSigma": "refuses bounds with decimals; any percentile will do; a percentile may be beyond a hundred; "
                  "accepts value correlations without a field",
        "a reading": "means are rounded down; equal numbers are added once; a missing number is zero; sums are rounded to doubles; "
                     "an event under two rules is added twice",
    },
    "temporal, temporal_ordered": {
        "Hayabusa before 4.0": "temporal passes over its groups; temporal_ordered has no order",
        "Chainsaw": "refuses correlations",
        "Zircolite": "temporal looks from the first event of a group to its last; temporal_ordered has no order",
        "RSigma": "temporal is met by any of its rules; an event may follow itself; events at one moment have no order",
        "Velociraptor": "refuses temporal_ordered",
        "a reading": "temporal counts events, not rules; each event must be near its neighbour alone; "
                     "refuses conditions of temporal_ordered; a condition of temporal_ordered counts rules in any order",
    },
    "the window": {
        "RSigma": "times are in whole seconds",
        "Velociraptor": "refuses time spans in days",
        "pySigma": "a time span may be in months",
        "a reading": "windows are pieces of the clock; windows begin with the first event and end after the span; "
                     "the edge of a window is outside; an event without a time has that of the event before it",
    },
    "ranges": {
        "pySigma": "refuses ranges",
        "Hayabusa": "the first bound of a range counts alone",
        "Chainsaw": "refuses correlations",
        "Zircolite": "refuses ranges",
    },
    "neq of a count": {
        "Hayabusa": "refuses neq in correlations",
        "Chainsaw": "refuses correlations",
        "Velociraptor": "gt, lt and neq hold always",
    },
    "aliases": {
        "Hayabusa": "aliases are passed over",
        "Chainsaw": "refuses correlations",
        "Velociraptor": "aliases are passed over",
        "pySigma": "an alias may name any rule",
        "RSigma": "an alias may name any rule",
    },
    "a missing group-by field": {
        "Hayabusa": "events without a group field are one group",
        "Chainsaw": "refuses correlations",
        "Zircolite": "events without a group field are one group",
        "RSigma": "events without a group field are one group",
        "a reading": "group-by fields run together",
    },
    "correlations of correlations": {
        "Hayabusa": "refuses correlations of correlations but temporal ones",
        "Chainsaw": "refuses correlations",
        "Zircolite": "refuses correlations of correlations",
        "Velociraptor": "refuses correlations of correlations",
        "a reading": "a correlation leaves out rules that are not there",
    },
    "generate": {
        "pySigma": "generate must be said by all that refer to a rule; generate is read inside correlation alone",
        "Hayabusa": "the first correlation of a rule takes it away",
        "Chainsaw": "refuses correlations",
        "RSigma": "rules of correlations report themselves",
    },
    "logs out of order": {
        "RSigma": "events are in the order of the log, not of their times",
        "Velociraptor": "events are in the order of the log, not of their times",
    },
    "filters": {
        "pySigma": "a filter without rules is for none",
        "Hayabusa": "filters are passed over",
        "Chainsaw": "filters are passed over",
        "Velociraptor": "filters are passed over",
        "RSigma": "a filter without rules is for none; filters name rules by id alone",
        "a reading": "a filter takes away what it names; the log source of a filter says nothing",
    },
}


def switches():
    """By name of a switch: the engines that make this mistake, in the order of the table."""
    out = {}
    for row in ERRORS.values():
        for engine, cell in row.items():
            for name in [] if cell.startswith("-") else cell.split("; "):
                if engine not in out.setdefault(name, []):
                    out[name].append(engine)
    return out


def without_switch():
    """The cells that have none: (row, engine, why)."""
    return [(row, engine, cell[2:]) for row, cells in ERRORS.items() for engine, cell in cells.items() if cell.startswith("-")]
