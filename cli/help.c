// SPDX-License-Identifier: Apache-2.0
// help.c - what the command says of itself, for people at a terminal.
#include "help.h"

#include <stdio.h>
#include <string.h>

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

static void
print_globals(void)
{
    const struct help_global *g;

    cli_print("\n%s\n", _("With every command, before or after it:"));
    for (size_t i = 0; (g = help_global_at(i)) != NULL; i++) {
        cli_print("  %-20s %s\n", _(g->shown), _(g->does));
    }
}

static void
print_examples(const char *at)
{
    while (*at != '\0') {
        size_t len = strcspn(at, "\n");

        cli_print("  tandem %.*s\n", (int)len, at);
        at += len + (at[len] == '\n');
    }
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
    (void)putchar('\n');
    for (size_t i = 0; (v = verb_at(i)) != NULL; i++) {
        cli_print("  %-10s %s\n", v->name, _(v->does));
    }
    print_globals();
    cli_print("\n%s\n%s\n", help_exit_codes(0), help_exit_codes(1));
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
    cli_print("\ntandem %s%s%s\n\n%s\n", v->name, v->args[0] != '\0' ? " " : "",
        v->args, _(v->does));
    print_globals();
}
