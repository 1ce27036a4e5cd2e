// SPDX-License-Identifier: Apache-2.0
// flood_test.c - a member floods: ever so many tiny changes, each of them
// valid, one a commit. Memory is bounded, an honest session beside it takes as
// many turns as alone.
//
// usage: hostile_flood [CHANGES]
#include "hostile/call.h"

#include "replica/commit.h"

enum { FEW = 20000, MANY = 100000, PER_WRITE = 2000 };

static size_t changes;

// ------------------------------------------------------------------- writing

struct many {
    struct scene *s;
    struct td_typed *typed;
    size_t count;
};

static tandem_err
write_many(struct td_work *work, void *ctx)
{
    struct many *m = ctx;
    struct world *w = m->s->w;
    struct td_place at;

    for (size_t i = 0; i < m->count; i++) {
        TD_TRY(td_commit_typed(
            work, w->sectors[0], work->r->me, &m->typed[i], 1, w->now_ms, &at));
    }
    return TANDEM_OK;
}

static void
flood_types(struct scene *s, size_t count)
{
    static struct td_typed typed[PER_WRITE];
    struct many m = {.s = s, .typed = typed};
    struct typing one;

    typing_init(&one);
    typing_set(&one, F_NAME, "x");
    while (count > 0) {
        m.count = count < PER_WRITE ? count : PER_WRITE;
        for (size_t i = 0; i < m.count; i++) {
            typed[i] = (struct td_typed){.record = world_id(s->w),
                .kind = KIND_SHEET,
                .ops = one.ops,
                .op_count = one.count};
            td_pack_tag("test.pack", typed[i].pack);
        }
        ok(td_work_write(s->b, write_many, &m, NULL));
        count -= m.count;
    }
    typing_deinit(&one);
}

// ------------------------------------------------------------------ exchanged

struct pair {
    struct td_session *x[2];
};

// One message of each side. false: neither had one.
static bool
turn(struct pair *p, int64_t now_ms)
{
    bool moved = false;

    for (size_t side = 0; side < 2; side++) {
        tandem_slice m = td_session_give(p->x[side], now_ms);

        if (m.len > 0) {
            (void)!td_session_take(p->x[1 - side], m, now_ms);
            moved = true;
        }
    }
    return moved;
}

static void
pair_begin(struct pair *p, struct scene *s, struct td_replica *with)
{
    p->x[0] = session_of(s->w, with, s->a, true, TANDEM_OK);
    p->x[1] = session_of(s->w, s->a, with, false, TANDEM_OK);
}

static tandem_report
pair_end(struct pair *p)
{
    tandem_report r;

    for (size_t side = 0; side < 2; side++) {
        td_session_report(p->x[side], &r);
        if (r.state != TANDEM_SESSION_DONE) {
            fail_msg("%s: %s", tandem_err_name(r.error.code), r.error.msg);
        }
        td_session_free(p->x[side]);
    }
    return r; // of a
}

// `with` meets a, the flood (may be NULL) turn by turn beside it.
static size_t
honest_turns(struct scene *s, struct td_replica *with, struct pair *flood)
{
    struct pair honest;
    size_t turns = 0;

    (void)world_sheet(s->w, with, 1, "Mme D.");
    pair_begin(&honest, s, with);
    while (turn(&honest, s->w->now_ms)) {
        turns++;
        if (flood != NULL) {
            assert_true(turn(flood, s->w->now_ms)); // it is not over yet
        }
    }
    (void)pair_end(&honest);
    return turns;
}

// In the sector both have.
static void
assert_same(struct scene *s, struct td_replica *x, struct td_replica *y)
{
    struct td_hash h, g;
    uint64_t n, m;

    ok(td_replica_digest(x, &s->w->sectors[0], &h, &n));
    ok(td_replica_digest(y, &s->w->sectors[0], &g, &m));
    assert_int_equal(n, m);
    assert_true(n > changes);
    assert_memory_equal(h.b, g.b, sizeof(h.b));
}

static void
test_who_floods_costs_its_credit_and_others_nothing(void **state)
{
    struct td_replica *honest;
    struct pair flood;
    struct scene s;
    struct world w;
    tandem_report r;
    size_t alone, met = 0, most, taken;

    (void)state;
    call_scene(&s, &w, 85);
    // Its sector is the other one: else it would get the flood too, as it
    // should.
    honest = world_enrol(&w, s.a, TANDEM_RIGHT_AGENT, &w.sectors[1], 1);
    world_join(&w, s.a, honest);
    (void)honest_turns(&s, honest, NULL);
    alone = honest_turns(&s, honest, NULL);
    flood_types(&s, changes);
    taken = meter_begin(s.meter);
    pair_begin(&flood, &s, s.b);
    do {
        assert_in_range(honest_turns(&s, honest, &flood), 1, alone);
        met++;
        for (size_t i = 0; i < 10 && turn(&flood, w.now_ms); i++) {
        }
        td_session_report(flood.x[1], &r);
    } while (r.state == TANDEM_SESSION_RUNNING &&
             r.commits_received + (changes / 4) < changes);
    while (turn(&flood, w.now_ms)) {
    }
    r = pair_end(&flood);
    most = atomic_load(&s.meter->most) - taken;
    print_message("%zu changes: %zu of %zu KiB, %zu honest meetings beside it "
                  "of %zu turns\n",
        changes, most >> 10, lie_bounds[LIE_CREDIT].bytes >> 10, met, alone);
    assert_true(r.changes_received >= changes);
    assert_true(most <= lie_bounds[LIE_CREDIT].bytes);
    assert_int_equal(0, world_verify(s.a));
    (void)meet(&w, s.b, s.a);
    assert_same(&s, s.a, s.b);
    scene_end(&s);
    world_deinit(&w);
}

// ---------------------------------------------------- every entry as if a head

static int
by_hash(const void *a, const void *b)
{
    const struct td_msg_place *x = a;
    const struct td_msg_place *y = b;

    return memcmp(x->hash.b, y->hash.b, sizeof(x->hash.b));
}

// All entries of b's log, in the order of a list. The caller frees.
static struct td_msg_place *
entries(struct scene *s, size_t *count)
{
    struct td_log_info *logs, log = {.head_seq = 0};
    struct td_msg_place *out;
    struct td_arena arena;
    struct td_hash chain;
    struct td_txn *t;
    size_t n;

    td_arena_init(&arena, NULL, (size_t)8 << 20);
    ok(td_store_read(s->b->store, &t));
    ok(td_log_list(t, &s->w->sectors[0], &arena, &logs, &n));
    for (size_t i = 0; i < n; i++) {
        log = logs[i].head_seq > log.head_seq ? logs[i] : log;
    }
    *count = (size_t)log.head_seq + 1;
    out = calloc(*count, sizeof(*out));
    assert_non_null(out);
    for (size_t i = 0; i < *count; i++) {
        ok(td_commit_chain(t, log.number, i, &chain));
        out[i] = (struct td_msg_place){log.id, i, td_hash_short(&chain)};
    }
    td_store_read_end(t);
    td_arena_deinit(&arena);
    qsort(out, *count, sizeof(*out), by_hash);
    return out;
}

// What is held here already, told entry by entry as heads.
static void
every_entry(struct scene *s, struct driver *d)
{
    struct td_msg_place *all;
    size_t count;

    all = entries(s, &count);
    assert_true(count > changes);
    driver_hello(d);
    for (size_t at = 0; at < count && !d->over;) {
        size_t n = count - at < TD_MSG_ITEMS ? count - at : TD_MSG_ITEMS;

        driver_advert(d, at + n == count, all + at, n);
        at += n;
    }
    free(all);
}

static void
test_entries_told_as_heads_are_refused(void **state)
{
    struct call k = {0};
    struct driver d;
    struct pair flood;
    struct scene s;
    struct world w;
    tandem_report r;
    size_t most, taken;

    (void)state;
    call_scene(&s, &w, 86);
    flood_types(&s, changes);
    pair_begin(&flood, &s, s.b);
    while (turn(&flood, w.now_ms)) {
    }
    (void)pair_end(&flood);
    scene_before(&s, &d, &by_call, &k);
    taken = meter_begin(s.meter);
    call_begin(&k, &s, false, false);
    every_entry(&s, &d);
    driver_deinit(&d);
    td_session_report(k.x, &r);
    assert_int_equal(TANDEM_SESSION_FAILED, r.state);
    assert_err(TANDEM_EPROTO, r.error.code);
    td_session_free(k.x);
    most = atomic_load(&s.meter->most) - taken;
    print_message("%zu entries told as heads: %zu KiB\n", changes, most >> 10);
    assert_true(most <= lie_bounds[LIE_LITTLE].bytes);
    (void)meet(&w, s.b, s.a);
    assert_same(&s, s.a, s.b);
    scene_end(&s);
    world_deinit(&w);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_floods_costs_its_credit_and_others_nothing),
        cmocka_unit_test(test_entries_told_as_heads_are_refused),
    };

#ifdef HOSTILE_FULL
    changes = MANY;
#else
    changes = FEW;
#endif
    if (argc > 1) {
        changes = strtoull(argv[1], NULL, 10);
    }
    return td_crypto_init() != TANDEM_OK
               ? 1
               : cmocka_run_group_tests(tests, NULL, NULL);
}
