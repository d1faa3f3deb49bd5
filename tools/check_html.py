#!/usr/bin/env python3
"""check_html.py FILE...: a report page is one well-formed, self-contained, readable file.

Tags are balanced, ids are unique, every link and every aria reference leads somewhere on the page, nothing is fetched, nothing
runs, headings go down one level at a time, table heads have a scope, drawings have a title.
"""
import html.parser
import sys

VOID = {"meta", "br", "wbr", "hr"}
HTML = {"html", "head", "title", "style", "body", "header", "main", "footer", "nav", "section", "h1", "h2", "h3", "h4", "p", "a",
        "b", "strong", "small", "span", "code", "pre", "ul", "ol", "li", "dl", "dt", "dd", "div", "table", "caption", "thead",
        "tbody", "tr", "th", "td", "time", "details", "summary", "figure", "figcaption"} | VOID
SVG = {"svg", "title", "desc", "rect", "circle", "line", "path", "text", "tspan"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.errors, self.ids, self.wanted, self.level = [], [], set(), set(), 0
        self.has_policy = self.has_lang = False

    def fail(self, text):
        self.errors.append("line %d: %s" % (self.getpos()[0], text))

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        values = dict(attrs)
        if tag not in (SVG if "svg" in self.open else HTML | {"svg"}):
            self.fail("<%s> has no place here" % tag)
        if len(names) != len(set(names)):
            self.fail("<%s> repeats an attribute" % tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("src", "srcset", "action", "formaction", "style", "xlink:href", "data"):
                self.fail("attribute %s" % name)
            if value is None:
                self.fail("attribute %s without a value" % name)
        if "id" in values:
            if values["id"] in self.ids:
                self.fail("id %s twice" % values["id"])
            self.ids.add(values["id"])
        if "href" in values:
            if not values["href"].startswith("#"):
                self.fail("link to %s" % values["href"])
            self.wanted.add(values["href"][1:])
        self.wanted.update(values.get("aria-labelledby", "").split())
        if tag in ("h1", "h2", "h3", "h4"):
            if int(tag[1]) > self.level + 1:
                self.fail("<%s> after <h%d>" % (tag, self.level))
            self.level = int(tag[1])
        if tag == "th" and values.get("scope") not in ("row", "col"):
            self.fail("<th> without a scope")
        if tag == "svg" and "svg" not in self.open and values.get("role") != "img" and values.get("aria-hidden") != "true":
            self.fail("<svg> that says nothing to those who cannot see it")
        self.has_policy |= values.get("content", "").startswith("default-src 'none';")
        self.has_lang |= tag == "html" and values.get("lang") == "en"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.fail("</%s> closes <%s>" % (tag, self.open[-1] if self.open else "nothing"))
            if tag not in self.open:
                return
            while self.open.pop() != tag:
                pass
            return
        self.open.pop()

    def handle_comment(self, data):
        self.fail("a comment")

    def unknown_decl(self, data):
        self.fail("a declaration")

    def finish(self):
        self.close()
        for tag in self.open:
            self.fail("<%s> is never closed" % tag)
        for name in sorted(self.wanted - self.ids):
            self.fail("nothing has the id %s" % name)
        if not self.has_policy:
            self.fail("no content security policy")
        if not self.has_lang:
            self.fail("no language")
        return self.errors


bad = 0
for path in sys.argv[1:]:
    page = Page()
    with open(path, encoding="utf-8", newline="") as f:
        page.feed(f.read())
    for error in page.finish():
        print("%s: %s" % (path, error), file=sys.stderr)
        bad += 1
if len(sys.argv) < 2:
    sys.exit(__doc__)
sys.exit(bad > 0)
