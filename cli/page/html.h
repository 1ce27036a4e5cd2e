// SPDX-License-Identifier: Apache-2.0
// html.h - one page of HTML that stands alone: no network, no script, its
// style inside; it prints, and a screen reader finds its way.
//
// What was typed by people goes through html_text() and its kin; html_put()
// and html_mark() take markup of this program and numbers, nothing else.
#ifndef TANDEM_CLI_HTML_H
#define TANDEM_CLI_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define HTML_PRINTF __attribute__((format(printf, 2, 3)))

struct html {
    FILE *to;   // NULL: no memory
    char *text; // whole after html_end()
    size_t len;
};

/** `lang`: "fr" or "en". */
void html_begin(struct html *h, const char *lang, const char *title);
/** false: no memory; nothing is to be kept of it then. */
bool html_end(struct html *h);
void html_free(struct html *h);

void html_put(struct html *h, const char *markup);
void html_mark(struct html *h, const char *format, ...) HTML_PRINTF;

/** Harmless inside an element and inside a quoted attribute, whatever it is:
 *  what plain.h keeps from people and what is no UTF-8 becomes U+FFFD. */
void html_text(struct html *h, const char *text);
void html_say(struct html *h, const char *format, ...) HTML_PRINTF;
/** <tag>text</tag>. */
void html_element(struct html *h, const char *tag, const char *text);

/** <section> with a heading that can be linked to as #id. */
void html_section(struct html *h, const char *id, const char *heading);
/** A table up to its first row; column heads end with NULL. */
void html_table(struct html *h, const char *caption, const char *const *heads);
/** A row up to its first number; ends with html_put("</tr>"). */
void html_row(struct html *h, const char *label);
void html_number(struct html *h, const char *text);
void html_table_end(struct html *h);

#endif
