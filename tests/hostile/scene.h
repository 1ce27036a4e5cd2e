// SPDX-License-Identifier: Apache-2.0
// scene.h - three devices of one workspace: a hears lies, b is the member that
// tells them, c an honest one that meets a meanwhile. What must hold after any
// lie: a holds what c holds, is sound, has taken no more memory than is
// allowed, and c met it in as many messages as it takes when nobody lies.
#ifndef TD_TESTS_HOSTILE_SCENE_H
#define TD_TESTS_HOSTILE_SCENE_H

#include "hostile/lies.h"
#include "session/carry.h"

struct scene {
    struct world *w;
    struct td_replica *a, *b, *c;
    struct meter *meter; // of a
    struct td_buf older; // an honest session of b, said again by a liar
    size_t messages;     // of c's meeting when nobody lies
    // Before the lie.
    struct td_peer peer;
    size_t taken;
    uint8_t incarnation[16]; // of a
};

// Messages of c's meeting, one sheet typed.
static inline void
scene_count(struct scene *s)
{
    struct carry c;

    (void)world_sheet(s->w, s->c, 1, "Mme D.");
    carry_init(&c, s->w, s->c, s->a);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    s->messages = c.carried;
    carry_deinit(&c);
}

// `a` has founded the workspace; b and c are stores without one.
static inline void
scene_begin(struct scene *s)
{
    struct world *w = s->w;
    struct td_replica *others[2] = {s->b, s->c};
    tandem_error e = {0};
    struct carry c;

    world_publish(s->a, 1);
    for (size_t i = 0; i < 2; i++) {
        ok(td_replica_sector_add(s->a, i == 0 ? "FIVES" : "WAZEMMES", w->now_ms,
            &w->sectors[w->sector_count++], &e));
    }
    for (size_t i = 0; i < 2; i++) { // b gets one sector, c both
        ok(td_replica_enrol(s->a, &td_store_device(others[i]->store)->pub,
            TANDEM_RIGHT_AGENT, w->sectors, i + 1, w->now_ms, &e));
        world_join(w, s->a, others[i]);
    }
    (void)world_sheet(w, s->a, 1, "Mme C.");
    (void)world_sheet(w, s->a, 0, "Mme A.");
    (void)world_sheet(w, s->b, 0, "Mme B.");
    carry_init(&c, w, s->b, s->a);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    s->older = c.wire;
    memset(&c.wire, 0, sizeof(c.wire));
    carry_deinit(&c);
    (void)meet(w, s->c, s->a);
    (void)meet(w, s->b, s->a);
    scene_count(s);
}

static inline void
scene_end(struct scene *s)
{
    td_buf_deinit(&s->older);
}

// c has typed something; b stands ready to lie.
static inline void
scene_before(struct scene *s, struct driver *d,
    const struct driver_carrier *carrier, void *ctx)
{
    tandem_device_id victim = td_replica_device(s->a);
    tandem_device_id liar = td_replica_device(s->b);

    (void)world_sheet(s->w, s->c, 1, "Mme D.");
    driver_init(
        d, carrier, ctx, s->b, &victim, s->w->now_ms, help_next(&s->w->random));
    d->shared = s->w->sectors[0];
    d->hidden = s->w->sectors[1];
    d->older = &s->older;
#ifdef HOSTILE_FULL
    d->full = true;
#endif
    ok(td_peer_get(s->a, &liar, &s->peer));
    memcpy(s->incarnation, s->a->incarnation, sizeof(s->incarnation));
    s->taken = meter_begin(s->meter);
}

static inline void
scene_branches(struct td_replica *r, struct td_log_id id, size_t expected)
{
    struct td_log_info all[TD_BRANCHES_MAX];
    struct td_txn *t;
    size_t count = 0;

    ok(td_store_read(r->store, &t));
    ok(td_log_branches(t, id, all, &count));
    td_store_read_end(t);
    assert_int_equal(expected, count);
}

// What a member signed is the store's from now on, and costs what it costs.
static inline void
scene_kept(struct scene *s, const struct lie *l, const struct driver *d,
    const tandem_report *r)
{
    assert_true(r->commits_received > 0);
    (void)meet(s->w, s->c, s->a);
    if (l->branches > 0) {
        scene_branches(s->a, d->forged, l->branches);
        scene_branches(s->c, d->forged, l->branches);
    }
    scene_count(s);
}

// The lie is told; c's sheet has come. `most`: bytes that were taken.
static inline void
scene_after(struct scene *s, const struct lie *l, const struct driver *d,
    const tandem_report *r, size_t most)
{
    tandem_device_id liar = td_replica_device(s->b);
    struct td_hash16 a, c;
    struct td_peer peer;
    bool done = l->code == TANDEM_OK;

    if (r->error.code != l->code ||
        r->state != (done ? TANDEM_SESSION_DONE : TANDEM_SESSION_FAILED)) {
        fail_msg("%s: state %d, %s: %s", l->name, (int)r->state,
            tandem_err_name(r->error.code), r->error.msg);
    }
    if (most > lie_bounds[l->room].bytes) {
        fail_msg("%s: %zu KiB taken", l->name, most >> 10);
    }
    ok(td_peer_get(s->a, &liar, &peer));
    // What is known of the liar moves on only where it is taken at its word.
    assert_int_equal(done, peer.last_sync_ms != s->peer.last_sync_ms);
    assert_true(done || peer.their_lsn == s->peer.their_lsn);
    // A writer behind it writes what came whole before.
    if (l->keeps || (l->waits && r->commits_received > 0)) {
        scene_kept(s, l, d, r);
    }
    a = heads_of(s->a);
    c = heads_of(s->c);
    assert_memory_equal(a.b, c.b, 16);
    world_assert_equal(s->a, s->c);
    assert_int_equal(0, world_verify(s->a));
    // Whatever is said of its logs, they are its own.
    (void)meet(s->w, s->c, s->a);
    (void)world_sheet(s->w, s->a, 1, "Mme E.");
    (void)meet(s->w, s->c, s->a);
    assert_memory_equal(s->incarnation, s->a->incarnation, 16);
}

#endif
