// SPDX-License-Identifier: Apache-2.0
// meter.h - the bytes a store takes of its host (tandem_sys.resize): now, and
// at most. Several threads take and give back.
#ifndef TD_TESTS_SUPPORT_METER_H
#define TD_TESTS_SUPPORT_METER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

struct meter {
    atomic_size_t now, most;
};

static inline void *
meter_resize(void *ctx, void *p, size_t was, size_t now)
{
    struct meter *m = ctx;
    size_t total;

    if (now == 0) {
        atomic_fetch_sub(&m->now, was);
        free(p);
        return NULL;
    }
    p = realloc(p, now);
    if (p != NULL) {
        total = atomic_fetch_add(&m->now, now - was) + now - was;
        if (total > atomic_load(&m->most)) {
            atomic_store(&m->most, total);
        }
    }
    return p;
}

// From here on `most` is counted anew. @return what is taken now.
static inline size_t
meter_begin(struct meter *m)
{
    size_t now = atomic_load(&m->now);

    atomic_store(&m->most, now);
    return now;
}

#endif
