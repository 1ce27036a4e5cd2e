// SPDX-License-Identifier: Apache-2.0
// shown.c - see shown.h.

#include "api/shown.h"

#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "crypto/hash.h"

struct valued {
    tandem_slice value;
    size_t at;
};

static int
by_value(const void *a, const void *b)
{
    const struct valued *x = a, *y = b;
    int cmp = td_slice_cmp(x->value, y->value);

    return cmp != 0 ? cmp : (x->at > y->at) - (x->at < y->at);
}

static int
by_place(const void *a, const void *b)
{
    const size_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

void
td_shown_sum(const struct td_record *state, uint64_t field, tandem_slice key,
    uint8_t out[4])
{
    struct td_hash sum;
    uint8_t block[32 + 16 + 12];
    struct td_version v;

    memset(&sum, 0, sizeof(sum));
    for (size_t at = 0; td_record_version(state, field, key, at, &v); at++) {
        memcpy(block, sum.b, 32);
        memcpy(block + 32, v.dot.log.b, 16);
        td_put_be64(block + 48, v.dot.seq);
        td_put_be32(block + 56, (uint32_t)v.dot.change << 16 | v.dot.op);
        sum = td_hash_of((tandem_slice){block, sizeof(block)});
    }
    memcpy(out, sum.b, 4);
}

// The first of each value among `n`, into `s`.
static tandem_err
choose(struct tandem_record *r, struct td_shown *s, size_t n)
{
    const tandem_sys *sys = &r->store->sys;
    struct valued *all = td_alloc(sys, n * sizeof(*all));
    struct td_version v;

    s->first = td_arena_array(&r->arena, n, sizeof(*s->first));
    if (all == NULL || s->first == NULL) {
        td_free(sys, all, n * sizeof(*all));
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        bool there = td_record_version(r->snap.state, s->field, s->key, i, &v);

        TD_ASSERT(there);
        all[i] = (struct valued){.value = v.value, .at = i};
    }
    qsort(all, n, sizeof(*all), by_value);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !td_slice_eq(all[i - 1].value, all[i].value)) {
            s->first[s->count++] = all[i].at;
        }
    }
    qsort(s->first, s->count, sizeof(*s->first), by_place);
    td_free(sys, all, n * sizeof(*all));
    td_shown_sum(r->snap.state, s->field, s->key, s->sum);
    return TANDEM_OK;
}

static tandem_err
add(struct tandem_record *r, size_t *cap, uint64_t field, tandem_slice key)
{
    const size_t n = td_record_versions(r->snap.state, field, key);

    if (n < 2) {
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
    r->shown[r->shown_count] = (struct td_shown){.field = field, .key = key};
    TD_TRY(choose(r, &r->shown[r->shown_count], n));
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
        if (merge == TD_OP_SET) {
            TD_TRY(add(r, &cap, field, (tandem_slice){NULL, 0}));
        }
        for (size_t k = 0;
             merge == TD_OP_PUT && k < td_record_keys(state, field); k++) {
            TD_TRY(add(r, &cap, field, td_record_key(state, field, k)));
        }
    }
    return TANDEM_OK;
}

const struct td_shown *
td_shown_of(const struct tandem_record *r, uint64_t field, tandem_slice key)
{
    size_t low = 0, high = r->shown_count;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const struct td_shown *s = &r->shown[mid];
        const int cmp = s->field != field ? (s->field < field ? -1 : 1)
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
