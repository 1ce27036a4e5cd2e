// SPDX-License-Identifier: Apache-2.0
// edit.c - what a person types into one record: checked, turned into
// operations, shown at once in the edit's private copy.

#include "api/edit.h"

#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "codec/cursor.h"
#include "codec/writer.h"
#include "schema/value.h"

enum { REASON_BYTES_MAX = 1024, CODE_LETTERS = 7 };

static const tandem_slice no_key = {NULL, 0};

void
td_edit_free(struct tandem_edit *d)
{
    tandem_sys sys;

    if (d == NULL) {
        return;
    }
    sys = d->txn->store->sys;
    td_record_free(d->seen);
    td_record_free(d->work);
    tandem_schema_free(d->schema);
    td_arena_deinit(&d->arena);
    td_free(&sys, d->ops, d->op_cap * sizeof(*d->ops));
    td_free(&sys, d, sizeof(*d));
}

tandem_id
tandem_edit_id(const tandem_edit *d)
{
    return d->id;
}

tandem_err
td_edit_type(struct tandem_edit *d, const struct td_op *ops, size_t count)
{
    const tandem_sys *sys = &d->txn->store->sys;

    if (count > TD_OPS_MAX - d->op_count) {
        return TANDEM_ELIMIT;
    }
    if (d->op_count + count > d->op_cap) {
        size_t cap = d->op_cap == 0 ? 16 : d->op_cap;
        struct td_op *grown;

        while (cap < d->op_count + count) {
            cap *= 2;
        }
        grown =
            td_grow(sys, d->ops, d->op_cap * sizeof(*ops), cap * sizeof(*ops));
        if (grown == NULL) {
            return TANDEM_ENOMEM;
        }
        d->ops = grown;
        d->op_cap = cap;
    }
    TD_TRY(td_record_type(
        d->work, d->txn->own, ops, count, d->op_count, d->txn->person, 0));
    memcpy(d->ops + d->op_count, ops, count * sizeof(*ops));
    d->op_count += count;
    return TANDEM_OK;
}

// ------------------------------------------------------------------- helpers

// What every edit begins with: usable, known field, writable, right merge.
// NULL with *err set when it may not go on.
static const tandem_field_info *
edit_field(struct tandem_edit *d, const char *name, unsigned merges,
    tandem_err *err, tandem_error *e)
{
    const tandem_field_info *f = NULL;

    *err = TANDEM_EMISUSE;
    if (d->committed) {
        return NULL;
    }
    f = name == NULL ? NULL : tandem_kind_field(d->kind, name);
    if (f == NULL) {
        td_fail_record(e, d->id);
        *err = td_fail(e, TANDEM_EKIND, "%s has no field '%s'",
            "%s n'a pas de champ « %s »", d->kind->id,
            name != NULL ? name : "");
        return NULL;
    }
    *err = td_field_writable(f, e);
    if (*err == TANDEM_OK && (merges & 1u << f->merge) == 0) {
        td_fail_field(e, f->id);
        *err = td_fail(e, TANDEM_EVALUE,
            "%s (%s, merge %s) is not changed that way",
            "%s (%s, fusion %s) ne se modifie pas ainsi", f->id, f->type,
            tandem_merge_name(f->merge));
    }
    return *err == TANDEM_OK ? f : NULL;
}

// A value's canonical bytes, kept in the edit's arena.
static tandem_err
edit_value(struct tandem_edit *d, const tandem_value_type *type,
    const tandem_value *v, tandem_slice *out, tandem_error *e)
{
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, &d->txn->store->sys, TD_STR_BYTES_MAX);
    err = td_value_encode(type, v, &b, e);
    if (err == TANDEM_OK) {
        *out = td_arena_dup(&d->arena, td_buf_slice(&b));
        err = out->ptr == NULL ? TANDEM_ENOMEM : TANDEM_OK;
    }
    td_buf_deinit(&b);
    return err;
}

static tandem_err
edit_reason(
    struct tandem_edit *d, const char *text, tandem_slice *out, tandem_error *e)
{
    tandem_slice s = td_slice_str(text != NULL ? text : "");

    if (s.len > REASON_BYTES_MAX || !td_utf8_valid(s)) {
        return td_fail(e, TANDEM_EVALUE,
            "a reason is valid text of at most %d bytes",
            "un motif est un texte valide d'au plus %d octets",
            (int)REASON_BYTES_MAX);
    }
    *out = td_arena_dup(&d->arena, s);
    return out->ptr == NULL ? TANDEM_ENOMEM : TANDEM_OK;
}

// The end of every public edit: remember the txn's first failure.
static tandem_err
edit_end(struct tandem_edit *d, tandem_err err, tandem_error *e)
{
    if (err == TANDEM_OK) {
        return TANDEM_OK;
    }
    (void)td_fail_code(e, err);
    e->record = d->id;
    return td_edit_failed(d->txn, err, e);
}

static tandem_error
edit_begin(const struct tandem_edit *d)
{
    return (tandem_error){.code = TANDEM_OK, .lang = d->txn->error.lang};
}

#define REGISTERS                                                              \
    (1u << TANDEM_MERGE_VIS | 1u << TANDEM_MERGE_QUIET |                       \
        1u << TANDEM_MERGE_ONCE)

// Does exactly this value stand there, undisputed?
static bool
stands_alone(const struct tandem_edit *d, uint64_t field, tandem_slice key,
    tandem_slice value)
{
    struct td_version v;

    if (td_record_versions(d->work, field, key) == 0) {
        return value.len == 1 && value.ptr[0] == 0xc0; // clearing nothing
    }
    return td_record_distinct(d->work, field, key) == 1 &&
           td_record_version(d->work, field, key, 0, &v) &&
           td_slice_eq(v.value, value);
}

// ------------------------------------------------------------ registers, sets

static tandem_err set_text(struct tandem_edit *d, const tandem_field_info *f,
    tandem_value v, tandem_error *e);

static tandem_err
write_register(struct tandem_edit *d, const tandem_field_info *f,
    tandem_value v, const char *why, bool always, tandem_error *e)
{
    struct td_op op = {.code = TD_OP_SET, .field = f->n};

    TD_TRY(edit_value(d, &f->value, &v, &op.value, e));
    TD_TRY(edit_reason(d, why, &op.why, e));
    if (!always && stands_alone(d, f->n, no_key, op.value)) {
        return TANDEM_OK;
    }
    return td_edit_type(d, &op, 1);
}

tandem_err
tandem_edit_set(tandem_edit *d, const char *field, tandem_value v)
{
    tandem_error e = edit_begin(d);
    tandem_err err;
    const tandem_field_info *f =
        edit_field(d, field, REGISTERS | 1u << TANDEM_MERGE_TEXT, &err, &e);

    if (f != NULL) {
        err = f->merge == TANDEM_MERGE_TEXT
                  ? set_text(d, f, v, &e)
                  : write_register(d, f, v, NULL, false, &e);
    }
    return edit_end(d, err, &e);
}

static bool
holds_element(const struct tandem_edit *d, uint64_t field, tandem_slice value)
{
    for (size_t i = 0; i < td_record_elements(d->work, field); i++) {
        if (td_slice_eq(td_record_element(d->work, field, i), value)) {
            return true;
        }
    }
    return false;
}

static tandem_err
element_op(struct tandem_edit *d, const tandem_field_info *f, bool add,
    tandem_value v, tandem_error *e)
{
    struct td_op op = {.code = add ? TD_OP_ADD : TD_OP_REMOVE, .field = f->n};

    if (v.type == TANDEM_NONE) {
        td_fail_field(e, f->id);
        return td_fail(e, TANDEM_EVALUE, "%s: an element cannot be empty",
            "%s : un élément ne peut pas être vide", f->id);
    }
    TD_TRY(edit_value(d, &f->value, &v, &op.value, e));
    if (holds_element(d, f->n, op.value) == add) {
        return TANDEM_OK;
    }
    return td_edit_type(d, &op, 1);
}

tandem_err
tandem_edit_add(tandem_edit *d, const char *field, tandem_value v)
{
    tandem_error e = edit_begin(d);
    tandem_err err;
    const tandem_field_info *f =
        edit_field(d, field, 1u << TANDEM_MERGE_SET, &err, &e);

    if (f != NULL) {
        err = element_op(d, f, true, v, &e);
    }
    return edit_end(d, err, &e);
}

static tandem_err
map_key(struct tandem_edit *d, const tandem_field_info *f,
    const tandem_value *key, tandem_slice *out, tandem_error *e)
{
    if (key->type == TANDEM_NONE) {
        td_fail_field(e, f->id);
        return td_fail(e, TANDEM_EVALUE, "%s: a key cannot be empty",
            "%s : une clé ne peut pas être vide", f->id);
    }
    return edit_value(d, &f->key, key, out, e);
}

static tandem_err
drop_key(struct tandem_edit *d, const tandem_field_info *f, tandem_value key,
    tandem_error *e)
{
    struct td_op op = {.code = TD_OP_DROP, .field = f->n};

    TD_TRY(map_key(d, f, &key, &op.key, e));
    if (td_record_versions(d->work, f->n, op.key) == 0) {
        return TANDEM_OK;
    }
    return td_edit_type(d, &op, 1);
}

tandem_err
tandem_edit_remove(tandem_edit *d, const char *field, tandem_value v)
{
    tandem_error e = edit_begin(d);
    tandem_err err;
    const tandem_field_info *f = edit_field(
        d, field, 1u << TANDEM_MERGE_SET | 1u << TANDEM_MERGE_MAP, &err, &e);

    if (f != NULL) {
        err = f->merge == TANDEM_MERGE_MAP ? drop_key(d, f, v, &e)
                                           : element_op(d, f, false, v, &e);
    }
    return edit_end(d, err, &e);
}

static tandem_err
put_key(struct tandem_edit *d, const tandem_field_info *f, tandem_value key,
    tandem_value v, const char *why, bool always, tandem_error *e)
{
    struct td_op op = {.code = TD_OP_PUT, .field = f->n};

    TD_TRY(map_key(d, f, &key, &op.key, e));
    TD_TRY(edit_value(d, &f->value, &v, &op.value, e));
    TD_TRY(edit_reason(d, why, &op.why, e));
    if (!always && stands_alone(d, f->n, op.key, op.value)) {
        return TANDEM_OK;
    }
    return td_edit_type(d, &op, 1);
}

tandem_err
tandem_edit_put(
    tandem_edit *d, const char *field, tandem_value key, tandem_value v)
{
    tandem_error e = edit_begin(d);
    tandem_err err;
    const tandem_field_info *f =
        edit_field(d, field, 1u << TANDEM_MERGE_MAP, &err, &e);

    if (f != NULL && v.type == TANDEM_NONE) {
        err = drop_key(d, f, key, &e);
    } else if (f != NULL) {
        err = put_key(d, f, key, v, NULL, false, &e);
    }
    return edit_end(d, err, &e);
}

tandem_err
tandem_edit_count(tandem_edit *d, const char *field, int64_t delta)
{
    tandem_error e = edit_begin(d);
    tandem_err err;
    const tandem_field_info *f =
        edit_field(d, field, 1u << TANDEM_MERGE_COUNTER, &err, &e);
    struct td_op op = {.code = TD_OP_COUNT, .delta = delta};

    if (f != NULL && delta != 0) {
        op.field = f->n;
        err = td_edit_type(d, &op, 1);
    }
    return edit_end(d, err, &e);
}

tandem_err
tandem_edit_resolve(tandem_edit *d, const char *field, const tandem_value *key,
    tandem_value v, const char *why)
{
    tandem_error e = edit_begin(d);
    tandem_err err;
    const tandem_field_info *f =
        edit_field(d, field, REGISTERS | 1u << TANDEM_MERGE_MAP, &err, &e);

    if (f != NULL && (f->merge == TANDEM_MERGE_MAP) != (key != NULL)) {
        err = TANDEM_EMISUSE;
    } else if (f != NULL) {
        err = key != NULL ? put_key(d, f, *key, v, why, true, &e)
                          : write_register(d, f, v, why, true, &e);
    }
    return edit_end(d, err, &e);
}

tandem_err
tandem_edit_why(tandem_edit *d, const char *text)
{
    tandem_error e = edit_begin(d);
    struct td_op op = {.code = TD_OP_WHY};
    tandem_err err =
        d->committed ? TANDEM_EMISUSE : edit_reason(d, text, &op.why, &e);

    if (err == TANDEM_OK && op.why.len > 0) {
        err = td_edit_type(d, &op, 1);
    }
    return edit_end(d, err, &e);
}

tandem_err
tandem_edit_delete(tandem_edit *d, bool deleted)
{
    tandem_error e = edit_begin(d);
    struct td_op op = {.code = TD_OP_MARK, .deleted = deleted};
    enum td_deletion now = td_record_deletion(d->work);
    tandem_err err = TANDEM_OK;

    if (d->committed) {
        err = TANDEM_EMISUSE;
    } else if (now != (deleted ? TD_TRASHED : TD_LIVE)) {
        err = td_edit_type(d, &op, 1);
    }
    return edit_end(d, err, &e);
}

// ---------------------------------------------------------------------- text

// One splice: what is removed, then what is inserted, as two operations.
static tandem_err
splice(struct tandem_edit *d, const tandem_field_info *f, size_t at,
    size_t remove, tandem_slice insert, tandem_error *e)
{
    const struct td_text *text = td_record_text(d->work, f->n);
    size_t count = text != NULL ? td_text_count(text) : 0;
    struct td_op op = {.code = TD_OP_ERASE, .field = f->n};
    struct td_buf ranges;
    tandem_err err;

    td_fail_field(e, f->id);
    if (at > count || remove > count - at) {
        return td_fail(e, TANDEM_EVALUE,
            "%s has %zu characters; position %zu, length %zu lies outside",
            "%s a %zu caractères ; la position %zu, longueur %zu est dehors",
            f->id, count, at, remove);
    }
    if (!td_utf8_valid(insert) || insert.len > TD_TEXT_BYTES_MAX) {
        return td_fail(e, TANDEM_EVALUE, "%s: not valid text, or too long",
            "%s : texte invalide ou trop long", f->id);
    }
    if (remove > 0) {
        tandem_slice kept;

        td_buf_init(&ranges, &d->txn->store->sys, EDIT_ARENA_MAX);
        err = td_text_ranges(text, at, remove, &ranges);
        kept = td_arena_dup(&d->arena, td_buf_slice(&ranges));
        td_buf_deinit(&ranges);
        TD_TRY(err);
        if (kept.ptr == NULL) {
            return TANDEM_ENOMEM;
        }
        op.ranges = (const struct td_char_range *)(const void *)kept.ptr;
        op.range_count = kept.len / sizeof(*op.ranges);
        TD_TRY(td_edit_type(d, &op, 1));
        text = td_record_text(d->work, f->n);
    }
    if (insert.len == 0) {
        return TANDEM_OK;
    }
    op = (struct td_op){.code = TD_OP_INSERT, .field = f->n};
    if (text != NULL) {
        TD_TRY(td_text_neighbours(
            text, at, &op.has_left, &op.left, &op.has_right, &op.right));
    }
    op.utf8 = td_arena_dup(&d->arena, insert);
    return op.utf8.ptr == NULL ? TANDEM_ENOMEM : td_edit_type(d, &op, 1);
}

tandem_err
tandem_edit_text(tandem_edit *d, const char *field, size_t at, size_t remove,
    tandem_slice insert)
{
    tandem_error e = edit_begin(d);
    tandem_err err;
    const tandem_field_info *f =
        edit_field(d, field, 1u << TANDEM_MERGE_TEXT, &err, &e);

    if (f != NULL) {
        err = splice(d, f, at, remove, insert, &e);
    }
    return edit_end(d, err, &e);
}

static tandem_err
apply_steps(struct tandem_edit *d, const tandem_field_info *f,
    const struct td_buf *steps, tandem_error *e)
{
    const struct td_text_step *s =
        (const struct td_text_step *)(const void *)steps->ptr;

    for (size_t i = 0; i < steps->len / sizeof(*s); i++) {
        TD_TRY(splice(d, f, s[i].at, s[i].remove, s[i].insert, e));
    }
    return TANDEM_OK;
}

// The whole text, by the smallest edit from what was seen.
static tandem_err
set_text(struct tandem_edit *d, const tandem_field_info *f, tandem_value v,
    tandem_error *e)
{
    const tandem_sys *sys = &d->txn->store->sys;
    const struct td_text *text = td_record_text(d->work, f->n);
    tandem_slice now = {(const uint8_t *)"", 0};
    struct td_buf was, steps;
    tandem_err err = TANDEM_OK;

    TD_TRY(tandem_value_check(&f->value, &v, e));
    if (v.type == TANDEM_STR) {
        now = v.u.s;
    }
    td_buf_init(&was, sys, TD_RECORD_BYTES_MAX);
    td_buf_init(&steps, sys, TD_RECORD_BYTES_MAX);
    if (text != NULL) {
        err = td_text_read(text, &was);
    }
    if (err == TANDEM_OK) {
        err = td_text_diff(sys, td_buf_slice(&was), now, &steps);
    }
    if (err == TANDEM_OK) {
        err = apply_steps(d, f, &steps, e);
    }
    td_buf_deinit(&was);
    td_buf_deinit(&steps);
    return err;
}

// ------------------------------------------------------------- before commit

static bool
field_filled(const struct tandem_edit *d, const tandem_field_info *f)
{
    const struct td_text *text;
    struct td_version v;
    int64_t sum;

    switch (f->merge) {
    case TANDEM_MERGE_VIS:
    case TANDEM_MERGE_QUIET:
    case TANDEM_MERGE_ONCE:
        return td_record_version(d->work, f->n, no_key, 0, &v) &&
               !(v.value.len == 1 && v.value.ptr[0] == 0xc0);
    case TANDEM_MERGE_SET:
        return td_record_elements(d->work, f->n) > 0;
    case TANDEM_MERGE_TEXT:
        text = td_record_text(d->work, f->n);
        return text != NULL && td_text_count(text) > 0;
    case TANDEM_MERGE_COUNTER:
        return td_record_counter(d->work, f->n, &sum);
    case TANDEM_MERGE_MAP: // filled step by step after creation
    case TANDEM_MERGE_UNKNOWN:
    case TANDEM_MERGE_STATE:
    case TANDEM_MERGE_LIST:
    case TANDEM_MERGE_LOG:
    case TANDEM_MERGE_DERIVED:
        break;
    }
    return true;
}

tandem_err
td_edit_complete(struct tandem_edit *d, tandem_error *e)
{
    for (size_t i = 0; i < d->kind->field_count; i++) {
        const tandem_field_info *f = &d->kind->fields[i];

        if (!td_field_needed(f) || field_filled(d, f)) {
            continue;
        }
        (void)td_fail(e, TANDEM_EVALUE, "%s needs a value for '%s' (%s)",
            "%s : le champ « %s » (%s) est obligatoire", d->kind->id, f->id,
            e != NULL && e->lang == TANDEM_FR ? f->fr : f->en);
        td_fail_record(e, d->id);
        td_fail_field(e, f->id);
        return TANDEM_EVALUE;
    }
    return TANDEM_OK;
}

// Crockford base32 of the id's random end: said by phone, written on paper.
tandem_err
td_edit_code(struct tandem_edit *d)
{
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const tandem_field_info *f;
    struct td_version v;
    char code[CODE_LETTERS + 1];
    uint64_t bits;

    if (d->kind->code_field < 0) {
        return TANDEM_OK;
    }
    f = &d->kind->fields[d->kind->code_field];
    if (td_record_version(d->work, f->n, no_key, 0, &v)) {
        return TANDEM_OK;
    }
    bits = td_be64(d->id.b + 8);
    for (size_t i = 0; i < CODE_LETTERS; i++) {
        code[i] = letters[bits & 31];
        bits >>= 5;
    }
    code[CODE_LETTERS] = '\0';
    return tandem_edit_set(d, f->id, tandem_str(code));
}

// --------------------------------------------------------------- after commit

// What was seen, with our own log moved on to this edit: for a snapshot that
// was older than our last change of the record.
static tandem_err
snapshot_from_entries(
    struct tandem_edit *d, struct td_arena *a, struct td_snapshot *snap)
{
    const struct td_seen *seen = NULL;
    size_t count = d->seen != NULL ? td_record_seen(d->seen, &seen) : 0;
    struct td_seen *at = td_arena_array(a, count + 1, sizeof(*at));
    size_t own = 0;

    if (at == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        at[i] = seen[i];
    }
    while (own < count && td_log_id_cmp(at[own].log, d->place.log) != 0) {
        own++;
    }
    at[own].log = d->place.log;
    at[own].seq = d->place.seq;
    at[own].hash = td_hash_short(&d->place.hash);
    return td_replica_read_seen(d->txn->store->replica, d->id, at,
        own == count ? count + 1 : count, snap);
}

// `seen` plus this edit: the committed change applied to a copy of it.
static tandem_err
snapshot_after(struct tandem_edit *d, struct td_snapshot *snap)
{
    tandem_store *s = d->txn->store;
    struct td_arena a;
    struct td_change c;
    enum td_applied how = TD_APPLY_REBUILD;
    struct td_wait_for wait;
    tandem_err err;

    snap->id = d->id;
    snap->sector = d->sector;
    snap->state = NULL;
    td_arena_init(&a, &s->sys, EDIT_ARENA_MAX);
    err = d->seen != NULL ? td_record_dup(d->seen, &snap->state)
                          : td_record_new(&s->sys, d->id, d->pack, d->kind->n,
                                &snap->state);
    if (err == TANDEM_OK && d->op_count > 0) {
        err = td_replica_change(
            s->replica, d->place.log, d->place.seq, d->index, &a, &c);
        if (err == TANDEM_OK) {
            err = td_record_apply(snap->state, &c, true, &how, &wait);
        }
        if (err == TANDEM_OK && how != TD_APPLIED && how != TD_APPLIED_OLD) {
            td_record_free(snap->state);
            snap->state = NULL;
            err = snapshot_from_entries(d, &a, snap);
        }
    }
    if (err != TANDEM_OK) {
        td_record_free(snap->state);
        snap->state = NULL;
    }
    td_arena_deinit(&a);
    return err;
}

tandem_err
tandem_edit_record(tandem_edit *d, tandem_record **out, tandem_error *e)
{
    struct td_snapshot snap;
    tandem_err err;

    td_fail_clear(e);
    if (d == NULL || out == NULL || !d->committed) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    td_api_lock(d->txn->store);
    err = snapshot_after(d, &snap);
    if (err == TANDEM_OK) {
        err = td_api_record_new(d->txn->store, &snap, out);
    }
    td_api_unlock(d->txn->store, false);
    return td_fail_code(e, err);
}
