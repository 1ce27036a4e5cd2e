// SPDX-License-Identifier: Apache-2.0
// manual.c - tandem(1) from the table of verbs, as roff for man(7).
#include "words/manual.h"

#include <stdio.h>
#include <string.h>

#include "words/help.h"
#include "words/meaning.h"

enum { EXAMPLE_WIDTH = 56 }; // bytes; a page is 80 columns, they are indented

// Our own sentences, with what roff would obey made harmless.
static void
put_part(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\\') {
            (void)fputs("\\e", stdout);
        } else if (text[i] == '-') {
            (void)fputs("\\-", stdout);
        } else if (i == 0 && (text[i] == '.' || text[i] == '\'')) {
            (void)printf("\\&%c", text[i]);
        } else {
            (void)putchar(text[i]);
        }
    }
}

static void
put_line(const char *text)
{
    put_part(text, strlen(text));
    (void)putchar('\n');
}

static void
section(const char *name)
{
    (void)fputs(".SH ", stdout);
    put_line(name);
}

// As typed; too long for a line it goes on in the next, as a shell takes it.
static void
example(const char *text, size_t len)
{
    const char *begin = "tandem ";

    for (;;) {
        const size_t n = help_break(text, len, EXAMPLE_WIDTH);

        (void)fputs(begin, stdout);
        put_part(text, n);
        (void)puts(n < len ? " \\e" : "");
        if (n == len) {
            return;
        }
        text += n + 1;
        len -= n + 1;
        begin = "    ";
    }
}

// A line of examples each.
static void
examples(const char *at)
{
    (void)puts(".RS\n.PP\n.EX");
    while (*at != '\0') {
        size_t len = strcspn(at, "\n");

        example(at, len);
        at += len + (at[len] == '\n');
    }
    (void)puts(".EE\n.RE");
}

// A tag in bold and what it says.
static void
entry(const char *tag, const char *does)
{
    (void)fputs(".TP\n\\fB", stdout);
    put_part(tag, strlen(tag));
    (void)fputs("\\fR\n", stdout);
    put_line(does);
}

static void
verb(const struct verb *v)
{
    (void)printf(".TP\n\\fB%s\\fR ", v->name);
    put_line(v->args);
    put_line(_(v->does));
    examples(v->examples);
    if (meaning_each(v, NULL) > 0) {
        (void)puts(".RS");
        (void)meaning_each(v, entry);
        (void)puts(".RE");
    }
}

static void
environment(void)
{
    section(_("ENVIRONMENT"));
    entry("TANDEM_STORE", _("The store's folder."));
    entry("TANDEM_KEY_FILE", _("The file with its key."));
    entry("XDG_DATA_HOME",
        _("Where the data folder lies; without it, ~/.local/share."));
    entry("VISUAL, EDITOR", _("What `edit` opens a text with."));
    entry("COLUMNS", _("How many columns a page has; without it the "
                       "terminal's, or 80."));
    entry("NO_COLOR", _("Nothing: no page has a colour or sends a terminal "
                        "anything that it obeys."));
    entry("LANGUAGE, LC_ALL, LC_MESSAGES, LANG",
        _("French or English; what stands in JSON is the same in both."));
}

void
manual_page(void)
{
    const struct verb *v;
    const struct help_global *g;

    (void)printf(".\\\" %s\n.TH TANDEM 1 \"\" \"tandem %s\"\n",
        "Made by `tandem manual`.", tandem_version());
    section(_("NAME"));
    (void)fputs("tandem \\- ", stdout);
    put_line(_("records of field work, offline, merged when two devices meet"));
    section(_("SYNOPSIS"));
    (void)fputs("\\fBtandem\\fR ", stdout);
    put_line(_("[OPTION]... COMMAND [WORD]..."));
    section(_("COMMANDS"));
    for (size_t i = 0; (v = verb_at(i)) != NULL; i++) {
        verb(v);
    }
    section(_("OPTIONS"));
    put_line(_("With every command, before or after it:"));
    for (size_t i = 0; (g = help_global_at(i)) != NULL; i++) {
        entry(_(g->shown), _(g->does));
    }
    section(_("EXIT STATUS"));
    put_line(help_exit_codes(0));
    put_line(help_exit_codes(1));
    environment();
}
