// SPDX-License-Identifier: Apache-2.0
// shown.c - see shown.h.

#include "api/shown.h"

#include <string.h>

#include "base/slice.h"
#include "crdt/merge.h"
#include "crypto/hash.h"

void
td_shown_sum(const struct td_record *state, uint64_t field, uint64_t merge,
    tandem_slice key, uint8_t out[4])
{
    struct td_hash sum;
    uint8_t block[32 + 16 + 12];
    struct td_version v;

    memset(&sum, 0, sizeof(sum));
    for (size_t at = 0; td_record_version(state, field, merge, key, at, &v);
         at++) {
        memcpy(block, sum.b, 32);
        memcpy(block + 32, v.dot.log.b, 16);
        td_put_be64(block + 48, v.dot.seq);
        td_put_be32(block + 56, (uint32_t)v.dot.change << 16 | v.dot.op);
        sum = td_hash_of((tandem_slice){block, sizeof(block)});
    }
    memcpy(out, sum.b, 4);
}

// The field as the pack knows it, where it says that it merges so.
static const tandem_field_info *
described(const struct tandem_record *r, uint64_t field, uint64_t merge)
{
    const tandem_field_info *f =
        r->kind == NULL || field > UINT32_MAX
            ? NULL
            : td_kind_field_by_n(r->kind, (uint32_t)field);

    return f != NULL && td_merge_opcode(f->merge) == merge ? f : NULL;
}

static tandem_err
add(struct tandem_record *r, size_t *cap, uint64_t field, uint64_t merge,
    tandem_slice key)
{
    const tandem_field_info *f = described(r, field, merge);
    struct td_shown *s;

    if (td_record_versions(r->snap.state, field, merge, key) < 2) {
        return TANDEM_OK;
    }
    if (r->shown_count == *cap) {
        size_t more = *cap == 0 ? 4 : *cap * 2;
        struct td_shown *grown =
            td_arena_array(&r->arena, more, sizeof(*grown));

        if (grown == NULL) {
            return TANDEM_ENOMEM;
        }
        if (r->shown_count > 0) {
            memcpy(grown, r->shown, r->shown_count * sizeof(*grown));
        }
        r->shown = grown;
        *cap = more;
    }
    s = &r->shown[r->shown_count];
    *s = (struct td_shown){.field = field, .merge = merge, .key = key};
    TD_TRY(
        td_lead_of(r->snap.state, field, merge, key, f, &r->arena, &s->lead));
    td_shown_sum(r->snap.state, field, merge, key, s->sum);
    r->shown_count++;
    return TANDEM_OK;
}

tandem_err
td_shown_fill(struct tandem_record *r)
{
    const struct td_record *state = r->snap.state;
    uint64_t field, merge;
    size_t cap = 0;

    for (size_t i = 0; td_record_field(state, i, &field, &merge); i++) {
        if (merge == TD_OP_SET || merge == TD_OP_MOVE) {
            TD_TRY(add(r, &cap, field, merge, (tandem_slice){NULL, 0}));
        }
        for (size_t k = 0;
             merge == TD_OP_PUT && k < td_record_keys(state, field); k++) {
            TD_TRY(add(r, &cap, field, merge, td_record_key(state, field, k)));
        }
    }
    return TANDEM_OK;
}

const struct td_shown *
td_shown_of(const struct tandem_record *r, uint64_t field, uint64_t merge,
    tandem_slice key)
{
    size_t low = 0, high = r->shown_count;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const struct td_shown *s = &r->shown[mid];
        const int cmp = s->field != field   ? (s->field < field ? -1 : 1)
                        : s->merge != merge ? (s->merge < merge ? -1 : 1)
                                            : td_slice_cmp(s->key, key);

        if (cmp == 0) {
            return s;
        }
        if (cmp < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}
