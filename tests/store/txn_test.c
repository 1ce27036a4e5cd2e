// SPDX-License-Identifier: Apache-2.0
// txn_test.c - rows, iteration, growth, threads.
#include "support/store_help.h"

#include <pthread.h>
#include <sys/wait.h>

#define K(text)                                                                \
    (tandem_slice)                                                             \
    {                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                              \
    }

struct state {
    struct help_dir dir;
    struct td_store *s;
};

static int
setup(void **state)
{
    struct state *st = calloc(1, sizeof(*st));

    assert_non_null(st);
    help_dir_new(&st->dir);
    assert_err(TANDEM_OK, help_open(st->dir.path, true, 1 << 20, &st->s));
    *state = st;
    return 0;
}

static int
teardown(void **state)
{
    struct state *st = *state;

    td_store_close(st->s);
    help_dir_free(&st->dir);
    free(st);
    return 0;
}

struct one {
    enum td_table table;
    tandem_slice key, value;
    uint16_t seal;
    tandem_err expect;
};

static tandem_err
put_one(struct td_txn *t, void *ctx)
{
    struct one *o = ctx;

    return td_put(t, o->table, o->key, o->seal, o->value);
}

static tandem_err
del_one(struct td_txn *t, void *ctx)
{
    struct one *o = ctx;

    return td_del(t, o->table, o->key);
}

static void
test_store_row_is_read_as_written_and_gone_after_deletion(void **state)
{
    struct state *st = *state;
    struct one o = {TD_T_RECORDS, K("key"), K("value"), 7, TANDEM_OK};
    struct td_txn *t;
    struct td_buf b;

    td_buf_init(&b, td_sys_default(), 1 << 20);
    assert_err(TANDEM_OK, td_store_write(st->s, put_one, &o, NULL));
    assert_err(TANDEM_OK, td_store_read(st->s, &t));
    assert_err(TANDEM_OK, td_get(t, TD_T_RECORDS, o.key, &b));
    assert_int_equal(5, b.len);
    assert_memory_equal("value", b.ptr, 5);
    assert_true(td_has(t, TD_T_RECORDS, o.key));
    assert_false(td_has(t, TD_T_LOGS, o.key));
    assert_err(TANDEM_ENOTFOUND, td_get(t, TD_T_LOGS, o.key, &b));
    td_store_read_end(t);

    assert_err(TANDEM_OK, td_store_write(st->s, del_one, &o, NULL));
    assert_err(TANDEM_ENOTFOUND, td_store_write(st->s, del_one, &o, NULL));
    assert_err(TANDEM_OK, td_store_read(st->s, &t));
    assert_err(TANDEM_ENOTFOUND, td_get(t, TD_T_RECORDS, o.key, &b));
    td_store_read_end(t);
    td_buf_deinit(&b);
}

static void
test_store_rows_of_a_table_are_counted_without_a_look(void **state)
{
    struct state *st = *state;
    struct one o = {TD_T_MISSING, K("key"), K("value"), 7, TANDEM_OK};
    struct one other = {TD_T_MISSING, K("other"), K("value"), 7, TANDEM_OK};
    struct td_txn *t;
    uint64_t n;

    for (int k = 0; k < 2; k++) { // once more changes nothing
        assert_err(TANDEM_OK, td_store_write(st->s, put_one, &o, NULL));
        assert_err(TANDEM_OK, td_store_write(st->s, put_one, &other, NULL));
        assert_err(TANDEM_OK, td_store_read(st->s, &t));
        assert_err(TANDEM_OK, td_rows(t, TD_T_MISSING, &n));
        assert_int_equal(2, n);
        assert_err(TANDEM_OK, td_rows(t, TD_T_WAITING, &n));
        assert_int_equal(0, n);
        assert_int_equal(0, td_txn_reads(t));
        td_store_read_end(t);
    }
    assert_err(TANDEM_OK, td_store_write(st->s, del_one, &o, NULL));
    assert_err(TANDEM_OK, td_store_read(st->s, &t));
    assert_err(TANDEM_OK, td_rows(t, TD_T_MISSING, &n));
    assert_int_equal(1, n);
    td_store_read_end(t);
}

static void
test_store_empty_value_is_a_row(void **state)
{
    struct state *st = *state;
    struct one o = {TD_T_META, K("k"), {NULL, 0}, TD_SEAL_TRANSIT, TANDEM_OK};
    struct td_txn *t;
    struct td_buf b;

    td_buf_init(&b, td_sys_default(), 16);
    assert_err(TANDEM_OK, td_store_write(st->s, put_one, &o, NULL));
    assert_err(TANDEM_OK, td_store_read(st->s, &t));
    assert_err(TANDEM_OK, td_get(t, TD_T_META, o.key, &b));
    assert_int_equal(0, b.len);
    td_store_read_end(t);
    td_buf_deinit(&b);
}

static void
test_store_key_lengths_from_1_to_the_bound_are_taken(void **state)
{
    struct state *st = *state;
    static const uint8_t long_key[512] = {1};
    static const struct {
        size_t len;
        tandem_err expect;
    } cases[] = {{0, TANDEM_EVALUE}, {1, TANDEM_OK},
        {TD_KEY_BYTES_MAX, TANDEM_OK}, {TD_KEY_BYTES_MAX + 1, TANDEM_ELIMIT},
        {511, TANDEM_ELIMIT}, {512, TANDEM_ELIMIT}};
    struct td_buf b;

    td_buf_init(&b, td_sys_default(), 64);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct one o = {TD_T_LOGS, {long_key, cases[i].len}, K("v"),
            TD_SEAL_INDEX, TANDEM_OK};
        struct td_txn *t;

        assert_err(cases[i].expect, td_store_write(st->s, put_one, &o, NULL));
        assert_err(TANDEM_OK, td_store_read(st->s, &t));
        assert_err(cases[i].expect, td_get(t, TD_T_LOGS, o.key, &b));
        assert_true(
            td_has(t, TD_T_LOGS, o.key) == (cases[i].expect == TANDEM_OK));
        td_store_read_end(t);
    }
    td_buf_deinit(&b);
}

static void
test_store_unknown_class_and_huge_value_are_refused(void **state)
{
    struct state *st = *state;
    struct one o = {TD_T_LOGS, K("k"), K("v"), TD_BUCKETS, TANDEM_OK};
    uint8_t *huge = calloc(1, TD_ROW_BYTES_MAX + 1);
    struct td_txn *t;
    struct td_buf b;

    assert_non_null(huge);
    assert_err(TANDEM_EMISUSE, td_store_write(st->s, put_one, &o, NULL));
    o.seal = 0;
    o.value = (tandem_slice){huge, TD_ROW_BYTES_MAX + 1};
    assert_err(TANDEM_ELIMIT, td_store_write(st->s, put_one, &o, NULL));
    o.value.len--;
    assert_err(TANDEM_OK, td_store_write(st->s, put_one, &o, NULL));
    td_buf_init(&b, td_sys_default(), TD_ROW_BYTES_MAX);
    assert_err(TANDEM_OK, td_store_read(st->s, &t));
    assert_err(TANDEM_OK, td_get(t, TD_T_LOGS, o.key, &b));
    assert_int_equal(TD_ROW_BYTES_MAX, b.len);
    td_store_read_end(t);
    td_buf_deinit(&b);
    free(huge);
}

static tandem_err
put_then_fail(struct td_txn *t, void *ctx)
{
    struct one *o = ctx;
    tandem_err err = td_put(t, o->table, o->key, o->seal, o->value);

    return err != TANDEM_OK ? err : o->expect;
}

static tandem_err
forget_an_error(struct td_txn *t, void *ctx)
{
    struct one *o = ctx;
    tandem_err err = td_put(t, o->table, o->key, o->seal, o->value);

    // A caller that loses an error on the way up.
    (void)td_put(t, o->table, o->key, TD_BUCKETS, o->value);
    return err;
}

static void
test_store_failed_function_writes_nothing(void **state)
{
    struct state *st = *state;
    struct one o = {TD_T_LOGS, K("k"), K("v"), 0, TANDEM_EDENIED};
    struct td_txn *t;

    assert_err(TANDEM_EDENIED, td_store_write(st->s, put_then_fail, &o, NULL));
    assert_err(
        TANDEM_EMISUSE, td_store_write(st->s, forget_an_error, &o, NULL));
    assert_err(TANDEM_OK, td_store_read(st->s, &t));
    assert_false(td_has(t, TD_T_LOGS, o.key));
    assert_err(TANDEM_EMISUSE, td_put(t, TD_T_LOGS, o.key, 0, o.value));
    assert_err(TANDEM_EMISUSE, td_del(t, TD_T_LOGS, o.key));
    td_store_read_end(t);
}

static tandem_err
write_inside(struct td_txn *t, void *ctx)
{
    return td_store_write(td_txn_store(t), put_one, ctx, NULL);
}

static void
test_store_thread_inside_a_transaction_may_not_write(void **state)
{
    struct state *st = *state;
    struct one o = {TD_T_LOGS, K("k"), K("v"), 0, TANDEM_OK};
    struct td_txn *t;

    assert_err(TANDEM_OK, td_store_read(st->s, &t));
    assert_err(TANDEM_EMISUSE, td_store_write(st->s, put_one, &o, NULL));
    td_store_read_end(t);
    assert_err(TANDEM_EMISUSE, td_store_write(st->s, write_inside, &o, NULL));
    assert_err(TANDEM_OK, td_store_write(st->s, put_one, &o, NULL));
}

static tandem_err
iterate_and_delete(struct td_txn *t, void *ctx)
{
    uint32_t *seen = ctx;
    struct td_iter *i;
    tandem_slice k, v;
    tandem_err err = td_iter_open(t, TD_T_RECORDS, (tandem_slice){0}, &i);

    *seen = 0;
    while (err == TANDEM_OK) {
        uint8_t value[220];
        uint32_t n;

        err = td_iter_next(i, &k, &v);
        if (err != TANDEM_OK) {
            break;
        }
        n = td_be32(k.ptr);
        assert_int_equal(*seen, n);
        assert_int_equal(help_value(n, 1, value), v.len);
        assert_memory_equal(value, v.ptr, v.len);
        (*seen)++;
        if (n % 2 == 1) {
            err = td_del(t, TD_T_RECORDS, k);
        } else if (n % 4 == 0) {
            // Written again in place: the iterator still moves on.
            uint8_t key[4];

            err = td_put(t, TD_T_RECORDS, help_u32(n, key), 3,
                (tandem_slice){value, help_value(n, 1, value)});
        }
    }
    td_iter_close(i);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

static void
test_store_iterator_survives_writes_to_its_table(void **state)
{
    struct state *st = *state;
    struct help_batch b = {TD_T_RECORDS, 0, 500, 1, 0};
    struct td_iter *i;
    struct td_txn *t;
    tandem_slice k, v;
    uint32_t seen, n = 0;
    uint8_t key[4];

    assert_err(TANDEM_OK, td_store_write(st->s, help_put_batch, &b, NULL));
    assert_err(
        TANDEM_OK, td_store_write(st->s, iterate_and_delete, &seen, NULL));
    assert_int_equal(500, seen);

    assert_err(TANDEM_OK, td_store_read(st->s, &t));
    assert_err(
        TANDEM_OK, td_iter_open(t, TD_T_RECORDS, help_u32(101, key), &i));
    while (td_iter_next(i, &k, &v) == TANDEM_OK) {
        assert_int_equal(102 + 2 * n, td_be32(k.ptr));
        n++;
    }
    assert_int_equal(199, n);
    assert_err(TANDEM_ENOTFOUND, td_iter_next(i, &k, &v));
    td_iter_close(i);
    td_store_read_end(t);
}

static void
test_store_last_finds_the_last_key_of_a_prefix(void **state)
{
    struct state *st = *state;
    static const char *const keys[] = {
        "a", "aa1", "aa2", "ab", "b\xff", "b\xff\xff", "b\xff\xff\x01"};
    static const struct {
        const char *prefix, *last; // NULL: none
    } cases[] = {{"a", "ab"}, {"aa", "aa2"}, {"aa1", "aa1"}, {"c", NULL},
        {"aa3", NULL}, {"b\xff", "b\xff\xff\x01"},
        {"b\xff\xff", "b\xff\xff\x01"}, {"\xff", NULL}, {"", "b\xff\xff\x01"}};
    struct td_buf k, v;
    struct td_txn *t;

    td_buf_init(&k, td_sys_default(), TD_KEY_BYTES_MAX);
    td_buf_init(&v, td_sys_default(), 64);
    assert_err(TANDEM_OK, td_store_read(st->s, &t));
    assert_err(
        TANDEM_ENOTFOUND, td_last(t, TD_T_HEADS, (tandem_slice){0}, &k, &v));
    td_store_read_end(t);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct one o = {TD_T_HEADS, tandem_bytes(keys[i], strlen(keys[i])),
            tandem_bytes(keys[i], strlen(keys[i])), 0, TANDEM_OK};

        assert_err(TANDEM_OK, td_store_write(st->s, put_one, &o, NULL));
    }
    assert_err(TANDEM_OK, td_store_read(st->s, &t));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tandem_slice p = tandem_bytes(cases[i].prefix, strlen(cases[i].prefix));
        tandem_err err = td_last(t, TD_T_HEADS, p, &k, &v);

        assert_err(cases[i].last != NULL ? TANDEM_OK : TANDEM_ENOTFOUND, err);
        if (cases[i].last != NULL) {
            assert_int_equal(strlen(cases[i].last), k.len);
            assert_memory_equal(cases[i].last, k.ptr, k.len);
            assert_memory_equal(cases[i].last, v.ptr, v.len);
        }
    }
    td_store_read_end(t);
    td_buf_deinit(&k);
    td_buf_deinit(&v);
}

static void
prop_store_growth_from_1_mib_to_20_equals_the_model(void **state)
{
    enum { KEYS = 40000, TXNS = 60 };
    struct state *st = *state;
    uint32_t *model = calloc(KEYS, sizeof(*model)); // version; 0 absent
    uint64_t seed = help_seed();
    struct td_txn *t;
    struct td_buf b;
    int runs = 0;

    assert_non_null(model);
    td_buf_init(&b, td_sys_default(), 1 << 10);
    for (uint32_t v = 1; v <= TXNS; v++) {
        struct help_batch batch = {TD_T_COMMITS,
            (uint32_t)(help_next(&seed) % (KEYS - 2500)), 2500, v, 0};
        tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

        assert_err(
            TANDEM_OK, td_store_write(st->s, help_put_batch, &batch, &e));
        assert_int_equal(e.code, TANDEM_OK); // growing leaves no failure
        runs += batch.runs;
        for (uint32_t i = 0; i < batch.count; i++) {
            model[batch.first + i] = v;
        }
    }
    assert_true(runs > TXNS); // it did grow
    assert_true(td_store_bytes(st->s) > 8 << 20);
    td_store_close(st->s);
    assert_err(TANDEM_OK, help_open(st->dir.path, false, 1 << 20, &st->s));
    assert_err(TANDEM_OK, td_store_read(st->s, &t));
    for (uint32_t i = 0; i < KEYS; i++) {
        assert_err(model[i] == 0 ? TANDEM_ENOTFOUND : TANDEM_OK,
            help_check(t, TD_T_COMMITS, i, model[i], &b));
    }
    td_store_read_end(t);
    td_buf_deinit(&b);
    free(model);
}

struct reading {
    struct td_store *s;
    pthread_mutex_t *m;
    uint32_t *done; // versions committed; guarded by m
    bool *stop;
    uint64_t seed;
    unsigned checked, wrong;
};

static void *
read_thread(void *arg)
{
    struct reading *r = arg;
    struct td_buf b;
    bool stop = false;

    td_buf_init(&b, td_sys_default(), 1 << 10);
    while (!stop) {
        struct td_txn *t, *second;
        uint32_t done;

        (void)pthread_mutex_lock(r->m);
        done = *r->done;
        stop = *r->stop;
        (void)pthread_mutex_unlock(r->m);
        if (td_store_read(r->s, &t) != TANDEM_OK) {
            r->wrong++;
            break;
        }
        // A second snapshot while growth may be waiting for the first.
        if (td_store_read(r->s, &second) != TANDEM_OK) {
            r->wrong++;
            td_store_read_end(t);
            break;
        }
        for (int i = 0; i < 20 && done > 0; i++) {
            uint32_t n = (uint32_t)(help_next(&r->seed) % (done * 200));

            r->wrong += help_check(t, TD_T_RECORDS, n, 1, &b) != TANDEM_OK;
            r->wrong += help_check(second, TD_T_RECORDS, n, 1, &b) != TANDEM_OK;
            r->checked++;
        }
        td_store_read_end(t);
        td_store_read_end(second);
    }
    td_buf_deinit(&b);
    return NULL;
}

static void
test_store_4_reader_threads_while_the_map_grows(void **state)
{
    enum { READERS = 4, BATCHES = 150 };
    struct state *st = *state;
    pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
    struct reading readers[READERS];
    pthread_t threads[READERS];
    uint32_t done = 0;
    bool stop = false;
    int grown = 0;

    for (size_t i = 0; i < READERS; i++) {
        readers[i] = (struct reading){st->s, &m, &done, &stop, i + 1, 0, 0};
        assert_int_equal(
            0, pthread_create(&threads[i], NULL, read_thread, &readers[i]));
    }
    for (uint32_t v = 0; v < BATCHES; v++) {
        struct help_batch b = {TD_T_RECORDS, v * 200, 200, 1, 0};

        assert_err(TANDEM_OK, td_store_write(st->s, help_put_batch, &b, NULL));
        grown += b.runs - 1;
        (void)pthread_mutex_lock(&m);
        done = v + 1;
        (void)pthread_mutex_unlock(&m);
    }
    (void)pthread_mutex_lock(&m);
    stop = true;
    (void)pthread_mutex_unlock(&m);
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(0, pthread_join(threads[i], NULL));
        assert_int_equal(0, readers[i].wrong);
        assert_true(readers[i].checked > 0);
    }
    assert_true(grown >= 2);
}

static void
test_store_64_snapshots_in_one_thread(void **state)
{
    struct state *st = *state;
    struct td_txn *t[64];
    struct help_batch b = {TD_T_RECORDS, 0, 10, 1, 0};
    struct td_buf buf;

    // All in one thread is the harder case: without MDB_NOTLS the second
    // would fail.
    td_buf_init(&buf, td_sys_default(), 1 << 10);
    for (size_t i = 0; i < 64; i++) {
        assert_err(TANDEM_OK, td_store_read(st->s, &t[i]));
    }
    for (size_t i = 0; i < 64; i++) {
        assert_err(
            TANDEM_ENOTFOUND, help_check(t[i], TD_T_RECORDS, 1, 1, &buf));
        td_store_read_end(t[i]);
    }
    assert_err(TANDEM_OK, td_store_write(st->s, help_put_batch, &b, NULL));
    td_buf_deinit(&buf);
}

static void
test_store_100000_overwrites_do_not_swell_the_file(void **state)
{
    struct state *st = *state;
    uint64_t after_first = 0;

    for (uint32_t v = 1; v <= 1000; v++) {
        struct help_batch b = {TD_T_RECORDS, 0, 100, v, 0};

        assert_err(TANDEM_OK, td_store_write(st->s, help_put_batch, &b, NULL));
        if (v == 10) {
            after_first = td_store_bytes(st->s);
        }
    }
    assert_true(td_store_bytes(st->s) <= after_first * 2);
}

static void
test_store_iterator_of_an_ended_transaction_is_misuse(void **state)
{
    struct state *st = *state;
    struct td_iter *i;
    struct td_txn *t;
    tandem_slice k, v;

    assert_err(TANDEM_OK, td_store_read(st->s, &t));
    assert_err(TANDEM_OK, td_iter_open(t, TD_T_LOGS, (tandem_slice){0}, &i));
    td_store_read_end(t);
    assert_err(TANDEM_EMISUSE, td_iter_next(i, &k, &v));
    td_iter_close(i);
}

// Whoever goes on over damage must come to an end of it: the failure is told
// once, and there is nothing more.
static tandem_err
iterate_after_failure(struct td_txn *t, void *ctx)
{
    static const uint8_t huge[TD_ROW_BYTES_MAX + 1];
    struct td_iter *i;
    tandem_slice k, v;

    (void)ctx;
    assert_err(TANDEM_OK, td_put(t, TD_T_META, K("a"), 0, K("1")));
    assert_err(TANDEM_OK, td_put(t, TD_T_META, K("b"), 0, K("2")));
    assert_err(TANDEM_OK, td_iter_open(t, TD_T_META, (tandem_slice){0}, &i));
    assert_err(TANDEM_OK, td_iter_next(i, &k, &v));
    assert_err(TANDEM_ELIMIT,
        td_put(t, TD_T_META, K("c"), 0, (tandem_slice){huge, sizeof(huge)}));
    assert_err(TANDEM_ELIMIT, td_iter_next(i, &k, &v));
    assert_int_equal(0, k.len);
    assert_err(TANDEM_ENOTFOUND, td_iter_next(i, &k, &v));
    td_iter_close(i);
    return TANDEM_OK;
}

static void
test_store_iterator_of_a_failed_write_ends(void **state)
{
    struct state *st = *state;

    assert_err(TANDEM_ELIMIT,
        td_store_write(st->s, iterate_after_failure, NULL, NULL));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_store_row_is_read_as_written_and_gone_after_deletion),
        T(test_store_rows_of_a_table_are_counted_without_a_look),
        T(test_store_empty_value_is_a_row),
        T(test_store_key_lengths_from_1_to_the_bound_are_taken),
        T(test_store_unknown_class_and_huge_value_are_refused),
        T(test_store_failed_function_writes_nothing),
        T(test_store_thread_inside_a_transaction_may_not_write),
        T(test_store_iterator_survives_writes_to_its_table),
        T(test_store_last_finds_the_last_key_of_a_prefix),
        T(prop_store_growth_from_1_mib_to_20_equals_the_model),
        T(test_store_4_reader_threads_while_the_map_grows),
        T(test_store_64_snapshots_in_one_thread),
        T(test_store_100000_overwrites_do_not_swell_the_file),
        T(test_store_iterator_of_an_ended_transaction_is_misuse),
        T(test_store_iterator_of_a_failed_write_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
