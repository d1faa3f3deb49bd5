#!/usr/bin/env python3
"""embed.py: the files of rules/ and data/ as a C table (src/rule/builtin.h).

usage: embed.py ROOT OUT.c DEPFILE

Runs at build time. The depfile names every file and folder read, so that a change, a new file or a removed one builds again.
"""
import os
import sys

SUFFIXES = {"rules": (".yml", ".yaml"), "data": (".json",)}


def files(root):
    found, folders = [], []
    for top, suffixes in SUFFIXES.items():
        if not os.path.isdir(os.path.join(root, top)):
            folders.append(root)  # its time changes when the folder comes
        for folder, _, names in os.walk(os.path.join(root, top)):
            folders.append(folder)
            found += [os.path.join(folder, name) for name in names if name.endswith(suffixes)]
    return sorted(found, key=lambda path: os.path.relpath(path, root).encode()), folders


def literal(data):
    """The bytes as C string literals, one for each line; octal escapes are three digits, so nothing runs into the next."""
    out = []
    for line in data.splitlines(keepends=True) or [b""]:
        text = "".join(
            chr(b) if 32 <= b < 127 and b not in b'"\\?' else "\\%03o" % b for b in line)
        out.append('    "%s"' % text)
    return "\n".join(out)


def main():
    root, out, depfile = sys.argv[1:]
    paths, folders = files(root)
    with open(out, "w", encoding="ascii") as c:
        c.write('/* Written by tools/embed.py. */\n#include "rule/builtin.h"\n\n')
        c.write("#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n")
        c.write("const struct builtin_file builtin_files[] = {\n")
        for path in paths:
            with open(path, "rb") as f:
                data = f.read()
            name = os.path.relpath(path, root).replace(os.sep, "/")
            c.write('{"%s",\n%s,\n %d},\n' % (name, literal(data), len(data)))
        c.write("};\nconst size_t n_builtin_files = sizeof builtin_files / sizeof builtin_files[0];\n")
    with open(depfile, "w", encoding="utf-8") as d:
        d.write("%s: %s\n" % (out, " ".join(p.replace(" ", "\\ ") for p in paths + folders)))


main()
