// SPDX-License-Identifier: Apache-2.0
// main.c - the command `tandem`: a thin face on the public headers.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/language.h"
#include "export/audit.h"
#include "words/help.h"
#include "words/verbs.h"

static int
bad_options(const struct cli *c, enum args_fault fault, const char *bad)
{
    switch (fault) {
    case ARGS_UNKNOWN_OPTION:
        if (c->args.verb == NULL) {
            return cli_bad_use(c,
                _("%s is not an option; those of a command stand behind it; "
                  "see: tandem --help"),
                bad);
        }
        return cli_bad_use(c, _("%s is not an option here"), bad);
    case ARGS_NO_VALUE:
        return cli_bad_use(c, _("%s needs a value"), bad);
    case ARGS_NO_FLAG:
        return cli_bad_use(c, _("%s takes no value"), bad);
    case ARGS_NO_MEMORY:
        return cli_fail_with(c, TANDEM_ENOMEM, _("out of memory"));
    case ARGS_FINE:
        break;
    }
    return CLI_DONE;
}

static void
read_globals(struct cli *c)
{
    c->json = args_has(&c->args, "json");
    c->yes = args_has(&c->args, "yes");
    c->exit_code = args_has(&c->args, "exit-code");
}

// Which verb, with which options; 0 with *out NULL when all is said already.
static int
read_line(struct cli *c, int argc, char **argv, const struct verb **out)
{
    const char *bad = "";
    const struct verb *v;
    enum args_fault fault;

    *out = NULL;
    // The verb's options are known only once the verb is: a first reading
    // stops at the first word that is not a global option's value.
    fault = args_read(&c->args, argc, argv, NULL, &bad);
    read_globals(c);
    if (fault != ARGS_FINE && c->args.verb == NULL) {
        return bad_options(c, fault, bad);
    }
    if (args_has(&c->args, "version") ||
        (c->args.verb != NULL && strcmp(c->args.verb, "version") == 0)) {
        cli_print("tandem %s\n", tandem_version());
        return CLI_DONE;
    }
    if (c->args.verb == NULL) {
        if (args_has(&c->args, "help")) {
            help_print(NULL);
            return CLI_DONE;
        }
        return cli_bad_use(c, _("say what to do; see: tandem --help"));
    }
    if (strcmp(c->args.verb, "help") == 0) { // tandem help [COMMAND]
        help_print(verb_find(argv[argc - 1]));
        return CLI_DONE;
    }
    v = verb_find(c->args.verb);
    if (v == NULL) {
        const char *name = c->args.verb;

        c->args.verb = NULL;
        return cli_bad_use(
            c, _("there is no command \"%s\"; see: tandem --help"), name);
    }
    if (args_has(&c->args, "help")) {
        help_print(v);
        return CLI_DONE;
    }
    args_free(&c->args);
    fault = args_read(&c->args, argc, argv, v->options, &bad);
    read_globals(c);
    if (fault != ARGS_FINE) {
        return bad_options(c, fault, bad);
    }
    if (c->args.word_count < v->words_min ||
        c->args.word_count > v->words_max) {
        return cli_bad_use(c, _("usage: tandem %s %s"), v->name, v->args);
    }
    *out = v;
    return CLI_DONE;
}

// What was printed must have arrived: a full disk is not "done".
static int
flush_output(const struct cli *c, int rc)
{
    page_end();
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return rc;
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    return errno == ENOSPC
               ? cli_fail_with(c, TANDEM_EFULL, _("the disk is full"))
               : cli_fail_with(
                     c, TANDEM_EIO, _("the answer could not be written"));
}

int
main(int argc, char **argv)
{
    struct cli c;
    const struct verb *v = NULL;
    int rc;

    memset(&c, 0, sizeof(c));
    c.lang = language_begin();
    rc = read_line(&c, argc, argv, &v);
    if (v != NULL) {
        rc = v->run(&c);
        if (rc == CLI_NOT_ALLOWED && c.store != NULL) {
            audit_refused(&c);
        }
    }
    rc = flush_output(&c, rc);
    cli_close(&c);
    return rc;
}
