// SPDX-License-Identifier: Apache-2.0
// conflict.c - what a person has to decide in a record. Rules: conflict.h.
#include "replica/conflict.h"

#include "codec/cursor.h"
#include "codec/writer.h"

#define CONFLICT_BYTES_MAX 32

// Does the pack let two values of this field stand side by side, visibly?
static bool
counts_as(const tandem_field_info *f, uint64_t merge)
{
    if (f == NULL) {
        return true; // not described here
    }
    if (merge == TD_OP_PUT) {
        return f->merge == TANDEM_MERGE_MAP &&
               f->item_merge == TANDEM_MERGE_VIS;
    }
    return f->merge == TANDEM_MERGE_VIS || f->merge == TANDEM_MERGE_ONCE;
}

static uint64_t
of_field(const struct td_record *state, uint64_t field, uint64_t merge)
{
    uint64_t n = 0;

    if (merge == TD_OP_SET) {
        return td_record_distinct(state, field, (tandem_slice){0}) > 1;
    }
    for (size_t i = 0; i < td_record_keys(state, field); i++) {
        n += td_record_distinct(state, field, td_record_key(state, field, i)) >
             1;
    }
    return n;
}

uint64_t
td_conflict_count(const struct td_schema *schema, const struct td_record *state)
{
    const uint64_t n = td_record_kind(state);
    const tandem_kind_info *kind =
        n > UINT32_MAX
            ? NULL
            : td_schema_kind_by_tag(schema, td_record_pack(state), (uint32_t)n);
    const enum td_deletion deletion = td_record_deletion(state);
    uint64_t count = deletion == TD_DISPUTED, field, merge;

    if (deletion == TD_TRASHED) {
        return 0;
    }
    for (size_t i = 0; td_record_field(state, i, &field, &merge); i++) {
        const tandem_field_info *f =
            kind == NULL || field > UINT32_MAX
                ? NULL
                : td_kind_field_by_n(kind, (uint32_t)field);

        if ((merge == TD_OP_SET || merge == TD_OP_PUT) && counts_as(f, merge)) {
            count += of_field(state, field, merge);
        }
    }
    return count;
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
