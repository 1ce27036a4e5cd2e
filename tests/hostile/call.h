// SPDX-License-Identifier: Apache-2.0
// call.h - lies carried by a call: an honest session in this process. An honest
// one beside it says one word of each side for each word of the lie.
#ifndef TD_TESTS_HOSTILE_CALL_H
#define TD_TESTS_HOSTILE_CALL_H

#include "hostile/scene.h"

struct call {
    struct world *w;
    struct td_session *x;
    struct carry *beside; // NULL: none
};

static inline tandem_err
call_take(struct call *k, tandem_slice m)
{
    uint8_t *copy = malloc(m.len); // of exactly that size
    tandem_err err;

    assert_non_null(copy);
    memcpy(copy, m.ptr, m.len);
    err = td_session_take(k->x, (tandem_slice){copy, m.len}, k->w->now_ms);
    free(copy);
    for (size_t side = 0; k->beside != NULL && side < 2; side++) {
        (void)carry_one(k->beside, side);
    }
    return err;
}

static inline bool
call_say(void *ctx, tandem_slice m)
{
    return call_take(ctx, m) == TANDEM_OK;
}

static inline bool
call_hear(void *ctx, struct td_buf *out)
{
    struct call *k = ctx;

    td_buf_put_slice(out, td_session_give(k->x, k->w->now_ms));
    ok(out->err);
    return out->len > 0;
}

static inline void
call_end(void *ctx)
{
    struct call *k = ctx;

    while (td_session_give(k->x, k->w->now_ms).len > 0) {
    }
}

static const struct driver_carrier by_call = {call_say, call_hear, call_end};

// `outside`: what comes waits, and nobody writes it.
static inline void
call_begin(struct call *k, struct scene *s, bool initiator, bool outside)
{
    struct td_session_setup o = {.peer = td_replica_device(s->b),
        .initiator = initiator,
        .outside = outside,
        .rng = help_rng(&s->w->random)};

    k->w = s->w;
    ok(td_session_new(s->a, &o, &k->x, NULL));
}

static inline void
call_scene(struct scene *s, struct world *w, uint64_t seed)
{
    tandem_error e = {0};

    memset(s, 0, sizeof(*s));
    world_init(w, seed);
    s->w = w;
    s->a = world_add(w);
    s->b = world_add(w);
    s->c = world_add(w);
    s->meter = &w->d[0].meter;
    ok(td_replica_found(s->a, "Nord", "bureau", w->now_ms, &e));
    scene_begin(s);
}

#endif
