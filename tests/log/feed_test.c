// SPDX-License-Identifier: Apache-2.0
// feed_test.c - what happened here, in the order it happened.
#include "log/node_help.h"

static void
item(uint8_t n, struct td_feed_item *out)
{
    memset(out->record.b, n, 16);
    memset(out->sector.b, 0x20, 16);
    memset(out->pack, 7, 8);
    out->kind = n;
}

static tandem_err
put_some(struct td_txn *t, void *ctx)
{
    struct td_feed_item items[TD_COMMIT_CHANGES_MAX + 1];
    struct td_feed_row row = {.lsn = 40, .items = items};

    (void)ctx;
    for (size_t i = 0; i <= TD_COMMIT_CHANGES_MAX; i++) {
        item((uint8_t)i, &items[i]);
    }
    TD_TRY(help_feed_commit(t, 10, 5, 77));
    TD_TRY(td_feed_put(t, &(struct td_feed_row){.lsn = 300,
                              .number = 6,
                              .has_seq = true,
                              .local = true,
                              .items = items,
                              .count = 3}));
    TD_TRY(td_feed_put(
        t, &(struct td_feed_row){.lsn = 20, .items = items + 9, .count = 1}));
    row.number = 4;
    row.has_seq = true;
    row.seq = UINT64_MAX;
    row.count = TD_COMMIT_CHANGES_MAX;
    TD_TRY(td_feed_put(t, &row));
    row.count++;
    assert_err(TANDEM_ELIMIT, td_feed_put(t, &row));
    return TANDEM_OK;
}

static void
test_feed_is_read_in_the_order_of_lsn(void **state)
{
    static const uint64_t order[] = {10, 20, 40, 300};
    static const size_t counts[] = {0, 1, TD_COMMIT_CHANGES_MAX, 3};
    static const uint32_t numbers[] = {5, 0, 4, 6};
    struct td_feed_row row = {0};
    struct td_feed f;
    struct td_txn *t;
    struct node n;
    uint64_t after = 0;

    (void)state;
    node_init(&n, 3);
    assert_err(TANDEM_OK, td_store_write(n.s, put_some, NULL, NULL));
    assert_err(TANDEM_OK, td_store_read(n.s, &t));
    td_feed_init(&f, t);
    for (size_t i = 0; i < 4; i++) {
        assert_err(TANDEM_OK, td_feed_after(&f, after, &row));
        assert_int_equal(order[i], row.lsn);
        assert_int_equal(counts[i], row.count);
        assert_int_equal(numbers[i], row.number);
        assert_int_equal(i != 1, row.has_seq);
        assert_int_equal(i == 3, row.local);
        for (size_t k = 0; k < row.count; k++) {
            struct td_feed_item want;

            item((uint8_t)(i == 1 ? 9 : k), &want);
            assert_memory_equal(want.record.b, row.items[k].record.b, 16);
            assert_memory_equal(want.sector.b, row.items[k].sector.b, 16);
            assert_memory_equal(want.pack, row.items[k].pack, 8);
            assert_int_equal(want.kind, row.items[k].kind);
        }
        after = row.lsn;
    }
    assert_err(TANDEM_ENOTFOUND, td_feed_after(&f, after, &row));
    assert_err(TANDEM_ENOTFOUND, td_feed_after(&f, UINT64_MAX, &row));
    assert_err(TANDEM_OK, help_feed_get(t, 10, &row));
    assert_int_equal(77, row.seq);
    assert_err(TANDEM_ENOTFOUND, help_feed_get(t, 11, &row));
    td_feed_deinit(&f);
    td_store_read_end(t);
    node_deinit(&n);
}

static void
test_feed_has_a_row_for_every_lsn(void **state)
{
    struct node n;
    struct write w = {.n = &n, .commits = 4, .state = 8};
    struct td_arena arena;
    struct td_feed_row row;
    struct td_txn *t;
    uint64_t lsn;

    (void)state;
    node_init(&n, 3);
    w.sector = node_sector(1);
    node_write(&w);
    w.sector = node_sector(2);
    node_write(&w);
    td_arena_init(&arena, NULL, 1 << 20);
    assert_err(TANDEM_OK, td_store_read(n.s, &t));
    assert_err(TANDEM_OK, td_lsn(t, &lsn));
    assert_int_equal(10, lsn); // two openings, eight commits
    for (uint64_t i = 1; i <= lsn; i++) {
        struct td_header h;
        uint64_t held;

        assert_err(TANDEM_OK, help_feed_get(t, i, &row));
        assert_err(TANDEM_OK,
            td_commit_get(t, row.number, row.seq, &arena, &h, NULL, &held));
        assert_int_equal(i, held);
    }
    td_store_read_end(t);
    td_arena_deinit(&arena);
    node_deinit(&n);
}

static tandem_err
damage(struct td_txn *t, void *ctx)
{
    uint8_t key[8];

    (void)ctx;
    td_put_be64(key, 20);
    return td_put(t, TD_T_FEED, (tandem_slice){key, 8}, TD_SEAL_TRANSIT,
        td_slice_str("\x01"));
}

static void
test_feed_goes_on_behind_a_damaged_row(void **state)
{
    struct td_feed f;
    struct td_feed_row row = {0};
    struct td_txn *t;
    struct node n;

    (void)state;
    node_init(&n, 3);
    assert_err(TANDEM_OK, td_store_write(n.s, put_some, NULL, NULL));
    assert_err(TANDEM_OK, td_store_write(n.s, damage, NULL, NULL));
    assert_err(TANDEM_OK, td_store_read(n.s, &t));
    td_feed_init(&f, t);
    assert_err(TANDEM_ECORRUPT, td_feed_after(&f, 10, &row));
    assert_int_equal(20, row.lsn);
    assert_err(TANDEM_OK, td_feed_after(&f, row.lsn, &row));
    assert_int_equal(40, row.lsn);
    td_feed_deinit(&f);
    td_store_read_end(t);
    node_deinit(&n);
}

enum { RUN_LSNS = 300 }; // more than two rows hold

static size_t
run_items(size_t i)
{
    return i == 200 ? TD_COMMIT_CHANGES_MAX : i % 5;
}

static tandem_err
put_runs(struct td_txn *t, void *ctx)
{
    struct td_feed_item items[TD_COMMIT_CHANGES_MAX];
    struct td_feed_run f;

    (void)ctx;
    td_feed_run_begin(&f, t);
    for (size_t i = 0; i < RUN_LSNS; i++) {
        // A gap in the lsns and another log: a row of its own each.
        const bool other = i >= 250;
        const struct td_feed_row row = {.lsn = 1000 + i + (i >= 100 ? 7 : 0),
            .number = other ? 9 : 8,
            .has_seq = true,
            .seq = other ? i - 250 : i,
            .items = items,
            .count = run_items(i)};

        for (size_t k = 0; k < row.count; k++) {
            item((uint8_t)(i + k), &items[k]);
            items[k].kind = k % 3;
        }
        TD_TRY(td_feed_run_add(&f, &row));
    }
    return td_feed_run_end(&f);
}

static void
test_feed_of_heard_commits_reads_as_if_each_had_its_row(void **state)
{
    struct td_feed_row row = {0};
    struct td_feed f;
    struct td_txn *t;
    struct td_iter *iter;
    tandem_slice key, value;
    struct node n;
    uint64_t after = 0;
    size_t rows = 0;

    (void)state;
    node_init(&n, 3);
    assert_err(TANDEM_OK, td_store_write(n.s, put_runs, NULL, NULL));
    assert_err(TANDEM_OK, td_store_read(n.s, &t));
    td_feed_init(&f, t);
    for (size_t i = 0; i < RUN_LSNS; i++) {
        assert_err(TANDEM_OK, td_feed_after(&f, after, &row));
        assert_int_equal(1000 + i + (i >= 100 ? 7 : 0), row.lsn);
        assert_int_equal(i >= 250 ? 9 : 8, row.number);
        assert_int_equal(i >= 250 ? i - 250 : i, row.seq);
        assert_false(row.local);
        assert_int_equal(run_items(i), row.count);
        for (size_t k = 0; k < row.count; k++) {
            struct td_feed_item want;

            item((uint8_t)(i + k), &want);
            want.kind = k % 3;
            assert_memory_equal(want.record.b, row.items[k].record.b, 16);
            assert_int_equal(want.kind, row.items[k].kind);
        }
        after = row.lsn;
        // Anyhow else: into the middle of a row, behind a gap.
        assert_err(TANDEM_OK, help_feed_get(t, row.lsn, &row));
        assert_int_equal(run_items(i), row.count);
    }
    assert_err(TANDEM_ENOTFOUND, td_feed_after(&f, after, &row));
    assert_err(TANDEM_ENOTFOUND, help_feed_get(t, 1103, &row)); // the gap
    td_feed_deinit(&f);
    assert_err(TANDEM_OK, td_iter_open(t, TD_T_FEED, (tandem_slice){0}, &iter));
    while (td_iter_next(iter, &key, &value) == TANDEM_OK) {
        rows++;
    }
    td_iter_close(iter);
    assert_true(rows < RUN_LSNS / 20);
    td_store_read_end(t);
    node_deinit(&n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_feed_is_read_in_the_order_of_lsn),
        cmocka_unit_test(test_feed_has_a_row_for_every_lsn),
        cmocka_unit_test(test_feed_goes_on_behind_a_damaged_row),
        cmocka_unit_test(
            test_feed_of_heard_commits_reads_as_if_each_had_its_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
