// SPDX-License-Identifier: Apache-2.0
// hold_test.c - segments become rows; overlaps, gaps, forks.
#include "log/row.h"
#include "log/scene_help.h"

static void
test_segment_held_twice_changes_nothing(void **state)
{
    struct scene s;
    struct node other;
    struct td_log_info before, after;
    uint64_t lsn = 0, again = 1;
    struct td_txn *t;

    (void)state;
    scene_init(&s, 6);
    node_init(&other, 8);
    assert_err(TANDEM_OK, node_hear(&other, td_buf_slice(&s.bytes), &s.w.head));
    assert_err(TANDEM_OK, node_log(&other, s.w.log.id, &before));
    assert_err(
        TANDEM_EEXIST, node_hear(&other, td_buf_slice(&s.bytes), &s.w.head));
    assert_err(TANDEM_OK, td_store_read(other.s, &t));
    assert_err(TANDEM_OK, td_lsn(t, &lsn));
    td_store_read_end(t);
    // Read as a bundle is, from the start: every commit is found held.
    {
        struct td_hash ws = workspace();
        struct td_segment seg;
        struct td_arena arena;

        td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
        assert_err(TANDEM_OK, td_segment_read(td_buf_slice(&s.bytes), &ws, NULL,
                                  &s.w.head, &arena, &seg));
        assert_err(TANDEM_OK, node_hold(&other, &seg));
        td_arena_deinit(&arena);
    }
    assert_err(TANDEM_OK, td_store_read(other.s, &t));
    assert_err(TANDEM_OK, td_lsn(t, &again));
    td_store_read_end(t);
    assert_int_equal(lsn, again);
    assert_err(TANDEM_OK, node_log(&other, s.w.log.id, &after));
    assert_memory_equal(before.head.b, after.head.b, 32);
    assert_int_equal(before.head_lsn, after.head_lsn);
    assert_false(after.forked);
    node_deinit(&other);
    scene_deinit(&s);
}

// A device copied with its store: both write entry 3 and more.
struct fork {
    struct node a, b; // the same device, the same incarnation
    struct write wa, wb;
    struct td_buf bytes_a, bytes_b; // from the start
};

static void
fork_init(struct fork *f, size_t more_a, size_t more_b)
{
    memset(f, 0, sizeof(*f));
    node_init(&f->a, 3);
    node_init(&f->b, 3);
    f->wa = (struct write){.n = &f->a,
        .sector = node_sector(1),
        .commits = 2,
        .state = 4,
        .sign = true};
    f->wb = f->wa;
    f->wb.n = &f->b;
    node_write(&f->wa);
    node_write(&f->wb);
    f->wb.epoch = 9; // from here they differ
    f->wa.commits = more_a;
    f->wb.commits = more_b;
    node_write(&f->wa);
    node_write(&f->wb);
    td_buf_init(&f->bytes_a, NULL, TD_SEGMENT_BYTES_MAX);
    td_buf_init(&f->bytes_b, NULL, TD_SEGMENT_BYTES_MAX);
    node_tell(&f->a, &f->wa.log, true, 0, f->wa.log.head_seq, &f->bytes_a);
    node_tell(&f->b, &f->wb.log, true, 0, f->wb.log.head_seq, &f->bytes_b);
}

static void
fork_deinit(struct fork *f)
{
    td_buf_deinit(&f->bytes_a);
    td_buf_deinit(&f->bytes_b);
    node_deinit(&f->a);
    node_deinit(&f->b);
}

// A node that holds branch A, then is given B from the start.
static void
hold_both(const struct fork *f, struct node *n)
{
    struct td_hash ws = workspace();
    struct td_segment seg;
    struct td_arena arena;

    node_init(n, 20);
    assert_err(TANDEM_OK, node_hear(n, td_buf_slice(&f->bytes_a), &f->wa.head));
    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    assert_err(TANDEM_OK, td_segment_read(td_buf_slice(&f->bytes_b), &ws, NULL,
                              &f->wb.head, &arena, &seg));
    assert_err(TANDEM_OK, node_hold(n, &seg));
    td_arena_deinit(&arena);
}

// Both stand.
static void
meet_fork(size_t more_a, size_t more_b)
{
    struct td_log_info log;
    struct td_log_info all[TD_BRANCHES_MAX];
    struct td_txn *t;
    struct fork f;
    struct node n;
    size_t count;

    fork_init(&f, more_a, more_b);
    hold_both(&f, &n);
    assert_err(TANDEM_OK, node_log(&n, f.wa.log.id, &log));
    assert_true(log.forked); // never silently
    assert_err(TANDEM_OK, td_store_read(n.s, &t));
    assert_err(TANDEM_OK, td_log_branches(t, log.id, all, &count));
    td_store_read_end(t);
    assert_int_equal(2, count);
    assert_memory_equal(
        f.wb.log.head.b, all[all[0].number == log.number].head.b, 32);
    assert_memory_equal(f.wa.log.head.b, log.head.b, 32);
    assert_int_equal(f.wa.log.head_seq, log.head_seq);
    node_deinit(&n);
    fork_deinit(&f);
}

// By looking at every entry.
static void
expect_as_of(struct td_txn *t, const struct td_log_info *log, uint64_t lsn)
{
    struct td_arena arena;
    struct td_head head;
    struct td_header h;
    struct td_hash chain, last;
    uint64_t count = 0;
    tandem_err err;

    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    for (uint64_t seq = 0; seq <= log->head_seq; seq++) {
        uint64_t at;

        td_arena_reset(&arena);
        assert_err(TANDEM_OK,
            td_commit_get(t, log->number, seq, &arena, &h, &chain, &at));
        if (at > lsn) {
            break;
        }
        last = chain;
        count++;
    }
    td_arena_deinit(&arena);
    err = td_log_as_of(t, log, lsn, &head);
    assert_err(count == 0 ? TANDEM_ENOTFOUND : TANDEM_OK, err);
    if (count > 0) {
        assert_int_equal(count - 1, head.seq);
        assert_memory_equal(last.b, head.hash.b, sizeof(last.b));
        assert_memory_equal(log->id.b, head.log.b, sizeof(log->id.b));
    }
}

// Each branch, from before its log was held to long after.
static void
test_a_log_is_told_as_it_was_at_any_lsn(void **state)
{
    struct td_log_info all[TD_BRANCHES_MAX];
    struct td_txn *t;
    struct fork f;
    struct node n;
    uint64_t last;
    size_t count;

    (void)state;
    fork_init(&f, 5, 3);
    hold_both(&f, &n);
    assert_err(TANDEM_OK, td_store_read(n.s, &t));
    assert_err(TANDEM_OK, td_log_branches(t, f.wa.log.id, all, &count));
    assert_int_equal(2, count);
    assert_err(TANDEM_OK, td_lsn(t, &last));
    assert_true(last >= 8);
    for (uint64_t lsn = 0; lsn <= last + 1; lsn++) {
        expect_as_of(t, &all[0], lsn);
        expect_as_of(t, &all[1], lsn);
    }
    td_store_read_end(t);
    node_deinit(&n);
    fork_deinit(&f);
}

struct signing {
    struct node *n;
    struct td_log_info *log;
    uint64_t lsn;
    tandem_err expect;
};

static tandem_err
sign_as_of(struct td_txn *t, void *ctx)
{
    struct signing *s = ctx;

    assert_err(s->expect, td_head_sign_as_of(t, &s->n->author, s->log, s->lsn));
    return TANDEM_OK;
}

// What was the head then can be told of, though there is more by now.
static void
test_an_earlier_entry_of_ours_is_signed(void **state)
{
    struct td_signed_head head;
    struct signing sign;
    struct td_log_info log;
    struct td_txn *t;
    struct scene s;
    uint64_t last;

    (void)state;
    scene_init(&s, 2);
    s.w.sign = false;
    s.w.commits = 6;
    node_write(&s.w);
    log = s.w.log;
    assert_int_equal(2, log.signed_seq);
    assert_int_equal(8, log.head_seq);
    last = log.head_lsn;
    sign = (struct signing){&s.n, &log, last - 3, TANDEM_OK};
    for (int twice = 0; twice < 2; twice++) {
        assert_err(TANDEM_OK, td_store_write(s.n.s, sign_as_of, &sign, NULL));
        assert_int_equal(5, log.signed_seq);
        assert_int_equal(8, log.head_seq);
        assert_err(TANDEM_OK, td_store_read(s.n.s, &t));
        assert_err(TANDEM_OK, td_head_before(t, &log, 8, &head));
        td_store_read_end(t);
        assert_int_equal(5, head.head.seq);
        assert_true(td_head_verify(&log.device, &head));
    }
    sign.lsn = last; // then all of it; and an earlier one takes nothing back
    assert_err(TANDEM_OK, td_store_write(s.n.s, sign_as_of, &sign, NULL));
    sign.lsn = last - 1;
    assert_err(TANDEM_OK, td_store_write(s.n.s, sign_as_of, &sign, NULL));
    assert_int_equal(8, log.signed_seq);
    assert_err(TANDEM_OK, td_store_read(s.n.s, &t));
    for (uint64_t seq = 7; seq <= 8; seq++) {
        assert_err(TANDEM_OK, td_head_before(t, &log, seq, &head));
        assert_int_equal(seq, head.head.seq);
        assert_true(td_head_verify(&log.device, &head));
    }
    td_store_read_end(t);
    sign.lsn = 0;
    sign.expect = TANDEM_ENOTFOUND;
    assert_err(TANDEM_OK, td_store_write(s.n.s, sign_as_of, &sign, NULL));
    scene_deinit(&s);
}

static void
test_segment_of_another_branch_is_held_beside_the_first(void **state)
{
    (void)state;
    meet_fork(3, 3);
    meet_fork(1, 5);
    meet_fork(5, 1);
}

static void
test_segment_read_sees_a_fork_at_our_head(void **state)
{
    struct fork f;
    struct td_signed_head h;

    (void)state;
    fork_init(&f, 3, 3);
    assert_err(TANDEM_EFORK,
        read_one(td_buf_slice(&f.bytes_b), &f.wa.log, &f.wb.head));
    h = f.wb.head;
    h.sig.b[0] ^= 1; // nobody's word: no accusation
    assert_err(
        TANDEM_EPROTO, read_one(td_buf_slice(&f.bytes_b), &f.wa.log, &h));
    fork_deinit(&f);
}

static void
test_head_place_tells_held_new_and_forked(void **state)
{
    struct td_signed_head h;
    struct td_txn *t;
    struct fork f;

    (void)state;
    fork_init(&f, 5, 3);
    assert_err(TANDEM_OK, td_store_read(f.a.s, &t));
    assert_err(TANDEM_OK, td_head_next(t, &f.wa.log, 1, &h));
    assert_int_equal(2, h.head.seq);
    assert_err(TANDEM_OK, td_head_place(t, &f.wa.log, &h));
    assert_err(TANDEM_OK, td_head_place(t, &f.wa.log, &f.wa.head));
    assert_err(TANDEM_EFORK, td_head_place(t, &f.wa.log, &f.wb.head));
    h = f.wb.head;
    h.sig.b[1] ^= 1;
    assert_err(TANDEM_EPROTO, td_head_place(t, &f.wa.log, &h));
    td_store_read_end(t);
    assert_err(TANDEM_OK, td_store_read(f.b.s, &t));
    assert_err(TANDEM_ENOTFOUND, td_head_place(t, &f.wb.log, &f.wa.head));
    td_store_read_end(t);
    fork_deinit(&f);
}

static void
test_segment_behind_a_gap_is_not_held(void **state)
{
    struct scene s;
    struct node other;
    struct td_hash ws = workspace();
    struct td_log_info known, log;
    struct td_segment seg;
    struct td_arena arena;
    struct td_buf b;

    (void)state;
    scene_init(&s, 3);
    node_init(&other, 8);
    known = s.w.log;
    s.w.commits = 4;
    node_write(&s.w);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    node_tell(&s.n, &s.w.log, false, 3, 7, &b);
    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    assert_err(TANDEM_OK, td_segment_read(td_buf_slice(&b), &ws, &known,
                              &s.w.head, &arena, &seg));
    assert_err(TANDEM_ENOTFOUND, node_hold(&other, &seg));
    assert_err(TANDEM_ENOTFOUND, node_log(&other, known.id, &log));
    // Nor when only the beginning is held.
    td_buf_reset(&s.bytes);
    node_tell(&s.n, &s.w.log, true, 0, 0, &s.bytes);
    {
        struct td_signed_head first;
        struct td_txn *t;

        assert_err(TANDEM_OK, td_store_read(s.n.s, &t));
        assert_err(TANDEM_OK, td_head_next(t, &s.w.log, 0, &first));
        td_store_read_end(t);
        assert_err(
            TANDEM_OK, node_hear(&other, td_buf_slice(&s.bytes), &first));
    }
    assert_err(TANDEM_ENOTFOUND, node_hold(&other, &seg));
    assert_err(TANDEM_OK, node_log(&other, known.id, &log));
    assert_int_equal(0, log.head_seq);
    assert_false(log.forked);
    td_arena_deinit(&arena);
    td_buf_deinit(&b);
    node_deinit(&other);
    scene_deinit(&s);
}

// It follows an entry of a branch that is not held: what lies before is
// missing.
static void
test_segment_that_follows_what_is_not_held_is_asked_from_before(void **state)
{
    struct td_hash ws = workspace();
    struct td_log_info known, log;
    struct td_segment seg;
    struct td_arena arena;
    struct fork f;

    (void)state;
    fork_init(&f, 3, 3);
    known = f.wb.log;
    f.wb.commits = 2;
    node_write(&f.wb);
    td_buf_reset(&f.bytes_b);
    node_tell(&f.b, &f.wb.log, false, 5, 7, &f.bytes_b);
    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    assert_err(TANDEM_OK, td_segment_read(td_buf_slice(&f.bytes_b), &ws, &known,
                              &f.wb.head, &arena, &seg));
    assert_err(TANDEM_EFORK, node_hold(&f.a, &seg));
    assert_err(TANDEM_OK, node_log(&f.a, known.id, &log));
    assert_false(log.forked);
    assert_int_equal(5, log.head_seq);
    td_arena_deinit(&arena);
    fork_deinit(&f);
}

static void
test_segment_overlapping_what_is_held_adds_the_rest(void **state)
{
    struct td_hash ws = workspace();
    struct td_signed_head head;
    struct td_log_info log;
    struct td_segment seg;
    struct td_arena arena;
    struct td_txn *t;
    struct scene s;
    struct node other;

    (void)state;
    scene_init(&s, 3);
    node_init(&other, 8);
    assert_err(TANDEM_OK, node_hear(&other, td_buf_slice(&s.bytes), &s.w.head));
    s.w.commits = 4;
    node_write(&s.w);
    td_buf_reset(&s.bytes);
    node_tell(&s.n, &s.w.log, true, 0, 7, &s.bytes);
    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    assert_err(TANDEM_OK, td_segment_read(td_buf_slice(&s.bytes), &ws, NULL,
                              &s.w.head, &arena, &seg));
    assert_err(TANDEM_OK, node_hold(&other, &seg));
    assert_err(TANDEM_OK, node_log(&other, s.w.log.id, &log));
    assert_int_equal(7, log.head_seq);
    assert_int_equal(7, log.signed_seq);
    assert_memory_equal(s.w.log.head.b, log.head.b, 32);
    // The author's signature can be handed on by whoever holds it.
    assert_err(TANDEM_OK, td_store_read(other.s, &t));
    assert_err(TANDEM_OK, td_head_sign(t, &other.author, &log, &head));
    td_store_read_end(t);
    assert_memory_equal(s.w.head.sig.b, head.sig.b, 64);
    log.signed_seq = 3; // and nobody else's is made for it
    assert_err(TANDEM_OK, td_store_read(other.s, &t));
    assert_err(TANDEM_ENOTFOUND, td_head_sign(t, &other.author, &log, &head));
    assert_err(TANDEM_ENOTFOUND, td_head_sign(t, NULL, &log, &head));
    td_store_read_end(t);
    td_arena_deinit(&arena);
    node_deinit(&other);
    scene_deinit(&s);
}

struct crowd {
    struct td_log_info log; // as they all are
    size_t count;
};

static tandem_err
add_logs(struct td_txn *t, void *ctx)
{
    struct crowd *c = ctx;

    for (size_t i = 0; i < c->count; i++) {
        struct td_log_info log = c->log;

        td_put_be64(log.id.b, i);
        TD_TRY(td_log_add(t, &log));
    }
    return TANDEM_OK;
}

// A device has a log for each time it began anew; who begins on end fills
// nobody's store with them.
static void
test_logs_of_one_device_beyond_the_bound_are_not_held(void **state)
{
    struct crowd c = {.count = TD_DEVICE_LOGS_MAX - 1};
    struct td_log_info log;
    struct node n;
    struct scene s;

    (void)state;
    scene_init(&s, 2);
    node_init(&n, 8);
    c.log = (struct td_log_info){
        .device = s.w.log.device, .sector = s.w.log.sector};
    assert_err(TANDEM_OK, td_store_write(n.s, add_logs, &c, NULL));
    for (int i = 0; i < 2; i++) {
        assert_err(i == 0 ? TANDEM_OK : TANDEM_EDENIED,
            node_hear(&n, td_buf_slice(&s.bytes), &s.w.head));
        // One more, of another incarnation.
        scene_deinit(&s);
        memset(&s, 0, sizeof(s));
        node_init(&s.n, 3);
        s.n.author.incarnation[0] ^= 1;
        s.w = (struct write){.n = &s.n,
            .sector = node_sector(1),
            .commits = 2,
            .state = 4,
            .sign = true};
        node_write(&s.w);
        td_buf_init(&s.bytes, NULL, TD_SEGMENT_BYTES_MAX);
        node_tell(&s.n, &s.w.log, true, 0, s.w.log.head_seq, &s.bytes);
    }
    assert_err(TANDEM_ENOTFOUND, node_log(&n, s.w.log.id, &log));
    scene_deinit(&s);
    node_deinit(&n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_log_is_told_as_it_was_at_any_lsn),
        cmocka_unit_test(test_an_earlier_entry_of_ours_is_signed),
        cmocka_unit_test(test_segment_held_twice_changes_nothing),
        cmocka_unit_test(
            test_segment_of_another_branch_is_held_beside_the_first),
        cmocka_unit_test(test_segment_read_sees_a_fork_at_our_head),
        cmocka_unit_test(test_head_place_tells_held_new_and_forked),
        cmocka_unit_test(test_segment_behind_a_gap_is_not_held),
        cmocka_unit_test(
            test_segment_that_follows_what_is_not_held_is_asked_from_before),
        cmocka_unit_test(test_segment_overlapping_what_is_held_adds_the_rest),
        cmocka_unit_test(test_logs_of_one_device_beyond_the_bound_are_not_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
