// SPDX-License-Identifier: Apache-2.0
// array.h - room in a growing array of equal members.
#ifndef TD_CRDT_ARRAY_H
#define TD_CRDT_ARRAY_H

#include "base/sys.h"

// `p` has room for *cap members of `size`. Returns it, moved when it had to
// grow, with room for `need`; NULL (and `p` as it was) when memory is out.
// What begins with one member mostly stays so (the versions of a register, the
// logs of a record): room for one, then for four.
static inline void *
td_array_room(
    const tandem_sys *sys, void *p, size_t *cap, size_t need, size_t size)
{
    size_t now = *cap == 0 ? need : *cap < 4 ? 4 : *cap;
    void *q;

    if (need <= *cap && p != NULL) {
        return p;
    }
    while (now < need) {
        if (now > SIZE_MAX / 4 / size) {
            return NULL;
        }
        now += now / 2 + 1;
    }
    if (p == NULL) {
        q = td_alloc(sys, now * size);
    } else {
        q = td_grow(sys, p, *cap * size, now * size);
    }
    if (q != NULL) {
        *cap = now;
    }
    return q;
}

#endif
