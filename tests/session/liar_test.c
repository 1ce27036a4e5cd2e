// SPDX-License-Identifier: Apache-2.0
// liar_test.c - receipts, credit, and what is typed meanwhile. The lies that
// have a code of their own stand in tests/hostile.
#include "session/carry.h"
#include "session/state.h"

// ---------------------------------------------------------- receipts, credit

// Another session brings the same entries in the middle of this one: what was
// sent is vouched for all the same.
static void
test_who_sent_something_has_a_receipt_whoever_was_faster(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    size_t total = SIZE_MAX;

    (void)state;
    world_begin(&w, 26, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    for (size_t at = 1; at <= total; at++) {
        struct carry c;

        both_type(&w);
        carry_init(&c, &w, a, b);
        c.limit = at;
        carry_run(&c);
        if (c.carried < at) {
            total = at;
        }
        (void)meet(&w, b, a);
        c.limit = 0;
        carry_run(&c);
        carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
        for (size_t side = 0; side < 2; side++) {
            tandem_report r = carry_report(&c, side);

            assert_true(r.receipt == (r.commits_sent > 0));
        }
        carry_deinit(&c);
        world_assert_equal(a, b);
    }
    world_deinit(&w);
}

// Until `side` says FIN: that message.
static struct td_msg
until_fin(struct carry *c, size_t side)
{
    struct td_msg m = {.type = TD_MSG_BYE};

    while (m.type != TD_MSG_FIN) {
        tandem_slice s = td_session_give(c->s[side], c->w->now_ms);

        if (s.len == 0) {
            assert_true(carry_one(c, 1 - side));
            continue;
        }
        ok(td_msg_decode(s, &m));
        if (m.type != TD_MSG_FIN) {
            ok(td_session_take(c->s[1 - side], s, c->w->now_ms));
        }
    }
    return m;
}

// "Finished" is said after a receipt for what was sent, and only for that.
static void
test_a_receipt_that_is_left_out_or_for_nothing_is_refused(void **state)
{
    struct td_buf bytes;
    struct world w;

    (void)state;
    world_begin(&w, 29, 2, 1);
    (void)meet(&w, w.d[0].r, w.d[1].r);
    td_buf_init(&bytes, NULL, TD_MESSAGE_BYTES_MAX);
    for (size_t sender = 0; sender < 2; sender++) {
        struct carry c;
        struct td_msg m;

        (void)world_sheet(&w, w.d[sender].r, 0, "M. A.");
        carry_init(&c, &w, w.d[0].r, w.d[1].r);
        m = until_fin(&c, 1);
        assert_true(m.u.fin.has_receipt == (sender == 0));
        m.u.fin.has_receipt = sender != 0;
        td_buf_reset(&bytes);
        td_msg_put_fin(&bytes, &m.u.fin);
        assert_err(TANDEM_EPROTO,
            td_session_take(c.s[0], td_buf_slice(&bytes), w.now_ms));
        assert_false(carry_report(&c, 0).receipt);
        carry_deinit(&c);
        (void)meet(&w, w.d[0].r, w.d[1].r);
    }
    td_buf_deinit(&bytes);
    world_deinit(&w);
}

// A session of `a` that has told b its heads and waits for its WANT.
static struct td_session *
told(struct world *w, struct td_replica *a, struct td_replica *b)
{
    struct td_session *x = session_of(w, a, b, false, TANDEM_OK);
    struct td_session *y = session_of(w, b, a, true, TANDEM_OK);

    ok(td_session_take(x, td_session_give(y, w->now_ms), w->now_ms));
    while (td_session_give(x, w->now_ms).len > 0) {
    }
    td_session_free(y);
    return x;
}

// Once it is asked for, heads are not told in another way.
static void
test_a_walk_begun_behind_the_wants_is_refused(void **state)
{
    struct td_msg_want want = {.from_start = true};
    struct td_session *x;
    struct td_buf m;
    struct world w;

    (void)state;
    world_begin(&w, 27, 2, 1);
    (void)meet(&w, w.d[0].r, w.d[1].r);
    both_type(&w);
    x = told(&w, w.d[0].r, w.d[1].r);
    td_buf_init(&m, NULL, TD_MESSAGE_BYTES_MAX);
    td_msg_put_want(&m, true, &want, 1);
    ok(td_session_take(x, td_buf_slice(&m), w.now_ms));
    td_buf_reset(&m);
    td_msg_put_status(&m, true, NULL, 0);
    assert_err(TANDEM_EPROTO, td_session_take(x, td_buf_slice(&m), w.now_ms));
    td_session_free(x);
    td_buf_deinit(&m);
    world_deinit(&w);
}

// Credit counts bytes; what many small segments take beyond theirs ends with
// the row of batches, also while a carrier's worker is busy elsewhere.
static void
test_a_long_row_of_batches_is_written_first(void **state)
{
    struct td_session *x;
    struct world w;

    (void)state;
    world_begin(&w, 28, 2, 1);
    (void)meet(&w, w.d[0].r, w.d[1].r);
    both_type(&w);
    x = told(&w, w.d[0].r, w.d[1].r);
    for (int i = 1; i <= TD_SESSION_BATCHES_MAX + 1; i++) {
        struct td_segment s = {.count = 1};
        struct td_buf bytes;
        struct td_batch *b;

        td_buf_init(&bytes, NULL, 100);
        td_buf_put_be32(&bytes, 1);
        ok(td_batch_fill(x, true, &b));
        ok(td_batch_add(x, b, &s, &bytes, 0));
        assert_true(td_session_write_first(x) == (i > TD_SESSION_BATCHES_MAX));
        assert_true(td_session_write_ready(x) == (i > 1));
    }
    td_session_free(x);
    world_deinit(&w);
}

static void
test_nothing_is_sent_beyond_the_credit(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    struct td_session *x, *y;
    struct td_buf bytes;
    struct td_msg m;
    tandem_slice s;
    uint64_t data = 0;

    (void)state;
    world_begin(&w, 21, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    for (int i = 0; i < 10; i++) {
        (void)world_sheet(&w, a, 0, "Mme L.");
    }
    x = session_of(&w, a, b, false, TANDEM_OK);
    y = session_of(&w, b, a, true, TANDEM_OK);
    td_buf_init(&bytes, NULL, TD_MESSAGE_BYTES_MAX);
    ok(td_msg_decode(td_session_give(y, w.now_ms), &m));
    m.u.hello.credit = 100;
    td_msg_put_hello(&bytes, &m.u.hello);
    ok(td_session_take(x, td_buf_slice(&bytes), w.now_ms));
    for (bool moved = true; moved;) {
        moved = false;
        while ((s = td_session_give(x, w.now_ms)).len > 0) {
            moved = true;
            ok(td_msg_decode(s, &m));
            data += m.type == TD_MSG_DATA ? m.u.data.bytes.len : 0;
            ok(td_session_take(y, s, w.now_ms));
        }
        while ((s = td_session_give(y, w.now_ms)).len > 0) {
            moved = true;
            ok(td_session_take(x, s, w.now_ms));
        }
    }
    assert_int_equal(100, data);
    td_buf_reset(&bytes);
    td_msg_put_credit(&bytes, 150);
    ok(td_session_take(x, td_buf_slice(&bytes), w.now_ms));
    s = td_session_give(x, w.now_ms);
    ok(td_msg_decode(s, &m));
    assert_int_equal(TD_MSG_DATA, m.type);
    assert_int_equal(50, m.u.data.bytes.len);
    assert_int_equal(0, td_session_give(x, w.now_ms).len);
    td_buf_deinit(&bytes);
    td_session_free(x);
    td_session_free(y);
    world_deinit(&w);
}

static void
test_typing_during_the_session_is_for_the_next_one(void **state)
{
    struct world w;
    size_t total = SIZE_MAX;

    (void)state;
    world_begin(&w, 24, 2, 1);
    for (size_t at = 1; at <= total; at++) {
        struct carry c;

        both_type(&w);
        carry_init(&c, &w, w.d[0].r, w.d[1].r);
        c.limit = at;
        carry_run(&c);
        if (c.carried < at) {
            total = at;
        }
        both_type(&w);
        c.limit = 0;
        carry_run(&c);
        carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
        carry_deinit(&c);
        (void)meet(&w, w.d[1].r, w.d[0].r);
        world_assert_equal(w.d[0].r, w.d[1].r);
    }
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_who_sent_something_has_a_receipt_whoever_was_faster),
        cmocka_unit_test(
            test_a_receipt_that_is_left_out_or_for_nothing_is_refused),
        cmocka_unit_test(test_nothing_is_sent_beyond_the_credit),
        cmocka_unit_test(test_typing_during_the_session_is_for_the_next_one),
        cmocka_unit_test(test_a_walk_begun_behind_the_wants_is_refused),
        cmocka_unit_test(test_a_long_row_of_batches_is_written_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
