// SPDX-License-Identifier: Apache-2.0
// edit.c - what a person types into one record: checked, turned into
// operations, shown at once in the edit's private copy.

#include "api/edit.h"

#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "codec/cursor.h"
#include "codec/writer.h"
#include "crdt/merge.h"
#include "schema/rank.h"
#include "schema/value.h"

enum { REASON_BYTES_MAX = 1024 };

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

// May anything still be typed into it?
static tandem_err
still_open(const struct tandem_edit *d, tandem_error *e)
{
    if (d == NULL) {
        return TANDEM_EMISUSE;
    }
    if (d->committed) {
        return td_fail(e, TANDEM_EMISUSE,
            "this edit was committed; begin another from tandem_edit_record",
            "cette modification est enregistrée ; commencez-en une autre "
            "d'après tandem_edit_record");
    }
    return TANDEM_OK;
}

const tandem_field_info *
td_edit_field(struct tandem_edit *d, const char *name, unsigned merges,
    tandem_err *err, tandem_error *e)
{
    const tandem_field_info *f = NULL;

    *err = still_open(d, e);
    if (*err != TANDEM_OK) {
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

    td_buf_init(&b, &d->txn->store->sys, TD_STR_BYTES_MAX + 8); // its header
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

tandem_err
td_edit_end(struct tandem_edit *d, tandem_err err, tandem_error *e)
{
    if (err == TANDEM_OK || d == NULL) {
        return err;
    }
    (void)td_fail_code(e, err);
    e->record = d->id;
    return td_edit_failed(d->txn, err, e);
}

tandem_error
td_edit_begin(const struct tandem_edit *d)
{
    return (tandem_error){
        .code = TANDEM_OK, .lang = d != NULL ? d->txn->error.lang : TANDEM_EN};
}

#define REGISTERS                                                              \
    (1u << TANDEM_MERGE_VIS | 1u << TANDEM_MERGE_QUIET |                       \
        1u << TANDEM_MERGE_ONCE | 1u << TANDEM_MERGE_STATE)

// Does exactly what this operation writes stand there, undisputed?
static bool
stands_alone(const struct tandem_edit *d, const struct td_op *op)
{
    struct td_version v;

    if (td_record_versions(d->work, op->field, op->code, op->key) == 0) {
        return op->value.len == 1 && op->value.ptr[0] == 0xc0; // clears nothing
    }
    return td_record_distinct(d->work, op->field, op->code, op->key) == 1 &&
           td_record_version(d->work, op->field, op->code, op->key, 0, &v) &&
           td_slice_eq(v.value, op->value);
}

// --------------------------------------------------------------- states, stops

static bool
has_reason(const struct tandem_edit *d, const struct td_op *op)
{
    for (size_t i = 0; i < d->op_count; i++) {
        if (d->ops[i].code == TD_OP_WHY) {
            return true;
        }
    }
    return op->why.len > 0;
}

static tandem_err
ask_reason(const tandem_field_info *f, const tandem_value *from,
    const tandem_value *to, tandem_error *e)
{
    const tandem_lang lang = e != NULL ? e->lang : TANDEM_EN;
    const char *none = lang == TANDEM_FR ? "rien" : "nothing";
    char a[64];
    char b[64];

    (void)tandem_value_format(&f->value, from, lang, a, sizeof(a));
    (void)tandem_value_format(&f->value, to, lang, b, sizeof(b));
    td_fail_field(e, f->id);
    return td_fail(e, TANDEM_EVALUE,
        "%s: from \"%s\" to \"%s\" is no step forward; give a reason",
        "%s : de « %s » à « %s » n'est pas un pas en avant ; donnez un motif",
        lang == TANDEM_FR ? f->fr : f->en, a[0] != '\0' ? a : none,
        b[0] != '\0' ? b : none);
}

// A step back, sideways, or away from a stop needs a reason: compared with what
// the person saw, not with what this edit wrote before.
static tandem_err
check_step(const struct tandem_edit *d, const tandem_field_info *f,
    const struct td_op *op, const tandem_value *to, tandem_error *e)
{
    // A removed key is one without a value.
    const uint64_t merge = op->code == TD_OP_DROP ? TD_OP_PUT : op->code;
    struct td_version v;

    if (d->seen == NULL || !td_field_ranked(f) || has_reason(d, op)) {
        return TANDEM_OK;
    }
    for (size_t i = 0;
         td_record_version(d->seen, op->field, merge, op->key, i, &v); i++) {
        tandem_value from = tandem_none();

        if (td_value_decode(&f->value, v.value, &from) == TANDEM_OK &&
            !tandem_value_forward(f, &from, to)) {
            return ask_reason(f, &from, to, e);
        }
    }
    return TANDEM_OK;
}

// ------------------------------------------------------------ registers, sets

static tandem_err
write_register(struct tandem_edit *d, const tandem_field_info *f,
    tandem_value v, const char *why, bool always, tandem_error *e)
{
    struct td_op op = {.code = td_merge_opcode(f->merge), .field = f->n};

    TD_TRY(edit_value(d, &f->value, &v, &op.value, e));
    TD_TRY(edit_reason(d, why, &op.why, e));
    if (!always && stands_alone(d, &op)) {
        return TANDEM_OK;
    }
    TD_TRY(check_step(d, f, &op, &v, e));
    return td_edit_type(d, &op, 1);
}

tandem_err
tandem_edit_set(tandem_edit *d, const char *field, tandem_value v)
{
    tandem_error e = td_edit_begin(d);
    tandem_err err;
    const tandem_field_info *f =
        td_edit_field(d, field, REGISTERS | 1u << TANDEM_MERGE_TEXT, &err, &e);

    if (f != NULL) {
        err = f->merge == TANDEM_MERGE_TEXT
                  ? td_edit_set_text(d, f, v, &e)
                  : write_register(d, f, v, NULL, false, &e);
    }
    return td_edit_end(d, err, &e);
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

tandem_err
td_edit_element(struct tandem_edit *d, const tandem_field_info *f,
    const tandem_value *v, tandem_slice *out, tandem_error *e)
{
    if (v->type == TANDEM_NONE) {
        td_fail_field(e, f->id);
        return td_fail(e, TANDEM_EVALUE, "%s: an element cannot be empty",
            "%s : un élément ne peut pas être vide", f->id);
    }
    return edit_value(d, &f->value, v, out, e);
}

static tandem_err
element_op(struct tandem_edit *d, const tandem_field_info *f, bool add,
    tandem_value v, tandem_error *e)
{
    struct td_op op = {.code = add ? TD_OP_ADD : TD_OP_REMOVE, .field = f->n};

    TD_TRY(td_edit_element(d, f, &v, &op.value, e));
    if (holds_element(d, f->n, op.value) == add) {
        return TANDEM_OK;
    }
    return td_edit_type(d, &op, 1);
}

tandem_err
tandem_edit_add(tandem_edit *d, const char *field, tandem_value v)
{
    tandem_error e = td_edit_begin(d);
    tandem_err err;
    const tandem_field_info *f = td_edit_field(d, field,
        1u << TANDEM_MERGE_SET | 1u << TANDEM_MERGE_LIST |
            1u << TANDEM_MERGE_LOG,
        &err, &e);

    if (f != NULL) {
        err = f->merge == TANDEM_MERGE_SET ? element_op(d, f, true, v, &e)
                                           : td_edit_append(d, f, v, &e);
    }
    return td_edit_end(d, err, &e);
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
    const tandem_value none = tandem_none();
    struct td_op op = {.code = TD_OP_DROP, .field = f->n};

    TD_TRY(map_key(d, f, &key, &op.key, e));
    if (td_record_versions(d->work, f->n, TD_OP_PUT, op.key) == 0) {
        return TANDEM_OK;
    }
    TD_TRY(check_step(d, f, &op, &none, e));
    return td_edit_type(d, &op, 1);
}

tandem_err
tandem_edit_remove(tandem_edit *d, const char *field, tandem_value v)
{
    tandem_error e = td_edit_begin(d);
    tandem_err err;
    const tandem_field_info *f = td_edit_field(d, field,
        1u << TANDEM_MERGE_SET | 1u << TANDEM_MERGE_MAP |
            1u << TANDEM_MERGE_LIST,
        &err, &e);

    if (f != NULL) {
        err = f->merge == TANDEM_MERGE_MAP    ? drop_key(d, f, v, &e)
              : f->merge == TANDEM_MERGE_LIST ? td_edit_drop_value(d, f, v, &e)
                                              : element_op(d, f, false, v, &e);
    }
    return td_edit_end(d, err, &e);
}

static tandem_err
put_key(struct tandem_edit *d, const tandem_field_info *f, tandem_value key,
    tandem_value v, const char *why, bool always, tandem_error *e)
{
    struct td_op op = {.code = TD_OP_PUT, .field = f->n};

    TD_TRY(map_key(d, f, &key, &op.key, e));
    TD_TRY(edit_value(d, &f->value, &v, &op.value, e));
    TD_TRY(edit_reason(d, why, &op.why, e));
    if (!always && stands_alone(d, &op)) {
        return TANDEM_OK;
    }
    TD_TRY(check_step(d, f, &op, &v, e));
    return td_edit_type(d, &op, 1);
}

tandem_err
tandem_edit_put(
    tandem_edit *d, const char *field, tandem_value key, tandem_value v)
{
    tandem_error e = td_edit_begin(d);
    tandem_err err;
    const tandem_field_info *f =
        td_edit_field(d, field, 1u << TANDEM_MERGE_MAP, &err, &e);

    if (f != NULL && v.type == TANDEM_NONE) {
        err = drop_key(d, f, key, &e);
    } else if (f != NULL) {
        err = put_key(d, f, key, v, NULL, false, &e);
    }
    return td_edit_end(d, err, &e);
}

tandem_err
tandem_edit_count(tandem_edit *d, const char *field, int64_t delta)
{
    tandem_error e = td_edit_begin(d);
    tandem_err err;
    const tandem_field_info *f =
        td_edit_field(d, field, 1u << TANDEM_MERGE_COUNTER, &err, &e);
    struct td_op op = {.code = TD_OP_COUNT, .delta = delta};

    if (f != NULL && delta != 0) {
        op.field = f->n;
        err = td_edit_type(d, &op, 1);
    }
    return td_edit_end(d, err, &e);
}

tandem_err
tandem_edit_resolve(tandem_edit *d, const char *field, const tandem_value *key,
    tandem_value v, const char *why)
{
    tandem_error e = td_edit_begin(d);
    tandem_err err;
    const tandem_field_info *f =
        td_edit_field(d, field, REGISTERS | 1u << TANDEM_MERGE_MAP, &err, &e);

    if (f != NULL && (f->merge == TANDEM_MERGE_MAP) != (key != NULL)) {
        err = TANDEM_EMISUSE;
    } else if (f != NULL) {
        err = key != NULL ? put_key(d, f, *key, v, why, true, &e)
                          : write_register(d, f, v, why, true, &e);
    }
    return td_edit_end(d, err, &e);
}

tandem_err
tandem_edit_why(tandem_edit *d, const char *text)
{
    tandem_error e = td_edit_begin(d);
    struct td_op op = {.code = TD_OP_WHY};
    tandem_err err = still_open(d, &e);

    if (err == TANDEM_OK) {
        err = edit_reason(d, text, &op.why, &e);
    }
    if (err == TANDEM_OK && op.why.len > 0) {
        err = td_edit_type(d, &op, 1);
    }
    return td_edit_end(d, err, &e);
}

tandem_err
tandem_edit_delete(tandem_edit *d, bool deleted)
{
    tandem_error e = td_edit_begin(d);
    struct td_op op = {.code = TD_OP_MARK, .deleted = deleted};
    tandem_err err = still_open(d, &e);

    if (err == TANDEM_OK &&
        td_record_deletion(d->work) != (deleted ? TD_TRASHED : TD_LIVE)) {
        err = td_edit_type(d, &op, 1);
    }
    return td_edit_end(d, err, &e);
}
