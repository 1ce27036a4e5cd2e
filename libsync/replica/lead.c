// SPDX-License-Identifier: Apache-2.0
// lead.c - which of a register's versions a reader sees. See lead.h.
#include "replica/lead.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/slice.h"
#include "schema/value.h"

struct valued {
    tandem_slice value;
    size_t at;
    bool beaten;
};

static int
by_value(const void *a, const void *b)
{
    const struct valued *x = a, *y = b;
    int cmp = td_slice_cmp(x->value, y->value);

    return cmp != 0 ? cmp : (x->at > y->at) - (x->at < y->at);
}

static int
by_showing(const void *a, const void *b)
{
    const struct valued *x = a, *y = b;

    return x->beaten != y->beaten ? (int)x->beaten - (int)y->beaten
                                  : (x->at > y->at) - (x->at < y->at);
}

// The first of each value; returns how many.
static size_t
distinct(struct valued *all, size_t n)
{
    size_t kept = 0;

    qsort(all, n, sizeof(*all), by_value);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || !td_slice_eq(all[kept - 1].value, all[i].value)) {
            all[kept++] = all[i];
        }
    }
    return kept;
}

static tandem_err
rank(const tandem_field_info *f, struct td_arena *arena, struct valued *all,
    size_t n)
{
    tandem_value *values = td_arena_array(arena, n, sizeof(*values));
    bool *beaten = td_arena_array(arena, n, sizeof(*beaten));

    if (values == NULL || beaten == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        // What does not fit the field stands like a word nobody knows.
        if (td_value_decode(&f->value, all[i].value, &values[i]) != TANDEM_OK) {
            values[i] = tandem_enum(0);
        }
    }
    td_rank(f, values, n, beaten);
    for (size_t i = 0; i < n; i++) {
        all[i].beaten = beaten[i];
    }
    return TANDEM_OK;
}

tandem_err
td_lead_of(const struct td_record *state, uint64_t field, uint64_t merge,
    tandem_slice key, const tandem_field_info *f, struct td_arena *arena,
    struct td_lead *out)
{
    const size_t n = td_record_versions(state, field, merge, key);
    struct valued *all = td_arena_array(arena, n, sizeof(*all));
    struct td_version v;

    *out = (struct td_lead){0};
    out->first = td_arena_array(arena, n, sizeof(*out->first));
    if (n > 0 && (all == NULL || out->first == NULL)) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        bool there = td_record_version(state, field, merge, key, i, &v);

        TD_ASSERT(there);
        all[i] = (struct valued){.value = v.value, .at = i};
    }
    out->count = n > 0 ? distinct(all, n) : 0;
    if (out->count > 1 && f != NULL && td_field_ranked(f)) {
        TD_TRY(rank(f, arena, all, out->count));
    }
    if (out->count > 1) {
        qsort(all, out->count, sizeof(*all), by_showing);
    }
    for (size_t i = 0; i < out->count; i++) {
        out->first[i] = all[i].at;
        out->leading += !all[i].beaten;
    }
    return TANDEM_OK;
}
