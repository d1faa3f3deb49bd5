#!/usr/bin/env python3
"""The benchmark table: leadline beside the peers that are installed, on the same input, one after the other in turn.

    compare.py [--runs N] [--only WORD] [--what NAME] [--evtx-dump PROGRAM] LEADLINE RULES… DATA

DATA holds mixed.evtx, security.evtx, sysmon.evtx, powershell.evtx, iis.log, httpproxy-owa.log (`./dev bench` makes them) and folder samples.
Shown are medians: CPU (user + system) and wall time of the whole process, peak memory, and the ratio to the peer, taken pair by pair.
CPU time is little disturbed by what else the machine does; wall time is, and the load shown tells how much. Output goes to /dev/null."""
import argparse, datetime, os, platform, shutil, statistics, subprocess, sys, tempfile, time

def run(command):
    with open(os.devnull, 'wb') as null:
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=null, stderr=null, stdin=null)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return {'wall': time.monotonic() - start, 'cpu': used.ru_utime + used.ru_stime, 'peak': used.ru_maxrss / 1024,
            'status': child.returncode}

def version(command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.split('\n')[0].strip()
    except OSError:
        return ''

def machine():
    with open('/proc/cpuinfo') as f:
        model = next((l.split(':')[1].strip() for l in f if l.startswith('model name')), platform.machine())
    memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') >> 30
    return f'{os.cpu_count()} processors of {model}, {memory} GB, {platform.system()} {platform.release()}'

def commit():
    said = subprocess.run(['git', 'describe', '--always', '--dirty', '--abbrev=10'], capture_output=True, text=True)
    return said.stdout.strip() or 'unknown'

def halves(path):
    """The chunks of an event log, in two logs beside it."""
    middle = 4096 + (os.path.getsize(path) - 4096) // 65536 // 2 * 65536
    names = [f'{os.path.splitext(path)[0]}.half{n}' for n in (1, 2)]
    if not all(os.path.exists(name) for name in names):
        with open(path, 'rb') as log, open(names[0], 'wb') as first, open(names[1], 'wb') as second:
            second.write(log.read(4096))
            log.seek(0)
            while log.tell() < middle:
                first.write(log.read(min(1 << 20, middle - log.tell())))
            shutil.copyfileobj(log, second, 1 << 20)
    return names

class Table:
    def __init__(self, runs, only):
        self.runs, self.only, self.lines = runs, only, []

    def say(self, line=''):
        print(line, flush=True)
        self.lines.append(line)

    def row(self, name, ours, peer_name=None, peer=None):
        if self.only and self.only not in name:
            return
        commands = [c for c in (ours, peer) if c]
        for command in commands: # not counted: fills the page cache
            run(command)
        turns = [[run(command) for command in commands] for _ in range(self.runs)]
        def median(i, what):
            return statistics.median(turn[i][what] for turn in turns)
        def ratio(what):
            return statistics.median(turn[0][what] / max(turn[1][what], 1e-3) for turn in turns)
        def spread(i, what):
            return f"{min(t[i][what] for t in turns):.2f}–{max(t[i][what] for t in turns):.2f}"
        line = (f"| {name} | {median(0, 'cpu'):.3f} ({spread(0, 'cpu')}) | {median(0, 'wall'):.3f} ({spread(0, 'wall')}) | "
                f"{max(t[0]['peak'] for t in turns):.0f} |")
        if peer:
            line += (f" {peer_name} | {median(1, 'cpu'):.3f} | {median(1, 'wall'):.3f} | {max(t[1]['peak'] for t in turns):.0f} | "
                     f"**{ratio('cpu'):.2f}** | **{ratio('wall'):.2f}** |")
        else:
            line += ' – | | | | | |'
        if any(t[0]['status'] not in (0,) for t in turns):
            line += f" status {turns[0][0]['status']}"
        self.say(line)

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--only')
    parser.add_argument('--what', default='all')
    parser.add_argument('--evtx-dump', default=shutil.which('evtx_dump'))
    parser.add_argument('--results', default='bench/results')
    parser.add_argument('leadline')
    parser.add_argument('rest', nargs='+')
    args = parser.parse_args()
    *rules, data = args.rest
    rg, rsigma, dump = shutil.which('rg'), shutil.which('rsigma'), args.evtx_dump
    t = Table(args.runs, args.only)
    t.say(f"# {datetime.date.today()} {args.what}: medians of {args.runs} runs in turn")
    t.say(f"leadline {commit()}; machine: {machine()}")
    t.say('peers: ' + '; '.join(v for v in (version([dump, '--version']) if dump else '', version([rg, '--version']) if rg else '',
                                            version([rsigma, '--version']) if rsigma else '') if v))
    t.say(f"load before: {os.getloadavg()[0]:.1f}")
    t.say()
    t.say('| what | CPU s (range) | wall s (range) | peak MB | peer | CPU s | wall s | peak MB | CPU ratio | wall ratio |')
    t.say('|---|---|---|---|---|---|---|---|---|---|')
    hunt = [args.leadline, 'hunt', '--no-builtin', '--no-progress'] + [a for r in rules for a in ('--rules', r)]

    for kind in ('mixed', 'security', 'sysmon', 'powershell'):
        path = os.path.join(data, kind + '.evtx')
        if not os.path.exists(path):
            continue
        size = os.path.getsize(path) / 1e6
        for threads in ('1', '2'):
            t.row(f"{kind} {size:.0f} MB, {threads} thread{'s' if threads == '2' else ''}", hunt + ['--threads', threads, path],
                  'evtx_dump', dump and [dump, '-o', 'jsonl', '-t', threads, path])
            if threads == '2' and kind == 'mixed':
                one = ' '.join(f"'{a}'" for a in hunt + ['--threads', '1'])
                t.row(f'{kind} {size:.0f} MB, 2 threads', hunt + ['--threads', '2', path], 'two runs of 1 thread on its halves',
                      ['sh', '-c', ' & '.join(f"{one} '{half}'" for half in halves(path)) + ' & wait'])
            if rsigma and dump and threads == '1':
                t.row(f'{kind} {size:.0f} MB, behind evtx_dump', hunt + ['--threads', '1', path], 'rsigma',
                      ['sh', '-c', f'"{dump}" -o jsonl "{path}" | "{rsigma}" eval ' + ' '.join(f'-r "{r}"' for r in rules)])
    samples = os.path.join(data, 'samples')
    if os.path.isdir(samples):
        n = sum(f.endswith('.evtx') for _, _, files in os.walk(samples) for f in files)
        for threads in ('1', '2'):
            t.row(f'{n} sample files, {threads} thread' + 's' * (threads == '2'), hunt + ['--threads', threads, samples], 'evtx_dump, a process a file',
                  dump and ['sh', '-c', f"find '{samples}/' -name '*.evtx' -print0 | xargs -0 -n1 '{dump}' -o jsonl -t 1"])
    for kind in ('iis', 'httpproxy-owa'):
        path = os.path.join(data, kind + '.log')
        if not os.path.exists(path):
            continue
        size = os.path.getsize(path) / 1e6
        for threads in ('1', '2'):
            t.row(f'{kind} {size:.0f} MB, {threads} thread' + 's' * (threads == '2'), hunt + ['--threads', threads, path],
                  'rg -c -j' + threads, rg and [rg, '-c', '-j' + threads, 'leadline-bench', path])
    with tempfile.TemporaryDirectory() as folder:
        little = os.path.join(folder, 'u_ex.log')
        with open(little, 'w') as f:
            f.write('#Fields: date time cs-method cs-uri-stem sc-status\n2024-01-01 00:00:00 GET / 200\n')
        t.row('start: all rules, evidence of one line', hunt + ['--threads', '1', little])
        t.row('start: shipped rules, evidence of one line', [args.leadline, 'hunt', '--no-progress', '--threads', '1', little])
    t.say()
    t.say(f"load after: {os.getloadavg()[0]:.1f}")
    os.makedirs(args.results, exist_ok=True)
    with open(os.path.join(args.results, f"{datetime.date.today()}-{args.what}.txt"), 'w') as f:
        f.write('\n'.join(t.lines) + '\n')

main()
