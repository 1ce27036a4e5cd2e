// SPDX-License-Identifier: Apache-2.0
// counter.c - a sum of deltas; see counter.h.
#include "crdt/counter.h"

void
td_counter_add(struct td_counter *c, int64_t delta)
{
    uint64_t was = c->lo;

    c->lo += (uint64_t)delta;
    c->hi += delta < 0 ? UINT64_MAX : 0;
    c->hi += c->lo < was ? 1 : 0;
}

int64_t
td_counter_read(const struct td_counter *c)
{
    if (c->hi == 0 && c->lo <= INT64_MAX) {
        return (int64_t)c->lo;
    }
    if (c->hi == UINT64_MAX && c->lo > INT64_MAX) {
        return -(int64_t)(UINT64_MAX - c->lo) - 1;
    }
    return c->hi <= INT64_MAX ? INT64_MAX : INT64_MIN;
}
