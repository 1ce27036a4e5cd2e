// SPDX-License-Identifier: Apache-2.0
// show.c - show, list.
#include <stdlib.h>
#include <string.h>

#include "export/audit.h"
#include "record/change.h"
#include "record/record.h"
#include "record/signed.h"
#include "report/derived.h"
#include "words/verbs.h"

int
verb_show(struct cli *c)
{
    tandem_conflict x;
    tandem_record *r = NULL;
    int rc = cli_record_open(c, c->args.words[0], &r);

    if (rc != CLI_DONE) {
        return rc;
    }
    c->look = tandem_record_conflict(r, 0, &x) == TANDEM_OK;
    if (tandem_record_kind(r) == NULL) {
        // Nothing of it can be read; it is kept and passed on all the same.
        c->look = true;
        cli_say("%s", cli_kind_unknown());
    }
    if (c->json) {
        json_t *line = record_json_full(c, r), *derived = derived_json(c, r);
        json_t *late = signed_json(c, r);

        if (derived != NULL) {
            (void)json_object_set_new(line, "derived", derived);
        }
        if (late != NULL) {
            (void)json_object_set_new(line, "changed_after_sign_off", late);
        }
        cli_json_line(line);
    } else {
        record_print(c, r);
        signed_print(c, r);
        derived_print(c, r);
    }
    audit_read(c, r, "show");
    tandem_record_free(r);
    return cli_done(c);
}

// --------------------------------------------------------------------- list

// `--where field=value`, read once.
struct wish {
    struct change target;
    char room[TANDEM_PARSE_ROOM];
    tandem_value value;
};

enum { WISHES_MAX = 16 };

struct listing {
    struct cli *c;
    const tandem_kind_info *kind;
    struct wish wishes[WISHES_MAX];
    size_t wish_count;
    bool has_sector;
    tandem_id sector;
    size_t limit; // 0: none
    size_t shown;
};

static int
read_wish(struct listing *l, const char *word)
{
    struct value_place place = {.c = l->c, .sector = l->sector};
    struct wish *w = &l->wishes[l->wish_count];
    tandem_error e = cli_no_error(l->c);
    tandem_err err;

    if (l->wish_count == WISHES_MAX) {
        return cli_bad_use(l->c, _("at most %d --where"), (int)WISHES_MAX);
    }
    err = change_read(&place, l->kind, word, &w->target, &e);
    l->wish_count++;
    if (err == TANDEM_EMISUSE ||
        (err == TANDEM_OK &&
            (w->target.how != CHANGE_SET || w->target.place > 0))) {
        return cli_bad_use(l->c, _("--where takes field=value"));
    }
    if (err == TANDEM_OK) {
        err = value_read(&place, &w->target.field->value, w->target.text,
            w->room, &w->value, &e);
    }
    return err != TANDEM_OK ? cli_fail(l->c, &e) : CLI_DONE;
}

static bool
item_is(const tandem_record *r, const struct wish *w)
{
    const struct change *x = &w->target;
    size_t n = tandem_record_items(r, x->field->id);
    tandem_value key, value;

    for (size_t i = 0; i < n; i++) {
        if (tandem_record_item(r, x->field->id, i, &key, &value) != TANDEM_OK) {
            continue;
        }
        if (x->keyed ? tandem_value_equal(&key, &x->key) &&
                           tandem_value_equal(&value, &w->value)
                     : tandem_value_equal(&key, &w->value)) {
            return true;
        }
    }
    return w->value.type == TANDEM_NONE && n == 0;
}

// Is what stands there behind something that stands beside it?
static bool
is_beaten(const tandem_record *r, const tandem_field_info *f,
    const tandem_value *value)
{
    size_t n = tandem_record_versions(r, f->id, NULL);
    tandem_field_version v;

    for (size_t i = 0; i < n; i++) {
        if (tandem_record_version(r, f->id, NULL, i, &v) == TANDEM_OK &&
            tandem_value_beats(f, &v.value, value)) {
            return true;
        }
    }
    return false;
}

// Does the record hold that value: shown first, or beside it?
static bool
wish_met(const tandem_record *r, const struct wish *w)
{
    const tandem_field_info *f = w->target.field;
    size_t n = tandem_record_versions(r, f->id, NULL);
    tandem_field_version v;
    tandem_value one;

    if (record_has_items(f)) {
        return item_is(r, w);
    }
    for (size_t i = 0; i < n; i++) {
        if (tandem_record_version(r, f->id, NULL, i, &v) == TANDEM_OK &&
            tandem_value_equal(&v.value, &w->value)) {
            return !is_beaten(r, f, &v.value);
        }
    }
    return n == 0 && tandem_record_get(r, f->id, &one) == TANDEM_OK &&
           tandem_value_equal(&one, &w->value);
}

static void
list_page(struct listing *l, const tandem_page *page)
{
    for (size_t i = 0; i < tandem_page_count(page); i++) {
        const tandem_record *r = tandem_page_record(page, i);
        bool met = true;

        if (l->limit > 0 && l->shown == l->limit) {
            return;
        }
        for (size_t k = 0; met && k < l->wish_count; k++) {
            met = wish_met(r, &l->wishes[k]);
        }
        if (!met) {
            continue;
        }
        l->shown++;
        if (l->c->json) {
            cli_json_line(record_json(l->c, r));
        } else {
            record_print_line(l->c, r);
        }
    }
}

// The first wish goes to the library (an index, where the field has one);
// the others are held against each record.
static int
list_all(struct listing *l, const char *kind)
{
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_error e = cli_no_error(l->c);
    tandem_page *page = NULL, *next = NULL;
    tandem_err err;

    q.kind = kind;
    q.sector = l->has_sector ? &l->sector : NULL;
    q.limit = 200;
    q.flags = args_has(&l->c->args, "all") ? TANDEM_QUERY_TRASHED : 0;
    if (l->wish_count > 0 && !l->wishes[0].target.keyed &&
        l->wishes[0].value.type != TANDEM_NONE &&
        l->wishes[0].target.field->merge != TANDEM_MERGE_TEXT &&
        l->wishes[0].target.field->merge != TANDEM_MERGE_COUNTER) {
        q.field = l->wishes[0].target.field->id;
        q.value = l->wishes[0].value;
    }
    for (;;) {
        err = tandem_find(l->c->store, &q, &next, &e);
        tandem_page_free(page);
        page = NULL;
        if (err != TANDEM_OK) {
            return cli_fail(l->c, &e);
        }
        page = next;
        list_page(l, page);
        q.after = tandem_page_next(page);
        if (q.after.len == 0 || (l->limit > 0 && l->shown == l->limit)) {
            break;
        }
    }
    tandem_page_free(page);
    l->c->nothing = l->shown == 0;
    if (l->c->nothing && !l->c->json) {
        cli_say("%s", _("Nothing to list."));
    }
    return cli_done(l->c);
}

int
verb_list(struct cli *c)
{
    const char *sector = args_option(&c->args, "sector");
    struct listing *l = calloc(1, sizeof(*l));
    const struct args_option *o;
    char kind[192];
    int rc;

    if (l == NULL) {
        return cli_fail_with(c, TANDEM_ENOMEM, _("out of memory"));
    }
    l->c = c;
    rc = cli_limit(c, &l->limit);
    if (rc == CLI_DONE) {
        rc = cli_open(c, CLI_EXISTING);
    }
    if (rc == CLI_DONE) {
        rc = cli_kind(c, c->args.words[0], &l->kind);
    }
    if (rc == CLI_DONE && sector != NULL) {
        l->has_sector = true;
        rc = cli_sector(c, sector, &l->sector);
    }
    for (size_t i = 0;
         rc == CLI_DONE && (o = args_option_at(&c->args, "where", i)) != NULL;
         i++) {
        rc = read_wish(l, o->value);
    }
    if (rc == CLI_DONE) {
        (void)snprintf(kind, sizeof(kind), "%s/%s", l->kind->pack, l->kind->id);
        rc = list_all(l, kind);
    }
    for (size_t i = 0; i < l->wish_count; i++) {
        change_free(&l->wishes[i].target);
    }
    free(l);
    return rc;
}
