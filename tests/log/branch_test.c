// SPDX-License-Identifier: Apache-2.0
// branch_test.c - a log written many times over: whatever order the branches
// come in, the same are held, with the same ids, and told on as they came.
#include <stdlib.h>

#include "log/row.h"
#include "log/scene_help.h"
#include "log/tree.h"
#include "log/trie.h"

enum { PATHS = 40, LENGTH = 10 };

// One copy of the device and what it wrote: a commit for each number.
struct copy {
    uint8_t wrote[LENGTH];
    size_t count;
    struct td_log_info log;
    struct td_signed_head head;
    struct td_hash chain[LENGTH + 2]; // of entries 0..count
    struct td_buf bytes;              // from the start
};

static struct copy copies[PATHS];
static size_t copy_count;

static void
copy_write(struct copy *c, uint8_t seen)
{
    struct write w;
    struct td_txn *t;
    struct node n;

    node_init(&n, 3);
    w = (struct write){.n = &n, .sector = node_sector(1), .sign = true};
    memset(w.seen[0].b, seen, sizeof(w.seen[0].b));
    w.seen_count = seen > 0;
    for (size_t i = 0; i < c->count; i++) {
        w.commits = 1;
        w.state = 1000 + c->wrote[i];
        w.sign = i + 1 == c->count;
        node_write(&w);
    }
    c->log = w.log;
    c->head = w.head;
    td_buf_init(&c->bytes, NULL, TD_SEGMENT_BYTES_MAX);
    node_tell(&n, &c->log, true, 0, c->log.head_seq, &c->bytes);
    assert_err(TANDEM_OK, td_store_read(n.s, &t));
    for (uint64_t seq = 0; seq <= c->count; seq++) {
        assert_err(
            TANDEM_OK, td_commit_chain(t, c->log.number, seq, &c->chain[seq]));
    }
    td_store_read_end(t);
    node_deinit(&n);
}

// A tree of `count` paths: each goes along an earlier one for a while.
static void
copies_init(size_t count, uint64_t seed, uint8_t roots)
{
    copy_count = count;
    for (size_t i = 0; i < count; i++) {
        struct copy *c = &copies[i];
        size_t shared = 0;
        uint8_t seen = 0;

        memset(c, 0, sizeof(*c));
        c->count = 1 + help_next(&seed) % LENGTH;
        if (i > 0) {
            const struct copy *from = &copies[help_next(&seed) % i];

            shared = help_next(&seed) %
                     (1 + (from->count < c->count ? from->count : c->count));
            memcpy(c->wrote, from->wrote, shared);
        }
        for (size_t k = shared; k < c->count; k++) {
            c->wrote[k] = (uint8_t)help_next(&seed);
        }
        if (roots > 1 && shared == 0) {
            seen = (uint8_t)(help_next(&seed) % roots);
        }
        copy_write(c, seen);
    }
}

static void
copies_deinit(void)
{
    for (size_t i = 0; i < copy_count; i++) {
        td_buf_deinit(&copies[i].bytes);
    }
}

// ------------------------------------------------------------------ the model

static size_t
shared_by(const struct copy *a, const struct copy *b)
{
    size_t n = 0;

    while (n <= a->count && n <= b->count &&
           td_hash_eq(&a->chain[n], &b->chain[n])) {
        n++;
    }
    return n;
}

static int
by_first_own(const void *a, const void *b)
{
    const struct copy *x = *(const struct copy *const *)a;
    const struct copy *y = *(const struct copy *const *)b;
    size_t n = shared_by(x, y);

    return td_hash_cmp(&x->chain[n], &y->chain[n]);
}

// The paths that are no part of another, in order; at most TD_BRANCHES_MAX.
static size_t
expected(const struct copy *out[PATHS], size_t *all)
{
    size_t n = 0;

    for (size_t i = 0; i < copy_count; i++) {
        bool part = false;

        for (size_t k = 0; k < copy_count && !part; k++) {
            size_t shared = shared_by(&copies[i], &copies[k]);

            part = i != k && shared == copies[i].count + 1 &&
                   (copies[k].count > copies[i].count || k < i);
        }
        if (!part) {
            out[n++] = &copies[i];
        }
    }
    qsort(out, n, sizeof(*out), by_first_own);
    *all = n;
    return n < TD_BRANCHES_MAX ? n : TD_BRANCHES_MAX;
}

// ------------------------------------------------------------------- checking

static void
hear_copy(struct node *n, const struct copy *c)
{
    struct td_hash ws = workspace();
    struct td_segment seg;
    struct td_arena arena;

    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    assert_err(TANDEM_OK, td_segment_read(td_buf_slice(&c->bytes), &ws, NULL,
                              &c->head, &arena, &seg));
    assert_err(TANDEM_OK, node_hold(n, &seg));
    td_arena_deinit(&arena);
}

// The branch of the tree that ends as the copy does.
static const struct td_branch *
find_branch(const struct td_tree *tree, const struct copy *c)
{
    for (size_t i = 0; i < tree->count; i++) {
        if (td_hash_eq(&tree->at[i].log.head, &c->chain[c->count])) {
            return &tree->at[i];
        }
    }
    fail_msg("a branch is not held");
    return NULL;
}

// Its entries, read along its path, and its bytes, are the copy's.
static void
check_path(struct node *n, struct td_txn *t, const struct td_branch *b,
    const struct copy *c)
{
    struct td_buf bytes;

    assert_int_equal(c->count, b->log.head_seq);
    for (uint64_t seq = 0; seq <= c->count; seq++) {
        struct td_hash16 name = td_hash_short(&c->chain[seq]);
        struct td_log_info on;
        struct td_hash chain;

        assert_err(TANDEM_OK, td_commit_chain(t, b->log.number, seq, &chain));
        assert_memory_equal(c->chain[seq].b, chain.b, 32);
        assert_err(TANDEM_OK, td_log_on_path(t, b->log.id, seq, &name, &on));
        assert_non_null(td_branch_stretch(b, seq));
    }
    assert_null(td_branch_stretch(b, c->count + 1));
    td_buf_init(&bytes, NULL, TD_SEGMENT_BYTES_MAX);
    node_tell(n, &b->log, true, 0, c->count, &bytes);
    assert_true(td_slice_eq(td_buf_slice(&bytes), td_buf_slice(&c->bytes)));
    td_buf_deinit(&bytes);
}

// Two entries have one id and seq only if they are one entry.
static void
check_ids(struct td_txn *t, const struct td_tree *tree, struct td_log_id log,
    const struct copy *const *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct td_branch *a = find_branch(tree, all[i]);
        uint64_t last = 0;

        for (size_t k = 0; k < a->count; k++) {
            struct td_log_id found;

            assert_int_equal(k == 0 ? 0 : last + 1, a->path[k].first);
            last = a->path[k].last;
            assert_err(TANDEM_OK, td_tree_log(t, a->path[k].id, &found));
            assert_memory_equal(log.b, found.b, 16);
        }
        for (size_t k = 0; k < i; k++) {
            const struct td_branch *b = find_branch(tree, all[k]);
            size_t shared = shared_by(all[i], all[k]);
            uint64_t counted;

            assert_err(
                TANDEM_OK, td_branch_shared(t, &a->log, &b->log, &counted));
            assert_int_equal(shared, counted);
            for (uint64_t seq = 0; seq <= all[i]->count && seq <= all[k]->count;
                 seq++) {
                assert_int_equal(
                    seq < shared, td_log_id_cmp(td_branch_stretch(a, seq)->id,
                                      td_branch_stretch(b, seq)->id) == 0);
            }
        }
    }
}

static void
check_proof(
    struct td_txn *t, const struct td_branch *a, const struct td_branch *b)
{
    struct td_fork f;
    struct td_hash one, other;

    assert_err(TANDEM_OK, td_log_fork(t, &a->log, &b->log, &f));
    assert_true(td_head_verify(&a->log.device, &f.one));
    assert_true(td_head_verify(&a->log.device, &f.other));
    assert_true(f.one.head.seq >= f.shared && f.other.head.seq >= f.shared);
    assert_err(TANDEM_OK, td_commit_chain(t, a->log.number, f.shared, &one));
    assert_err(TANDEM_OK, td_commit_chain(t, b->log.number, f.shared, &other));
    assert_memory_not_equal(one.b, other.b, 32);
}

static void
check(struct node *n)
{
    static struct td_tree tree;
    const struct copy *want[PATHS];
    size_t all;
    size_t count = expected(want, &all);
    struct td_log_id log = copies[0].log.id;
    struct td_log_info *list;
    struct td_head heads[PATHS];
    struct td_trie_sum sum;
    struct td_hash16 root;
    struct td_arena arena;
    tandem_id sector = node_sector(1);
    size_t listed;
    struct td_txn *t;

    assert_err(TANDEM_OK, td_store_read(n->s, &t));
    assert_err(TANDEM_OK, td_tree_get(t, log, &tree));
    assert_int_equal(count, tree.count);
    for (size_t i = 0; i < count; i++) {
        check_path(n, t, find_branch(&tree, want[i]), want[i]);
        heads[i] = want[i]->head.head;
    }
    check_ids(t, &tree, log, want, count);
    if (count > 1) {
        check_proof(t, &tree.at[0], &tree.at[1]);
    }
    td_arena_init(&arena, NULL, 1 << 20);
    assert_err(TANDEM_OK, td_log_list(t, NULL, &arena, &list, &listed));
    assert_int_equal(count, listed);
    for (size_t i = 0; i < listed; i++) {
        assert_int_equal(all > 1, list[i].forked);
        assert_true(
            i == 0 || td_hash_cmp(&list[i - 1].head, &list[i].head) < 0);
    }
    td_arena_deinit(&arena);
    root = td_heads_root(heads, count);
    assert_err(TANDEM_OK, td_trie_sum(t, &sector, &sum));
    assert_memory_equal(root.b, sum.root.b, 16);
    td_store_read_end(t);
}

static void
hear_in_some_order(uint64_t seed, size_t orders)
{
    for (size_t k = 0; k < orders; k++) {
        size_t at[PATHS];
        struct node n;

        node_init(&n, 20);
        for (size_t i = 0; i < copy_count; i++) {
            at[i] = i;
        }
        for (size_t i = copy_count - 1; i > 0; i--) {
            size_t j = help_next(&seed) % (i + 1);
            size_t kept = at[i];

            at[i] = at[j];
            at[j] = kept;
        }
        for (size_t i = 0; i < copy_count; i++) {
            hear_copy(&n, &copies[at[i]]);
        }
        check(&n);
        hear_copy(&n, &copies[at[0]]); // again: nothing changes
        node_reopen(&n);
        check(&n);
        node_deinit(&n);
    }
}

static void
test_branches_are_held_whatever_order_they_come_in(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        copies_init(2 + seed % 5, seed, 1);
        hear_in_some_order(seed, 6);
        copies_deinit();
    }
}

static void
test_log_opened_twice_parts_before_entry_0(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        copies_init(6, seed, 3);
        hear_in_some_order(seed, 4);
        copies_deinit();
    }
}

static void
test_of_too_many_branches_the_same_are_held(void **state)
{
    const struct copy *want[PATHS];
    size_t all;

    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        copies_init(PATHS, seed, 2);
        (void)expected(want, &all);
        assert_true(all > TD_BRANCHES_MAX);
        hear_in_some_order(seed, 3);
        copies_deinit();
    }
}

// A segment may follow any entry of any branch.
static void
test_segment_follows_a_held_entry_of_another_branch(void **state)
{
    struct td_hash ws = workspace();
    struct td_log_info known;
    struct td_signed_head head;
    struct td_segment seg;
    struct td_arena arena;
    struct td_buf bytes;
    struct td_txn *t;
    struct node a, n;
    struct write w;

    (void)state;
    copies_init(1, 5, 1);
    while (copies[0].count < 4) {
        copies_deinit();
        copies_init(1, help_next(&(uint64_t){copies[0].count + 9}), 1);
        copies[0].count = 4;
        td_buf_deinit(&copies[0].bytes);
        copy_write(&copies[0], 0);
    }
    node_init(&n, 20);
    hear_copy(&n, &copies[0]);
    // The copy knew entries 0..2 and wrote three of its own.
    node_init(&a, 3);
    w = (struct write){.n = &a, .sector = node_sector(1)};
    for (size_t i = 0; i < 2; i++) {
        w.commits = 1;
        w.state = 1000 + copies[0].wrote[i];
        node_write(&w);
    }
    known = w.log;
    w.commits = 3;
    w.state = 77;
    w.sign = true;
    node_write(&w);
    head = w.head;
    td_buf_init(&bytes, NULL, TD_SEGMENT_BYTES_MAX);
    node_tell(&a, &w.log, false, 2, w.log.head_seq, &bytes);
    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    assert_err(TANDEM_OK, td_segment_read(td_buf_slice(&bytes), &ws, &known,
                              &head, &arena, &seg));
    assert_err(TANDEM_OK, node_hold(&n, &seg));
    assert_true(seg.added > 0);
    assert_int_equal(0, seg.cut);
    assert_int_equal(2, seg.log.base_seq);
    assert_err(TANDEM_OK, td_store_read(n.s, &t));
    assert_err(TANDEM_OK, td_log_number(t, seg.added, &known));
    assert_int_equal(5, known.head_seq);
    td_store_read_end(t);
    td_arena_deinit(&arena);
    td_buf_deinit(&bytes);
    node_deinit(&a);
    node_deinit(&n);
    copies_deinit();
}

// Each sorts before all others, as somebody would choose them: none is refused
// for its place, and yet there is an end.
static void
test_branches_made_on_end_come_to_an_end(void **state)
{
    enum { MADE = TD_BRANCH_ROWS_MAX + 6 };
    struct td_log_info *rows;
    struct td_arena arena;
    struct td_txn *t;
    struct node n;
    size_t count, held = 0;

    (void)state;
    node_init(&n, 20);
    for (size_t i = 0; i < MADE; i++) {
        struct td_hash ws = workspace();
        struct td_segment seg;
        struct copy c = {.count = 2};

        c.wrote[1] = (uint8_t)i;
        copy_write(&c, 0);
        td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
        assert_err(TANDEM_OK, td_segment_read(td_buf_slice(&c.bytes), &ws, NULL,
                                  &c.head, &arena, &seg));
        if (i < TD_BRANCH_ROWS_MAX) {
            assert_err(TANDEM_OK, node_hold(&n, &seg));
            held++;
        } else {
            assert_err(TANDEM_EFORK, node_hold(&n, &seg));
        }
        copies[0].log = c.log;
        td_arena_deinit(&arena);
        td_buf_deinit(&c.bytes);
    }
    td_arena_init(&arena, NULL, (size_t)4 << 20);
    assert_err(TANDEM_OK, td_store_read(n.s, &t));
    assert_err(
        TANDEM_OK, td_log_rows(t, copies[0].log.id, &arena, &rows, &count));
    assert_int_equal(held, count);
    assert_err(TANDEM_OK, td_log_list(t, NULL, &arena, &rows, &count));
    assert_int_equal(TD_BRANCHES_MAX, count);
    td_store_read_end(t);
    td_arena_deinit(&arena);
    node_deinit(&n);
}

static tandem_err
damage_rows(struct td_txn *t, void *ctx)
{
    const struct td_log_info *logs = ctx;
    static const uint8_t bad[] = {0xc0};

    for (size_t i = 0; i < 2; i++) {
        uint8_t key[20];

        memcpy(key, logs[i].id.b, 16);
        td_put_be32(key + 16, logs[i].number);
        TD_TRY(
            td_put(t, TD_T_LOGS, (tandem_slice){key, logs[i].further ? 20 : 16},
                TD_SEAL_TRANSIT, (tandem_slice){bad, sizeof(bad)}));
    }
    return TANDEM_OK;
}

static void
test_damaged_rows_of_branches_are_worked_out_again(void **state)
{
    struct td_log_info before[TD_BRANCHES_MAX], after[TD_BRANCHES_MAX];
    struct td_txn *t;
    size_t count, again;

    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct node n;

        copies_init(4, seed, 2);
        node_init(&n, 20);
        for (size_t i = 0; i < copy_count; i++) {
            hear_copy(&n, &copies[i]);
        }
        assert_err(TANDEM_OK, td_store_read(n.s, &t));
        assert_err(
            TANDEM_OK, td_log_branches(t, copies[0].log.id, before, &count));
        td_store_read_end(t);
        if (count > 1) {
            assert_err(TANDEM_OK,
                td_store_write(n.s, damage_rows, before + count - 2, NULL));
            assert_err(TANDEM_OK, td_store_read(n.s, &t));
            assert_err(
                TANDEM_OK, td_log_branches(t, copies[0].log.id, after, &again));
            td_store_read_end(t);
            assert_int_equal(count, again);
            for (size_t i = 0; i < count; i++) {
                assert_int_equal(before[i].number, after[i].number);
                assert_int_equal(before[i].parent, after[i].parent);
                assert_int_equal(before[i].base_seq, after[i].base_seq);
                assert_int_equal(before[i].further, after[i].further);
                assert_true(after[i].forked);
                assert_int_equal(before[i].seen_seq, after[i].seen_seq);
                assert_memory_equal(before[i].head.b, after[i].head.b, 32);
            }
            check(&n);
        }
        node_deinit(&n);
        copies_deinit();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_branches_are_held_whatever_order_they_come_in),
        cmocka_unit_test(test_log_opened_twice_parts_before_entry_0),
        cmocka_unit_test(test_of_too_many_branches_the_same_are_held),
        cmocka_unit_test(test_segment_follows_a_held_entry_of_another_branch),
        cmocka_unit_test(test_damaged_rows_of_branches_are_worked_out_again),
        cmocka_unit_test(test_branches_made_on_end_come_to_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
