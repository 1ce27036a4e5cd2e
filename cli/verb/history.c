// SPDX-License-Identifier: Apache-2.0
// history.c - history, undo.
#include <stdlib.h>
#include <string.h>

#include "export/audit.h"
#include "record/past.h"
#include "words/verbs.h"

enum { NAME_MIN = 4 }; // signs of a change's name

static int
open_history(struct cli *c, tandem_history **out)
{
    tandem_error e = cli_no_error(c);
    tandem_id id;
    int rc = cli_open(c, CLI_EXISTING);

    if (rc == CLI_DONE) {
        rc = cli_record(c, c->args.words[0], &id);
    }
    if (rc == CLI_DONE &&
        tandem_history_open(c->store, id, out, &e) != TANDEM_OK) {
        rc = cli_fail(c, &e);
    }
    return rc;
}

// --field F; NULL: none asked for.
static int
read_field(
    const struct cli *c, const tandem_history *h, const tandem_field_info **out)
{
    const char *name = args_option(&c->args, "field");
    const tandem_kind_info *k = tandem_record_kind(tandem_history_record(h));

    if (name == NULL) {
        return CLI_DONE;
    }
    for (size_t i = 0; k != NULL && i < k->field_count; i++) {
        const tandem_field_info *f = &k->fields[i];

        if (strcmp(f->id, name) == 0 || strcmp(f->fr, name) == 0 ||
            strcmp(f->en, name) == 0) {
            *out = f;
            return CLI_DONE;
        }
    }
    return k == NULL ? cli_fail_with(c, TANDEM_EKIND, "%s", cli_kind_unknown())
                     : cli_fail_with(c, TANDEM_EKIND,
                           _("%s has no field \"%s\"; see: tandem kinds %s"),
                           k->id, name, k->id);
}

int
verb_history(struct cli *c)
{
    const tandem_field_info *field = NULL;
    tandem_history *h = NULL;
    size_t shown = 0, limit = SIZE_MAX, from = 0;
    int rc = cli_limit(c, &limit);

    if (rc == CLI_DONE) {
        rc = open_history(c, &h);
    }
    if (rc == CLI_DONE) {
        rc = read_field(c, h, &field);
    }
    if (rc == CLI_DONE && tandem_history_count(h) > limit) {
        from = tandem_history_count(h) - limit;
        cli_say(_("%zu earlier changes are not shown."), from);
    }
    for (size_t i = from; rc == CLI_DONE && i < tandem_history_count(h); i++) {
        rc = past_show(c, h, i, field, &shown);
    }
    if (rc == CLI_DONE && shown > 0) {
        audit_read(c, tandem_history_record(h), "history");
    }
    tandem_history_free(h);
    c->nothing = shown == 0;
    return rc == CLI_DONE ? cli_done(c) : rc;
}

// --------------------------------------------------------------------- undo

// The change called so, by the beginning of its name.
static int
find_named(
    const struct cli *c, const tandem_history *h, const char *name, size_t *out)
{
    const size_t len = strlen(name);
    size_t found = 0;
    tandem_past p;

    for (size_t i = 0;
         len >= NAME_MIN && tandem_history_at(h, i, &p) == TANDEM_OK; i++) {
        if (p.read && strncmp(p.name, name, len) == 0) {
            *out = i;
            found++;
        }
    }
    if (found == 1) {
        return CLI_DONE;
    }
    return cli_fail_with(c, found == 0 ? TANDEM_ENOTFOUND : TANDEM_ECONFLICT,
        found == 0
            ? _("this record has no change %s; see: tandem history %s")
            : _("several changes begin with %s; see: tandem history %s --json"),
        name, c->args.words[0]);
}

// The last change of the one who asks, made on this device.
static int
find_own(const struct cli *c, const tandem_history *h, size_t *out)
{
    const tandem_id me =
        tandem_id_equal(c->person, TANDEM_ME) ? tandem_me(c->store) : c->person;
    tandem_error e = cli_no_error(c);
    tandem_workspace w;
    tandem_past p;

    if (tandem_workspace_get(c->store, &w, &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    for (size_t i = tandem_history_count(h); i > 0; i--) {
        if (tandem_history_at(h, i - 1, &p) == TANDEM_OK && p.counts &&
            tandem_id_equal(p.person, me) &&
            memcmp(&p.device, &w.device, sizeof(p.device)) == 0) {
            *out = i - 1;
            return CLI_DONE;
        }
    }
    return cli_fail_with(c, TANDEM_ENOTFOUND,
        _("you have changed nothing of it on this device; to undo another's "
          "change name it: tandem history %s"),
        c->args.words[0]);
}

static tandem_err
write_undo(const struct cli *c, tandem_history *h, size_t i,
    tandem_record **after, tandem_error *e)
{
    const char *why = args_option(&c->args, "why");
    tandem_txn *t = NULL;
    tandem_edit *d = NULL;
    tandem_err err = tandem_txn_new(c->store, c->person, &t, e);

    if (err == TANDEM_OK) {
        err = tandem_txn_edit(t, tandem_history_record(h), &d);
    }
    if (err == TANDEM_OK) {
        err = tandem_edit_why(d, why != NULL ? why : _("undone"));
    }
    if (err == TANDEM_OK) {
        err = tandem_edit_undo(
            d, h, i, args_has(&c->args, "over") ? TANDEM_UNDO_OVER : 0);
    }
    if (err != TANDEM_OK) {
        e->code = err;
        (void)tandem_txn_failed(t, e);
    } else {
        err = tandem_txn_commit(t, e);
    }
    if (err == TANDEM_OK) {
        err = tandem_edit_record(d, after, e);
    }
    tandem_txn_free(t);
    return err;
}

// The change is named in what is said of it.
static int
undo_failed(const struct cli *c, const tandem_error *e)
{
    int rc = cli_fail(c, e);

    if (e->code == TANDEM_ECONFLICT && !c->json) {
        cli_say(_("To see it: tandem history %s. To write over it: --over."),
            c->args.words[0]);
    }
    return rc;
}

int
verb_undo(struct cli *c)
{
    tandem_error e = cli_no_error(c);
    tandem_history *h = NULL;
    tandem_record *after = NULL;
    size_t i = 0;
    int rc = open_history(c, &h);

    if (rc == CLI_DONE) {
        rc = c->args.word_count > 1 ? find_named(c, h, c->args.words[1], &i)
                                    : find_own(c, h, &i);
    }
    if (rc == CLI_DONE && write_undo(c, h, i, &after, &e) != TANDEM_OK) {
        rc = undo_failed(c, &e);
    }
    if (rc == CLI_DONE) {
        if (!c->json) {
            cli_print(_("Undone, by a change of its own; the history keeps "
                        "both:\n"));
        }
        past_show_undone(c, h, i, tandem_history_record(h), after);
    }
    tandem_record_free(after);
    tandem_history_free(h);
    return rc == CLI_DONE ? cli_done(c) : rc;
}
