// SPDX-License-Identifier: Apache-2.0
// world.h - several replicas in one process, on real stores under /tmp, that
// hand each other segments without a session. Random numbers come from a seed.
#ifndef TD_TESTS_REPLICA_WORLD_H
#define TD_TESTS_REPLICA_WORLD_H

#include "support/meter.h"
#include "support/sheet.h"
#include "support/store_help.h"

#include "base/limits.h"
#include "base/slice.h"
#include "replica/names.h"
#include "replica/packs.h"
#include "replica/replica.h"

#define WORLD_MAX 24
#define ok(call)  assert_err(TANDEM_OK, call)

struct device {
    const struct td_keeper *keeper; // NULL: no note is kept
    struct help_dir dir;
    struct td_store *store;
    struct td_replica *r;
    tandem_sys sys;
    struct meter meter;
};
struct world {
    struct device d[WORLD_MAX];
    size_t count;
    uint64_t random;
    int64_t now_ms;
    tandem_id sectors[4];
    size_t sector_count;
};

static uint64_t world_random;
static uint64_t world_map_bytes; // 0 = the store's own first size

// The nth allocation from now fails; 0 = none does.
static size_t world_fail_at;

static inline void *
world_resize(void *ctx, void *p, size_t was, size_t now)
{
    if (now > 0 && world_fail_at > 0 && --world_fail_at == 0) {
        return NULL;
    }
    return meter_resize(ctx, p, was, now);
}

static inline tandem_err
world_fill(void *ctx, uint8_t *p, size_t n)
{
    (void)ctx;
    return help_rng_fill(&world_random, p, n);
}

static inline void
device_open(struct device *d, bool create)
{
    struct td_store_opts o = {.sys = &d->sys,
        .master = &help_master,
        .dir = d->dir.path,
        .create = create,
        .map_bytes = world_map_bytes,
        .any_fs = true,
        .keeper = d->keeper};
    tandem_error e = {0};

    assert_err(TANDEM_OK, td_store_open(&o, &d->store, &e));
    assert_err(TANDEM_OK, td_replica_open(d->store, &d->r, &e));
}

static inline void
device_close(struct device *d)
{
    td_replica_close(d->r);
    td_store_close(d->store);
    d->r = NULL;
    d->store = NULL;
}

static inline struct td_replica *
world_add(struct world *w)
{
    struct device *d = &w->d[w->count++];
    tandem_sys given = TANDEM_SYS_INIT;

    given.random = world_fill;
    given.resize = world_resize;
    given.ctx = &d->meter;
    td_sys_fill(&d->sys, &given);
    help_dir_new(&d->dir);
    device_open(d, true);
    return d->r;
}

static inline void
world_init(struct world *w, uint64_t seed)
{
    memset(w, 0, sizeof(*w));
    w->random = seed;
    world_random = seed ^ 0x5eed;
    w->now_ms = 1780000000000;
}

// Whatever a test did: as much is counted as missing as is.
static inline void
world_count_missing(struct device *d)
{
    struct td_txn *t;
    bool same = false;

    if (d->store == NULL || td_store_read(d->store, &t) != TANDEM_OK) {
        return; // closed, or failed for good
    }
    ok(td_missing_check(t, &same));
    td_store_read_end(t);
    assert_true(same);
}

static inline void
world_deinit(struct world *w)
{
    for (size_t i = 0; i < w->count; i++) {
        world_count_missing(&w->d[i]);
        device_close(&w->d[i]);
        help_dir_free(&w->d[i].dir);
    }
}

// ----------------------------------------------------------------- copies

static inline void
world_copy_store(const struct help_dir *from, struct help_dir *to)
{
    static const char *names[] = {"data.mdb", "keys"};

    help_dir_new(to);
    assert_int_equal(0, mkdir(to->path, 0700));
    for (size_t i = 0; i < 2; i++) {
        uint8_t *bytes;
        char path[512];
        size_t n;

        help_read_file(from->path, names[i], &bytes, &n);
        help_write_file(to->path, names[i], bytes, n);
        (void)snprintf(path, sizeof(path), "%s/%s", to->path, names[i]);
        assert_int_equal(0, chmod(path, 0600));
        free(bytes);
    }
}

// One more device, a copy of another one as it stands. No note is kept outside
// these stores, so the copy does not know itself.
static inline struct td_replica *
world_copy(struct world *w, struct device *of)
{
    struct device *d = &w->d[w->count++];

    device_close(of);
    d->sys = of->sys;
    world_copy_store(&of->dir, &d->dir);
    device_open(of, false);
    device_open(d, false);
    assert_memory_equal(of->r->incarnation, d->r->incarnation, 16);
    return d->r;
}

// ------------------------------------------------------------------ a pack

static inline void
world_publish(struct td_replica *r, uint64_t version)
{
    tandem_error e = {0};
    struct td_buf b;

    td_buf_init(&b, NULL, TD_PACK_BYTES_MAX);
    sheet_pack(&b, version);
    if (td_replica_pack_publish(r, td_buf_slice(&b), &e) != TANDEM_OK) {
        fail_msg("pack: %s", e.msg);
    }
    td_buf_deinit(&b);
}

// --------------------------------------------------------------- exchanging

struct world_push {
    struct td_author author;
    struct td_log_id id;
    struct td_log_info log;
};

static inline tandem_err
world_sign(struct td_txn *t, void *ctx)
{
    struct world_push *p = ctx;
    struct td_signed_head head;
    tandem_err err = td_log_get(t, p->id, &p->log);

    if (err == TANDEM_OK &&
        td_device_cmp(p->log.device, p->author.keys->pub.sign) == 0) {
        err = td_head_sign(t, &p->author, &p->log, &head);
    }
    return err;
}

static inline bool
world_known(struct td_replica *r, struct td_log_id id, struct td_log_info *out)
{
    struct td_txn *t;
    tandem_err err;

    ok(td_store_read(r->store, &t));
    err = td_log_get(t, id, out);
    td_store_read_end(t);
    return err == TANDEM_OK;
}

// The first half of an entry's chain hash.
static inline struct td_hash16
world_entry(struct td_replica *r, struct td_log_id id, uint64_t seq)
{
    struct td_log_info log;
    struct td_hash chain;
    struct td_txn *t;

    ok(td_store_read(r->store, &t));
    ok(td_log_get(t, id, &log));
    ok(td_commit_chain(t, log.number, seq, &chain));
    td_store_read_end(t);
    return td_hash_short(&chain);
}

// The segment of a log behind `known` up to the next signed head, whatever `to`
// holds; from entry 0 with `start`, when `known` is not read. `known` moves on.
// false: there is none. `drop`: the payloads are left out.
static inline bool
world_hand(struct world *w, struct td_replica *from, struct td_replica *to,
    const struct td_log_info *log, struct td_log_info *known, bool start,
    bool drop, struct td_heard *heard)
{
    const uint64_t after = start ? 0 : known->head_seq;
    struct td_signed_head head;
    struct td_segment segment;
    struct td_arena arena;
    struct td_txn *t;
    struct td_buf b;
    tandem_error e = {0};
    uint64_t changes;
    tandem_err err;

    ok(td_store_read(from->store, &t));
    err = td_head_reach(t, log, start, after, &head);
    if (err != TANDEM_OK || (!start && head.head.seq <= after)) {
        td_store_read_end(t);
        return false;
    }
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    if (drop) {
        ok(td_segment_write(
            t, log, start, after, head.head.seq, NULL, NULL, &b));
    } else {
        ok(td_replica_tell(
            from, t, log, start, after, head.head.seq, &b, &changes, NULL));
    }
    td_store_read_end(t);
    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    ok(td_segment_read(td_buf_slice(&b), &to->workspace, start ? NULL : known,
        &head, &arena, &segment));
    err = td_replica_hear(to, &segment, 1, w->now_ms, heard, &e);
    if (err != TANDEM_OK) {
        fail_msg("hear: %s %s", tandem_err_name(err), e.msg);
    }
    *known = segment.log;
    known->head_seq = head.head.seq;
    known->head = head.head.hash;
    td_arena_deinit(&arena);
    td_buf_deinit(&b);
    return true;
}

// One more segment of a log. false when `to` holds all there is.
static inline bool
world_push_segment(struct world *w, struct td_replica *from,
    struct td_replica *to, struct td_log_id id, bool drop,
    struct td_heard *heard)
{
    struct world_push p = {.author = td_replica_author(from), .id = id};
    struct td_log_info known;
    bool has = world_known(to, id, &known);

    ok(td_store_write(from->store, world_sign, &p, NULL));
    return world_hand(w, from, to, &p.log, &known, !has, drop, heard);
}

// The whole log from entry 0, as a liar would send it. `heard`: of its last
// segment.
static inline void
world_force(struct world *w, struct td_replica *from, struct td_replica *to,
    struct td_log_id id, bool drop, struct td_heard *heard)
{
    struct world_push p = {.author = td_replica_author(from), .id = id};
    struct td_log_info known;

    ok(td_store_write(from->store, world_sign, &p, NULL));
    assert_true(world_hand(w, from, to, &p.log, &known, true, drop, heard));
    while (known.head_seq < p.log.head_seq) {
        assert_true(
            world_hand(w, from, to, &p.log, &known, false, drop, heard));
    }
}

enum which { ALL, CONTROL, DATA };

static inline size_t
world_logs(struct td_replica *r, enum which which, struct td_log_id *out)
{
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_txn *t;
    size_t count, n = 0;

    td_arena_init(&arena, NULL, (size_t)8 << 20);
    ok(td_store_read(r->store, &t));
    ok(td_log_list(t, NULL, &arena, &logs, &count));
    td_store_read_end(t);
    for (size_t i = 0; i < count && n < 64; i++) {
        bool control = td_id_cmp(logs[i].sector, td_sector_control) == 0;

        if (which == ALL || (which == CONTROL) == control) {
            out[n++] = logs[i].id;
        }
    }
    td_arena_deinit(&arena);
    return n;
}

static inline uint64_t
world_push_some(struct world *w, struct td_replica *from, struct td_replica *to,
    enum which which, bool drop)
{
    struct td_log_id logs[64];
    size_t count = world_logs(from, which, logs);
    struct td_heard heard;
    uint64_t commits = 0;

    for (size_t i = 0; i < count; i++) {
        while (world_push_segment(w, from, to, logs[i], drop, &heard)) {
            commits += heard.commits;
        }
    }
    return commits;
}

static inline uint64_t
world_push(struct world *w, struct td_replica *from, struct td_replica *to)
{
    return world_push_some(w, from, to, CONTROL, false) +
           world_push_some(w, from, to, DATA, false);
}

// --------------------------------------------------------------- beginnings

// The first device founds, adds `sectors`, publishes the pack; the others are
// enrolled as `right` and hear the control sector.
static inline void
world_found(struct world *w, size_t devices, size_t sectors, tandem_right right)
{
    tandem_error e = {0};
    struct td_replica *first = world_add(w);

    if (td_replica_found(first, "Nord", "bureau", w->now_ms, &e)) {
        fail_msg("found: %s %s", tandem_err_name(e.code), e.msg);
    }
    world_publish(first, 1);
    for (size_t i = 0; i < sectors; i++) {
        ok(td_replica_sector_add(first, i == 0 ? "FIVES" : "WAZEMMES",
            w->now_ms, &w->sectors[w->sector_count++], &e));
    }
    for (size_t i = 1; i < devices; i++) {
        struct td_replica *r = world_add(w);

        ok(td_replica_enrol(first, &td_store_device(r->store)->pub, right,
            w->sectors, w->sector_count, w->now_ms, &e));
        ok(td_replica_join(r, &first->workspace, &e));
        world_push(w, first, r);
    }
}

// ------------------------------------------------------------------- typing

#define OPS_MAX 8
struct typing {
    struct td_arena arena;
    struct td_op ops[OPS_MAX];
    size_t count;
};

static inline void
typing_init(struct typing *t)
{
    memset(t, 0, sizeof(*t));
    td_arena_init(&t->arena, NULL, (size_t)1 << 20);
}

static inline void
typing_deinit(struct typing *t)
{
    td_arena_deinit(&t->arena);
}

static inline tandem_slice
typing_value(struct typing *t, const char *text)
{
    struct td_buf b;
    tandem_slice s;

    td_buf_init(&b, NULL, 4096);
    if (text == NULL) {
        td_mp_nil(&b);
    } else {
        put_text(&b, text);
    }
    s = td_arena_dup(&t->arena, td_buf_slice(&b));
    td_buf_deinit(&b);
    return s;
}

static inline struct td_op *
typing_op(struct typing *t, uint64_t code, uint64_t field)
{
    struct td_op *op = &t->ops[t->count++];

    op->code = code;
    op->field = field;
    return op;
}

static inline void
typing_set(struct typing *t, uint64_t field, const char *text)
{
    typing_op(t, TD_OP_SET, field)->value = typing_value(t, text);
}

// Commit what was typed on a record as `seen` (NULL: new).
static inline tandem_err
typing_commit(struct typing *t, struct world *w, struct td_replica *r,
    tandem_id sector, tandem_id id, const struct td_record *seen)
{
    struct td_typed typed = {.record = id,
        .kind = KIND_SHEET,
        .seen = seen,
        .ops = t->ops,
        .op_count = t->count};
    struct td_place at;
    tandem_error e = {0};

    td_pack_tag("test.pack", typed.pack);
    w->now_ms += 1000;
    return td_replica_commit(r, sector, r->me, &typed, 1, w->now_ms, &at, &e);
}

static inline tandem_id
world_id(struct world *w)
{
    tandem_id id;

    ok(td_id_new(help_rng(&w->random), w->now_ms, &id));
    return id;
}

// A new sheet with a name.
static inline tandem_id
world_sheet(
    struct world *w, struct td_replica *r, size_t sector, const char *name)
{
    struct typing t;
    tandem_id id = world_id(w);

    typing_init(&t);
    typing_set(&t, F_NAME, name);
    ok(typing_commit(&t, w, r, w->sectors[sector], id, NULL));
    typing_deinit(&t);
    return id;
}

// Set one register of a record as it stands here now.
static inline void
world_set(struct world *w, struct td_replica *r, tandem_id id, uint64_t field,
    const char *value)
{
    struct td_snapshot s;
    struct typing t;

    ok(td_replica_read(r, id, &s));
    typing_init(&t);
    typing_set(&t, field, value);
    ok(typing_commit(&t, w, r, s.sector, id, s.state));
    typing_deinit(&t);
    td_snapshot_deinit(&s);
}

// ------------------------------------------------------------------ looking

static inline size_t
world_versions(struct td_replica *r, tandem_id id, uint64_t field)
{
    struct td_snapshot s;
    size_t n;

    ok(td_replica_read(r, id, &s));
    n = td_record_distinct(s.state, field, TD_OP_SET, (tandem_slice){0});
    td_snapshot_deinit(&s);
    return n;
}

static inline void
world_problem(void *ctx, const char *sentence)
{
    (void)ctx;
    (void)fprintf(stderr, "verify: %s\n", sentence);
}

static inline uint64_t
world_verify(struct td_replica *r)
{
    tandem_verify_report report;
    tandem_error e = {0};

    ok(td_replica_verify(r, TANDEM_EN, world_problem, NULL, &report, &e));
    return report.problems;
}

static inline struct td_hash
world_digest(struct td_replica *r, uint64_t *records)
{
    struct td_hash h;

    ok(td_replica_digest(r, NULL, &h, records));
    return h;
}

static inline void
world_assert_equal(struct td_replica *a, struct td_replica *b)
{
    uint64_t n, m;
    struct td_hash h = world_digest(a, &n), g = world_digest(b, &m);

    assert_int_equal(n, m);
    assert_memory_equal(h.b, g.b, 32);
}

static inline tandem_stats
world_stats(struct td_replica *r)
{
    tandem_stats s;

    ok(td_replica_stats(r, &s));
    return s;
}

// Is the record found by an indexed value of its name?
static inline size_t
world_found_by(struct td_replica *r, uint64_t field, const char *folded)
{
    struct td_query q = {.has_kind = true,
        .kind = KIND_SHEET,
        .has_field = true,
        .field = field,
        .value = td_slice_str(folded),
        .limit = 100};
    struct td_arena arena;
    struct td_hit *hits;
    tandem_slice next;
    size_t n;

    td_pack_tag("test.pack", q.pack);
    td_arena_init(&arena, NULL, (size_t)1 << 20);
    ok(td_replica_find(r, &q, &arena, &hits, &n, &next));
    td_arena_deinit(&arena);
    return n;
}

#endif
