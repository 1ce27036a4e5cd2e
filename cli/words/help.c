// SPDX-License-Identifier: Apache-2.0
// help.c - what the command says of itself, for people at a terminal.
#include "words/help.h"

#include <string.h>

#include "words/meaning.h"

static const struct help_global globals[] = {
    {N_("--store DIR"),
        N_("the store's folder, else $TANDEM_STORE, else the data folder")},
    {N_("--key-file FILE"),
        N_("its key, else $TANDEM_KEY_FILE, else asked on the terminal")},
    {N_("--as PERSON"), N_("who types, for this once")},
    {"--json", N_("answers for programs, on one line each")},
    {"--exit-code",
        N_("3 when there was nothing to do, 4 when there is something to look "
           "at")},
    {"--yes", N_("do not ask")},
    {"--help", N_("this, or how one command is used")},
    {"--version", N_("the version")},
};

const struct help_global *
help_global_at(size_t i)
{
    return i < sizeof(globals) / sizeof(*globals) ? &globals[i] : NULL;
}

const char *
help_exit_codes(size_t line)
{
    return line == 0
               ? _("Exit status: 0 done, 1 failed, 2 wrong use, 5 nobody "
                   "answers,")
               : _("6 not allowed or wrong key, 7 damaged, 8 disk full, 9 "
                   "newer version, 75 cut off, 130 stopped.");
}

// What is said of it stands beside it, in a column of its own.
static void
print_entry(const char *name, size_t width, const char *does)
{
    cli_print("  ");
    page_cell(name, width);
    page_hang(width + 3);
    cli_print(" %s\n", does);
}

static void
print_meaning(const char *shown, const char *does)
{
    print_entry(shown, 20, does);
}

static void
print_globals(void)
{
    const struct help_global *g;

    cli_print("\n%s\n", _("With every command, before or after it:"));
    for (size_t i = 0; (g = help_global_at(i)) != NULL; i++) {
        print_entry(_(g->shown), 20, _(g->does));
    }
}

size_t
help_break(const char *text, size_t len, size_t width)
{
    size_t at = len;
    bool quoted = false;

    if (len <= width) {
        return len;
    }
    for (size_t i = 0; i < len && (i < width || at == len); i++) {
        quoted ^= text[i] == '"';
        if (text[i] == ' ' && !quoted) {
            at = i;
        }
    }
    return at;
}

// Too long for a line it goes on in the next, as a shell takes it.
static void
print_example(const char *text, size_t len)
{
    const char *begin = "  tandem ";

    for (;;) {
        const size_t n =
            help_break(text, len, page_width() - strlen(begin) - 2);

        cli_print("%s%.*s%s\n", begin, (int)n, text, n < len ? " \\" : "");
        if (n == len) {
            return;
        }
        text += n + 1;
        len -= n + 1;
        begin = "      ";
    }
}

static void
print_examples(const char *at)
{
    while (*at != '\0') {
        size_t len = strcspn(at, "\n");

        print_example(at, len);
        at += len + (at[len] == '\n');
    }
}

// An option stays with its value, a bar with what follows it.
static void
print_usage(const struct verb *v)
{
    const char *at = v->args;

    page_hang(4);
    cli_print("tandem %s", v->name);
    for (const char *before = ""; *at != '\0'; at += strspn(at, " ")) {
        const size_t len = strcspn(at, " ");
        const char *word = before + strspn(before, "[(");

        if (*before == '|' ||
            (strncmp(word, "--", 2) == 0 && at[-2] != ']' && *at != '|')) {
            page_stick();
        } else {
            cli_print(" ");
        }
        cli_print("%.*s", (int)len, at);
        before = at;
        at += len;
    }
    cli_print("\n");
}

static void
print_all(void)
{
    const struct verb *v;

    print_examples("key new ~/tandem.key\n"
                   "init --workspace Nord --name bureau\n"
                   "sector add FIVES\n"
                   "invite --right agent --sector FIVES\n"
                   "new contact name=\"Mme L.\" met_by=door\n"
                   "sync bureau\n");
    cli_print("\n");
    for (size_t i = 0; (v = verb_at(i)) != NULL; i++) {
        print_entry(v->name, 10, _(v->does));
    }
    print_globals();
    cli_print("\n");
    page_hang(0);
    cli_print("%s %s\n", help_exit_codes(0), help_exit_codes(1));
    cli_print("\n%s\n", _("tandem COMMAND --help says more."));
}

void
help_print(const struct verb *v)
{
    if (v == NULL) {
        print_all();
        return;
    }
    print_examples(v->examples);
    cli_print("\n");
    print_usage(v);
    cli_print("\n");
    page_text(_(v->does), strlen(_(v->does)), 0);
    if (meaning_each(v, NULL) > 0) {
        cli_print("\n");
        (void)meaning_each(v, print_meaning);
    }
    print_globals();
}
