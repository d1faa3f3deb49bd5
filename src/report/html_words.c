/* html_words.c: the words of the page that a reader may meet for the first time, once, in plain
 * language. */
#include "report/page.h"

static const struct {
    const char *word, *meaning;
} glossary[] = {
    {"Web shell", "A page that an intruder leaves on a web server: whoever knows its address sends "
                  "it commands, and the server runs them."},
    {"Front end, back end", "The two halves of an Exchange server. The front end takes requests "
                            "from outside and passes them on; the back end trusts what comes from "
                            "the front end and does the work."},
    {"EWS", "Exchange Web Services: the way in which programs read and send mail."},
    {"MAPI", "The way in which Outlook talks to the server."},
    {"ECP", "The Exchange control panel: where administrators change settings in a browser."},
    {"Virtual directory", "A part of the web site of Exchange, such as /owa or /oab. Its settings "
                          "hold addresses and paths, and can be misused to write a file."},
    {"Canary, 241", "A secret value that the control panel hands to a session. The answer 241 of "
                    "proxyLogon.ecp means that a session was opened."},
    {"Loopback share", "A server that writes a file to itself over its own C$ network share: "
                       "Exchange does so when an export is written to an address in a setting."},
    {"4688", "The number under which the Windows Security log records that a program was started."},
    {"Sysmon", "A tool of Microsoft that records started programs, written files and connections, "
               "if somebody installed it."},
    {"Finding, lead", "A record that a rule matched. A finding carries a statement of this "
                      "report; a lead carries none and is listed for review."},
};

void page_words(struct page *page)
{
    page_section(page, "words", "Words explained");
    markup(page->out, "<details class=\"words\"><summary>Web shell, front end, EWS, canary, 4688 "
                      "and others</summary>\n<dl class=\"pairs\">\n");
    for (size_t i = 0; i < COUNT(glossary); i++)
        buf_printf(page->out, "<div><dt>%s</dt><dd>%s</dd></div>\n", glossary[i].word,
                   glossary[i].meaning);
    markup(page->out, "</dl></details>\n");
    page_section_end(page);
}
