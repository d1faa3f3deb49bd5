#!/usr/bin/env python3
"""check_contrast.py FILE.css: the colours of text have a contrast of at least 4.5 : 1 to both grounds, in the light, in the dark
and on paper (WCAG 2.1, 1.4.3); each :root block is one scheme."""
import re
import sys

TEXT = ("ink", "quiet", "link", "bad", "warn", "open", "calm")
GROUND = ("bg", "panel")


def luminance(color):
    color = color[1:]
    if len(color) == 3:
        color = "".join(c * 2 for c in color)
    parts = [int(color[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    parts = [c / 12.92 if c <= .03928 else ((c + .055) / 1.055) ** 2.4 for c in parts]
    return .2126 * parts[0] + .7152 * parts[1] + .0722 * parts[2]


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + .05) / (low + .05)


bad = schemes = 0
with open(sys.argv[1], encoding="utf-8") as f:
    blocks = re.findall(r":root\s*\{(.*?)\}", f.read(), re.S)
for block in blocks:
    colors = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{3,6})\b", block))
    schemes += 1
    for text in TEXT:
        for ground in GROUND:
            ratio = contrast(colors[text], colors[ground])
            if ratio < 4.5:
                print("scheme %d: %s on %s is %.2f : 1" % (schemes, text, ground, ratio), file=sys.stderr)
                bad += 1
sys.exit(bad > 0 or schemes < 3)
