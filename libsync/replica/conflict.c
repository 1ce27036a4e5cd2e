// SPDX-License-Identifier: Apache-2.0
// conflict.c - what a person has to decide in a record. Rules: conflict.h.
#include "replica/conflict.h"

#include "codec/cursor.h"
#include "codec/writer.h"
#include "crdt/merge.h"
#include "replica/lead.h"

#define CONFLICT_BYTES_MAX 32

// Does the pack let two values of this field stand side by side, visibly?
static bool
counts_as(const tandem_field_info *f, uint64_t merge)
{
    if (f == NULL) {
        return true; // not described here
    }
    return td_merge_opcode(f->merge) == merge && f->merge != TANDEM_MERGE_QUIET;
}

// A state being looked at.
struct looking {
    const struct td_record *state;
    const tandem_kind_info *kind; // NULL: no pack for it here
    struct td_arena *arena;
    uint64_t count;
};

static tandem_err
look_at(struct looking *l, uint64_t field, uint64_t merge, tandem_slice key,
    const tandem_field_info *f)
{
    struct td_lead lead;

    if (td_record_distinct(l->state, field, merge, key) < 2) {
        return TANDEM_OK;
    }
    TD_TRY(td_lead_of(l->state, field, merge, key, f, l->arena, &lead));
    l->count += lead.leading > 1;
    return TANDEM_OK;
}

static tandem_err
look_at_field(struct looking *l, uint64_t field, uint64_t merge)
{
    const tandem_field_info *f =
        l->kind == NULL || field > UINT32_MAX
            ? NULL
            : td_kind_field_by_n(l->kind, (uint32_t)field);

    if (!counts_as(f, merge)) {
        return TANDEM_OK;
    }
    if (merge == TD_OP_SET || merge == TD_OP_MOVE) {
        return look_at(l, field, merge, (tandem_slice){0}, f);
    }
    for (size_t i = 0;
         merge == TD_OP_PUT && i < td_record_keys(l->state, field); i++) {
        TD_TRY(look_at(l, field, merge, td_record_key(l->state, field, i), f));
    }
    return TANDEM_OK;
}

tandem_err
td_conflict_count(const struct td_schema *schema, const struct td_record *state,
    struct td_arena *arena, uint64_t *out)
{
    const uint64_t n = td_record_kind(state);
    const enum td_deletion deletion = td_record_deletion(state);
    struct looking l = {.state = state, .arena = arena};
    uint64_t field, merge;

    if (n <= UINT32_MAX) {
        l.kind =
            td_schema_kind_by_tag(schema, td_record_pack(state), (uint32_t)n);
    }
    l.count = deletion == TD_DISPUTED;
    for (size_t i = 0;
         deletion != TD_TRASHED && td_record_field(state, i, &field, &merge);
         i++) {
        TD_TRY(look_at_field(&l, field, merge));
    }
    *out = l.count;
    return TANDEM_OK;
}

tandem_err
td_conflict_read(tandem_slice row, uint64_t *count)
{
    struct td_cur c;
    uint64_t n;

    if (!td_cur_open(&c, row)) {
        return TANDEM_ECORRUPT;
    }
    td_cur_array_exact(&c, 1);
    n = td_cur_uint(&c);
    if (!td_cur_done(&c) || n == 0) {
        return TANDEM_ECORRUPT;
    }
    *count = n;
    return TANDEM_OK;
}

void
td_conflict_write(uint64_t count, struct td_buf *out)
{
    td_mp_array(out, 1);
    td_mp_uint(out, count);
}

tandem_err
td_conflict_put(
    struct td_work *w, const uint8_t key[TD_ROW_KEY_BYTES], uint64_t count)
{
    const tandem_slice at = {key, TD_ROW_KEY_BYTES};
    struct td_buf b;
    tandem_err err;

    if (count == 0) {
        return td_has(w->t, TD_T_CONFLICTS, at)
                   ? td_del(w->t, TD_T_CONFLICTS, at)
                   : TANDEM_OK;
    }
    td_buf_init(&b, w->sys, CONFLICT_BYTES_MAX);
    td_conflict_write(count, &b);
    err = b.err;
    if (err == TANDEM_OK) {
        err = td_put(w->t, TD_T_CONFLICTS, at, TD_SEAL_INDEX, td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    return err;
}

tandem_err
td_conflict_get(
    struct td_txn *t, const uint8_t key[TD_ROW_KEY_BYTES], uint64_t *count)
{
    struct td_buf b;
    uint64_t n = 0;
    tandem_err err;

    td_buf_init(&b, td_store_sys(td_txn_store(t)), CONFLICT_BYTES_MAX);
    err = td_get(t, TD_T_CONFLICTS, (tandem_slice){key, TD_ROW_KEY_BYTES}, &b);
    if (err == TANDEM_OK) {
        err = td_conflict_read(td_buf_slice(&b), &n);
    } else if (err == TANDEM_ENOTFOUND) {
        err = TANDEM_OK;
    }
    td_buf_deinit(&b);
    if (err == TANDEM_OK) {
        *count = n;
    }
    return err;
}
