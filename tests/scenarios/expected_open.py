"""expected_open.py: where the program does not answer yet as a scenario expects. One row a check:
(scenario, twins, check): (what the program says now, why that is wrong); several values where seeds differ, RIGHT among them where the
check comes right under some. `twins` is the name of one, or one of the groups below; the row of one twin goes before that of a group.

A row holds exactly: a check that comes right, or goes wrong in another way, fails the test until its row is mended or taken off. The
table is to be empty in the end; nothing is taken off it by changing what a scenario expects."""
RIGHT = "right"
ALIKE = ("", "moved", "split")  # "alike": the scenario and the twins that must be as it is; "no-*": those that lack a source


def row_of(name, twin, what):
    """The key of the row for this check, or None."""
    for twins in (twin, "alike" if twin in ALIKE else "no-*" if twin.startswith("no-") else None):
        if (name, twins, what) in OPEN:
            return name, twins, what
    return None


OPEN = {
    ("attacked_refused", "alike", "exploits"): (
        [{'CVE-2021-26855': ('unknown', None)}],
        'no back end was asked (HttpProxy has no BackEndStatus): refused, so attempted, and stopped by its status'),
    ("blocked_antivirus", "alike", "exploits"): (
        [{'CVE-2021-34473': ('attempted', 'status'), 'CVE-2021-34523': ('attempted', 'status')}],
        'the antivirus tells in the same seconds that it blocked the request; 400 alone is the weaker word'),
    ("blocked_antivirus", "alike", "threads"): (
        [0],
        'an attempt on an open build makes a thread, as attacked_refused does'),
    ("blocked_eems", "alike", "exploits"): (
        [{}],
        'the aborted request stands in HTTPERR, and the event of the mitigation service tells whose rule it was'),
    ("blocked_eems", "alike", "threads"): (
        [0],
        'an attempt on an open build makes a thread, as attacked_refused does'),
    ("blocked_eems", "alike", "verdict"): (
        ['CANNOT_TELL'],
        'rule 4: the attempt was cut off, and effects are in sight'),
    ("blocked_rewrite", "alike", "exploits"): (
        [{}],
        'the aborted request stands in HTTPERR, and web.config has the rule'),
    ("blocked_rewrite", "alike", "threads"): (
        [0],
        'an attempt on an open build makes a thread, as attacked_refused does'),
    ("blocked_rewrite", "alike", "verdict"): (
        ['CANNOT_TELL'],
        'rule 4: the attempt was cut off, and effects are in sight'),
    ("calendar", "alike", "exploits"): (
        [{'CVE-2021-28480': ('unknown', None)}],
        'nothing followed while both effect stages were in sight for 24 hours: attempted'),
    ("cleared_after_attempt", "alike", "exploits"): (
        [{'CVE-2021-26855': ('unknown', None)}],
        'no back end was asked (HttpProxy has no BackEndStatus): refused, so attempted, and stopped by its status'),
    ("domain", "alike", "accounts missing"): (
        [['account']],
        'the account that was made, or whose right was used, belongs to the scope'),
    ("domain", "alike", "until"): (
        ['after'],
        'the last malicious act seen is its last record, not the first of its last step; and what came after the door belongs to it'),
    ("forwarded_mail", "alike", "exploits"): (
        [{'CVE-2021-34473': ('unknown', None), 'CVE-2021-34523': ('unknown', None), 'CVE-2022-41080': ('unknown', None), 'CVE-2022-41082': ('unknown', None)}],
        'the effect that follows within seconds proves the flaw; and a session that one flaw opened names no other'),
    ("forwarded_mail", "alike", "mailboxes missing"): (
        [[('person 2', 'forwarded'), ('person 3', 'forwarded')]],
        'the mailbox that is forwarded belongs to the scope'),
    ("forwarded_mail", "alike", "until"): (
        ['other time'],
        'the last malicious act seen is its last record, not the first of its last step; and what came after the door belongs to it'),
    ("forwarded_mail", "alike", "verdict"): (
        ['LIKELY_COMPROMISED', 'ATTACKED'],
        'rule 1: forwards to a mailbox outside, made in the session that the flaw opened, stand'),
    ("forwarded_mail", "no-*", "verdict"): (
        ['LIKELY_COMPROMISED', 'ATTACKED', 'CANNOT_TELL'],
        'rule 1: forwards to a mailbox outside, made in the session that the flaw opened, stand'),
    ("get_app", "alike", "exploits"): (
        [{'CVE-2021-42321': ('unknown', None)}],
        'the effect that follows within seconds proves the flaw; and a session that one flaw opened names no other'),
    ("mail_theft", "alike", "exploits"): (
        [{'CVE-2021-26855': ('unknown', None)}],
        "the EWS log shows the items returned in the owner's name to the address that forged the request"),
    ("mail_theft", "alike", "until"): (
        ['other time'],
        'the last malicious act seen is its last record, not the first of its last step; and what came after the door belongs to it'),
    ("mail_theft", "alike", "verdict"): (
        ['LIKELY_COMPROMISED'],
        "rule 1: the EWS log shows mail returned in the owner's name; no other record is needed"),
    ("mail_theft", "no-*", "verdict"): (
        ['LIKELY_COMPROMISED', RIGHT],
        "rule 1: the EWS log shows mail returned in the owner's name; no other record is needed"),
    ("mail_theft", "no-httpproxy", "verdict"): (
        ['CANNOT_TELL'],
        "rule 1: the EWS log shows mail returned in the owner's name; no other record is needed"),
    ("owassrf", "alike", "exploits"): (
        [{'CVE-2022-41080': ('unknown', None), 'CVE-2022-41082': ('unknown', None)}],
        'the effect that follows within seconds proves the flaw; and a session that one flaw opened names no other'),
    ("privexchange", "alike", "accounts missing"): (
        [['person 0']],
        'the account that was made, or whose right was used, belongs to the scope'),
    ("privexchange", "alike", "exploits"): (
        [{}],
        "T-PRIVEX-A: subscription, logon of the server's account from elsewhere and the change of rights, within seconds"),
    ("privexchange", "alike", "level"): (
        [None],
        'rights over the domain, or a mailbox that is forwarded, were reached'),
    ("privexchange", "alike", "threads"): (
        [0],
        'an attempt on an open build makes a thread, as attacked_refused does'),
    ("privexchange", "alike", "until"): (
        [''],
        'the last malicious act seen is its last record, not the first of its last step; and what came after the door belongs to it'),
    ("privexchange", "alike", "verdict"): (
        ['CANNOT_TELL'],
        'rule 1 with the change of rights, 2a without it: never that nothing was found while the relayed logon is there'),
    ("privexchange", "no-*", "verdict"): (
        ['CANNOT_TELL'],
        'rule 1 with the change of rights, 2a without it: never that nothing was found while the relayed logon is there'),
    ("privexchange", "without", "verdict"): (
        ['NO_EVIDENCE'],
        'rule 1 with the change of rights, 2a without it: never that nothing was found while the relayed logon is there'),
    ("proxynotshell", "alike", "exploits"): (
        [{'CVE-2022-41040': ('unknown', None), 'CVE-2022-41082': ('unknown', None), 'CVE-2022-41080': ('unknown', None)}, {'CVE-2022-41040': ('unknown', None), 'CVE-2022-41082': ('unknown', None)}],
        'the effect that follows within seconds proves the flaw; and a session that one flaw opened names no other'),
    ("proxyshell", "alike", "exploits"): (
        [{'CVE-2021-34473': ('unknown', None), 'CVE-2021-34523': ('unknown', None), 'CVE-2022-41080': ('unknown', None), 'CVE-2022-41082': ('unknown', None), 'CVE-2021-31207': ('succeeded', None)}, {'CVE-2021-34473': ('unknown', None), 'CVE-2021-34523': ('unknown', None), 'CVE-2021-31207': ('succeeded', None)}],
        'the effect that follows within seconds proves the flaw; and a session that one flaw opened names no other'),
    ("proxytoken", "alike", "exploits"): (
        [{'CVE-2021-33766': ('unknown', None)}],
        'the rule that forwards was made in the second of the request, on a build that is open'),
    ("proxytoken", "alike", "level"): (
        [None],
        'rights over the domain, or a mailbox that is forwarded, were reached'),
    ("proxytoken", "alike", "mailboxes missing"): (
        [RIGHT, [('person 0', 'forwarded')]],
        'the mailbox that is forwarded belongs to the scope'),
    ("proxytoken", "alike", "verdict"): (
        ['CANNOT_TELL', 'ATTACKED'],
        'rule 1: the rule that forwards was made and stands'),
    ("proxytoken", "no-*", "verdict"): (
        ['ATTACKED', 'CANNOT_TELL'],
        'rule 1: the rule that forwards was made and stands'),
    ("settings_answered", "alike", "until"): (
        ['set-oab'],
        'the last malicious act seen is its last record, not the first of its last step; and what came after the door belongs to it'),
    ("shell_by_requests", "alike", "until"): (
        ['other time'],
        'the last malicious act seen is its last record, not the first of its last step; and what came after the door belongs to it'),
    ("static_key", "alike", "exploits"): (
        [{'CVE-2020-0688': ('unknown', None)}],
        'the effect that follows within seconds proves the flaw; and a session that one flaw opened names no other'),
    ("two_intruders", "alike", "threads"): (
        [1],
        'two intruders are two threads'),
    ("velociraptor", "alike", "exploits"): (
        [{'CVE-2021-34473': ('unknown', None), 'CVE-2021-34523': ('unknown', None), 'CVE-2022-41080': ('unknown', None), 'CVE-2022-41082': ('unknown', None), 'CVE-2021-31207': ('succeeded', None)}, {'CVE-2021-34473': ('unknown', None), 'CVE-2021-34523': ('unknown', None), 'CVE-2021-31207': ('succeeded', None)}],
        'the effect that follows within seconds proves the flaw; and a session that one flaw opened names no other'),
    ("web_log_in_local_time", "alike", "clock of iis"): (
        ['none'],
        'the same requests stand in HttpProxy, which tells by how much the log of IIS is wrong'),
    ("web_log_in_local_time", "alike", "since"): (
        [RIGHT, 'other time'],
        'the first malicious act seen is the first request'),
    ("web_log_in_local_time", "alike", "until"): (
        ['other time', RIGHT],
        'the last malicious act seen is its last record, not the first of its last step; and what came after the door belongs to it'),
    ("web_logs_alone", "alike", "until"): (
        ['set-oab'],
        'the last malicious act seen is its last record, not the first of its last step; and what came after the door belongs to it'),
}
