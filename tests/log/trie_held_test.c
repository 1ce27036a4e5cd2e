// SPDX-License-Identifier: Apache-2.0
// trie_held_test.c - the trie in the store against one built from scratch,
// whatever came and went in whatever order; damaged rows; what a root costs.
#include "log/log_help.h"

#include "log/row.h"
#include "log/trie_row.h"
#include "support/store_help.h"

#define ok(call) assert_err(TANDEM_OK, call)

enum { MOST = 3000 };

struct held {
    struct help_dir dir;
    struct td_store *store;
    struct td_trie_head heads[MOST];
    size_t count;
    uint64_t random;
    uint64_t lsn;
    size_t drop; // how many to take out, from the end
    size_t from; // the first to put
};

static const tandem_id sector = {{7}};

static void
held_open(struct held *h, uint64_t seed)
{
    struct td_store_opts o = {.sys = td_sys_default(),
        .master = &help_master,
        .create = true,
        .any_fs = true};

    memset(h, 0, sizeof(*h));
    h->random = seed;
    help_dir_new(&h->dir);
    o.dir = h->dir.path;
    ok(td_store_open(&o, &h->store, NULL));
}

static void
held_close(struct held *h)
{
    td_store_close(h->store);
    help_dir_free(&h->dir);
}

static void
fill(struct held *h, void *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ((uint8_t *)p)[i] = (uint8_t)(help_next(&h->random) >> 16);
    }
}

// `shared`: bytes of the log id that are the same for all.
static void
held_add(struct held *h, size_t shared)
{
    struct td_trie_head *n = &h->heads[h->count];

    fill(h, n->head.log.b, 16);
    memset(n->head.log.b, 0x5a, shared);
    fill(h, n->head.hash.b, 32);
    n->head.seq = help_next(&h->random) % 1000;
    n->lsn = ++h->lsn;
    n->number = (uint32_t)++h->count;
    n->is_signed = n->number % 3 != 0;
}

static tandem_err
put_all(struct td_txn *t, void *ctx)
{
    struct held *h = ctx;

    for (size_t i = h->from; i < h->count; i++) {
        TD_TRY(td_trie_put(t, &sector, &h->heads[i]));
    }
    return TANDEM_OK;
}

static tandem_err
drop_some(struct td_txn *t, void *ctx)
{
    struct held *h = ctx;

    for (size_t i = h->count - h->drop; i < h->count; i++) {
        TD_TRY(td_trie_drop(
            t, &sector, &h->heads[i].head.log, h->heads[i].number));
    }
    return TANDEM_OK;
}

static size_t
rows_of(struct td_txn *t)
{
    struct td_iter *i;
    tandem_slice k, v;
    size_t n = 0;

    ok(td_iter_open(t, TD_T_TRIE, (tandem_slice){NULL, 0}, &i));
    while (td_iter_next(i, &k, &v) == TANDEM_OK) {
        n++;
    }
    td_iter_close(i);
    return n;
}

// The root is the one of the set, the list the set, its lsn the greatest.
static void
held_check(struct held *h)
{
    static struct td_head heads[MOST];
    struct td_trie_head *list = NULL;
    struct td_trie_sum sum;
    struct td_arena arena;
    struct td_hash16 root;
    struct td_txn *t;
    uint64_t lsn = 0;
    size_t count = 0;

    for (size_t i = 0; i < h->count; i++) {
        heads[i] = h->heads[i].head;
        lsn = h->heads[i].lsn > lsn ? h->heads[i].lsn : lsn;
    }
    root = td_heads_root(heads, h->count);
    td_arena_init(&arena, NULL, (size_t)16 << 20);
    ok(td_store_read(h->store, &t));
    ok(td_trie_sum(t, &sector, &sum));
    assert_memory_equal(root.b, sum.root.b, 16);
    assert_int_equal(h->count, sum.count);
    assert_int_equal(lsn, sum.lsn);
    ok(td_trie_list(t, &sector, 0, &arena, &list, &count));
    assert_int_equal(h->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(0, td_trie_order(&heads[i], &list[i].head));
        assert_memory_equal(&h->heads[list[i].number - 1].head.seq,
            &list[i].head.seq, sizeof(uint64_t));
        assert_true(
            list[i].is_signed == h->heads[list[i].number - 1].is_signed);
    }
    for (uint64_t after = 1; after <= lsn + 1; after += 1 + lsn / 7) {
        size_t n = 0;

        for (size_t i = 0; i < h->count; i++) {
            n += h->heads[i].lsn > after;
        }
        ok(td_trie_list(t, &sector, after, &arena, &list, &count));
        assert_int_equal(n, count);
    }
    if (h->count == 0) {
        assert_int_equal(0, rows_of(t));
    }
    td_store_read_end(t);
    td_arena_deinit(&arena);
}

static void
test_rows_follow_every_change(void **state)
{
    struct held h;
    size_t shared[] = {0, 14, 0, 15};

    (void)state;
    for (size_t k = 0; k < 4; k++) {
        size_t most = k == 3 ? 60 : 400;

        held_open(&h, help_seed() + k);
        for (size_t n = 1; h.count < most; n = n * 2 + 1) {
            h.from = h.count;
            while (h.count < most && h.count < h.from + n) {
                held_add(&h, shared[k]);
            }
            ok(td_store_write(h.store, put_all, &h, NULL));
            held_check(&h);
        }
        for (int step = 0; step < 60; step++) { // they grow
            struct td_trie_head *g = &h.heads[help_next(&h.random) % h.count];

            g->head.seq++;
            g->lsn = ++h.lsn;
            fill(&h, g->head.hash.b, 32);
            h.from = 0;
            if (step % 20 == 19) {
                ok(td_store_write(h.store, put_all, &h, NULL));
                held_check(&h);
            }
        }
        while (h.count > 0) {
            h.drop = 1 + help_next(&h.random) % 40;
            h.drop = h.drop < h.count ? h.drop : h.count;
            ok(td_store_write(h.store, drop_some, &h, NULL));
            h.count -= h.drop;
            held_check(&h);
        }
        held_close(&h);
    }
}

// One log, forked: all its heads share every step there is.
static void
test_branches_of_one_log_are_entries_of_their_own(void **state)
{
    struct held h;

    (void)state;
    held_open(&h, 5);
    for (size_t i = 0; i < 100; i++) {
        held_add(&h, i < 16 ? 16 : 15);
    }
    ok(td_store_write(h.store, put_all, &h, NULL));
    held_check(&h);
    h.drop = 90;
    ok(td_store_write(h.store, drop_some, &h, NULL));
    h.count = 10;
    held_check(&h);
    held_close(&h);
}

// --------------------------------------------------------- logs and their rows

struct one {
    struct td_txn *t;
    size_t nth; // row to spoil
    uint8_t key[TD_TRIE_KEY_MAX];
    size_t len;
    bool valid; // opens, but says something else
};

static tandem_err
spoil(struct td_txn *t, void *ctx)
{
    struct one *o = ctx;
    struct td_iter *i;
    tandem_slice k, v;
    size_t n = 0;
    struct td_buf b;
    tandem_err err;

    TD_TRY(td_iter_open(t, TD_T_TRIE, (tandem_slice){NULL, 0}, &i));
    td_buf_init(&b, NULL, 1 << 20);
    while ((err = td_iter_next(i, &k, &v)) == TANDEM_OK && n++ < o->nth) {
    }
    if (err == TANDEM_OK) {
        memcpy(o->key, k.ptr, k.len);
        o->len = k.len;
        td_buf_put_slice(&b, v);
        if (o->valid) {
            b.ptr[b.ptr[1] == 0 ? 8 : b.len - 1] ^= 1; // a log id, an lsn
        } else {
            b.len--;
        }
    }
    td_iter_close(i);
    if (err == TANDEM_OK) {
        err = td_put(t, TD_T_TRIE, (tandem_slice){o->key, o->len},
            TD_SEAL_TRANSIT, td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    return err;
}

struct logs {
    struct td_author author;
    struct td_device_keys keys;
    size_t first, count;
    bool append;
};

static tandem_err
write_logs(struct td_txn *t, void *ctx)
{
    struct logs *l = ctx;
    tandem_slice payload = {(const uint8_t *)"sealed", 6};
    struct td_epoch_id epoch = {{1}};

    for (size_t i = l->first; i < l->first + l->count; i++) {
        struct td_author a = l->author;
        struct td_log_info log;
        struct td_hash hash;
        uint64_t seq, lsn;

        td_put_be64(a.incarnation, i + 1);
        TD_TRY(td_log_own(t, &a, sector, NULL, 0, &log));
        if (l->append) {
            TD_TRY(td_log_append(
                t, &a, &log, &epoch, NULL, 0, &payload, 1, &seq, &hash, &lsn));
        }
    }
    return TANDEM_OK;
}

static tandem_err
mend(struct td_txn *t, void *ctx)
{
    (void)ctx;
    return td_trie_mend(t, &sector);
}

static bool
is_same(struct td_store *s)
{
    struct td_txn *t;
    bool same = false;

    ok(td_store_read(s, &t));
    ok(td_trie_check(t, &sector, &same));
    td_store_read_end(t);
    return same;
}

static void
test_a_damaged_row_is_noticed_and_made_whole(void **state)
{
    struct td_trie_head *list;
    struct logs l = {.count = 200};
    struct one o = {.nth = 0};
    struct td_arena arena;
    struct td_txn *t;
    struct held h;
    size_t rows, count;

    (void)state;
    held_open(&h, 9);
    l.author.keys = td_store_device(h.store);
    ok(td_store_write(h.store, write_logs, &l, NULL));
    assert_true(is_same(h.store));
    ok(td_store_read(h.store, &t));
    rows = rows_of(t);
    td_store_read_end(t);
    assert_true(rows > 50);
    for (o.nth = 0; o.nth < rows; o.nth++) {
        for (int valid = 0; valid < 2; valid++) {
            o.valid = valid == 1;
            ok(td_store_write(h.store, spoil, &o, NULL));
            assert_false(is_same(h.store));
            td_arena_init(&arena, NULL, (size_t)16 << 20);
            ok(td_store_read(h.store, &t));
            assert_err(TANDEM_ECORRUPT,
                td_trie_list(t, &sector, 0, &arena, &list, &count));
            td_store_read_end(t);
            td_arena_deinit(&arena);
            if (o.nth % 2 == 0) {
                ok(td_store_write(h.store, mend, NULL, NULL));
            } else { // whoever writes there next
                l.append = true;
                ok(td_store_write(h.store, write_logs, &l, NULL));
            }
            assert_true(is_same(h.store));
        }
    }
    held_close(&h);
}

struct zero {
    bool leaf;
    size_t done;
};

// The lsn of the first row of that kind that is found.
static tandem_err
zero_lsn(struct td_txn *t, void *ctx)
{
    struct td_trie_key k = {.len = 0};
    struct td_trie_row row;
    struct zero *z = ctx;
    struct td_arena arena;
    struct td_iter *i;
    tandem_slice key, value;

    td_arena_init(&arena, NULL, (size_t)1 << 20);
    TD_TRY(td_iter_open(t, TD_T_TRIE, (tandem_slice){NULL, 0}, &i));
    while (k.len == 0 && td_iter_next(i, &key, &value) == TANDEM_OK) {
        ok(td_trie_row_read(value, &arena, &row));
        if (row.branch != z->leaf) {
            memcpy(k.b, key.ptr, key.len);
            k.len = key.len;
        }
    }
    td_iter_close(i);
    assert_true(k.len > 0);
    if (z->leaf) {
        row.heads[0].lsn = 0;
    }
    for (size_t n = 0; n < TD_TRIE_FANOUT && row.branch; n++) {
        row.child[n].lsn = 0;
    }
    ok(td_trie_row_put(t, &k, &row));
    td_arena_deinit(&arena);
    z->done++;
    return TANDEM_OK;
}

// What would be left out of every list is damage.
static void
test_a_row_that_says_lsn_0_is_noticed(void **state)
{
    struct td_trie_head *list;
    struct logs l = {.count = 200};
    struct zero z = {.leaf = false};
    struct td_arena arena;
    struct td_txn *t;
    struct held h;
    size_t count;

    (void)state;
    held_open(&h, 11);
    l.author.keys = td_store_device(h.store);
    ok(td_store_write(h.store, write_logs, &l, NULL));
    for (int leaf = 0; leaf < 2; leaf++) {
        z.leaf = leaf == 1;
        ok(td_store_write(h.store, zero_lsn, &z, NULL));
        td_arena_init(&arena, NULL, (size_t)16 << 20);
        ok(td_store_read(h.store, &t));
        assert_err(TANDEM_ECORRUPT,
            td_trie_list(t, &sector, 0, &arena, &list, &count));
        td_store_read_end(t);
        td_arena_deinit(&arena);
        assert_false(is_same(h.store));
        ok(td_store_write(h.store, mend, NULL, NULL));
        assert_true(is_same(h.store));
    }
    assert_int_equal(2, z.done);
    held_close(&h);
}

// A root is read from one row, what is new from the rows that lead there.
static void
test_what_a_root_and_what_is_new_cost(void **state)
{
    struct td_trie_head *list;
    struct td_trie_sum sum;
    struct td_arena arena;
    struct td_txn *t;
    struct held h;
    uint64_t before;
    size_t count;

    (void)state;
    held_open(&h, 10);
    while (h.count < MOST) {
        held_add(&h, 0);
    }
    ok(td_store_write(h.store, put_all, &h, NULL));
    td_arena_init(&arena, NULL, (size_t)16 << 20);
    ok(td_store_read(h.store, &t));
    before = td_txn_reads(t);
    ok(td_trie_sum(t, &sector, &sum));
    assert_int_equal(1, td_txn_reads(t) - before);
    before = td_txn_reads(t);
    ok(td_trie_list(t, &sector, MOST, &arena, &list, &count));
    assert_int_equal(0, count);
    assert_int_equal(1, td_txn_reads(t) - before);
    before = td_txn_reads(t);
    ok(td_trie_list(t, &sector, MOST - 1, &arena, &list, &count));
    assert_int_equal(1, count);
    assert_true(td_txn_reads(t) - before <= 3);
    td_store_read_end(t);
    td_arena_deinit(&arena);
    held_close(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_follow_every_change),
        cmocka_unit_test(test_branches_of_one_log_are_entries_of_their_own),
        cmocka_unit_test(test_a_damaged_row_is_noticed_and_made_whole),
        cmocka_unit_test(test_a_row_that_says_lsn_0_is_noticed),
        cmocka_unit_test(test_what_a_root_and_what_is_new_cost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
