#!/usr/bin/env python3
"""check_traces.py [FACTS]: docs/traces.md against the rules and their tests.

A row of the table is "| T-… | flaw | where it stands | rules, or why there is none |". It holds when
  - every id has one row, and is written in full (T-26855-A, not T-26855-A/B);
  - every rule that a row names is in rules/ and names the id in its description, and the other way round;
  - every rule there has at least one event that it must match and one that it must not in tests/rules/shipped.txt
    (correlations have none: their events are hits);
  - a row without rules says why.
With FACTS, a text whose section 2 lists the traces, its ids are those of the table. Prints each breach and fails."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ID = re.compile(r'\bT-[A-Z0-9]+-[A-Z]\b')


def read_rules():
    """name → (ids of the description, is it a correlation)"""
    rules = {}
    for path in sorted(ROOT.glob('rules/**/*.yml')):
        for text in re.split(r'^---\s*$', path.read_text(encoding='utf-8'), flags=re.M):
            name = re.search(r'^name: (\S+)', text, flags=re.M)
            said = re.search(r'^description: (?:>.*\n((?:  .*\n|\n)+)|(.*))', text, flags=re.M)
            if name and said:
                words = said[1] or said[2]
                rules[name[1]] = (set(ID.findall(words)), 'correlation:' in text, path.name, words)
    return rules


def read_table(wrong):
    """id → (names of rules, the whole last cell)"""
    table = {}
    for line in (ROOT / 'docs/traces.md').read_text(encoding='utf-8').splitlines():
        cells = [cell.strip() for cell in re.split(r'(?<!\\)\|', line)[1:-1]]
        if not cells or not cells[0].startswith('T-'):
            continue
        if not ID.fullmatch(cells[0]) or len(cells) != 4:
            wrong(f'docs/traces.md: not a row: {line[:60]}')
        elif cells[0] in table:
            wrong(f'docs/traces.md: {cells[0]} stands twice')
        else:
            table[cells[0]] = (re.findall(r'`([a-z0-9_]+)`', cells[3]), cells[3])
    return table


def read_rows():
    """name → [events that match, events that do not]"""
    rows, name = {}, None
    for line in (ROOT / 'tests/rules/shipped.txt').read_text(encoding='utf-8').splitlines():
        if line.startswith('= '):
            name = rows.setdefault(line[2:].strip(), [0, 0])
        elif line[:2] in ('+ ', '- ') and name is not None:
            name[line[0] == '-'] += 1
    return rows


def check(rules, table, rows, wrong):
    for trace, (names, text) in table.items():
        if not names and not re.match(r'none: \S', text):
            wrong(f'docs/traces.md: {trace} names no rule and does not say why ("none: …")')
        for name in names:
            if name not in rules:
                wrong(f'docs/traces.md: {trace} names {name}, which is no rule')
            elif trace not in rules[name][0]:
                wrong(f'{rules[name][2]}: the description of {name} does not name {trace}, as docs/traces.md has it')
            elif not rules[name][1] and 0 in rows.get(name, [0, 0]):
                wrong(f'tests/rules/shipped.txt: {name} lacks an event that matches or one that does not')
    for name, (traces, _, file, words) in rules.items():
        for trace in sorted(traces):
            if trace not in table:
                wrong(f'{file}: {name} names {trace}, which is not in docs/traces.md')
            elif name not in table[trace][0]:
                wrong(f'docs/traces.md: {trace} does not list {name}, whose description names it')
        if re.search(r'\bT-[A-Z0-9]+-[A-Z](/| and )[A-Z](?![\w-])', words):
            wrong(f'{file}: {name} shortens the id of a trace')


def check_facts(path, table, wrong):
    text = pathlib.Path(path).read_text(encoding='utf-8')
    part = re.search(r'^# 2\. .*?(?=^# 3\. |\Z)', text, flags=re.M | re.S)
    facts = set(ID.findall(part[0] if part else text))
    for trace in sorted(facts - set(table)):
        wrong(f'docs/traces.md: {trace} of {path} is missing')
    for trace in sorted(set(table) - facts):
        wrong(f'{path}: has no {trace}, as docs/traces.md has')


def main():
    breaches = []
    table = read_table(breaches.append)
    check(read_rules(), table, read_rows(), breaches.append)
    for path in sys.argv[1:]:
        check_facts(path, table, breaches.append)
    if not table:
        breaches.append('docs/traces.md: no row')
    for breach in breaches:
        print(f'check_traces: {breach}', file=sys.stderr)
    return 1 if breaches else 0


if __name__ == '__main__':
    sys.exit(main())
