// SPDX-License-Identifier: Apache-2.0
// faulty.h - memory that fails on order and counts what lives; seeds.
#ifndef TESTS_BASE_FAULTY_H
#define TESTS_BASE_FAULTY_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/sys.h"

struct faulty {
    long fail_at; // this allocation fails (1 = the next); 0 = none
    long calls;   // allocations asked for
    long failed;
    size_t live; // bytes held now
};

static inline void *
faulty_resize(void *ctx, void *p, size_t was, size_t now)
{
    struct faulty *f = ctx;
    void *q;

    assert_true(p != NULL || was == 0);
    if (now == 0) {
        assert_true(f->live >= was);
        f->live -= was;
        free(p);
        return NULL;
    }
    f->calls++;
    if (f->fail_at != 0 && f->calls == f->fail_at) {
        f->failed++;
        return NULL;
    }
    // Always moves, so that a pointer kept across growth is seen by ASan.
    q = malloc(now);
    assert_non_null(q);
    memset(q, 0xa5, now);
    if (p != NULL) {
        memcpy(q, p, was < now ? was : now);
        free(p);
    }
    f->live += now;
    f->live -= was;
    return q;
}

static inline tandem_sys
faulty_sys(struct faulty *f)
{
    tandem_sys given = TANDEM_SYS_INIT;
    tandem_sys sys;

    given.ctx = f;
    given.resize = faulty_resize;
    td_sys_fill(&sys, &given);
    return sys;
}

static inline uint64_t
seed_of_run(void)
{
    const char *text = getenv("TANDEM_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : 20240229;

    printf("TANDEM_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

// splitmix64.
static inline uint64_t
next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

#endif
