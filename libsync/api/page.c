// SPDX-License-Identifier: Apache-2.0
// page.c - queries: pages of snapshots, resumed by a token; look-up by what a
// person writes.
//
// A token is the replica's key of the last record looked at. Filters the index
// cannot answer (deletion, fields without index) are applied to snapshots, at
// most SCAN_MAX of them a page, so that a page without a hit still ends.

#include "api/handles.h"
#include "api/shown.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/opts.h"
#include "base/slice.h"
#include "crdt/merge.h"
#include "schema/value.h"

enum {
    PAGE_DEFAULT = 100,
    PAGE_MAX = 1000,
    SCAN_MAX = 4096,
    PAGE_ARENA_MAX = 64 << 20,
    LOOKUP_MAX = 5,
    READ_AT_ONCE = 128
};

_Static_assert(
    sizeof(tandem_query) == offsetof(tandem_query, flags) + sizeof(uint64_t),
    "no tail padding: a new field would read what old callers never set");

struct tandem_page {
    tandem_store *store;
    tandem_record **records;
    size_t count, cap;
    uint8_t next[24];
    size_t next_len;
};

// What a record must hold, whatever the index answered.
struct filter {
    const tandem_field_info *field; // NULL = none
    tandem_slice value;             // canonical bytes, or as indexed
    bool folded;                    // as indexed
    bool trashed;
    const tandem_kind_info *kind; // NULL = any
};

// Is this the value looked for?
static bool
value_matches(const tandem_sys *sys, const struct filter *f, tandem_slice value)
{
    struct td_buf b;
    bool same;

    if (!f->folded) {
        return td_slice_eq(value, f->value);
    }
    td_buf_init(&b, sys, TD_TEXT_BYTES_MAX);
    same = td_index_normalise(f->field, value, &b) == TANDEM_OK &&
           td_slice_eq(td_buf_slice(&b), f->value);
    td_buf_deinit(&b);
    return same;
}

// Some element of the list, or some line?
static bool
items_match(const tandem_record *r, const struct filter *f)
{
    const tandem_slice no_key = {NULL, 0};
    struct td_version v;

    for (size_t k = 0; k < r->list_count; k++) {
        const struct td_read_list *l = &r->lists[k];

        for (size_t i = 0; l->field == f->field->n && i < l->count; i++) {
            if (value_matches(&r->store->sys, f, l->at[i].value)) {
                return true;
            }
        }
    }
    for (size_t i = 0; f->field->merge == TANDEM_MERGE_LOG &&
                       td_record_version(r->snap.state, f->field->n, TD_OP_LINE,
                           no_key, i, &v);
         i++) {
        if (value_matches(&r->store->sys, f, v.value)) {
            return true;
        }
    }
    return false;
}

static bool
field_matches(const tandem_record *r, const struct filter *f)
{
    const struct td_record *st = r->snap.state;
    const uint64_t n = f->field->n;
    const uint64_t merge = td_merge_opcode(f->field->merge);
    const tandem_slice no_key = {NULL, 0};
    const struct td_shown *shown;
    struct td_version v;

    if (merge == TD_OP_ADD) {
        for (size_t i = 0; i < td_record_elements(st, n); i++) {
            if (value_matches(&r->store->sys, f, td_record_element(st, n, i))) {
                return true;
            }
        }
        return false;
    }
    if (merge != TD_OP_SET && merge != TD_OP_MOVE) {
        return items_match(r, f);
    }
    shown = td_shown_of(r, n, merge, no_key);
    if (shown == NULL) {
        return td_record_version(st, n, merge, no_key, 0, &v) &&
               value_matches(&r->store->sys, f, v.value);
    }
    // Not what another one beats: it is not what the record says.
    for (size_t i = 0; i < shown->lead.leading; i++) {
        if (td_record_version(st, n, merge, no_key, shown->lead.first[i], &v) &&
            value_matches(&r->store->sys, f, v.value)) {
            return true;
        }
    }
    return false;
}

static bool
is_kind(const tandem_record *r, const tandem_kind_info *kind)
{
    return td_record_kind(r->snap.state) == kind->n &&
           memcmp(td_record_pack(r->snap.state), td_kind_pack(kind)->tag, 8) ==
               0;
}

// Takes the snapshot over, also on failure. Without a state it waits or is set
// apart: listed by tandem_waiting.
static tandem_err
page_take(tandem_page *p, struct td_snapshot *snap, const struct filter *f)
{
    tandem_record *r = NULL;

    if (snap->state == NULL) {
        return TANDEM_OK;
    }
    TD_TRY(td_api_record_new(p->store, snap, &r));
    if ((f->kind != NULL && !is_kind(r, f->kind)) ||
        (!f->trashed && tandem_record_deleted(r) == TANDEM_TRASHED) ||
        (f->field != NULL && !field_matches(r, f))) {
        tandem_record_free(r);
        return TANDEM_OK;
    }
    p->records[p->count++] = r;
    return TANDEM_OK;
}

// In its place, whatever it is.
static tandem_err
page_place(tandem_page *p, struct td_snapshot *snap)
{
    tandem_record *r = NULL;

    if (snap->state != NULL) {
        TD_TRY(td_api_record_new(p->store, snap, &r));
    }
    p->records[p->count++] = r;
    return TANDEM_OK;
}

// The records of these ids, so many to a transaction: those that fit `f`, or
// without one each in its place.
static tandem_err
page_read(
    tandem_page *p, const tandem_id *ids, size_t n, const struct filter *f)
{
    struct td_snapshot snaps[READ_AT_ONCE];
    tandem_err err = TANDEM_OK;

    for (size_t at = 0; err == TANDEM_OK && at < n; at += READ_AT_ONCE) {
        const size_t some = n - at < READ_AT_ONCE ? n - at : READ_AT_ONCE;

        TD_TRY(td_replica_read_some(p->store->replica, ids + at, some, snaps));
        for (size_t i = 0; i < some; i++) {
            if (err != TANDEM_OK) {
                td_snapshot_deinit(&snaps[i]);
            } else {
                err = f != NULL ? page_take(p, &snaps[i], f)
                                : page_place(p, &snaps[i]);
            }
        }
    }
    return err;
}

static tandem_err
page_read_hits(
    tandem_page *p, const struct td_hit *hits, size_t n, const struct filter *f)
{
    tandem_id ids[READ_AT_ONCE];
    tandem_err err = TANDEM_OK;

    for (size_t at = 0; err == TANDEM_OK && at < n; at += READ_AT_ONCE) {
        const size_t some = n - at < READ_AT_ONCE ? n - at : READ_AT_ONCE;

        for (size_t i = 0; i < some; i++) {
            ids[i] = hits[at + i].id;
        }
        err = page_read(p, ids, some, f);
    }
    return err;
}

static tandem_err
page_fill(tandem_page *p, struct td_query *q, const struct filter *f)
{
    size_t looked = 0;
    tandem_err err = TANDEM_OK;
    struct td_arena a;

    td_arena_init(&a, &p->store->sys, PAGE_ARENA_MAX);
    do {
        struct td_hit *hits = NULL;
        size_t n = 0;
        tandem_slice next = {NULL, 0};

        q->limit = p->cap - p->count;
        err = td_replica_find(p->store->replica, q, &a, &hits, &n, &next);
        if (err == TANDEM_OK) {
            err = page_read_hits(p, hits, n, f);
        }
        looked += n;
        p->next_len = 0;
        if (err == TANDEM_OK && next.len <= sizeof(p->next)) {
            memcpy(p->next, next.ptr != NULL ? next.ptr : p->next, next.len);
            p->next_len = next.len;
        }
        td_arena_reset(&a);
        q->after = (tandem_slice){p->next, p->next_len};
    } while (err == TANDEM_OK && p->next_len > 0 && p->count < p->cap &&
             looked < SCAN_MAX);
    td_arena_deinit(&a);
    return err;
}

// The value as its index row has it, in place of its canonical bytes.
static tandem_err
fold(tandem_store *s, const tandem_field_info *field, struct td_buf *value)
{
    struct td_buf plain = *value;
    tandem_err err;

    td_buf_init(value, &s->sys, TD_STR_BYTES_MAX);
    err = td_index_normalise(field, td_buf_slice(&plain), value);
    td_buf_deinit(&plain);
    return err;
}

// The query's kind, field and value in the replica's terms.
static tandem_err
query_resolve(tandem_store *s, const tandem_query *q, struct td_query *out,
    struct filter *f, struct td_buf *value, tandem_error *e)
{
    const tandem_kind_info *kind;
    const tandem_field_info *field;

    if (q->kind == NULL) {
        return q->field == NULL ? TANDEM_OK : TANDEM_EMISUSE;
    }
    kind = tandem_schema_kind_find(s->replica->schema, q->kind);
    if (kind == NULL) {
        return td_fail(e, TANDEM_EKIND, "no kind is called '%s' here",
            "aucun type ne s'appelle « %s » ici", q->kind);
    }
    f->kind = kind;
    out->has_kind = true;
    out->kind = kind->n;
    memcpy(out->pack, td_kind_pack(kind)->tag, 8);
    if (q->field == NULL) {
        return TANDEM_OK;
    }
    field = tandem_kind_field(kind, q->field);
    if (field == NULL) {
        return td_fail(e, TANDEM_EKIND, "%s has no field '%s'",
            "%s n'a pas de champ « %s »", kind->id, q->field);
    }
    if (field->merge == TANDEM_MERGE_MAP || field->merge == TANDEM_MERGE_TEXT ||
        field->merge == TANDEM_MERGE_COUNTER) {
        return td_fail(e, TANDEM_EVALUE, "%s cannot be searched by value",
            "%s ne se cherche pas par valeur", field->id);
    }
    TD_TRY(td_value_encode(&field->value, &q->value, value, e));
    f->folded =
        (field->flags & (TANDEM_FIELD_INDEXED | TANDEM_FIELD_CODE)) != 0;
    if (f->folded) {
        TD_TRY(fold(s, field, value));
    }
    // Open conflicts have a table of their own, which knows no values.
    if (f->folded && !out->conflicts) {
        out->has_field = true;
        out->field = field->n;
        out->value = td_buf_slice(value);
    }
    // An index row is not sealed: what it leads to is looked at all the same.
    f->field = field;
    f->value = td_buf_slice(value);
    return TANDEM_OK;
}

static tandem_err
page_new(tandem_store *s, size_t cap, tandem_page **out)
{
    tandem_page *p = td_alloc(&s->sys, sizeof(*p));

    if (p == NULL) {
        return TANDEM_ENOMEM;
    }
    p->store = s;
    p->cap = cap;
    p->records = td_alloc(&s->sys, cap * sizeof(tandem_record *));
    if (p->records == NULL) {
        td_free(&s->sys, p, sizeof(*p));
        return TANDEM_ENOMEM;
    }
    *out = p;
    return TANDEM_OK;
}

tandem_err
tandem_find(
    tandem_store *s, const tandem_query *q, tandem_page **out, tandem_error *e)
{
    struct td_query rq;
    tandem_query asked;
    struct filter f;
    struct td_buf value;
    tandem_page *p = NULL;
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL || !td_opts_take(&asked, sizeof(asked), q) || out == NULL ||
        asked.limit > PAGE_MAX) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    q = &asked;
    if (q->after.len != 0 && q->after.len != sizeof(p->next)) {
        return td_fail(e, TANDEM_EVALUE, "the page token is damaged",
            "le jeton de page est abîmé");
    }
    memset(&rq, 0, sizeof(rq));
    memset(&f, 0, sizeof(f));
    rq.sector = q->sector;
    rq.after = q->after;
    rq.conflicts = (q->flags & TANDEM_QUERY_CONFLICTS) != 0;
    f.trashed = (q->flags & TANDEM_QUERY_TRASHED) != 0;
    td_buf_init(&value, &s->sys, TD_STR_BYTES_MAX);
    err = td_api_lock_searching(s);
    if (err == TANDEM_OK) {
        err = query_resolve(s, q, &rq, &f, &value, e);
    }
    if (err == TANDEM_OK) {
        err = page_new(s, q->limit == 0 ? PAGE_DEFAULT : q->limit, &p);
    }
    if (err == TANDEM_OK) {
        err = page_fill(p, &rq, &f);
    }
    td_api_unlock(s);
    td_buf_deinit(&value);
    if (err != TANDEM_OK) {
        tandem_page_free(p);
        return td_fail_code(e, err);
    }
    *out = p;
    return TANDEM_OK;
}

tandem_err
tandem_open_some(tandem_store *s, const tandem_id *ids, size_t n,
    tandem_page **out, tandem_error *e)
{
    tandem_page *p = NULL;
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL || (ids == NULL && n > 0) || out == NULL || n > PAGE_MAX) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    td_api_lock(s);
    err = page_new(s, n > 0 ? n : 1, &p);
    if (err == TANDEM_OK) {
        err = page_read(p, ids, n, NULL);
    }
    td_api_unlock(s);
    if (err != TANDEM_OK) {
        tandem_page_free(p);
        return td_fail_code(e, err);
    }
    *out = p;
    return TANDEM_OK;
}

size_t
tandem_page_count(const tandem_page *p)
{
    return p != NULL ? p->count : 0;
}

const tandem_record *
tandem_page_record(const tandem_page *p, size_t i)
{
    return p != NULL && i < p->count ? p->records[i] : NULL;
}

tandem_slice
tandem_page_next(const tandem_page *p)
{
    return p != NULL ? (tandem_slice){p->next, p->next_len}
                     : (tandem_slice){NULL, 0};
}

void
tandem_page_free(tandem_page *p)
{
    tandem_sys sys;

    if (p == NULL) {
        return;
    }
    sys = p->store->sys;
    for (size_t i = 0; i < p->count; i++) {
        tandem_record_free(p->records[i]);
    }
    td_free(&sys, p->records, p->cap * sizeof(tandem_record *));
    td_free(&sys, p, sizeof(*p));
}

// ------------------------------------------------------------------- look-up

struct found {
    tandem_id ids[LOOKUP_MAX];
    size_t count;
};

static void
found_add(struct found *f, tandem_id id)
{
    for (size_t i = 0; i < f->count; i++) {
        if (tandem_id_equal(f->ids[i], id)) {
            return;
        }
    }
    if (f->count < LOOKUP_MAX) {
        f->ids[f->count++] = id;
    }
}

// Every field some pack marks as code, asked through its index.
static tandem_err
find_codes(tandem_store *s, const char *text, struct found *out)
{
    tandem_schema *schema = NULL;
    tandem_err err = tandem_store_schema(s, &schema);

    for (size_t i = 0; err == TANDEM_OK && i < tandem_schema_kind_count(schema);
         i++) {
        const tandem_kind_info *k = tandem_schema_kind_at(schema, i);
        tandem_query q = TANDEM_QUERY_INIT;
        tandem_page *p = NULL;
        char name[160];

        if (k->code_field < 0) {
            continue;
        }
        (void)snprintf(name, sizeof(name), "%s/%s", k->pack, k->id);
        q.kind = name;
        q.field = k->fields[k->code_field].id;
        q.value = tandem_str(text);
        q.limit = LOOKUP_MAX;
        q.flags = TANDEM_QUERY_TRASHED;
        err = tandem_find(s, &q, &p, NULL);
        if (err == TANDEM_EVALUE) {
            err = TANDEM_OK; // cannot be a code of that kind
            continue;
        }
        for (size_t n = 0; err == TANDEM_OK && n < tandem_page_count(p); n++) {
            found_add(out, tandem_record_id(tandem_page_record(p, n)));
        }
        tandem_page_free(p);
    }
    tandem_schema_free(schema);
    return err;
}

static tandem_err
find_prefix(tandem_store *s, const char *text, struct found *out)
{
    char hex[33];
    size_t n = 0, count = 0;
    tandem_id ids[LOOKUP_MAX];
    tandem_err err;

    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '-') {
            continue;
        }
        if (!isxdigit((unsigned char)*p) || n >= 32) {
            return TANDEM_OK;
        }
        hex[n++] = (char)tolower((unsigned char)*p);
    }
    hex[n] = '\0';
    if (n < 4) {
        return TANDEM_OK;
    }
    td_api_lock(s);
    err = td_replica_prefix(s->replica, hex, ids, LOOKUP_MAX, &count);
    td_api_unlock(s);
    for (size_t i = 0; err == TANDEM_OK && i < count; i++) {
        found_add(out, ids[i]);
    }
    return err;
}

tandem_err
tandem_lookup(
    tandem_store *s, const char *text, tandem_id *out, tandem_error *e)
{
    struct found found = {.count = 0};
    tandem_err err;
    char a[37], b[37];

    td_fail_clear(e);
    if (s == NULL || text == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    err = find_codes(s, text, &found);
    if (err == TANDEM_OK && found.count == 0) {
        err = find_prefix(s, text, &found);
    }
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    if (found.count == 0) {
        return td_fail(e, TANDEM_ENOTFOUND, "no record is called '%s' here",
            "aucune fiche ne s'appelle « %s » ici", text);
    }
    if (found.count > 1) {
        tandem_id_text(found.ids[0], a);
        tandem_id_text(found.ids[1], b);
        return td_fail(e, TANDEM_ECONFLICT,
            "'%s' could be several records: %s, %s; write more of the id",
            "« %s » peut désigner plusieurs fiches : %s, %s ; précisez l'id",
            text, a, b);
    }
    *out = found.ids[0];
    return TANDEM_OK;
}
