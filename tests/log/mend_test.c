// SPDX-License-Identifier: Apache-2.0
// mend_test.c - a log whose own row is damaged goes on: all of it stands in
// its commits and heads.
#include "log/scene_help.h"

struct damage {
    enum td_table table;
    tandem_slice key;
};

static tandem_err
damage(struct td_txn *t, void *ctx)
{
    const struct damage *d = ctx;

    return td_put(t, d->table, d->key, TD_SEAL_TRANSIT, td_slice_str("\x01"));
}

static void
damage_row(struct node *n, enum td_table table, const void *key, size_t len)
{
    struct damage d = {table, {key, len}};

    assert_err(TANDEM_OK, td_store_write(n->s, damage, &d, NULL));
}

static void
entry_zero_key(const struct td_log_info *log, uint8_t key[12])
{
    td_put_be32(key, log->number);
    td_put_be64(key + 4, 0);
}

static void
assert_same_log(const struct td_log_info *a, const struct td_log_info *b)
{
    assert_memory_equal(a->id.b, b->id.b, 16);
    assert_int_equal(a->number, b->number);
    assert_memory_equal(a->device.b, b->device.b, 32);
    assert_memory_equal(a->sector.b, b->sector.b, 16);
    assert_memory_equal(a->incarnation, b->incarnation, 16);
    assert_int_equal(a->head_seq, b->head_seq);
    assert_memory_equal(a->head.b, b->head.b, 32);
    assert_int_equal(a->head_lsn, b->head_lsn);
    assert_int_equal(a->signed_seq, b->signed_seq);
    assert_int_equal(a->unsigned_bytes, b->unsigned_bytes);
    assert_int_equal(a->has_epoch, b->has_epoch);
    assert_memory_equal(a->epoch.b, b->epoch.b, 16);
    assert_memory_equal(a->seen_mark.b, b->seen_mark.b, 32);
    assert_int_equal(a->seen_seq, b->seen_seq);
    assert_int_equal(a->forked, b->forked);
}

// Three logs: one just opened, one signed in the middle, one signed last.
struct logs {
    struct node n;
    struct td_log_info log[3];
};

static void
logs_init(struct logs *l)
{
    node_init(&l->n, 3);
    for (size_t i = 0; i < 3; i++) {
        struct write w = {.n = &l->n,
            .sector = node_sector((uint8_t)i),
            .commits = 2 * i,
            .state = 5 + i,
            .len_max = 60,
            .sign = true,
            .epoch = 1,
            .seen_count = 2};

        node_write(&w);
        if (i == 1) {
            w.sign = false;
            w.commits = 3;
            node_write(&w);
        }
        l->log[i] = w.log;
    }
}

static void
test_log_whose_row_is_damaged_is_the_same_as_before(void **state)
{
    struct td_log_info *list;
    struct td_log_info got;
    struct td_arena arena;
    struct td_txn *t;
    struct logs l;
    size_t count;

    (void)state;
    logs_init(&l);
    for (size_t i = 0; i < 3; i++) {
        damage_row(&l.n, TD_T_LOGS, l.log[i].id.b, 16);
    }
    td_arena_init(&arena, NULL, 1 << 20);
    assert_err(TANDEM_OK, td_store_read(l.n.s, &t));
    assert_err(TANDEM_OK, td_log_damaged(t, &count));
    assert_int_equal(3, count);
    assert_err(TANDEM_OK, td_log_list(t, NULL, &arena, &list, &count));
    assert_int_equal(3, count);
    for (size_t i = 0; i < 3; i++) {
        assert_err(TANDEM_OK, td_log_get(t, l.log[i].id, &got));
        assert_same_log(&l.log[i], &got);
        assert_err(TANDEM_OK, td_log_number(t, l.log[i].number, &got));
        assert_same_log(&l.log[i], &got);
    }
    td_store_read_end(t);
    td_arena_deinit(&arena);
    node_deinit(&l.n);
}

static void
test_log_whose_number_is_damaged_is_found_by_it(void **state)
{
    struct td_log_info got;
    struct td_txn *t;
    struct logs l;
    uint8_t key[5] = {0};
    size_t count;

    (void)state;
    logs_init(&l);
    td_put_be32(key + 1, l.log[2].number);
    damage_row(&l.n, TD_T_LOGS, key, sizeof(key));
    assert_err(TANDEM_OK, td_store_read(l.n.s, &t));
    assert_err(TANDEM_OK, td_log_number(t, l.log[2].number, &got));
    assert_same_log(&l.log[2], &got);
    assert_err(TANDEM_OK, td_log_damaged(t, &count));
    assert_int_equal(1, count);
    td_store_read_end(t);
    node_deinit(&l.n);
}

// With its entry 0 damaged too it is set apart: it is never opened anew, for
// that would be a fork, and the other logs go on.
static void
test_log_damaged_beyond_that_is_set_apart(void **state)
{
    struct td_log_info *list;
    struct td_log_info got;
    struct td_arena arena;
    struct td_txn *t;
    struct logs l;
    uint8_t key[12];
    size_t count;

    (void)state;
    logs_init(&l);
    entry_zero_key(&l.log[1], key);
    damage_row(&l.n, TD_T_LOGS, l.log[1].id.b, 16);
    damage_row(&l.n, TD_T_COMMITS, key, sizeof(key));
    td_arena_init(&arena, NULL, 1 << 20);
    assert_err(TANDEM_OK, td_store_read(l.n.s, &t));
    assert_err(TANDEM_ECORRUPT, td_log_get(t, l.log[1].id, &got));
    assert_err(TANDEM_OK, td_log_list(t, NULL, &arena, &list, &count));
    assert_int_equal(2, count);
    td_store_read_end(t);
    td_arena_deinit(&arena);
    node_deinit(&l.n);
}

// The row is whole again after the next commit.
static void
test_log_with_a_damaged_row_is_written_on(void **state)
{
    struct td_log_info got;
    struct td_txn *t;
    struct logs l;
    struct write w = {.n = &l.n,
        .sector = node_sector(2),
        .commits = 1,
        .state = 99,
        .len_max = 60,
        .epoch = 1};
    size_t count;

    (void)state;
    logs_init(&l);
    damage_row(&l.n, TD_T_LOGS, l.log[2].id.b, 16);
    node_write(&w);
    assert_int_equal(l.log[2].head_seq + 1, w.log.head_seq);
    assert_err(TANDEM_OK, td_store_read(l.n.s, &t));
    assert_err(TANDEM_OK, td_log_get(t, l.log[2].id, &got));
    assert_same_log(&w.log, &got);
    assert_err(TANDEM_OK, td_log_damaged(t, &count));
    assert_int_equal(0, count);
    td_store_read_end(t);
    node_deinit(&l.n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_whose_row_is_damaged_is_the_same_as_before),
        cmocka_unit_test(test_log_whose_number_is_damaged_is_found_by_it),
        cmocka_unit_test(test_log_damaged_beyond_that_is_set_apart),
        cmocka_unit_test(test_log_with_a_damaged_row_is_written_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
