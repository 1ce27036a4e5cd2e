// SPDX-License-Identifier: Apache-2.0
// html.c - one page of HTML that stands alone.
#include "page/html.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "page/plain.h"
#include "page/utf8.h"

// Nothing is fetched, nothing runs: said to the browser too.
static const char policy[] =
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
    "'none'; style-src 'unsafe-inline'\">\n";

static const char style[] =
    "<style>\n"
    "body{font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;"
    "margin:0 auto;max-width:52rem;padding:1rem}\n"
    "h1,h2,h3{line-height:1.2}h2{margin-top:2.5rem;border-bottom:2px solid "
    "#1f4e79}\n"
    "a{color:#1f4e79}\n"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}\n"
    "caption{text-align:left;font-weight:600;padding:.3rem 0}\n"
    "th,td{border:1px solid #767676;padding:.25rem .5rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}\n"
    "thead th{background:#e8eef4}tbody th{font-weight:400}\n"
    "td.text{white-space:pre-line}td.n{text-align:right;white-space:nowrap}\n"
    "svg{width:100%;height:auto;display:block;margin:1rem 0}\n"
    "svg text{font:13px system-ui,sans-serif;fill:#1a1a1a}\n"
    "svg .bar{fill:#1f4e79}svg .goal{stroke:#a3001b;stroke-width:3}svg "
    ".line{stroke:#767676}\n"
    ".wide{overflow-x:auto}\n"
    ".note{border-left:4px solid #a3001b;padding-left:.7rem}\n"
    ".big{font-size:1.6rem;font-weight:700}\n"
    ".blank{border-bottom:1px solid #1a1a1a;height:2.2rem}\n"
    ".leaf+.leaf{break-before:page;margin-top:4rem}\n"
    "@media print{@page{margin:15mm}body{font-size:11pt;max-width:none;"
    "padding:0}nav{display:none}.wide{overflow:visible}h2,h3,caption{break-"
    "after:avoid}tr,svg{break-inside:avoid}*{-webkit-print-color-adjust:exact;"
    "print-color-adjust:exact}}\n"
    "</style>\n";

void
html_put(struct html *h, const char *markup)
{
    if (h->to != NULL) {
        (void)fputs(markup, h->to);
    }
}

void
html_mark(struct html *h, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    if (h->to != NULL) {
        (void)vfprintf(h->to, format, list);
    }
    va_end(list);
}

// --------------------------------------------------------------------- text

// What stands for a character that markup is made of.
static const char *
escaped(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void
html_text(struct html *h, const char *text)
{
    uint32_t code;

    while (h->to != NULL && *text != '\0') {
        const size_t len = utf8_next(text, &code);
        const char *as = escaped(*text);

        if (len == 0 || plain_unwanted(code)) {
            (void)fputs("\xef\xbf\xbd", h->to);
        } else if (as != NULL) {
            (void)fputs(as, h->to);
        } else {
            (void)fwrite(text, 1, len, h->to);
        }
        text += len > 0 ? len : 1;
    }
}

void
html_say(struct html *h, const char *format, ...)
{
    va_list list, again;
    char *text;
    int len;

    va_start(list, format);
    va_copy(again, list);
    len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    text = len < 0 ? NULL : malloc((size_t)len + 1);
    if (text != NULL) {
        (void)vsnprintf(text, (size_t)len + 1, format, list);
        html_text(h, text);
        free(text);
    } else if (h->to != NULL) { // a page without it must not be kept
        (void)fclose(h->to);
        h->to = NULL;
    }
    va_end(list);
}

void
html_element(struct html *h, const char *tag, const char *text)
{
    html_mark(h, "<%s>", tag);
    html_text(h, text);
    html_mark(h, "</%s>\n", tag);
}

// --------------------------------------------------------------------- parts

void
html_section(struct html *h, const char *id, const char *heading)
{
    html_mark(h, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">", id, id);
    html_text(h, heading);
    html_put(h, "</h2>\n");
}

void
html_table(struct html *h, const char *caption, const char *const *heads)
{
    html_put(h, "<div class=\"wide\"><table>\n<caption>");
    html_text(h, caption);
    html_put(h, "</caption>\n<thead><tr>");
    for (; *heads != NULL; heads++) {
        html_put(h, "<th scope=\"col\">");
        html_text(h, *heads);
        html_put(h, "</th>");
    }
    html_put(h, "</tr></thead>\n<tbody>\n");
}

void
html_row(struct html *h, const char *label)
{
    html_put(h, "<tr><th scope=\"row\" dir=\"auto\">");
    html_text(h, label);
    html_put(h, "</th>");
}

void
html_number(struct html *h, const char *text)
{
    html_put(h, "<td class=\"n\">");
    html_text(h, text);
    html_put(h, "</td>");
}

void
html_table_end(struct html *h)
{
    html_put(h, "</tbody></table></div>\n");
}

// ---------------------------------------------------------------------- page

void
html_begin(struct html *h, const char *lang, const char *title)
{
    *h = (struct html){.to = NULL};
    h->to = open_memstream(&h->text, &h->len);
    html_mark(h,
        "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n"
        "<meta charset=\"utf-8\">\n%s"
        "<meta name=\"viewport\" content=\"width=device-width\">\n"
        "<title>",
        lang, policy);
    html_text(h, title);
    html_put(h, "</title>\n");
    html_put(h, style);
    html_put(h, "</head>\n<body>\n<main>\n");
}

bool
html_end(struct html *h)
{
    bool good;

    html_put(h, "</main>\n</body>\n</html>\n");
    good = h->to != NULL && !ferror(h->to);
    if (h->to != NULL) {
        good = fclose(h->to) == 0 && good;
        h->to = NULL;
    }
    return good;
}

void
html_free(struct html *h)
{
    if (h->to != NULL) {
        (void)fclose(h->to);
    }
    free(h->text);
    *h = (struct html){.to = NULL};
}
