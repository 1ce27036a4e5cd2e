// SPDX-License-Identifier: Apache-2.0
// world.h - what the tests of membership share: devices from a seed, commits
// made by hand (also ones no honest device would write), memberships of them.
#ifndef TESTS_MEMBER_WORLD_H
#define TESTS_MEMBER_WORLD_H

#include "support/store_help.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/slice.h"
#include "member/member.h"

enum { WORLD_DEVICES = 8, WORLD_COMMITS = 400 };

struct world {
    uint64_t random;
    struct td_arena arena;
    struct td_device_keys device[WORLD_DEVICES];
    struct td_hash workspace;
    struct td_control_commit commits[WORLD_COMMITS];
    size_t count;
    size_t last[WORLD_DEVICES]; // last commit of each device's log
    bool wrote[WORLD_DEVICES];
    struct td_hash heads[TD_SEEN_MAX]; // what the next commit follows
    size_t head_count;
};

static inline struct td_rng
world_rng(struct world *w)
{
    return help_rng(&w->random);
}

static inline struct td_buf
world_buf(void)
{
    struct td_buf b;

    td_buf_init(&b, NULL, TD_CONTROL_BYTES_MAX);
    return b;
}

static inline tandem_slice
world_keep(struct world *w, struct td_buf *b)
{
    tandem_slice s = td_arena_dup(&w->arena, td_buf_slice(b));

    assert_int_equal(TANDEM_OK, b->err);
    assert_non_null(s.ptr);
    td_buf_deinit(b);
    return s;
}

static inline struct td_hash
world_name(const struct td_control_commit *c)
{
    uint8_t seq[8];
    tandem_slice parts[4 + TD_SEEN_MAX + TD_COMMIT_CHANGES_MAX];
    size_t n = 0;

    td_put_be64(seq, c->seq);
    parts[n++] = (tandem_slice){c->log.b, sizeof(c->log.b)};
    parts[n++] = (tandem_slice){seq, sizeof(seq)};
    parts[n++] = (tandem_slice){c->prev.b, sizeof(c->prev.b)};
    for (size_t i = 0; i < c->seen_count; i++) {
        parts[n++] = (tandem_slice){c->seen[i].b, sizeof(c->seen[i].b)};
    }
    for (size_t i = 0; i < c->payload_count; i++) {
        parts[n++] = c->payloads[i];
    }
    return td_hash_parts(0x01, parts, n);
}

static inline size_t
world_add(struct world *w, size_t by, const tandem_slice *payloads, size_t n)
{
    struct td_control_commit *c = &w->commits[w->count];
    struct td_hash *seen =
        td_arena_array(&w->arena, w->head_count, sizeof(*seen));
    tandem_slice *kept = td_arena_array(&w->arena, n, sizeof(*kept));

    assert_true(w->count < WORLD_COMMITS);
    assert_true(seen != NULL && kept != NULL);
    memcpy(c->log.b, w->device[by].pub.sign.b, sizeof(c->log.b));
    c->author = w->device[by].pub.sign;
    if (w->wrote[by]) {
        c->seq = w->commits[w->last[by]].seq + 1;
        c->prev = w->commits[w->last[by]].hash;
    }
    for (size_t i = 0; i < w->head_count; i++) {
        seen[i] = w->heads[i];
    }
    for (size_t i = 0; i < n; i++) {
        kept[i] = td_arena_dup(&w->arena, payloads[i]);
    }
    c->seen = seen;
    c->seen_count = w->head_count;
    c->payloads = kept;
    c->payload_count = n;
    c->hash = world_name(c);
    w->wrote[by] = true;
    w->last[by] = w->count;
    return w->count++;
}

// A commit that follows `w->heads`; entry 0 of its log first, if need be.
static inline size_t
world_commit(struct world *w, size_t by, const tandem_slice *entries, size_t n)
{
    if (!w->wrote[by]) {
        (void)world_add(w, by, NULL, 0);
    }
    return world_add(w, by, entries, n);
}

static inline void
world_follow(struct world *w, const size_t *commits, size_t n)
{
    w->head_count = n;
    for (size_t i = 0; i < n; i++) {
        w->heads[i] = w->commits[commits[i]].hash;
    }
}

// The membership as device `as` sees it (WORLD_DEVICES: as a stranger).
static inline struct td_member *
world_member(const struct world *w, size_t as)
{
    struct td_member *m = NULL;

    assert_err(TANDEM_OK, td_member_build(NULL, &w->workspace,
                              as < WORLD_DEVICES ? &w->device[as] : NULL, NULL,
                              0, w->commits, w->count, &m));
    return m;
}

// The next commit follows all there is.
static inline void
world_follow_all(struct world *w)
{
    struct td_member *m = world_member(w, WORLD_DEVICES);
    const struct td_hash *heads;

    w->head_count = td_member_heads(m, &heads);
    for (size_t i = 0; i < w->head_count; i++) {
        w->heads[i] = heads[i];
    }
    td_member_free(m);
}

// One entry as written by hand, valid or not.
static inline size_t
world_say(struct world *w, size_t by, const struct td_control *c)
{
    struct td_buf b = world_buf();
    tandem_slice s;

    td_control_encode(c, &b);
    s = world_keep(w, &b);
    return world_commit(w, by, &s, 1);
}

static inline struct td_control
world_enrol(const struct world *w, size_t who, tandem_right right,
    const tandem_id *sectors, size_t n)
{
    return (struct td_control){.type = TD_CONTROL_ENROL,
        .device = w->device[who].pub,
        .right = (uint64_t)right,
        .sectors = sectors,
        .sector_count = n,
        .wall_ms = 1000};
}

static inline struct td_control
world_grant(
    const struct world *w, size_t who, tandem_id sector, tandem_right right)
{
    struct td_control c = {
        .type = TD_CONTROL_GRANT, .sector = sector, .right = (uint64_t)right};

    c.device.sign = w->device[who].pub.sign;
    return c;
}

static inline struct td_control
world_loss(const struct world *w, size_t who, tandem_id sector)
{
    struct td_control c = {.type = TD_CONTROL_LOSS, .sector = sector};

    c.device.sign = w->device[who].pub.sign;
    return c;
}

static inline tandem_id
world_sector_id(unsigned n)
{
    tandem_id id = {{0x50}};

    id.b[15] = (uint8_t)n;
    return id;
}

// Device 0 founds the workspace.
static inline void
world_new(struct world *w, uint64_t seed)
{
    struct td_buf b = world_buf();
    tandem_slice s;

    memset(w, 0, sizeof(*w));
    w->random = seed;
    td_arena_init(&w->arena, NULL, (size_t)64 << 20);
    assert_err(TANDEM_OK, td_crypto_init());
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        assert_err(TANDEM_OK, td_device_keys_new(world_rng(w), &w->device[i]));
    }
    assert_err(TANDEM_OK, td_member_make_genesis(&w->device[0].pub,
                              world_rng(w), &b, &w->workspace));
    s = world_keep(w, &b);
    (void)world_commit(w, 0, &s, 1);
    world_follow_all(w);
}

static inline void
world_free(struct world *w)
{
    td_arena_deinit(&w->arena);
}

// What stands for a sector, said by device 0.
static inline tandem_id
world_sector(struct world *w, unsigned n)
{
    struct td_control c = {
        .type = TD_CONTROL_SECTOR, .sector = world_sector_id(n)};

    (void)world_say(w, 0, &c);
    world_follow_all(w);
    return c.sector;
}

// Enrolled honestly by device `by`, with the seals it can give.
static inline void
world_join(struct world *w, size_t by, size_t who, tandem_right right,
    const tandem_id *sectors, size_t n)
{
    struct td_member *m = world_member(w, by);
    struct td_buf b = world_buf();
    tandem_slice s;

    assert_err(
        TANDEM_OK, td_member_make_enrol(m, &w->device[by], &w->device[who].pub,
                       right, sectors, n, 1000, &b));
    s = world_keep(w, &b);
    (void)world_commit(w, by, &s, 1);
    world_follow_all(w);
    td_member_free(m);
}

static inline struct td_epoch_id
world_epoch(struct world *w, size_t by, tandem_id sector)
{
    struct td_member *m = world_member(w, by);
    struct td_buf b = world_buf();
    struct td_epoch_id id;
    struct td_key key;
    tandem_slice s;

    assert_err(TANDEM_OK, td_member_make_epoch(m, &w->device[by], sector,
                              world_rng(w), &b, &id, &key));
    s = world_keep(w, &b);
    (void)world_commit(w, by, &s, 1);
    world_follow_all(w);
    td_member_free(m);
    return id;
}

// A right changed honestly: one commit with one or two entries.
static inline void
world_change(struct world *w, size_t by, size_t who, tandem_id sector,
    tandem_right right)
{
    struct td_member *m = world_member(w, by);
    tandem_slice entries[2];
    size_t n;

    assert_err(TANDEM_OK,
        td_member_make_grant(m, &w->device[by], &w->device[who].pub.sign,
            sector, right, &w->arena, entries, &n));
    (void)world_commit(w, by, entries, n);
    world_follow_all(w);
    td_member_free(m);
}

static inline tandem_right
world_right(const struct world *w, size_t who, tandem_id sector)
{
    struct td_member *m = world_member(w, WORLD_DEVICES);
    tandem_right r = td_member_right(m, &w->device[who].pub.sign, sector);

    td_member_free(m);
    return r;
}

#endif
