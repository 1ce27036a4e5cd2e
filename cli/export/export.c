// SPDX-License-Identifier: Apache-2.0
// export.c - which records and fields are written, and what is left out.
#include "export/export.h"

#include <stdlib.h>
#include <string.h>

// ------------------------------------------------------------------ left out

static const struct {
    const char *id;
    const char *sentence;
} reasons[LEFT_REASONS_] = {
    [LEFT_IDENTITY] = {"identity",
        N_("who and where (class P2): --with-identity --why TEXT")},
    [LEFT_NOTES] = {"notes",
        N_("notes and what a home is like (class P3): --with-notes "
           "--why TEXT")},
    [LEFT_WHY] = {"reasons",
        N_("reasons given for changes are free text: --with-notes "
           "--why TEXT")},
    [LEFT_BIN] = {"bin", N_("in the bin")},
    [LEFT_CLEARED] = {"not_cleared",
        N_("words that nobody has cleared do not leave the session: "
           "cleared=yes once they are anonymous")},
    [LEFT_BESIDE] = {"side_by_side",
        N_("several values side by side: nobody has chosen yet")},
    [LEFT_KIND] = {"unknown_kind", N_("of a kind that no pack here describes")},
    [LEFT_PLACE] = {"no_position", N_("without a position")},
    [LEFT_TIME] = {"no_time", N_("without a day or an hour")},
    [LEFT_LONG] = {"too_long", N_("longer than a row of a table may be")},
    [LEFT_FORMAT] = {"format",
        N_("no place for it in this format: csv and jsonl have one")},
};

void
export_leave(struct export *x, enum export_reason reason,
    const tandem_kind_info *k, const tandem_field_info *f, tandem_id record)
{
    struct export_left *grown;

    // The last ones first: what is counted together comes in rows.
    for (size_t i = x->left_count; i > 0 && tandem_id_is_none(record); i--) {
        struct export_left *l = &x->left[i - 1];

        if (l->reason == reason && l->kind == k && l->field == f &&
            tandem_id_is_none(l->record)) {
            l->count++;
            return;
        }
    }
    if (x->left_count == x->left_room) {
        size_t room = x->left_room > 0 ? 2 * x->left_room : 64;

        grown = realloc(x->left, room * sizeof(*grown));
        if (grown == NULL) {
            x->no_memory = true;
            return;
        }
        x->left = grown;
        x->left_room = room;
    }
    x->left[x->left_count++] = (struct export_left){reason, k, f, record, 1};
}

void
export_left_print(const struct export *x)
{
    if (x->left_count > 0) {
        cli_say(_("Left out:"));
    }
    for (size_t i = 0; i < x->left_count; i++) {
        const struct export_left *l = &x->left[i];
        const char *kind =
            l->kind != NULL ? term_of(x->c, l->kind->fr, l->kind->en) : "-";
        const char *field =
            l->field != NULL ? term_of(x->c, l->field->fr, l->field->en) : "-";
        char id[37];

        if (tandem_id_is_none(l->record)) {
            cli_say(_("  %s, %s, %llu: %s"), kind, field,
                (unsigned long long)l->count, _(reasons[l->reason].sentence));
        } else {
            tandem_id_text(l->record, id);
            cli_say(_("  %s, %s, %s: %s"), kind, field, id,
                _(reasons[l->reason].sentence));
        }
    }
}

json_t *
export_left_json(const struct export *x)
{
    json_t *list = json_array();

    for (size_t i = 0; i < x->left_count; i++) {
        const struct export_left *l = &x->left[i];
        json_t *o = json_pack("{s:s,s:s,s:I}", "reason", reasons[l->reason].id,
            "sentence", _(reasons[l->reason].sentence), "count",
            (json_int_t)l->count);

        if (l->kind != NULL) {
            (void)json_object_set_new(o, "kind", json_string(l->kind->id));
        }
        if (l->field != NULL) {
            (void)json_object_set_new(o, "field", json_string(l->field->id));
        }
        if (!tandem_id_is_none(l->record)) {
            (void)json_object_set_new(o, "record", cli_json_id(l->record));
        }
        (void)json_array_append_new(list, o);
    }
    return list;
}

// -------------------------------------------------------- records and fields

// What somebody said, and nobody has said yet that it names nobody.
static bool
is_uncleared(const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    tandem_value v;

    return k != NULL && strcmp(k->pack, "fr.immersion") == 0 &&
           strcmp(k->id, "verbatim") == 0 &&
           (tandem_record_get(r, "cleared", &v) != TANDEM_OK ||
               v.type != TANDEM_BOOL || v.u.i == 0);
}

static int
each_of_page(struct export *x, const tandem_page *page, export_fn fn, void *ctx)
{
    for (size_t i = 0; i < tandem_page_count(page); i++) {
        const tandem_record *r = tandem_page_record(page, i);
        int rc = CLI_DONE;

        if (tandem_record_deleted(r) == TANDEM_TRASHED) {
            export_leave(
                x, LEFT_BIN, tandem_record_kind(r), NULL, (tandem_id){{0}});
            continue;
        }
        if (is_uncleared(r)) {
            export_leave(
                x, LEFT_CLEARED, tandem_record_kind(r), NULL, (tandem_id){{0}});
            continue;
        }
        rc = fn(x, r, ctx);
        if (rc != CLI_DONE) {
            return rc;
        }
        if (x->no_memory) {
            return cli_fail_with(x->c, TANDEM_ENOMEM, _("out of memory"));
        }
    }
    return CLI_DONE;
}

int
export_each(
    struct export *x, const tandem_kind_info *k, export_fn fn, void *ctx)
{
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_error e = cli_no_error(x->c);
    tandem_page *page = NULL, *next = NULL;
    char kind[192];
    int rc = CLI_DONE;

    (void)snprintf(kind, sizeof(kind), "%s/%s", k->pack, k->id);
    q.kind = kind;
    q.sector = x->has_sector ? &x->sector : NULL;
    q.limit = 200;
    q.flags = TANDEM_QUERY_TRASHED;
    do {
        tandem_err err = tandem_find(x->c->store, &q, &next, &e);

        tandem_page_free(page); // held its token until now
        page = NULL;
        if (err != TANDEM_OK) {
            return cli_fail(x->c, &e);
        }
        page = next;
        rc = each_of_page(x, page, fn, ctx);
        q.after = tandem_page_next(page);
    } while (rc == CLI_DONE && q.after.len > 0);
    tandem_page_free(page);
    return rc;
}

bool
export_allows(const struct export *x, const tandem_field_info *f)
{
    return f->privacy <= 1 || (f->privacy == 2 ? x->identity : x->notes);
}

bool
export_holds(const tandem_record *r, const tandem_field_info *f)
{
    tandem_value v;

    if (record_has_items(f)) {
        return tandem_record_items(r, f->id) > 0;
    }
    return tandem_record_versions(r, f->id, NULL) > 1 ||
           (tandem_record_get(r, f->id, &v) == TANDEM_OK &&
               v.type != TANDEM_NONE &&
               (v.type != TANDEM_STR || v.u.s.len > 0));
}

bool
export_may(struct export *x, const tandem_record *r, const tandem_field_info *f)
{
    if (f->merge == TANDEM_MERGE_DERIVED || !export_holds(r, f)) {
        return false;
    }
    if (export_allows(x, f)) {
        return true;
    }
    export_leave(x, f->privacy == 2 ? LEFT_IDENTITY : LEFT_NOTES,
        tandem_record_kind(r), f, (tandem_id){{0}});
    return false;
}

tandem_value
export_value(struct export *x, const tandem_record *r, const char *field,
    const tandem_field_info **f)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    tandem_value v;

    *f = tandem_kind_field(k, field);
    if (*f == NULL || !export_may(x, r, *f)) {
        return tandem_none();
    }
    if (record_disputed(r, *f, NULL)) {
        export_leave(x, LEFT_BESIDE, k, *f, tandem_record_id(r));
        return tandem_none();
    }
    return tandem_record_get(r, field, &v) == TANDEM_OK ? v : tandem_none();
}

char *
export_text(struct export *x, const tandem_record *r, const char *field)
{
    const tandem_field_info *f;
    tandem_value v = export_value(x, r, field, &f);

    return v.type == TANDEM_NONE ? NULL : value_text(x->c, &f->value, &v);
}

tandem_record *
export_home(struct export *x, const tandem_record *r)
{
    const tandem_field_info *f;
    const tandem_value v = export_value(x, r, "dwelling", &f);
    tandem_record *home = NULL;

    if (v.type != TANDEM_REF ||
        tandem_record_open(x->c->store, v.u.id, &home, NULL) != TANDEM_OK) {
        return NULL;
    }
    if (tandem_record_kind(home) == NULL ||
        tandem_record_deleted(home) == TANDEM_TRASHED) {
        tandem_record_free(home);
        home = NULL;
    }
    return home;
}

static bool
is_among(const char *const *names, const char *id)
{
    while (*names != NULL && strcmp(*names, id) != 0) {
        names++;
    }
    return *names != NULL;
}

void
export_leave_rest(
    struct export *x, const tandem_record *r, const char *const *written)
{
    const tandem_kind_info *k = tandem_record_kind(r);

    for (size_t i = 0; i < k->field_count; i++) {
        const tandem_field_info *f = &k->fields[i];

        if (f->merge != TANDEM_MERGE_DERIVED && export_holds(r, f) &&
            !is_among(written, f->id)) {
            export_leave(x, LEFT_FORMAT, k, f, (tandem_id){{0}});
        }
    }
}

char *
export_plain(const tandem_value_type *type, const tandem_value *v)
{
    const tandem_word *w = v->type == TANDEM_ENUM && type->words != NULL
                               ? tandem_enum_word(type->words, v->u.i)
                               : NULL;
    size_t len = tandem_value_format(type, v, TANDEM_EN, NULL, 0);
    char *out = w != NULL ? strdup(w->id) : malloc(len + 1);

    if (out != NULL && w == NULL) {
        (void)tandem_value_format(type, v, TANDEM_EN, out, len + 1);
    }
    return out;
}
