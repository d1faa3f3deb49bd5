"""reference.py: Sigma 2.1 in the plainest way, and with mistakes that can be switched on.

A third opinion beside leadline's two matchers: written from the specification and from README.md, not from an engine, for clearness
and not for speed. It passes every case of the suite. errs(name) asks whether the mistake of that name is switched on; errors.py
lists them and says which engine makes it, errors_caught.py switches them on one by one and looks which cases notice."""
import base64
import fnmatch
import functools
import ipaddress
import itertools
import json
import re
from datetime import datetime, timedelta, timezone
from fractions import Fraction

import yaml

ON = set()     # the mistakes that are switched on
ASKED = set()  # the mistakes that were asked about: without a question a mistake makes no difference


def errs(name):
    ASKED.add(name)
    return name in ON


class Refused(Exception):
    """The rule cannot be honoured."""


def refuse_if(wrong, why):
    if wrong:
        raise Refused(why)


# ---- YAML 1.2, core schema ----

class Value(str):
    """A scalar: its text as written, and what YAML takes it for."""
    kind = "text"  # or null, bool, number
    plain = False  # without quotes


class Map(dict):
    twice = ""  # a key that stands there twice


def value_of(text, plain=True, kind=None):
    value = Value(text)
    value.plain = plain
    if kind:
        value.kind = kind
    elif plain and re.fullmatch(r"|~|null|Null|NULL", text):
        value.kind = "null"
    elif plain and re.fullmatch(r"(true|false)|(True|False)|(TRUE|FALSE)", text):
        value.kind = "bool"
    elif plain and re.fullmatch(r"[-+]?(0x[0-9a-fA-F]+|[0-9]+(\.[0-9]+)?)", text):
        value.kind = "number"
    return value


def construct(node):
    if isinstance(node, yaml.ScalarNode):
        return value_of(node.value, node.style is None)
    if isinstance(node, yaml.SequenceNode):
        return [construct(n) for n in node.value]
    out = Map()
    for key, value in node.value:
        refuse_if(not isinstance(key, yaml.ScalarNode), "a key must be a scalar")
        out.twice = key.value if key.value in out else out.twice
        out[key.value] = construct(value)
    return out


@functools.lru_cache(None)
def read_documents(text):
    """The documents of a file; errors of YAML are the whole file's."""
    try:
        return [construct(node) for node in yaml.compose_all(text, Loader=yaml.SafeLoader)]
    except yaml.YAMLError as error:
        raise Refused(f"not YAML: {error}") from error


def check_keys(tree):
    if isinstance(tree, Map):
        refuse_if(tree.twice and not errs("of two equal keys the later counts"), f"key {tree.twice} twice")
        tree = tree.values()
    elif not isinstance(tree, list):
        return
    for part in tree:
        check_keys(part)


# ---- texts, numbers, times ----

def number(text):
    match = re.fullmatch(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|([0-9]+)(?:\.([0-9]+))?)", text)
    if not match:
        return None
    sign, digits16, whole, decimals = match.groups()
    if digits16 and errs("hexadecimal digits are no number"):
        return None
    if (sign or digits16 or decimals) and errs("numbers have no sign, no decimals, no hexadecimal digits"):
        return None
    n = int(digits16, 16) if digits16 else int(whole)
    if n >= 2**64:
        return None
    n = n + Fraction(int(decimals), 10**len(decimals)) if decimals else Fraction(n)
    n = -n if sign == "-" else n
    return Fraction(float(n)) if errs("numbers are rounded to doubles") else n


def text_of(leaf):
    """The text of a value of an event; null has none."""
    if isinstance(leaf, bool):
        return "true" if leaf else "false"
    return leaf if isinstance(leaf, str) else repr(leaf)


@functools.lru_cache(None)
def fold_letter(letter):
    """Unicode's simple folding: one code point becomes one."""
    folded = letter.casefold()
    if len(folded) == 1:
        return folded
    lower = letter.lower()
    return lower if len(lower) == 1 else letter


def fold(text):
    if errs("case is folded in ASCII alone"):
        return re.sub("[A-Z]", lambda m: m[0].lower(), text)
    if errs("case is folded as texts are put in lower case"):
        return text.lower()
    if errs("case is folded letter by letter to lower case"):
        return "".join(c.lower()[0] for c in text)
    return "".join(map(fold_letter, text))


TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[-+]\d\d:?\d\d)?)?")


def moment(text):
    """A time in UTC: the date and the nanoseconds within its second, or nothing; a date alone is its midnight."""
    match = TIME.fullmatch(text)
    if not match:
        return None
    parts, fraction, zone = [int(p or 0) for p in match.groups()[:6]], match[7] or "", match[8] or "Z"
    try:
        when = datetime(*parts, tzinfo=timezone.utc)
    except ValueError:
        return None
    if zone != "Z":
        shift = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        when -= -shift if zone[0] == "-" else shift
    return when, int(fraction.ljust(9, "0"))


# ---- events ----

class View:
    """An event as a rule sees it: by the names of its log source."""
    known = ()  # the names that any event of the log has

    def __init__(self, event, names):
        self.event, self.names = event, names
        if not errs("field names keep their spaces"):
            self.event = {name.replace(" ", ""): value for name, value in event.items()}

    def find(self, name):
        """Whether the field is there, and what it is."""
        if name in self.event:
            return True, self.event[name]
        at = self.event
        for part in name.split("."):
            if not isinstance(at, dict) or part not in at or errs("names with dots are plain names"):
                break
            at = at[part]
        else:
            return True, at
        by_number = re.fullmatch(r"param([1-9][0-9]*)", name)
        if by_number and "Data" in self.event and not errs("unnamed data have no names by number"):
            data = self.event["Data"] if isinstance(self.event["Data"], list) else [self.event["Data"]]
            if int(by_number[1]) <= len(data):
                return True, data[int(by_number[1]) - 1]
        return False, None

    def get(self, name):
        """Whether the field is there, and its values; arrays lie flat."""
        name = self.names.get(name, name)
        there, value = self.find(name if errs("field names keep their spaces") else name.replace(" ", ""))
        if isinstance(value, list):
            if errs("arrays are missing") or name != "Data" and errs("arrays other than Data are missing"):
                return False, []
            if errs("an array is one joined text"):
                return there, [" ".join(text_of(v) for v in leaves_of(value) if v is not None)]
        return there, list(leaves_of(value)) if there else []

    def message(self):
        """All values, a space before, between and behind them."""
        if errs("keywords search the JSON text"):
            return [json.dumps(self.event, ensure_ascii=False)]
        values = [v for v in leaves_of(self.event, True) if v is not None]
        if errs("keywords pass over what is no text"):
            values = [v for v in values if isinstance(v, str)]
        texts = [text_of(v) for v in values]
        if errs("keywords are searched in one value at a time"):
            return texts
        return [" " + " ".join(texts) + " "]


def leaves_of(value, objects=False):
    if isinstance(value, list):
        for part in value:
            yield from leaves_of(part, objects)
    elif isinstance(value, dict):
        for part in value.values() if objects else ():
            yield from leaves_of(part, objects)
    else:
        yield value


# ---- log sources: as much of the taxonomy as the suite asks for ----

SYSMON, POWERSHELL = "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-PowerShell/Operational"
SERVICES = {"application": "Application", "security": "Security", "system": "System", "sysmon": SYSMON, "powershell": POWERSHELL,
            "powershell-classic": "Windows PowerShell", "msexchange-management": "MSExchange Management"}
OF_SYSMON = {"process_creation": [1], "network_connection": [3], "driver_load": [6], "image_load": [7], "create_remote_thread": [8],
             "process_access": [10], "file_event": [11], "registry_set": [13], "registry_event": [12, 13, 14],
             "pipe_created": [17, 18], "dns_query": [22]}
CATEGORIES = {name: [(SYSMON, ids, {})] for name, ids in OF_SYSMON.items()}
CATEGORIES["process_creation"].append(("Security", [4688], {"Image": "NewProcessName", "ParentImage": "ParentProcessName"}))
CATEGORIES["ps_script"] = [(POWERSHELL, [4104], {})]
CATEGORIES["ps_module"] = [(POWERSHELL, [4103], {})]


def names_in(source, event):
    """What fields are called in the log of an event; nothing when the event is not of that log source."""
    if errs("log sources say nothing"):
        return {}
    channel, id = event.get("Channel", "Security").lower(), int(event.get("EventID", 1))
    if source.get("product", "windows") != "windows":
        return None
    if "service" in source and channel != SERVICES.get(source["service"], "").lower():
        return None
    if "category" not in source:
        return {}
    for log, ids, names in CATEGORIES.get(source["category"], ()):
        if (channel == log.lower() or errs("the number of the event alone says its log")) and id in ids:
            return {} if errs("fields have one name in all logs") else names
    return None


# ---- values of rules ----

STAR, ONE, DASH = "any run of characters", "one character", "a dash"  # longer than the characters that also stand in the lists
DASHES = "-/–—―"


def tokens(text, placeholders=None, place=""):
    """The characters and wildcards of a value; with placeholders, every list that comes of them."""
    out, i = [[]], 0

    def put(*what):
        for one in out:
            one.extend(what)

    if errs("wildcards are plain") or place and errs("wildcards inside contains are plain") or \
            place not in ("", "contains") and errs("wildcards inside startswith and endswith are plain"):
        return [list(text)]
    doubled = bool(re.search(r"[*?]", text)) and errs("a doubled backslash is two beside a wildcard")
    while i < len(text):
        rest = text[i:]
        run = re.match(r"\\+", rest)
        if run and len(run[0]) > 1 and rest[run.end():run.end() + 1] not in ("*", "?") and \
                (doubled or errs("a doubled backslash is two")):
            put(*run[0])
            i += run.end()
        elif re.match(r"\\\\\\[*?]", rest) and errs("three backslashes before a wildcard are two and the wildcard"):
            put("\\", "\\", STAR if rest[3] == "*" else ONE)
            i += 4
        elif rest[:2] in (r"\*", r"\?"):
            put(rest[1]) if not errs("a backslash does not escape a wildcard") else put("\\", STAR if rest[1] == "*" else ONE)
            i += 2
        elif rest[:2] == r"\\":
            put("\\")
            i += 2
        elif placeholders is not None and rest[:2] == r"\%":
            put("%") if not errs("a percent sign cannot be escaped") else put("\\", "%")
            i += 2
        elif placeholders is not None and (name := re.match(r"%([^%\\*?\x00-\x1f]+)%", rest)):
            values = placeholders.get(name[1])
            refuse_if(values is None and not errs("a placeholder without values is plain"), f"needs a value for {name[0]}")
            each = [tokens(text_of(v))[0] for v in values] if values is not None else [list(name[0])]
            out = [one + more for one in out for more in each]
            i += name.end()
        else:
            put({"*": STAR, "?": ONE}.get(text[i], text[i]))
            i += 1
    return out


def mark_dashes(chars):
    """windash: a dash that begins a word stands for each of the five."""
    out = list(chars)
    free = "-/" if errs("windash knows hyphen and slash alone in a rule") else DASHES
    free = "-" if errs("windash knows the hyphen alone in a rule") else free

    def in_word(at):
        return 0 <= at < len(chars) and len(chars[at]) == 1 and chars[at] not in DASHES and \
            (chars[at].isalnum() or chars[at] == "_" or ord(chars[at]) > 127)

    for i, char in enumerate(chars):
        begins = in_word(i + 1) and not in_word(i - 1)
        if char in free and len(char) == 1 and (begins or errs("windash also exchanges dashes inside words")):
            if i in [k for k, c in enumerate(out) if c == DASH][:1] or DASH in out and errs("windash exchanges the first dash alone"):
                continue
            out[i] = DASH
    refuse_if(out.count(DASH) > 8 and errs("windash refuses nine dashes"), "too many dashes")
    refuse_if(out.count(DASH) > 3 and errs("windash refuses four dashes"), "too many dashes")
    return out


def spell_dashes(chars):
    """Every text that comes of the dashes, for what has to be encoded."""
    if errs("dashes are exchanged behind the encoding"):
        return [["-" if c == DASH else c for c in chars]]
    return [list(one) for one in itertools.product(*(DASHES if c == DASH else [c] for c in chars))]


def one_dash():
    behind = r"(?<=\s)" if errs("windash knows a dash behind a space alone") else ""
    return behind + ("[-/]" if errs("windash knows hyphen and slash alone in an event") else f"[{DASHES}]")


def encode(chars, how):
    """The bytes of a value, as a text of characters below 256, in an encoding or as base64."""
    refuse_if(STAR in chars or ONE in chars, "a wildcard cannot be encoded")
    text = "".join(chars)
    if how in ("wide", "utf16le", "utf16be", "utf16"):
        refuse_if(not text.isascii() and errs("refuses wide beyond ASCII"), "wide is for ASCII")
        if how == "utf16" and errs("utf16 puts the mark of UTF-8"):
            return [list((b"\xef\xbb\xbf" + text.encode()).decode("latin-1"))]
        data = text.encode("utf-16-be" if how == "utf16be" else "utf-16-le", "surrogatepass")
        return [list((b"\xff\xfe" * (how == "utf16") + data).decode("latin-1"))]
    # What was made of UTF-16 before is bytes already; a text is its UTF-8.
    data = text.encode("latin-1") if isinstance(chars, Bytes) else text.encode()
    if how == "base64":
        return [list(base64.b64encode(data).decode())]
    out = []
    for shift in range(3):
        length = len(text) if errs("base64offset counts characters") else len(data)
        start, end = (0, 2, 3)[shift], (None, -3, -2)[(length + shift) % 3]
        end = None if end and errs("base64offset keeps the last character") else end
        start = 0 if errs("base64offset keeps the first character") else start
        code = base64.b64encode(b" " * shift + data).decode()[start:end]
        if not errs("base64offset makes no shift") or not shift:
            out.append(list(code.rstrip("=")))
    return out


class Bytes(list):
    """Characters that stand for bytes."""


class Pattern:
    """A list of characters and wildcards, to be held against texts."""

    def __init__(self, chars, starts=True, ends=True, cased=False):
        self.chars, self.cased = chars, cased
        wild = STAR in chars or ONE in chars
        self.plain = starts and ends and not wild and DASH not in chars  # one text: numbers of the same value equal it
        if wild and errs("wildcards are compared with case"):
            self.cased = True
        if wild and errs("a value with wildcards is found anywhere"):
            starts = ends = False
        if not starts:
            chars = [STAR] + chars
        if not ends:
            chars = chars + [STAR]
        self.pieces = [[]]
        for i, char in enumerate(chars):
            if char == STAR and 0 < i < len(chars) - 1 and errs("a star in the middle is plain"):
                char = "*"
            if char == STAR:
                self.pieces.append([])
            else:
                self.pieces[-1].append(char)
        self.pieces = [self.piece(chars) for chars in self.pieces]

    def piece(self, chars):
        one = r"[^\n]" if errs("? is no line end") else "." if not errs("? may be missing") else ".?"
        return re.compile("".join({ONE: one, DASH: one_dash()}.get(c) or re.escape(self.folded(c)) for c in chars), re.S)

    def folded(self, text):
        return text if self.cased else fold(text)

    def fits(self, text):
        text = self.folded(text)
        if len(self.pieces) == 1:
            return bool(self.pieces[0].fullmatch(text))
        if errs("* is no line end"):
            return bool(re.fullmatch("[^\\n]*".join(p.pattern for p in self.pieces), text, re.S))
        first = self.pieces[0].match(text)
        if not first:
            return False
        at = first.end()
        for piece in self.pieces[1:-1]:
            found = piece.search(text, at)
            if not found:
                return False
            at = found.end()
        last = self.pieces[-1]
        return any(last.fullmatch(text, start) for start in range(at, len(text) + 1))


# ---- one element of a selection ----

ENCODINGS = ("base64", "base64offset", "wide", "utf16le", "utf16be", "utf16")
PARTS = ("minute", "hour", "day", "week", "month", "year")
BOUNDS = {"gt": lambda a, b: a > b, "gte": lambda a, b: a >= b, "lt": lambda a, b: a < b, "lte": lambda a, b: a <= b}
PLACES = ("contains", "startswith", "endswith")
KINDS = ("re", "cidr", "fieldref", "exists")
MODIFIERS = {*ENCODINGS, *PARTS, *BOUNDS, *PLACES, *KINDS, "all", "cased", "neq", "windash", "expand", "i", "m", "s"}
NULL = object()


def check_modifiers(field, modifiers):
    for modifier in modifiers:
        refuse_if(modifier not in MODIFIERS, f"unknown modifier {modifier}")
        refuse_if(errs(f"refuses {modifier}"), "as an engine does that does not know it")
    has = set(modifiers)
    flags = [m for m in modifiers if m in ("i", "m", "s")]
    refuse_if(flags and "re" not in modifiers[:modifiers.index(flags[0])], "flags need re before them")
    refuse_if(len(flags) > 1 and errs("refuses two flags of re"), "one flag of re at a time")
    refuse_if(len(modifiers) > 3 and errs("refuses more than three modifiers"), "too many")
    what = [m for m in modifiers if m in ("re", "cidr", "exists", *BOUNDS)]
    part = has & set(PARTS)
    refuse_if(len(what) > 1, "two kinds of test")
    refuse_if(len(part) > 1 or part and what and what[0] not in BOUNDS, "two kinds of test")
    texts = has & {*PLACES, *ENCODINGS, "windash"}
    refuse_if((what or part) and texts, "modifiers that cannot be combined")
    refuse_if("fieldref" in has and (what or part or has & {*ENCODINGS, "windash", "expand"}), "a field's name is no text")
    refuse_if(field is None and (has & {*KINDS, *BOUNDS, *PARTS, "startswith", "endswith", "neq"}) - {"re"}, "needs a field")
    refuse_if("fieldref" in has and has & set(PLACES) and errs("refuses fieldref with contains"), "equality alone")
    refuse_if("fieldref" in has and "cased" in has and errs("refuses fieldref with cased"), "not together")
    refuse_if(part and what and errs("refuses a part of a time with a bound"), "not together")
    wide = has & {"wide", "utf16le", "utf16be", "utf16"}
    refuse_if(wide and not has & {"base64", "base64offset"} and errs("refuses wide without base64"), "before base64 alone")
    usual = [m for m in ("expand", "wide", "base64offset", *PLACES, "all", "cased", "windash") if m in has]
    refuse_if([m for m in modifiers if m in usual] != usual and errs("refuses modifiers in another order than its own"), "an order")


def compile_value(value, modifiers, placeholders, flags):
    """The tests that come of one value of the rule, linked by OR: functions of the event and one of its values."""
    has = set(modifiers)
    if value.kind == "null":
        refuse_if(has - {"neq", "all", "cased"}, "null is no text")
        return [NULL]
    expand = placeholders if "expand" in has else None
    if "re" in has:
        return [compile_re(value, modifiers)]
    if "fieldref" in has:
        return [compile_fieldref(value, has)]
    if has & {*BOUNDS, *PARTS}:
        return [compile_number(value, has)]
    made = tokens(value, expand, next(iter(has & set(PLACES)), ""))
    if "expand" in has and errs("a placeholder is a field of the event") and (name := re.fullmatch(r"%(\w+)%", value)):
        return [compile_fieldref(name[1], has)]
    if "cidr" in has:
        return [compile_cidr("".join(chars)) for chars in made]
    starts = ends = True
    coded = "cased" in has and not (has & {*PLACES, "windash"} == set() and errs("cased alone is passed over"))
    steps = [m for m in modifiers if m in (*ENCODINGS, *PLACES, "windash")]
    if errs("the order of modifiers is lost"):
        steps.sort(key=lambda m: (m in PLACES, m in ENCODINGS and m.startswith("base64"), m in ENCODINGS))
    for step in steps:
        if step == "contains":
            starts = ends = False
        elif step == "startswith":
            ends = False
        elif step == "endswith":
            starts = False
        elif step == "windash":
            if not (has & {"startswith", "endswith"} and errs("windash is lost beside startswith and endswith")):
                made = [mark_dashes(chars) for chars in made]
        elif step == "base64" and "contains" not in has and errs("base64 without contains is passed over"):
            pass
        else:
            refuse_if(not (starts and ends) and step in ("base64", "base64offset"), "must come before contains")
            each = [Bytes(one) if isinstance(chars, Bytes) else one for chars in made for one in spell_dashes(chars)]
            made = [code for chars in each for code in encode(chars, step)]
            if step not in ("base64", "base64offset"):
                made = [Bytes(chars) for chars in made]
            coded = not errs("codes are compared without case")
    if errs("startswith and endswith are contains") and starts != ends:
        starts = ends = False
    return [compare_text(Pattern(chars, starts, ends, coded), value, flags) for chars in made]


def compare_text(pattern, value, flags):
    text = "".join(pattern.chars) if pattern.plain else ""
    own = number(text) if pattern.plain else None
    kind = value.kind
    if kind == "text" and value.plain and re.fullmatch("yes|no|on|off", value.lower()) and \
            errs("YAML 1.1: yes and off are truth values"):
        text, kind = "true" if value.lower() in ("yes", "on") else "false", "bool"
        pattern = Pattern(list(text))
    if value.plain and re.fullmatch(r"0[0-7]+", value) and errs("YAML 1.1: a leading zero is octal"):
        own = Fraction(int(value, 8))
        pattern = Pattern(list(str(own)))
    refuse_if(value.plain and re.fullmatch(r"\d{4}-\d\d-\d\d", value) and errs("YAML 1.1: dates are refused"), "a date")

    def test(_, leaf):
        if kind == "bool" and errs("truth values are 1 and 0") and pattern.plain:
            return leaf in ((1, "1", True, "true", "True") if text.lower() == "true" else (0, "0", False, "false", "False"))
        if kind == "text" and isinstance(leaf, bool) and errs("a word is no truth value"):
            return False
        if isinstance(leaf, (int, float)) != (kind in ("number", "bool")) and errs("a number does not equal its text"):
            return False
        if isinstance(leaf, (int, float)) and kind == "number" and not pattern.plain and errs("numbers are no texts"):
            return False
        if pattern.fits(text_of(leaf)):
            return True
        if own is None or errs("numbers are compared as texts") or isinstance(leaf, bool):
            return False
        return number(text_of(leaf)) == own
    return test


def compile_re(value, modifiers):
    mode = sum({"i": re.I, "m": re.M, "s": re.S}[m] for m in modifiers if m in ("i", "m", "s"))
    mode |= re.I if errs("expressions are compared without case") else 0
    mode |= re.S if errs("the dot of an expression is a line end too") else 0
    refuse_if(re.search(r"\(\?<?[=!]|\(\?>|\\[1-9]", value) and errs("refuses look-around and back references"), "not in its flavour")
    text = re.sub(r"\$$", r"\\Z", value) if errs("$ is the very end alone") else value
    try:
        expression = re.compile(text, mode)
    except re.error as error:
        raise Refused(f"bad regular expression: {error}") from error
    if errs("expressions are anchored"):
        return lambda _, leaf: bool(expression.fullmatch(text_of(leaf)))
    return lambda _, leaf: bool(expression.search(text_of(leaf)))


def compile_fieldref(other, has):
    cased = "cased" in has or not has & set(PLACES) and errs("fieldref minds case")

    def test(view, leaf):
        for text in (text_of(v) for v in view.get(other)[1] if v is not None):
            chars = tokens(text)[0] if errs("texts of an event have wildcards too") else list(text)
            if Pattern(chars, not has & {"contains", "endswith"}, not has & {"contains", "startswith"}, cased).fits(text_of(leaf)):
                return True
            if not has & set(PLACES) and number(text) is not None and number(text) == number(text_of(leaf)):
                return True
        return False
    return test


def compile_number(value, has):
    bound = next(iter(has & set(BOUNDS)), None)
    part = next(iter(has & set(PARTS)), None)
    own = number(value)
    refuse_if(own is None, "a number is needed")
    refuse_if(value.kind != "number" and errs("refuses a bound in quotes"), "a number of YAML is needed")
    compare = BOUNDS[bound] if bound else lambda a, b: a == b

    def test(_, leaf):
        if part:
            when = moment(text_of(leaf)) if isinstance(leaf, str) else None
            if errs("times keep the zone they are written in") and when:
                when = moment(re.sub(r"(Z|[-+]\d\d:?\d\d)$", "Z", leaf))
            if not when:
                return False
            week = int(when[0].strftime("%W")) if errs("weeks are counted from the first Monday") else when[0].isocalendar()[1]
            return compare(week if part == "week" else getattr(when[0], part), own)
        if isinstance(leaf, bool):
            return False
        if errs("bounds compare texts"):
            return compare(text_of(leaf), value)
        n = number(text_of(leaf))
        if n is None:
            return bound in ("gt", "gte") and errs("what is no number is greater than all numbers")
        if isinstance(leaf, str) and errs("a text is no number"):
            return False
        return compare(n, own)
    return test


def address(text):
    """What a log may write for an address: with brackets, a zone, a port."""
    if not errs("addresses have no brackets, zone or port"):
        text = re.sub(r"^\[([^\]]*)\](:[0-9]{1,5})?\Z", r"\1", text)
        text = re.sub(r"^([0-9.]+):[0-9]{1,5}\Z", r"\1", text)
        text = re.sub(r"%[^%]*\Z", "", text)
    try:
        out = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(out, "ipv4_mapped", None)
    return mapped if mapped and not errs("an IPv4 address inside IPv6 is one of IPv6") else out


def compile_cidr(text):
    refuse_if("/" not in text and errs("refuses networks without a prefix"), "no prefix")
    try:
        network = ipaddress.ip_network(text, strict=errs("refuses networks with bits behind the prefix"))
    except ValueError as error:
        raise Refused(f"bad network {text}: {error}") from error
    if network.version == 6 and network.prefixlen >= 96 and network.network_address.ipv4_mapped:
        network = ipaddress.ip_network((network.network_address.ipv4_mapped, network.prefixlen - 96), strict=False)
    if errs("networks are compared as the start of a text"):
        whole = network.prefixlen // (8 if network.version == 4 else 16)
        start = "".join(part + "." for part in str(network.network_address).split(".")[:whole]) if network.version == 4 else \
            str(network.network_address).rstrip(":")
        return lambda _, leaf: text_of(leaf).lower().startswith(start)

    def test(_, leaf):
        found = address(text_of(leaf))
        return found is not None and found.version == network.version and found in network
    return test


def compile_element(key, value, placeholders):
    """One element of a map, or keywords: a function of the event that is true, false or None where it cannot be told."""
    field, *modifiers = key.split("|") if key else [""]
    field = field or None
    check_modifiers(field, modifiers)
    has = set(modifiers)
    values = value if isinstance(value, list) else [value]
    refuse_if(not values, "a list of no values")
    refuse_if(any(not isinstance(v, Value) for v in values), "a value must be a text or a number")
    refuse_if(field is None and any(v.kind == "null" for v in values), "null is no keyword")
    refuse_if("all" in has and len(values) == 1 and errs("refuses all with one value"), "one value")
    if "exists" in has:
        return compile_exists(field, value)
    if errs("null in a list is passed over") and len(values) > 1:
        values = [v for v in values if v.kind != "null"]
    groups = [compile_value(v, modifiers, placeholders, has) for v in values]
    link = all if "all" in has and not errs("all is passed over") else any
    if link is all and len(values) > 1 and errs("what becomes of one value is under all too"):
        groups = [[test] for group in groups for test in group]
    if field is None:
        return compile_keywords(groups, link, values, has, placeholders)

    def element(view):
        there, leaves = view.get(field)
        refuse_if(not there and field not in View.known and errs("a field that no event has silences the rule"), "no such column")
        texts = [v for v in leaves if v is not None]
        is_null = (not there or None in leaves) if not errs("null is not what is missing") else there and None in leaves
        if errs("null is the empty text too"):
            is_null = is_null or "" in texts
        if errs("what is missing is the empty text"):
            texts = texts or ["" if not there or None in leaves else None] if not texts else texts
            texts = [t for t in texts if t is not None]

        def met(tests):
            return any(is_null if test is NULL else any(test(view, v) for v in texts) for test in tests)

        if link is all and errs("all is met by one value of the event"):
            hit = any(all(any(test is not NULL and test(view, v) for test in tests) for tests in groups) for v in texts)
        else:
            hit = link(met(tests) for tests in groups)
        unknown = not texts and not any(NULL in tests for tests in groups)
        if "neq" in has:
            if unknown and (errs("neq of a missing field is false") or errs("three values of truth")):
                return None if errs("three values of truth") else False
            if len(groups) > 1 and errs("neq of a list is an or of nots"):
                return not all(met(tests) for tests in groups)
            if len(texts) > 1 and errs("neq is met by one value of the event"):
                return not all(any(test is not NULL and test(view, v) for tests in groups for test in tests) for v in texts)
            return not hit
        if unknown and (errs("three values of truth") or errs("not of a missing field is false")):
            return None
        return hit
    return element


def compile_exists(field, value):
    refuse_if(not isinstance(value, Value) or value.kind != "bool", "a truth value is needed")

    def element(view):
        there, leaves = view.get(field)
        if errs("null does not exist"):
            there = there and leaves != [None]
        if errs("an empty text does not exist"):
            there = there and leaves != [""]
        return there == (value.lower() == "true")
    return element


def compile_keywords(groups, link, values, has, placeholders):
    refuse_if(errs("refuses keywords"), "as an engine does that does not know them")
    if "re" not in has:
        places = [m for m in has if m != "contains"]
        order = [m for m in ("expand", "windash", "wide", "utf16le", "utf16be", "utf16", "base64", "base64offset") if m in has]
        rest = [m for m in places if m not in order]
        groups = [compile_value(v, order + rest + ["contains"], placeholders, has) for v in values]

    def element(view):
        if "all" in has and errs("keywords under all are never true"):
            return False
        messages = view.message()

        def met(tests, message):
            return any(test(view, message) for test in tests)
        if link is all and errs("keywords are searched in one value at a time"):
            return any(all(met(tests, message) for tests in groups) for message in messages)
        return link(any(met(tests, message) for message in messages) for tests in groups)
    return element


# ---- selections and conditions ----

def conjunction(parts):
    def test(view):
        found = [part(view) for part in parts]
        return False if False in found else None if None in found else True
    return test


def disjunction(parts):
    def test(view):
        found = [part(view) for part in parts]
        return True if True in found else None if None in found else False
    return test


def negation(part):
    def test(view):
        found = part(view)
        if found is None:
            return False if errs("not of a missing field is false") else None
        return not found
    return test


def compile_selection(selection, placeholders):
    if isinstance(selection, dict):
        refuse_if(not selection, "a selection that says nothing")
        return conjunction([compile_element(key, value, placeholders) for key, value in selection.items()])
    if isinstance(selection, Value):
        refuse_if(selection.kind == "null", "a selection that says nothing")
        selection = [selection]
    refuse_if(not isinstance(selection, list) or not selection, "a selection that says nothing")
    refuse_if(any(isinstance(part, list) for part in selection), "a list in a list")
    words = [part for part in selection if isinstance(part, Value)]
    parts = [compile_selection(part, placeholders) for part in selection if isinstance(part, dict)]
    return disjunction(parts + ([compile_element("", words, placeholders)] if words else []))


class Condition:
    """A condition: or, and, not, x of, brackets, from the least binding to the most."""

    def __init__(self, text, selections):
        self.words = re.findall(r"[()]|[^\s()]+", text)
        self.selections, self.at = selections, 0
        self.test = self.read_or()
        refuse_if(self.at < len(self.words), f"condition: what is {self.peek()}?")

    def peek(self, ahead=0):
        return self.words[self.at + ahead] if self.at + ahead < len(self.words) else ""

    def is_next(self, word, ahead=0):
        found = self.peek(ahead)
        refuse_if(found.lower() == word and found != word and errs("refuses words of conditions in capitals"), "a name?")
        return found.lower() == word

    def take(self, word):
        if not self.is_next(word):
            return False
        self.at += 1
        return True

    def read_or(self):
        if errs("and and or bind alike"):
            test = self.read_not()
            while self.peek().lower() in ("and", "or"):
                link = conjunction if self.take("and") else self.take("or") and disjunction
                test = link([test, self.read_not()])
            return test
        parts = [self.read_and()]
        while self.take("or"):
            parts.append(self.read_and())
        return disjunction(parts)

    def read_and(self):
        parts = [self.read_not()]
        while self.take("and"):
            parts.append(self.read_not())
        return conjunction(parts)

    def read_not(self):
        if self.take("not"):
            return negation(self.read_and() if errs("not binds less than and") else self.read_not())
        return self.read_one()

    def read_one(self):
        if self.take("("):
            test = self.read_or()
            refuse_if(not self.take(")"), "condition: a bracket is missing")
            return test
        if self.is_next("of", 1) and self.peek().lower() in ("1", "any", "all"):
            link = conjunction if self.peek().lower() == "all" else disjunction
            self.at += 2
            return self.read_pattern(link)
        word = self.peek()
        refuse_if(word not in self.selections, f"condition: no selection {word}")
        refuse_if("-" in word and errs("refuses names with a hyphen"), "a hyphen")
        refuse_if(word == "all" and errs("refuses a selection named all"), "a word")
        self.at += 1
        return self.selections[word]

    def read_pattern(self, link):
        pattern = self.peek()
        refuse_if(pattern in ("", "(", ")"), "condition: of what?")
        self.at += 1
        if pattern.lower() == "them":
            refuse_if(errs("refuses of them"), "as an engine does that does not know it")
            names = [n for n in self.selections if not n.startswith("_") or errs("them are also names with an underscore")]
        elif errs("a pattern is what stands before its star") and "*" in pattern:
            names = [n for n in self.selections if n.startswith(pattern.partition("*")[0])]
        else:
            refuse_if("*" in pattern[:-1] and errs("refuses patterns with a star before the end"), "a star")
            if errs("a star at the start of a pattern is passed over"):
                pattern = pattern.lstrip("*") if pattern.count("*") > 1 else pattern
            names = [n for n in self.selections if fnmatch.fnmatchcase(n, pattern.replace("[", "[[]").replace("?", "[?]"))]
        if not names:
            if errs("a pattern without a match is true for all, false for 1"):
                return lambda view: link is conjunction
            if errs("a pattern without a match is false"):
                return lambda view: False
            refuse_if(not errs("a pattern without a match is left out"), f"condition: nothing is called {pattern}")
            return lambda view: True
        return link([self.selections[n] for n in names])


# ---- rules, filters, files ----

class Rule:
    """What finds single events."""

    def __init__(self, document, placeholders, detection="detection"):
        self.title, self.source = document.get("title", ""), document.get("logsource")
        self.id, self.keys = document.get("id"), [document[key] for key in ("id", "name") if key in document]
        refuse_if(not isinstance(self.source, dict), "no log source")
        refuse_if(not set(self.source) & {"category", "product", "service"}, "a log source that names nothing")
        body = document.get(detection)
        refuse_if(not isinstance(body, dict), "no detection")
        self.body = body
        names = {n: s for n, s in body.items() if n not in ("condition", "timeframe", *(["rules"] if detection == "filter" else []))}
        self.selections = {n: compile_selection(s, placeholders) for n, s in names.items()}
        refuse_if(not names, "no selection")
        conditions = body.get("condition")
        conditions = conditions if isinstance(conditions, list) else [conditions]
        refuse_if(not conditions or any(not isinstance(c, Value) for c in conditions), "no condition")
        refuse_if(len(conditions) > 1 and errs("refuses lists of conditions"), "one condition")
        if len(conditions) > 1 and errs("the first of a list of conditions counts alone"):
            conditions = conditions[:1]
        self.conditions, self.filters = conditions, []

    def finish(self):
        refuse_if(any("|" in c for c in self.conditions), "an aggregation")
        refuse_if("timeframe" in self.body, "a timeframe without an aggregation")
        self.test = disjunction([Condition(c, self.selections).test for c in self.conditions])
        return self

    def matches(self, event):
        names = names_in(self.source, event)
        if names is None:
            return False
        view = View(event, names)
        try:
            return self.test(view) is True and all(f.test(view) is True for f in self.filters)
        except Refused:  # a mistake that is switched on
            return False


class Filter(Rule):
    """A condition that is added to those of rules."""

    def __init__(self, document, placeholders):
        super().__init__(document, placeholders, "filter")
        rules = self.body.get("rules")
        refuse_if(not rules and not errs("a filter without rules is for none"), "a filter names its rules")
        self.rules = rules if isinstance(rules, list) else [rules]
        self.finish()
        if errs("a filter takes away what it names"):
            self.test = negation(self.test)

    def is_for(self, rule):
        if errs("filters are passed over"):
            return False
        if self.rules != ["any"] and not set(self.rules) & set([rule.id] if errs("filters name rules by id alone") else rule.keys):
            return False
        return errs("the log source of a filter says nothing") or \
            all(rule.source.get(part) == name for part, name in self.source.items() if part != "definition")


def merged(old, new):
    out = Map(old)
    for key, value in new.items():
        out[key] = merged(out[key], value) if isinstance(value, dict) and isinstance(out.get(key), dict) else value
    return out


def unfold(documents):
    """The actions of Sigma 1: documents that say something for those behind them. Gives (document, why it is refused)."""
    everywhere, before = Map(), None
    for document in documents:
        if not isinstance(document, dict):
            if not (isinstance(document, Value) and document.kind == "null"):
                yield Map(), "no map"
            continue
        action = document.get("action")
        own = Map((k, v) for k, v in document.items() if k != "action")
        own.twice = document.twice
        if action == "global":
            everywhere = merged(everywhere, own)
            if errs("action global is a rule too"):
                yield own, ""
        elif action == "reset":
            everywhere = everywhere if errs("action reset is passed over") else Map()
        elif action == "repeat" and before is None:
            yield own, "nothing to repeat"
        elif action in (None, "repeat"):
            own = merged(before if action and not errs("action repeat is passed over") else everywhere, own)
            own.twice = document.twice
            before = own
            yield own, ""
        else:
            yield own, f"unknown action {action}"
