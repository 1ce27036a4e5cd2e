// SPDX-License-Identifier: Apache-2.0
// index.c - what a record is found by. Layout: index.h.
#include "replica/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "codec/cursor.h"
#include "crdt/merge.h"
#include "replica/run.h"

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
fold(tandem_slice text, struct td_buf *out)
{
    bool gap = false, begun = false;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];

        if (is_blank(c)) {
            gap = begun;
            continue;
        }
        if (gap) {
            td_buf_put_u8(out, ' ');
            gap = false;
        }
        begun = true;
        td_buf_put_u8(out, c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c);
    }
}

tandem_err
td_index_normalise(
    const tandem_field_info *f, tandem_slice value, struct td_buf *out)
{
    const tandem_field_type base = f->value.base;
    struct td_cur c;
    tandem_slice text;

    if (base == TANDEM_FIELD_STR || base == TANDEM_FIELD_TEXT ||
        base == TANDEM_FIELD_EMAIL) {
        if (!td_cur_open(&c, value)) {
            return TANDEM_EVALUE;
        }
        text = td_cur_str(&c, TD_TEXT_BYTES_MAX);
        if (!td_cur_done(&c)) {
            return TANDEM_EVALUE;
        }
        fold(text, out);
    } else {
        td_buf_put_slice(out, value);
    }
    return out->err;
}

struct td_hash16
td_index_kind(const struct td_store *s, tandem_id sector, const uint8_t pack[8],
    uint64_t kind)
{
    uint8_t b[33] = {0x01};
    tandem_slice part = {b, sizeof(b)};

    memcpy(b + 1, sector.b, 16);
    memcpy(b + 17, pack, 8);
    td_put_be64(b + 25, kind);
    return td_store_blind(s, &part, 1);
}

struct td_hash16
td_index_field(const struct td_store *s, const uint8_t pack[8], uint64_t kind,
    uint64_t field, tandem_slice value)
{
    uint8_t b[25] = {0x02};
    tandem_slice parts[2] = {{b, sizeof(b)}, value};

    memcpy(b + 1, pack, 8);
    td_put_be64(b + 9, kind);
    td_put_be64(b + 17, field);
    return td_store_blind(s, parts, 2);
}

// Blinds being collected; grows in the arena.
struct list {
    struct td_arena *arena;
    struct td_hash16 *at;
    size_t count, cap;
};

static tandem_err
add(struct list *l, struct td_hash16 blind)
{
    if (l->count == l->cap) {
        size_t cap = l->cap == 0 ? 8 : l->cap * 2;
        struct td_hash16 *grown = td_arena_array(l->arena, cap, sizeof(*grown));

        if (grown == NULL) {
            return TANDEM_ENOMEM;
        }
        if (l->count > 0) {
            memcpy(grown, l->at, l->count * sizeof(*grown));
        }
        l->at = grown;
        l->cap = cap;
    }
    l->at[l->count++] = blind;
    return TANDEM_OK;
}

struct about {
    const struct td_work *w;
    const struct td_record *state; // NULL: a plain change's values
    const uint8_t *pack;
    uint64_t kind;
    const tandem_field_info *field;
    struct td_buf *value;
    struct list *list;
};

static tandem_err
add_value(const struct about *a, tandem_slice value)
{
    tandem_err err;

    if (value.len == 1 && value.ptr[0] == 0xc0) {
        return TANDEM_OK; // cleared
    }
    td_buf_reset(a->value);
    err = td_index_normalise(a->field, value, a->value);
    if (err == TANDEM_EVALUE) {
        return TANDEM_OK; // a value of another type: kept, not found by
    }
    TD_TRY(err);
    return add(a->list, td_index_field(a->w->r->store, a->pack, a->kind,
                            a->field->n, td_buf_slice(a->value)));
}

static tandem_err
add_field(const struct about *a)
{
    const uint64_t n = a->field->n;
    const uint64_t merge = td_merge_opcode(a->field->merge);
    const tandem_slice none = {0};

    if (a->field->merge == TANDEM_MERGE_SET) {
        for (size_t i = 0; i < td_record_elements(a->state, n); i++) {
            TD_TRY(add_value(a, td_record_element(a->state, n, i)));
        }
        return TANDEM_OK;
    }
    for (size_t i = 0; i < td_record_versions(a->state, n, merge, none); i++) {
        struct td_version v;

        if (td_record_version(a->state, n, merge, none, i, &v)) {
            TD_TRY(add_value(a, v.value));
        }
    }
    return TANDEM_OK;
}

static const tandem_kind_info *
kind_of(const struct td_schema *schema, const uint8_t pack[8], uint64_t n)
{
    return n > UINT32_MAX ? NULL
                          : td_schema_kind_by_tag(schema, pack, (uint32_t)n);
}

static bool
is_indexed(const tandem_field_info *f)
{
    return (f->flags & (TANDEM_FIELD_INDEXED | TANDEM_FIELD_CODE)) != 0;
}

static int
by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct td_hash16));
}

static void
sort_unique(struct list *l)
{
    size_t kept = 0;

    if (l->count < 2) {
        return;
    }
    qsort(l->at, l->count, sizeof(*l->at), by_bytes);
    for (size_t i = 1; i < l->count; i++) {
        if (by_bytes(&l->at[i], &l->at[kept]) != 0) {
            l->at[++kept] = l->at[i];
        }
    }
    l->count = kept + 1;
}

tandem_err
td_index_blinds(const struct td_work *w, const struct td_schema *schema,
    const struct td_record *state, tandem_id sector, struct td_arena *arena,
    struct td_hash16 **out, size_t *count)
{
    const uint64_t n = td_record_kind(state);
    const tandem_kind_info *kind = kind_of(schema, td_record_pack(state), n);
    struct list list = {.arena = arena};
    struct td_buf value;
    tandem_err err;

    td_buf_init(&value, w->sys, TD_TEXT_BYTES_MAX);
    err = add(
        &list, td_index_kind(w->r->store, sector, td_record_pack(state), n));
    for (size_t i = 0;
         err == TANDEM_OK && kind != NULL && i < kind->field_count; i++) {
        const struct about about = {.w = w,
            .state = state,
            .pack = td_record_pack(state),
            .kind = n,
            .field = &kind->fields[i],
            .value = &value,
            .list = &list};

        if (is_indexed(&kind->fields[i])) {
            err = add_field(&about);
        }
    }
    td_buf_deinit(&value);
    TD_TRY(err);
    sort_unique(&list);
    *out = list.at;
    *count = list.count;
    return TANDEM_OK;
}

tandem_err
td_index_plain(struct td_work *w, const struct td_change *c, tandem_id sector,
    struct td_hash16 **out, size_t *count)
{
    const tandem_kind_info *kind = kind_of(w->schema, c->pack, c->kind);
    struct list list = {.arena = &w->arena};
    struct about about = {.w = w,
        .pack = c->pack,
        .kind = c->kind,
        .value = &w->bytes,
        .list = &list};

    TD_TRY(add(&list, td_index_kind(w->r->store, sector, c->pack, c->kind)));
    for (size_t i = 0; kind != NULL && i < c->op_count; i++) {
        const struct td_op *op = &c->ops[i];

        if ((op->code != TD_OP_SET && op->code != TD_OP_ADD &&
                op->code != TD_OP_MOVE) ||
            op->field > UINT32_MAX) {
            continue;
        }
        about.field = td_kind_field_by_n(kind, (uint32_t)op->field);
        if (about.field != NULL && is_indexed(about.field) &&
            td_merge_opcode(about.field->merge) == op->code) {
            TD_TRY(add_value(&about, op->value));
        }
    }
    sort_unique(&list);
    *out = list.at;
    *count = list.count;
    return TANDEM_OK;
}

void
td_index_key(const struct td_hash16 *blind, const uint8_t key[TD_ROW_KEY_BYTES],
    uint8_t out[TD_INDEX_KEY_BYTES])
{
    memcpy(out, blind->b, 16);
    memcpy(out + 16, key, TD_ROW_KEY_BYTES);
}

tandem_err
td_index_change(struct td_work *w, const uint8_t key[TD_ROW_KEY_BYTES],
    const struct td_hash16 *before, size_t before_count,
    const struct td_hash16 *after, size_t after_count)
{
    uint8_t row[TD_INDEX_KEY_BYTES];
    size_t i = 0, j = 0;

    while (i < before_count || j < after_count) {
        int order = i == before_count  ? 1
                    : j == after_count ? -1
                                       : by_bytes(&before[i], &after[j]);

        if (order == 0) {
            i++;
            j++;
        } else if (order < 0) {
            td_index_key(&before[i++], key, row);
            TD_TRY(td_run_note(w, row, false));
        } else {
            td_index_key(&after[j++], key, row);
            TD_TRY(td_run_note(w, row, true));
        }
    }
    return TANDEM_OK;
}
