#!/usr/bin/env python3
"""embed_text.py: one text file as a C array.

usage: embed_text.py FILE NAME OUT.c

Writes `const char NAME[]` (with a NUL that is not counted) and `const size_t NAME_size`.
"""
import sys

path, name, out = sys.argv[1:]
with open(path, "rb") as f:
    data = f.read()
with open(out, "w", encoding="ascii") as c:
    c.write("/* Written by tools/embed_text.py. */\n#include <stddef.h>\n\n")
    c.write("extern const char %s[];\nextern const size_t %s_size;\n" % (name, name))
    c.write("const char %s[] = {\n" % name)
    for at in range(0, len(data), 20):
        c.write("    " + " ".join("%d," % (b if b < 128 else b - 256) for b in data[at:at + 20]) + "\n")
    c.write("    0};\nconst size_t %s_size = %d;\n" % (name, len(data)))
