// SPDX-License-Identifier: Apache-2.0
// carry.h - two sessions in one process, their bytes carried by hand: cut
// after any message, kept for a look, changed on the way.
#ifndef TD_TESTS_SESSION_CARRY_H
#define TD_TESTS_SESSION_CARRY_H

#include "replica/world.h"

#include "session/message.h"
#include "session/session.h"

struct carry {
    struct world *w;
    struct td_session *s[2]; // 0 says HELLO first
    size_t limit;            // messages carried before the link is cut; 0 none
    size_t carried;
    bool one_by_one;    // else each side says all it has
    struct td_buf wire; // be32 length || side u8 || message ...
    size_t turns;
};

static inline struct td_session *
session_of(struct world *w, struct td_replica *r, struct td_replica *peer,
    bool initiator, tandem_err expected)
{
    struct td_session_setup o = {.peer = td_replica_device(peer),
        .initiator = initiator,
        .rng = help_rng(&w->random)};
    struct td_session *x = NULL;
    tandem_error e = {0};

    assert_err(expected, td_session_new(r, &o, &x, &e));
    return x;
}

static inline void
carry_init(struct carry *c, struct world *w, struct td_replica *a,
    struct td_replica *b)
{
    memset(c, 0, sizeof(*c));
    c->w = w;
    td_buf_init(&c->wire, NULL, (size_t)64 << 20);
    c->s[0] = session_of(w, a, b, true, TANDEM_OK);
    c->s[1] = session_of(w, b, a, false, TANDEM_OK);
}

static inline void
carry_deinit(struct carry *c)
{
    td_session_free(c->s[0]);
    td_session_free(c->s[1]);
    td_buf_deinit(&c->wire);
}

// One message of `side`. false: it has none, or the link is cut.
static inline bool
carry_one(struct carry *c, size_t side)
{
    tandem_slice m;
    uint8_t *copy;

    if (c->limit != 0 && c->carried == c->limit) {
        return false;
    }
    m = td_session_give(c->s[side], c->w->now_ms);
    if (m.len == 0) {
        return false;
    }
    assert_true(m.len <= TD_MESSAGE_BYTES_MAX);
    c->carried++;
    td_buf_put_be32(&c->wire, (uint32_t)m.len);
    td_buf_put_u8(&c->wire, (uint8_t)side);
    td_buf_put_slice(&c->wire, m);
    ok(c->wire.err);
    copy = malloc(m.len); // of exactly that size
    assert_non_null(copy);
    memcpy(copy, m.ptr, m.len);
    (void)!td_session_take(
        c->s[1 - side], (tandem_slice){copy, m.len}, c->w->now_ms);
    free(copy);
    return true;
}

static inline void
carry_run(struct carry *c)
{
    bool moved = true;

    while (moved) {
        moved = false;
        for (size_t side = 0; side < 2; side++) {
            while (carry_one(c, side)) {
                moved = true;
                if (c->one_by_one) {
                    break;
                }
            }
        }
        assert_true(c->turns++ < 100000);
    }
}

// Messages of a type that went over; two of FIN are one pass.
static inline size_t
carry_count(const struct carry *c, enum td_msg_type type)
{
    size_t n = 0;

    for (size_t at = 0; at < c->wire.len;) {
        size_t len = td_be32(c->wire.ptr + at);
        struct td_msg m;

        ok(td_msg_decode((tandem_slice){c->wire.ptr + at + 5, len}, &m));
        n += m.type == type;
        at += 5 + len;
    }
    return n;
}

static inline tandem_report
carry_report(const struct carry *c, size_t side)
{
    tandem_report r;

    td_session_report(c->s[side], &r);
    return r;
}

static inline void
carry_expect(const struct carry *c, tandem_session_state state, tandem_err err)
{
    for (size_t i = 0; i < 2; i++) {
        tandem_report r = carry_report(c, i);

        if (r.state != state || r.error.code != err) {
            fail_msg("side %zu: state %d, %s: %s", i, (int)r.state,
                tandem_err_name(r.error.code), r.error.msg);
        }
    }
}

// A whole session that must end well. Side 0's report.
static inline tandem_report
meet(struct world *w, struct td_replica *a, struct td_replica *b)
{
    struct carry c;
    tandem_report r;

    carry_init(&c, w, a, b);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    r = carry_report(&c, 0);
    carry_deinit(&c);
    return r;
}

// A session that ends with the same failure on both sides.
static inline tandem_report
meet_badly(
    struct world *w, struct td_replica *a, struct td_replica *b, tandem_err err)
{
    struct carry c;
    tandem_report r;

    carry_init(&c, w, a, b);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_FAILED, err);
    r = carry_report(&c, 0);
    carry_deinit(&c);
    return r;
}

// Like world_found, but the newcomers hear everything in a session.
static inline void
world_join(struct world *w, struct td_replica *first, struct td_replica *r)
{
    tandem_error e = {0};

    ok(td_replica_join(r, &first->workspace, &e));
    (void)meet(w, r, first);
    ok(td_replica_introduce(r, "tablette", w->now_ms, &e));
}

static inline struct td_replica *
world_enrol(struct world *w, struct td_replica *first, tandem_right right,
    const tandem_id *sectors, size_t count)
{
    struct td_replica *r = world_add(w);
    tandem_error e = {0};

    ok(td_replica_enrol(first, &td_store_device(r->store)->pub, right, sectors,
        count, w->now_ms, &e));
    return r;
}

static inline void
world_begin(struct world *w, uint64_t seed, size_t devices, size_t sectors)
{
    world_init(w, seed);
    world_found(w, 1, sectors, TANDEM_RIGHT_AGENT);
    for (size_t i = 1; i < devices; i++) {
        struct td_replica *r = world_enrol(
            w, w->d[0].r, TANDEM_RIGHT_AGENT, w->sectors, w->sector_count);

        world_join(w, w->d[0].r, r);
    }
}

static inline void
both_type(struct world *w)
{
    (void)world_sheet(w, w->d[0].r, 0, "M. A.");
    (void)world_sheet(w, w->d[1].r, 0, "M. B.");
}

static inline bool
wire_has(const struct carry *c, const void *bytes, size_t n)
{
    for (size_t i = 0; i + n <= c->wire.len; i++) {
        if (memcmp(c->wire.ptr + i, bytes, n) == 0) {
            return true;
        }
    }
    return false;
}

static inline tandem_err
spoil_trie(struct td_txn *t, void *ctx)
{
    const tandem_id *sector = ctx;

    return td_put(t, TD_T_TRIE, (tandem_slice){sector->b, 16}, TD_SEAL_INDEX,
        td_slice_str("spoilt"));
}

// The list of the heads held of a sector is damaged.
static inline void
spoil_heads(struct td_replica *r, tandem_id sector)
{
    ok(td_store_write(r->store, spoil_trie, &sector, NULL));
}

// What the store holds, in one hash: heads of all logs.
static inline struct td_hash16
heads_of(struct td_replica *r)
{
    static struct td_head heads[1 << 14];
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_txn *t;
    size_t count;

    td_arena_init(&arena, NULL, (size_t)8 << 20);
    ok(td_store_read(r->store, &t));
    ok(td_log_list(t, NULL, &arena, &logs, &count));
    td_store_read_end(t);
    assert_true(count <= 1 << 14);
    for (size_t i = 0; i < count; i++) {
        heads[i] = (struct td_head){logs[i].id, logs[i].head_seq, logs[i].head};
    }
    td_arena_deinit(&arena);
    return td_heads_root(heads, count);
}

#endif
