// SPDX-License-Identifier: Apache-2.0
// liar_test.c - peers that lie about what they hold, whose it is, or how much
// they may send.
#include "session/carry.h"
#include "session/samples.h"

// ---------------------------------------------------------- receipts, credit

static void
test_a_receipt_that_is_not_the_peers_is_refused(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    struct carry c;
    bool seen = false;

    (void)state;
    world_begin(&w, 20, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    both_type(&w);
    carry_init(&c, &w, a, b);
    for (int turn = 0; turn < 100 && !seen; turn++) {
        for (size_t side = 0; side < 2 && !seen; side++) {
            tandem_slice m;
            struct td_msg msg;

            while ((m = td_session_give(c.s[side], w.now_ms)).len > 0) {
                struct td_buf copy;

                td_buf_init(&copy, NULL, TD_MESSAGE_BYTES_MAX);
                td_buf_put_slice(&copy, m);
                ok(td_msg_decode(m, &msg));
                if (side == 0 && msg.type == TD_MSG_FIN) {
                    assert_true(msg.u.fin.has_receipt);
                    copy.ptr[copy.len - 1] ^= 1;
                    seen = true;
                }
                assert_err(seen ? TANDEM_EPROTO : TANDEM_OK,
                    td_session_take(
                        c.s[1 - side], td_buf_slice(&copy), w.now_ms));
                td_buf_deinit(&copy);
                if (seen) {
                    break;
                }
            }
        }
    }
    assert_true(seen);
    assert_false(carry_report(&c, 1).receipt);
    carry_deinit(&c);
    assert_true(meet(&w, a, b).equal);
    world_deinit(&w);
}

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

// What was told can be asked for, once; nothing else has a number.
static void
test_wants_without_end_are_refused(void **state)
{
    struct td_msg_want want = {.from_start = true};
    struct td_session *x;
    struct td_replica *a, *b;
    struct td_buf m;
    struct world w;

    (void)state;
    world_begin(&w, 27, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    (void)meet(&w, a, b);
    both_type(&w); // one head each
    td_buf_init(&m, NULL, TD_MESSAGE_BYTES_MAX);
    for (uint64_t n = 0; n < 3; n++) {
        x = told(&w, a, b);
        want.n = n * n * n * n * 1000;
        td_buf_reset(&m);
        td_msg_put_want(&m, false, &want, 1);
        assert_err(n == 0 ? TANDEM_OK : TANDEM_EPROTO,
            td_session_take(x, td_buf_slice(&m), w.now_ms));
        assert_err(
            TANDEM_EPROTO, td_session_take(x, td_buf_slice(&m), w.now_ms));
        td_session_free(x);
    }
    td_buf_deinit(&m);
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
    td_buf_reset(&bytes);
    td_msg_put_credit(&bytes, 149); // credit never shrinks
    assert_err(
        TANDEM_EPROTO, td_session_take(x, td_buf_slice(&bytes), w.now_ms));
    td_buf_deinit(&bytes);
    td_session_free(x);
    td_session_free(y);
    world_deinit(&w);
}

// ----------------------------------------------------------------------- liars

static tandem_err
tell(struct td_session *x, struct world *w, struct td_buf *m)
{
    tandem_err err = td_session_take(x, td_buf_slice(m), w->now_ms);

    td_buf_reset(m);
    return err;
}

// A peer that says whatever keeps the session going. It holds `advertise`
// logs nobody ever wrote. @return passes it got.
static int
lie(struct world *w, bool control, size_t advertise, tandem_report *out)
{
    struct td_session *x =
        session_of(w, w->d[0].r, w->d[1].r, false, TANDEM_OK);
    struct td_msg_hello hello = {
        1, 1, {1}, {2}, 1 << 20, {{3}}, {{4}}, 0, {0}, false};
    struct td_msg_fin fin = {.lsn = 9};
    struct td_msg_place places[3];
    tandem_err err = TANDEM_OK;
    struct td_msg seen;
    struct td_buf m;
    tandem_slice s;
    int passes = 0;

    td_buf_init(&m, NULL, TD_MESSAGE_BYTES_MAX);
    for (uint8_t i = 0; i < 3; i++) {
        sample_place(&places[i], i);
    }
    if (!control) {
        struct td_session *y =
            session_of(w, w->d[0].r, w->d[1].r, true, TANDEM_OK);

        ok(td_msg_decode(td_session_give(y, w->now_ms), &seen));
        hello.control_root = seen.u.hello.control_root;
        td_session_free(y);
    }
    fin.control_root = hello.control_root;
    td_msg_put_hello(&m, &hello);
    ok(tell(x, w, &m));
    ok(td_msg_decode(td_session_give(x, w->now_ms), &seen));
    memcpy(fin.echo, seen.u.hello.session, 8);
    for (; err == TANDEM_OK && passes < 10; passes++) {
        for (int part = control ? 0 : 1; part < 2 && err == TANDEM_OK; part++) {
            td_msg_put_advert(&m, true, places, advertise);
            ok(tell(x, w, &m));
            td_msg_put_want(&m, true, NULL, 0);
            ok(tell(x, w, &m));
            while ((s = td_session_give(x, w->now_ms)).len > 0) {
            }
            td_msg_put_sent(&m);
            ok(tell(x, w, &m));
            while ((s = td_session_give(x, w->now_ms)).len > 0) {
            }
        }
        fin.data_root.b[0]++;
        td_msg_put_fin(&m, &fin);
        err = tell(x, w, &m);
    }
    td_session_report(x, out);
    td_buf_deinit(&m);
    td_session_free(x);
    return passes;
}

static void
test_a_liar_is_given_three_passes(void **state)
{
    struct world w;
    tandem_report r;

    (void)state;
    world_begin(&w, 23, 2, 1);
    for (size_t advertise = 0; advertise < 4; advertise += 3) {
        for (int control = 0; control < 2; control++) {
            assert_int_equal(3, lie(&w, control == 1, advertise, &r));
            assert_int_equal(TANDEM_SESSION_FAILED, r.state);
            assert_err(TANDEM_EPROTO, r.error.code);
            assert_true(strlen(r.error.msg) > 20);
        }
    }
    (void)meet(&w, w.d[0].r, w.d[1].r);
    world_deinit(&w);
}

struct pushing {
    struct td_author author;
    tandem_id sector;
    struct td_signed_head head;
    struct td_log_info log;
};

static tandem_err
open_there(struct td_txn *t, void *ctx)
{
    struct pushing *p = ctx;

    TD_TRY(td_log_own(t, &p->author, p->sector, NULL, 0, &p->log));
    return td_head_sign(t, &p->author, &p->log, &p->head);
}

// Push a log as a peer that does not care whose it is. The code `a` has for
// its bytes.
static tandem_err
push(struct world *w, const struct pushing *p, tandem_slice segment)
{
    struct td_msg_hello hello = {
        1, 1, {1}, {2}, 1 << 20, {{3}}, {{4}}, 0, {0}, false};
    struct td_replica *a = w->d[0].r;
    struct td_replica *b = w->d[1].r;
    struct td_session *x = session_of(w, a, b, false, TANDEM_OK);
    struct td_session *y = session_of(w, a, b, true, TANDEM_OK);
    struct td_msg_place place = {
        p->log.id, 0, td_hash_short(&p->head.head.hash)};
    struct td_msg_head head = {
        .last = true, .sig = p->head.sig, .bytes = segment.len};
    struct td_msg seen;
    struct td_buf m;
    tandem_err err;

    td_buf_init(&m, NULL, TD_MESSAGE_BYTES_MAX);
    ok(td_msg_decode(td_session_give(y, w->now_ms), &seen));
    hello.control_root = seen.u.hello.control_root;
    td_session_free(y);
    td_msg_put_hello(&m, &hello);
    ok(tell(x, w, &m));
    td_msg_put_advert(&m, true, &place, 1);
    ok(tell(x, w, &m));
    td_msg_put_head(&m, &head);
    ok(tell(x, w, &m));
    td_msg_put_data(&m, 0, segment);
    err = tell(x, w, &m);
    td_msg_put_sent(&m);
    assert_err(err, tell(x, w, &m));
    td_buf_deinit(&m);
    td_session_free(x);
    return err;
}

static void
test_a_log_of_a_sector_not_shared_is_not_taken(void **state)
{
    struct pushing p = {.sector = {{0}}};
    struct td_replica *a, *b;
    struct td_hash16 before;
    struct td_buf segment;
    struct td_txn *t;
    struct world w;

    (void)state;
    world_begin(&w, 25, 1, 2);
    a = w.d[0].r;
    b = world_enrol(&w, a, TANDEM_RIGHT_AGENT, w.sectors, 1);
    world_join(&w, a, b);
    (void)meet(&w, a, b);
    td_buf_init(&segment, NULL, TD_SEGMENT_BYTES_MAX);
    for (int shared = 0; shared < 2; shared++) {
        p.author = td_replica_author(b);
        p.author.incarnation[0] ^= 1;
        p.sector = w.sectors[1 - shared];
        ok(td_store_write(b->store, open_there, &p, NULL));
        td_buf_reset(&segment);
        ok(td_store_read(b->store, &t));
        ok(td_segment_write(t, &p.log, true, 0, 0, NULL, NULL, &segment));
        td_store_read_end(t);
        before = heads_of(a);
        assert_err(shared == 0 ? TANDEM_EPROTO : TANDEM_OK,
            push(&w, &p, td_buf_slice(&segment)));
        assert_int_equal(
            shared, memcmp(before.b, heads_of(a).b, 16) == 0 ? 0 : 1);
    }
    td_buf_deinit(&segment);
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
        cmocka_unit_test(test_a_receipt_that_is_not_the_peers_is_refused),
        cmocka_unit_test(
            test_who_sent_something_has_a_receipt_whoever_was_faster),
        cmocka_unit_test(test_wants_without_end_are_refused),
        cmocka_unit_test(test_nothing_is_sent_beyond_the_credit),
        cmocka_unit_test(test_a_liar_is_given_three_passes),
        cmocka_unit_test(test_a_log_of_a_sector_not_shared_is_not_taken),
        cmocka_unit_test(test_typing_during_the_session_is_for_the_next_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
