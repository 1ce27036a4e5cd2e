// SPDX-License-Identifier: Apache-2.0
// sys.c - the system's own clock, randomness and memory, behind the seams.
#include "base/sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/fail.h"
#include "base/opts.h"

static int64_t
system_wall_ms(void *ctx)
{
    struct timespec ts;

    (void)ctx;
    if (clock_gettime(CLOCK_REALTIME, &ts) != 0) {
        return 0; // 1970: a hybrid clock then only counts
    }
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static uint64_t
system_mono_ms(void *ctx)
{
    struct timespec ts;

    (void)ctx;
    if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0) {
        return 0;
    }
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static tandem_err
system_random(void *ctx, uint8_t *p, size_t n)
{
    (void)ctx;
    while (n > 0) {
        ssize_t got = getrandom(p, n, 0);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return TANDEM_EIO;
        }
        p += got;
        n -= (size_t)got;
    }
    return TANDEM_OK;
}

static void *
system_resize(void *ctx, void *p, size_t was, size_t now)
{
    (void)ctx;
    (void)was;
    if (now == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, now);
}

static void
system_log(void *ctx, int level, const char *line)
{
    // A library has no place of its own to write to.
    (void)ctx;
    (void)level;
    (void)line;
}

static const tandem_sys system_own = {
    .size = sizeof(tandem_sys),
    .ctx = NULL,
    .wall_ms = system_wall_ms,
    .mono_ms = system_mono_ms,
    .random = system_random,
    .resize = system_resize,
    .log = system_log,
};

const tandem_sys *
td_sys_default(void)
{
    return &system_own;
}

void
td_sys_fill(tandem_sys *out, const tandem_sys *given)
{
    tandem_sys mine;

    // What a newer host lends beyond is not needed here.
    (void)td_opts_take(&mine, sizeof(mine), given);
    mine.size = sizeof(mine);
    if (mine.wall_ms == NULL) {
        mine.wall_ms = system_own.wall_ms;
    }
    if (mine.mono_ms == NULL) {
        mine.mono_ms = system_own.mono_ms;
    }
    if (mine.random == NULL) {
        mine.random = system_own.random;
    }
    if (mine.resize == NULL) {
        mine.resize = system_own.resize;
    }
    if (mine.log == NULL) {
        mine.log = system_own.log;
    }
    *out = mine;
}

static const tandem_sys *
sys_or_own(const tandem_sys *sys)
{
    return sys != NULL && sys->resize != NULL ? sys : &system_own;
}

void *
td_alloc(const tandem_sys *sys, size_t n)
{
    void *p = td_grow(sys, NULL, 0, n > 0 ? n : 1);

    if (p != NULL) {
        memset(p, 0, n > 0 ? n : 1);
    }
    return p;
}

void *
td_grow(const tandem_sys *sys, void *p, size_t was, size_t now)
{
    sys = sys_or_own(sys);
    if (p != NULL && was == 0) {
        was = 1; // what td_alloc asked for when told 0
    }
    return sys->resize(sys->ctx, p, was, now);
}

void
td_free(const tandem_sys *sys, void *p, size_t was)
{
    if (p != NULL) {
        (void)td_grow(sys, p, was, 0);
    }
}

struct td_rng
td_sys_rng(const tandem_sys *sys)
{
    struct td_rng rng = {NULL, system_own.random};

    if (sys != NULL && sys->random != NULL) {
        rng.ctx = sys->ctx;
        rng.fill = sys->random;
    }
    return rng;
}

// Nobody reads it any more: the compiler may not drop the writes.
static void
forget(uint8_t *p, size_t n)
{
    volatile uint8_t *at = p;

    for (size_t i = 0; i < n; i++) {
        at[i] = 0;
    }
}

void
td_rng_pool_init(struct td_rng_pool *p, struct td_rng from)
{
    p->from = from;
    p->left = 0;
}

void
td_rng_pool_deinit(struct td_rng_pool *p)
{
    forget(p->bytes, sizeof(p->bytes));
    p->left = 0;
}

static tandem_err
pool_fill(void *ctx, uint8_t *out, size_t n)
{
    struct td_rng_pool *p = ctx;
    uint8_t *at;

    if (n > sizeof(p->bytes) / 4) {
        return p->from.fill(p->from.ctx, out, n);
    }
    if (n > p->left) {
        p->left = 0;
        TD_TRY(p->from.fill(p->from.ctx, p->bytes, sizeof(p->bytes)));
        p->left = sizeof(p->bytes);
    }
    at = p->bytes + sizeof(p->bytes) - p->left;
    memcpy(out, at, n);
    forget(at, n);
    p->left -= n;
    return TANDEM_OK;
}

struct td_rng
td_rng_pooled(struct td_rng_pool *p)
{
    return (struct td_rng){p, pool_fill};
}
