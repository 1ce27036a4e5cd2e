// SPDX-License-Identifier: Apache-2.0
// conflict.c - conflicts, resolve.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/change.h"
#include "record/notice.h"
#include "record/record.h"
#include "words/verbs.h"

static const tandem_field_info *
field_of(const tandem_record *r, const char *id)
{
    const tandem_kind_info *k = tandem_record_kind(r);

    return k != NULL && id[0] != '\0' ? tandem_kind_field(k, id) : NULL;
}

static void
conflict_json(
    const struct cli *c, const tandem_record *r, const tandem_conflict *x)
{
    const tandem_field_info *f = field_of(r, x->field);
    const tandem_value *key = x->key.type != TANDEM_NONE ? &x->key : NULL;
    json_t *o = record_answer(c, r);
    char *title = record_title(c, r);

    (void)json_object_set_new(o, "title", cli_json_text(title));
    free(title);
    (void)json_object_set_new(o, "field", cli_json_text(x->field));
    (void)json_object_set_new(o, "anomaly", json_boolean(x->anomaly));
    if (f != NULL && key != NULL) {
        char *text = record_key_text(c, f, key, true);

        (void)json_object_set_new(o, "key", cli_json_text(text));
        free(text);
    }
    if (f != NULL) {
        (void)json_object_set_new(
            o, "versions", record_versions_json(c, r, f, key));
    }
    cli_json_line(o);
}

static void
conflict_print(
    const struct cli *c, const tandem_record *r, const tandem_conflict *x)
{
    const tandem_field_info *f = field_of(r, x->field);
    const tandem_value *key = x->key.type != TANDEM_NONE ? &x->key : NULL;

    if (f == NULL) {
        cli_print("  %s\n",
            _("deleted by one, changed by another (tandem delete or tandem "
              "restore settles it)"));
        return;
    }
    cli_print("  %s", f->id);
    if (key != NULL) {
        char *text = record_key_text(c, f, key, true);

        cli_print(".%s", text != NULL ? text : "");
        free(text);
    }
    cli_print("  %s%s\n", term_of(c, f->fr, f->en),
        x->anomaly ? _("  (should have been written once)") : "");
    record_print_versions(c, r, f, key, 0, false);
}

static size_t
print_conflicts_of(const struct cli *c, const tandem_record *r)
{
    tandem_conflict x;
    size_t i = 0;

    for (; tandem_record_conflict(r, i, &x) == TANDEM_OK; i++) {
        if (c->json) {
            conflict_json(c, r, &x);
            continue;
        }
        if (i == 0) {
            record_print_line(c, r);
        }
        conflict_print(c, r, &x);
    }
    return i;
}

int
verb_conflicts(struct cli *c)
{
    const char *sector = args_option(&c->args, "sector");
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_error e = cli_no_error(c);
    tandem_page *page = NULL, *next = NULL;
    tandem_id id;
    size_t found = 0;
    int rc = cli_open(c, CLI_EXISTING);

    if (rc == CLI_DONE && sector != NULL) {
        q.sector = &id;
        rc = cli_sector(c, sector, &id);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    q.flags = TANDEM_QUERY_CONFLICTS | TANDEM_QUERY_TRASHED;
    do {
        tandem_err err = tandem_find(c->store, &q, &next, &e);

        tandem_page_free(page);
        page = NULL;
        if (err != TANDEM_OK) {
            return cli_fail(c, &e);
        }
        page = next;
        for (size_t i = 0; i < tandem_page_count(page); i++) {
            found += print_conflicts_of(c, tandem_page_record(page, i));
        }
        q.after = tandem_page_next(page);
    } while (q.after.len > 0);
    tandem_page_free(page);
    if (found == 0 && !c->json) {
        cli_say(_("Nothing stands side by side."));
    }
    c->look = found > 0;
    c->nothing = found == 0;
    return cli_done(c);
}

// ------------------------------------------------------------------ resolve

struct choice {
    struct change target;
    tandem_value value;
    char room[TANDEM_PARSE_ROOM];
    const char *version; // NULL: --value
};

static const tandem_value *
choice_key(const struct choice *x)
{
    return x->target.keyed ? &x->target.key : NULL;
}

// FIELD, FIELD.KEY, or FIELD with --key.
static tandem_err
choice_target(const struct value_place *p, const tandem_record *r,
    struct choice *x, tandem_error *e)
{
    const struct cli *c = p->c;
    const char *name = c->args.words[1];
    const char *key = args_option(&c->args, "key");
    const tandem_kind_info *k = tandem_record_kind(r);
    char dotted[512];

    if (key == NULL) {
        return change_target(p, k, name, strlen(name), &x->target, e);
    }
    if (snprintf(dotted, sizeof(dotted), "%s.%s", name, key) >=
        (int)sizeof(dotted)) {
        return cli_error(e, TANDEM_EKIND, _("that is no field's name"));
    }
    return change_target(p, k, dotted, strlen(dotted), &x->target, e);
}

// The version named, exactly as it is shown now.
static bool
choice_find(const tandem_record *r, struct choice *x)
{
    const char *field = x->target.field->id;
    size_t n = tandem_record_versions(r, field, choice_key(x));
    tandem_field_version v;

    for (size_t i = 0; i < n; i++) {
        if (tandem_record_version(r, field, choice_key(x), i, &v) ==
                TANDEM_OK &&
            strcmp(v.dot, x->version) == 0) {
            x->value = v.value;
            return true;
        }
    }
    return false;
}

static int
nothing_settled(
    const struct cli *c, const tandem_record *r, const struct choice *x)
{
    tandem_error e = cli_no_error(c);

    if (c->json) {
        json_t *line = record_answer(c, r);

        (void)json_object_set_new(
            line, "field", cli_json_text(x->target.field->id));
        (void)json_object_set_new(line, "versions",
            record_versions_json(c, r, x->target.field, choice_key(x)));
        cli_json_line(line);
    } else {
        record_print_versions(c, r, x->target.field, choice_key(x), 0, true);
    }
    (void)cli_error(&e, TANDEM_ECONFLICT,
        _("nothing settled: %s is not a version of %s as it stands now; look "
          "again and choose"),
        x->version, x->target.field->id);
    e.record = tandem_record_id(r);
    (void)snprintf(e.field, sizeof(e.field), "%s", x->target.field->id);
    return cli_fail(c, &e);
}

static int
settle(struct cli *c, const tandem_record *r, const struct choice *x)
{
    const char *why = args_option(&c->args, "why");
    tandem_error e = cli_no_error(c);
    tandem_record *after = NULL;
    tandem_txn *t = NULL;
    tandem_edit *d = NULL;
    int rc;

    if (tandem_txn_new(c->store, c->person, &t, &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    if (tandem_txn_edit(t, r, &d) != TANDEM_OK ||
        tandem_edit_resolve(d, x->target.field->id, choice_key(x), x->value,
            why) != TANDEM_OK) {
        (void)tandem_txn_failed(t, &e);
        rc = cli_fail(c, &e);
    } else if (tandem_txn_commit(t, &e) != TANDEM_OK ||
               tandem_edit_record(d, &after, &e) != TANDEM_OK) {
        rc = cli_fail(c, &e);
    } else {
        rc = CLI_DONE;
        if (c->json) {
            json_t *line = record_answer(c, after);

            (void)json_object_set_new(line, "notices", notice_json(c, after));
            cli_json_line(line);
        } else {
            record_print_line(c, after);
            notice_say(c, after);
        }
    }
    tandem_record_free(after);
    tandem_txn_free(t);
    return rc;
}

static int
choose(struct cli *c, const tandem_record *r, struct choice *x)
{
    struct value_place place = {.c = c, .sector = tandem_record_sector(r)};
    const char *value = args_option(&c->args, "value");
    tandem_error e = cli_no_error(c);
    tandem_err err = choice_target(&place, r, x, &e);

    if (err == TANDEM_OK && x->target.field->merge == TANDEM_MERGE_MAP &&
        !x->target.keyed) {
        return cli_bad_use(
            c, _("%s is a map: say which --key"), x->target.field->id);
    }
    if (err == TANDEM_OK && value != NULL) {
        err = value_read(
            &place, &x->target.field->value, value, x->room, &x->value, &e);
    }
    if (err != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    if (value == NULL && !choice_find(r, x)) {
        return nothing_settled(c, r, x);
    }
    return settle(c, r, x);
}

int
verb_resolve(struct cli *c)
{
    bool version = c->args.word_count == 3;
    struct choice *x = calloc(1, sizeof(*x));
    tandem_record *r = NULL;
    int rc;

    if (x == NULL) {
        return cli_fail_with(c, TANDEM_ENOMEM, _("out of memory"));
    }
    if (version == args_has(&c->args, "value")) {
        free(x);
        return cli_bad_use(c, _("name a VERSION as shown, or give --value"));
    }
    x->version = version ? c->args.words[2] : NULL;
    rc = cli_record_open(c, c->args.words[0], &r);
    if (rc == CLI_DONE) {
        rc = cli_kind_known(c, r);
    }
    if (rc == CLI_DONE) {
        rc = choose(c, r, x);
    }
    change_free(&x->target);
    free(x);
    tandem_record_free(r);
    return rc;
}
