#!/usr/bin/env python3
"""Where the time goes, in phases rather than functions: phases.py FILE…, each the output of `perf script -F comm,ip,sym` of

    perf record -e cpu-clock -F 499 --call-graph dwarf,16384 -o FILE build/release/leadline hunt --threads 1 …

A sample belongs to the first phase of the list below that a function of its stack names, the innermost function first. Functions that
several phases use (memory, text) are in none and go to whoever called them. One column a file, in percent of its samples."""
import os, re, sys

PHASES = [
    ('rules: reading', 'ruleset_load load_folder load_path sigma_read yaml_read file_read logsource_read ruleset_free check_rule yaml_parser_fetch_more_tokens'),
    ('rules: compiling', 'fast_compile compile'),
    ('plans of shapes (first sight)', 'fast_plan_new plan_of learn_fields'),
    ('SHA-256 of the file', 'SHA256_Update sha256_add'),
    ('reading and copying bytes', 'ksys_read read __GI___libc_read feed_data cut_block'),
    ('CRC32 of chunks', 'crc32_add add_blocks check_header'),
    ('chunk: record framing', 'chunk_read read_records evtx_parse find_chunk_inside find_signature evtx_cut'),
    ('binary XML: tokens and slots', 'fragment_scan walk.lto walk binxml_next binxml_instance scan_instance take_values token_key plan_key fragment_key'),
    ('binary XML: template names and ids (intern)', 'template_at template_name templates_begin_chunk'),
    ('plan of the record: look-up and slots', 'planner_event use_plan slot_value source_value make_plan schema_find'),
    ('text logs: lines and cells', 'w3c_parse exchange_csv_parse read_line split line_events_add line_events_flush'),
    ('observer (coverage)', 'observer_event find_observation'),
    ('matcher: hash of values', 'hash_slots fast_key_of'),
    ('matcher: value cache', 'list_of_slot fast_table_find fast_table_add fast_table_prefetch fast_lists_add'),
    ('new values, fields: text and folding', 'fast:text'),
    ('new values, fields: literals', 'fast:literals'),
    ('new values, fields: regexes', 'fast:regex'),
    ('new values, fields: rest', 'fast_ask'),
    ('new values, keywords: text and folding', 'words:text'),
    ('new values, keywords: literals', 'words:literals'),
    ('new values, keywords: rest', 'fast_message_ask find_words list_of_message fast_ask_text'),
    ('message as a whole', 'join_message put_message'),
    ('matcher: outcome', 'outcome try_unit evaluate match'),
    ('hits: copy and reasons', 'keep_hits match_explain scan_event_copy'),
    ('hits: merge, order, print', 'merge print_hits document_hit qsort add_correlations result_free'),
    ('other', ''),
]
TEXT = {'value_text', 'fast_fold_text', 'fast_text_of', 'arena_printf', 'utf16_text', 'scalar', 'value_utf8', '__vsnprintf_internal', '__vfprintf_internal', 'fold_text'}
TEXT |= {'utf8_clean', 'utf8_valid'}
REGEX = {'fast_regex_match', 'pcre2_match_8', 'pcre2_jit_match_8'}
LITERALS = {'check_short', 'affix_probe', 'fast_needles_find', 'fast_affixes_find', 'ask_text', 'find_needles', 'scan', 'fast_found_add', 'fast_pattern_match', '__memcmp_evex_movbe'}
WHERE = {name: phase for phase, names in PHASES for name in names.split()}

def clean(name):
    return re.split(r'[.+ ]', name)[0]

def phase_of(stack):
    names = [clean(s) for s in stack]
    asked = 'words' if 'fast_message_ask' in names else 'fast' if 'fast_ask' in names else None
    if asked and not any(n in ('learn_fields', 'fast_plan_new', 'fast_compile') for n in names):
        inner = names[:names.index('fast_message_ask' if asked == 'words' else 'fast_ask')]
        for what, set_ in (('regex', REGEX), ('text', TEXT), ('literals', LITERALS)):
            if any(n in set_ for n in inner):
                return WHERE.get(f'{asked}:{what}', WHERE.get('fast:' + what))
    if 'fast_plan_new' in names:
        return WHERE['fast_plan_new']
    if 'match_explain' in names:
        return WHERE['match_explain']
    for outer in ('ruleset_load', 'load_path', 'fast_compile', 'SHA256_Update'):
        if outer in names:
            return WHERE[outer]
    return next((WHERE[n] for n in names if n in WHERE), 'other')

def stacks(path):
    stack = []
    with open(path, errors='replace') as f:
        for line in f:
            line = line.rstrip('\n')
            if line[:1] not in ('\t', ' ') or not line.strip():
                if stack:
                    yield stack
                stack = []
                continue
            part = line.split(None, 1)
            stack.append(part[1].replace(' (inlined)', '') if len(part) > 1 else '')
    if stack:
        yield stack

def main():
    counts, totals, other = [], [], {}
    for path in sys.argv[1:]:
        count = {}
        for stack in stacks(path):
            phase = phase_of(stack)
            count[phase] = count.get(phase, 0) + 1
            if phase == 'other':
                key = clean(stack[0])
                other[key] = other.get(key, 0) + 1
        counts.append(count)
        totals.append(sum(count.values()))
    print('| phase | ' + ' | '.join(os.path.basename(p).split('.')[-1] for p in sys.argv[1:]) + ' |')
    print('|---|' + '---|' * len(counts))
    for phase, _ in PHASES:
        if any(c.get(phase) for c in counts):
            print(f'| {phase} | ' + ' | '.join(f'{100 * c.get(phase, 0) / t:.1f}' for c, t in zip(counts, totals)) + ' |')
    print('samples: ' + ', '.join(map(str, totals)), file=sys.stderr)
    print('other: ' + ', '.join(f'{k} {v}' for k, v in sorted(other.items(), key=lambda kv: -kv[1])[:15]), file=sys.stderr)

main()
