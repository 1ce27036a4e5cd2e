// SPDX-License-Identifier: Apache-2.0
// index_test.c - index rows that follow behind a large reception: what is found
// meanwhile, what is typed meanwhile, and what a damaged run costs (nothing).
#include "replica/run.h"
#include "session/carry.h"

enum { SHEETS = 1200, AT_ONCE = 100 }; // two index rows each: more than fit

// Sheets named "M. 0", "M. 1"..., a hundred to a commit.
static void
type_many(struct world *w, struct td_replica *r, tandem_id *first)
{
    tandem_error e = {0};

    for (size_t at = 0; at < SHEETS; at += AT_ONCE) {
        struct td_typed typed[AT_ONCE];
        struct typing t[AT_ONCE];
        struct td_place place;
        char name[16];

        for (size_t i = 0; i < AT_ONCE; i++) {
            (void)snprintf(name, sizeof(name), "M. %zu", at + i);
            typing_init(&t[i]);
            typing_set(&t[i], F_NAME, name);
            typed[i] = (struct td_typed){.record = world_id(w),
                .kind = KIND_SHEET,
                .ops = t[i].ops,
                .op_count = t[i].count};
            td_pack_tag("test.pack", typed[i].pack);
        }
        if (at == 0) {
            *first = typed[0].record;
        }
        w->now_ms += 1000;
        ok(td_replica_commit(
            r, w->sectors[0], r->me, typed, AT_ONCE, w->now_ms, &place, &e));
        for (size_t i = 0; i < AT_ONCE; i++) {
            typing_deinit(&t[i]);
        }
    }
}

static size_t
find(struct td_replica *r, const char *name)
{
    struct td_query q = {
        .has_kind = true, .kind = KIND_SHEET, .limit = SHEETS + 1};
    struct td_arena arena;
    struct td_hit *hits = NULL;
    tandem_slice next;
    size_t n = 0, all = 0;

    ok(td_run_settle(r, NULL));
    td_arena_init(&arena, NULL, 1 << 20);
    td_pack_tag("test.pack", q.pack);
    if (name != NULL) {
        q.has_field = true;
        q.field = F_NAME;
        q.value = td_slice_str(name);
    }
    do {
        ok(td_replica_find(r, &q, &arena, &hits, &n, &next));
        all += n;
        q.after = next;
    } while (next.len > 0);
    td_arena_deinit(&arena);
    return all;
}

static size_t
rows(struct td_replica *r, enum td_table table)
{
    tandem_slice key, value;
    struct td_iter *i;
    struct td_txn *t;
    size_t n = 0;

    ok(td_store_read(r->store, &t));
    ok(td_iter_open(t, table, (tandem_slice){0}, &i));
    while (td_iter_next(i, &key, &value) == TANDEM_OK) {
        n++;
    }
    td_iter_close(i);
    td_store_read_end(t);
    return n;
}

// Two devices; the second heard all sheets in one exchange.
static void
begin(struct world *w, uint64_t seed, tandem_id *first)
{
    world_begin(w, seed, 2, 1);
    type_many(w, w->d[0].r, first);
    assert_int_equal(0, rows(w->d[1].r, TD_T_RUNS));
    (void)meet(w, w->d[0].r, w->d[1].r);
    assert_true(w->d[1].r->runs_left);
    assert_true(rows(w->d[1].r, TD_T_RUNS) > 0);
}

static void
test_a_search_finds_what_stands_in_runs(void **state)
{
    struct world w;
    tandem_id first;
    size_t index;

    (void)state;
    begin(&w, 61, &first);
    index = rows(w.d[1].r, TD_T_INDEXES);
    assert_int_equal(1, find(w.d[1].r, "m. 77"));
    assert_int_equal(SHEETS, find(w.d[1].r, NULL));
    assert_false(w.d[1].r->runs_left);
    assert_int_equal(0, rows(w.d[1].r, TD_T_RUNS));
    assert_int_equal(index + 2 * SHEETS, rows(w.d[1].r, TD_T_INDEXES));
    assert_int_equal(0, world_verify(w.d[1].r));
    world_deinit(&w);
}

// The later of two changes of one row wins, though the first still waits.
static void
test_what_is_typed_while_runs_wait_is_not_undone_by_them(void **state)
{
    struct world w;
    tandem_id first;
    size_t runs;

    (void)state;
    begin(&w, 62, &first);
    runs = rows(w.d[1].r, TD_T_RUNS);
    world_set(&w, w.d[1].r, first, F_NAME, "Autre");
    assert_int_equal(runs + 1, rows(w.d[1].r, TD_T_RUNS)); // behind the others
    assert_int_equal(0, find(w.d[1].r, "m. 0"));
    assert_int_equal(1, find(w.d[1].r, "autre"));
    assert_int_equal(0, world_verify(w.d[1].r));
    world_deinit(&w);
}

static void
test_runs_outlive_the_process_that_wrote_them(void **state)
{
    struct world w;
    tandem_id first;

    (void)state;
    begin(&w, 63, &first);
    device_close(&w.d[1]);
    device_open(&w.d[1], false);
    assert_true(w.d[1].r->runs_left);
    assert_int_equal(SHEETS, find(w.d[1].r, NULL));
    assert_int_equal(0, world_verify(w.d[1].r));
    world_deinit(&w);
}

static tandem_err
break_run(struct td_txn *t, void *ctx)
{
    tandem_slice key, value;
    struct td_iter *i;
    uint8_t at[8];

    (void)ctx;
    TD_TRY(td_iter_open(t, TD_T_RUNS, (tandem_slice){0}, &i));
    ok(td_iter_next(i, &key, &value));
    assert_int_equal(sizeof(at), key.len);
    memcpy(at, key.ptr, sizeof(at));
    td_iter_close(i);
    return td_put(t, TD_T_RUNS, (tandem_slice){at, sizeof(at)}, TD_SEAL_TRANSIT,
        td_slice_str("no whole change"));
}

static void
test_a_damaged_run_is_made_up_for_by_the_records(void **state)
{
    struct world w;
    tandem_id first;

    (void)state;
    begin(&w, 64, &first);
    ok(td_store_write(w.d[1].r->store, break_run, NULL, NULL));
    assert_int_equal(SHEETS, find(w.d[1].r, NULL));
    assert_int_equal(1, find(w.d[1].r, "m. 77"));
    assert_int_equal(0, world_verify(w.d[1].r));
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_search_finds_what_stands_in_runs),
        cmocka_unit_test(
            test_what_is_typed_while_runs_wait_is_not_undone_by_them),
        cmocka_unit_test(test_runs_outlive_the_process_that_wrote_them),
        cmocka_unit_test(test_a_damaged_run_is_made_up_for_by_the_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
