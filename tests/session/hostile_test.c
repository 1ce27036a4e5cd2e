// SPDX-License-Identifier: Apache-2.0
// hostile_test.c - links that are cut, peers that lie, wrong order, replays,
// strangers: the store is as good as before, and the next session completes.
#include "session/carry.h"
#include "session/samples.h"

static void
both_type(struct world *w)
{
    (void)world_sheet(w, w->d[0].r, 0, "M. A.");
    (void)world_sheet(w, w->d[1].r, 0, "M. B.");
}

static void
test_a_link_cut_after_any_message_is_made_good_by_the_next(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    size_t total = SIZE_MAX;

    (void)state;
    world_begin(&w, 11, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    for (size_t limit = 1; limit <= total; limit++) {
        struct carry c;
        tandem_error e = {0};

        both_type(&w);
        // Membership too: both rounds are cut.
        ok(td_replica_sector_add(
            a, "VIEUX-LILLE", w.now_ms, &w.sectors[3], &e));
        carry_init(&c, &w, b, a);
        c.limit = limit;
        c.one_by_one = limit % 2 == 0;
        carry_run(&c);
        if (c.carried < limit) {
            total = limit;
            carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
        }
        carry_deinit(&c);
        (void)meet(&w, a, b);
        world_assert_equal(a, b);
        assert_true(meet(&w, b, a).equal);
    }
    assert_true(total > 15);
    assert_int_equal(0, world_verify(a));
    assert_int_equal(0, world_verify(b));
    world_deinit(&w);
}

static void
test_a_newcomer_cut_after_any_message_goes_on(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    size_t limit = 1;
    tandem_error e = {0};
    bool done = false;

    (void)state;
    world_begin(&w, 12, 1, 1);
    a = w.d[0].r;
    (void)world_sheet(&w, a, 0, "Mme L.");
    b = world_enrol(&w, a, TANDEM_RIGHT_AGENT, w.sectors, 1);
    ok(td_replica_join(b, &a->workspace, &e));
    while (!done) {
        struct carry c;

        carry_init(&c, &w, b, a);
        c.limit = limit++;
        carry_run(&c);
        done = carry_report(&c, 0).state == TANDEM_SESSION_DONE &&
               carry_report(&c, 1).state == TANDEM_SESSION_DONE;
        carry_deinit(&c);
        assert_true(limit < 100);
    }
    world_assert_equal(a, b);
    world_deinit(&w);
}

// ------------------------------------------------------- what does not belong

// After `limit` good messages, give `bytes` to `side`.
static tandem_err
interrupt(struct world *w, size_t limit, size_t side, const uint8_t *bytes,
    size_t n, tandem_report *out)
{
    uint8_t *copy = malloc(n > 0 ? n : 1);
    struct carry c;
    tandem_err err;

    assert_non_null(copy);
    memcpy(copy, bytes, n);
    carry_init(&c, w, w->d[0].r, w->d[1].r);
    c.limit = limit;
    if (limit > 0) {
        carry_run(&c);
    }
    err = td_session_take(c.s[side], (tandem_slice){copy, n}, w->now_ms);
    if (err != TANDEM_OK && err != TANDEM_EMISUSE) {
        tandem_slice m = td_session_give(c.s[side], w->now_ms);
        struct td_msg bye;

        if (m.len > 0) { // none after the peer's own BYE
            ok(td_msg_decode(m, &bye));
            assert_int_equal(TD_MSG_BYE, bye.type);
        }
        assert_int_equal(0, td_session_give(c.s[side], w->now_ms).len);
        assert_int_equal(err,
            td_session_take(c.s[side], (tandem_slice){copy, n}, w->now_ms));
    }
    *out = carry_report(&c, side);
    carry_deinit(&c);
    free(copy);
    return err;
}

static void
test_cut_and_swollen_messages_change_nothing(void **state)
{
    struct world w;
    struct td_buf bytes;
    size_t runs = 0;

    (void)state;
    world_begin(&w, 13, 2, 1);
    td_buf_init(&bytes, NULL, TD_MESSAGE_BYTES_MAX * 2);
    for (size_t i = 0; i < SAMPLES; i++) {
        td_buf_reset(&bytes);
        sample_put(&bytes, i);
        for (size_t n = 0; n < bytes.len; n += 1 + bytes.len / 5) {
            struct td_hash16 before[2] = {
                heads_of(w.d[0].r), heads_of(w.d[1].r)};
            tandem_report r;

            // Every phase before anything is committed.
            for (size_t limit = 1; limit < 6; limit++) {
                assert_err(TANDEM_EPROTO,
                    interrupt(&w, limit, runs++ % 2, bytes.ptr, n, &r));
                assert_int_equal(TANDEM_SESSION_FAILED, r.state);
            }
            assert_memory_equal(before[0].b, heads_of(w.d[0].r).b, 16);
            assert_memory_equal(before[1].b, heads_of(w.d[1].r).b, 16);
        }
        if (i == 8) {
            both_type(&w); // from now on something is to be moved
        }
    }
    td_buf_deinit(&bytes);
    (void)meet(&w, w.d[0].r, w.d[1].r);
    world_assert_equal(w.d[0].r, w.d[1].r);
    world_deinit(&w);
}

static void
test_any_message_at_any_place_is_taken_or_ends_the_session(void **state)
{
    struct world w;
    struct td_buf bytes;

    (void)state;
    world_begin(&w, 14, 2, 1);
    td_buf_init(&bytes, NULL, TD_MESSAGE_BYTES_MAX);
    for (size_t limit = 0; limit < 24; limit++) {
        both_type(&w);
        for (size_t i = 0; i < SAMPLES; i++) {
            for (size_t side = 0; side < 2; side++) {
                tandem_report r;
                tandem_err err;

                td_buf_reset(&bytes);
                sample_put(&bytes, i);
                err = interrupt(&w, limit, side, bytes.ptr, bytes.len, &r);
                if (err != TANDEM_OK && err != TANDEM_EPROTO &&
                    err != TANDEM_EMISUSE) {
                    fail_msg("sample %zu after %zu: %s", i, limit,
                        tandem_err_name(err));
                }
                if (i == SAMPLES - 1 && err != TANDEM_EMISUSE) {
                    assert_err(TANDEM_EPROTO, err); // BYE names it
                }
            }
        }
    }
    td_buf_deinit(&bytes);
    (void)meet(&w, w.d[0].r, w.d[1].r);
    world_assert_equal(w.d[0].r, w.d[1].r);
    world_deinit(&w);
}

static void
test_random_frames_never_harm(void **state)
{
    struct world w;
    uint64_t seed = help_seed();
    struct carry c;

    (void)state;
    world_begin(&w, seed, 2, 1);
    both_type(&w);
    carry_init(&c, &w, w.d[0].r, w.d[1].r);
    carry_run(&c);
    for (size_t i = 0; i < 400; i++) {
        size_t at = 0, n, skip = help_next(&seed) % (c.carried - 1);
        uint8_t bytes[512];
        tandem_report r;

        for (; skip > 0; skip--) {
            at += 5 + td_be32(c.wire.ptr + at);
        }
        n = td_be32(c.wire.ptr + at);
        n = n < sizeof(bytes) ? n : sizeof(bytes);
        memcpy(bytes, c.wire.ptr + at + 5, n);
        for (size_t k = help_next(&seed) % 4; k > 0; k--) {
            bytes[help_next(&seed) % n] = (uint8_t)help_next(&seed);
        }
        if (i % 20 == 0) {
            both_type(&w);
        }
        (void)!interrupt(
            &w, help_next(&seed) % 20, help_next(&seed) % 2, bytes, n, &r);
    }
    carry_deinit(&c);
    (void)meet(&w, w.d[0].r, w.d[1].r);
    world_assert_equal(w.d[0].r, w.d[1].r);
    assert_int_equal(0, world_verify(w.d[0].r));
    assert_int_equal(0, world_verify(w.d[1].r));
    world_deinit(&w);
}

static void
test_an_older_session_replayed_ends_nowhere(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    struct td_hash16 before;
    struct td_session *x;
    struct td_peer was, is;
    struct carry c;
    tandem_report r;

    (void)state;
    world_begin(&w, 15, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    for (int k = 0; k < 2; k++) { // one in which entries moved, one equal
        if (k == 0) {
            both_type(&w);
        }
        carry_init(&c, &w, a, b);
        carry_run(&c);
        carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
        before = heads_of(b);
        was.device = is.device = td_replica_device(a);
        ok(td_peer_get(b, &was.device, &was));
        w.now_ms += 5000;
        x = session_of(&w, b, a, false, TANDEM_OK);
        for (size_t at = 0; at < c.wire.len;) {
            size_t n = td_be32(c.wire.ptr + at);

            if (c.wire.ptr[at + 4] == 0) {
                (void)!td_session_take(
                    x, (tandem_slice){c.wire.ptr + at + 5, n}, w.now_ms);
                while (td_session_give(x, w.now_ms).len > 0) {
                }
            }
            at += 5 + n;
        }
        td_session_report(x, &r);
        assert_int_equal(TANDEM_SESSION_FAILED, r.state);
        assert_err(TANDEM_EPROTO, r.error.code);
        assert_memory_equal(before.b, heads_of(b).b, 16);
        ok(td_peer_get(b, &is.device, &is));
        assert_int_equal(was.last_sync_ms, is.last_sync_ms);
        td_session_free(x);
        carry_deinit(&c);
    }
    world_deinit(&w);
}

// ------------------------------------------------------------------ strangers

static void
test_strangers_get_no_session(void **state)
{
    struct world w;
    struct td_replica *a, *b, *c;
    tandem_error e = {0};

    (void)state;
    world_begin(&w, 16, 1, 1);
    a = w.d[0].r;
    b = world_add(&w);
    assert_null(session_of(&w, a, b, true, TANDEM_EAUTH));
    assert_null(session_of(&w, a, a, true, TANDEM_EAUTH));
    assert_null(session_of(&w, b, a, true, TANDEM_EWORKSPACE));
    ok(td_replica_found(b, "Sud", "autre", w.now_ms, &e));
    assert_null(session_of(&w, b, a, true, TANDEM_EAUTH));
    // Enrolled here, but it waits for another workspace.
    c = world_enrol(&w, a, TANDEM_RIGHT_AGENT, w.sectors, 1);
    ok(td_replica_join(c, &b->workspace, &e));
    (void)meet_badly(&w, c, a, TANDEM_EWORKSPACE);
    assert_memory_equal(heads_of(c).b, ((uint8_t[16]){0}), 16);
    world_deinit(&w);
}

static void
test_an_uninvited_newcomer_learns_it(void **state)
{
    struct world w;
    struct td_replica *a, *b, *c;
    tandem_error e = {0};
    struct td_session *x;

    (void)state;
    world_begin(&w, 17, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    // a enrolled c, b does not know yet: b refuses.
    c = world_enrol(&w, a, TANDEM_RIGHT_AGENT, w.sectors, 1);
    ok(td_replica_join(c, &a->workspace, &e));
    assert_null(session_of(&w, b, c, false, TANDEM_EAUTH));
    (void)meet(&w, a, b);
    x = session_of(&w, b, c, false, TANDEM_OK);
    td_session_free(x);
    (void)meet(&w, c, b);
    world_assert_equal(c, b);
    world_deinit(&w);
}

static struct td_log_info
log_in(struct td_replica *r, tandem_id sector)
{
    struct td_log_info *logs, out;
    struct td_arena arena;
    struct td_txn *t;
    size_t count;

    td_arena_init(&arena, NULL, (size_t)8 << 20);
    ok(td_store_read(r->store, &t));
    ok(td_log_list(t, &sector, &arena, &logs, &count));
    td_store_read_end(t);
    assert_true(count > 0);
    out = logs[0];
    td_arena_deinit(&arena);
    return out;
}

// Ask `a` for a log, at the place where WANT is due.
static tandem_err
ask_for(struct world *w, struct td_replica *a, struct td_replica *b,
    struct td_log_id log, uint64_t to)
{
    struct td_msg_want want = {.log = log, .to = to, .from_start = true};
    struct td_session *x = session_of(w, a, b, false, TANDEM_OK);
    struct td_session *y = session_of(w, b, a, true, TANDEM_OK);
    tandem_slice m = td_session_give(y, w->now_ms);
    struct td_buf bytes;
    tandem_err err;

    ok(td_session_take(x, m, w->now_ms));
    while (td_session_give(x, w->now_ms).len > 0) {
    }
    td_buf_init(&bytes, NULL, TD_MESSAGE_BYTES_MAX);
    td_msg_put_want(&bytes, true, &want, 1);
    err = td_session_take(x, td_buf_slice(&bytes), w->now_ms);
    td_buf_deinit(&bytes);
    td_session_free(x);
    td_session_free(y);
    return err;
}

static void
test_a_sector_the_peer_may_not_see_is_not_on_the_wire(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    struct td_log_info hidden, open;
    struct td_log_id nowhere = {{7}};
    tandem_device_id device;
    struct carry c;
    tandem_id record;
    tandem_report r;

    (void)state;
    world_begin(&w, 18, 1, 2);
    a = w.d[0].r;
    b = world_enrol(&w, a, TANDEM_RIGHT_AGENT, w.sectors, 1);
    world_join(&w, a, b);
    (void)meet(&w, a, b);
    record = world_sheet(&w, a, 1, "Mme SECRET");
    (void)world_sheet(&w, a, 0, "Mme L.");
    hidden = log_in(a, w.sectors[1]);
    open = log_in(a, w.sectors[0]);
    carry_init(&c, &w, b, a);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    assert_true(wire_has(&c, open.id.b, 16));
    assert_false(wire_has(&c, w.sectors[1].b, 16));
    assert_false(wire_has(&c, hidden.id.b, 16));
    assert_false(wire_has(&c, hidden.head.b, 16));
    assert_false(wire_has(&c, record.b, 16));
    carry_deinit(&c);
    // What happens there alone is invisible: nothing is new.
    (void)world_sheet(&w, a, 1, "Mme SECRET");
    r = meet(&w, b, a);
    assert_true(r.equal);
    assert_int_equal(1, r.round_trips);
    // Asked for by name it is as unknown as a log that does not exist.
    (void)world_sheet(&w, a, 0, "M. A.");
    assert_err(TANDEM_EPROTO, ask_for(&w, a, b, hidden.id, 1));
    assert_err(TANDEM_EPROTO, ask_for(&w, a, b, nowhere, 1));
    assert_err(TANDEM_OK, ask_for(&w, a, b, open.id, open.head_seq));
    // With the right comes all of it.
    device = td_replica_device(b);
    ok(td_replica_grant(a, &device, w.sectors[1], TANDEM_RIGHT_READER, NULL));
    (void)meet(&w, b, a);
    assert_int_equal(hidden.head_seq + 1, log_in(b, w.sectors[1]).head_seq);
    world_deinit(&w);
}

static void
test_a_right_that_ends_during_the_session_ends_the_sending(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    tandem_device_id device;
    struct carry c;
    tandem_report r;

    (void)state;
    world_begin(&w, 19, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    (void)meet(&w, a, b);
    (void)world_sheet(&w, a, 0, "Mme L.");
    device = td_replica_device(b);
    carry_init(&c, &w, b, a);
    c.limit = 7; // as far as b's WANT
    carry_run(&c);
    ok(td_replica_grant(a, &device, w.sectors[0], TANDEM_RIGHT_NONE, NULL));
    c.limit = 0;
    carry_run(&c);
    r = carry_report(&c, 1);
    assert_err(TANDEM_EAUTH, r.error.code);
    assert_int_equal(0, r.commits_sent);
    r = carry_report(&c, 0);
    assert_err(TANDEM_EAUTH, r.error.code);
    assert_int_equal(0, r.commits_received);
    carry_deinit(&c);
    (void)meet(&w, b, a); // what it may still see goes on
    world_deinit(&w);
}

// ------------------------------------------------------------- receipts,
// credit

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
    struct td_msg_hello hello = {1, 1, {1}, {2}, 1 << 20, {{3}}, {{4}}, 0, {0}};
    struct td_msg_fin fin = {.same = false, .lsn = 9};
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
            td_msg_put_status(&m, 1, false, NULL, 0);
            ok(tell(x, w, &m));
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

static void
test_typing_during_the_session_takes_another_pass(void **state)
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

// ----------------------------------------------------------------------- fork

static void
copy_store(const struct help_dir *from, struct help_dir *to)
{
    static const char *names[] = {"data.mdb", "keys"};

    help_dir_new(to);
    assert_int_equal(0, mkdir(to->path, 0700));
    for (size_t i = 0; i < 2; i++) {
        uint8_t *bytes;
        char path[512];
        size_t n;

        help_read_file(from->path, names[i], &bytes, &n);
        help_write_file(to->path, names[i], bytes, n);
        (void)snprintf(path, sizeof(path), "%s/%s", to->path, names[i]);
        assert_int_equal(0, chmod(path, 0600));
        free(bytes);
    }
}

static size_t
forked_logs(struct td_replica *r)
{
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_txn *t;
    size_t count, n = 0;

    td_arena_init(&arena, NULL, (size_t)8 << 20);
    ok(td_store_read(r->store, &t));
    ok(td_log_list(t, NULL, &arena, &logs, &count));
    td_store_read_end(t);
    for (size_t i = 0; i < count; i++) {
        n += logs[i].forked ? 1 : 0;
    }
    td_arena_deinit(&arena);
    return n;
}

static void
test_a_log_written_twice_is_said_and_the_rest_goes_on(void **state)
{
    struct world w;
    struct td_replica *a, *b, *copy;
    struct device *d;
    tandem_report r;

    (void)state;
    for (int longer = 0; longer < 2; longer++) {
        world_begin(&w, 22, 2, 1);
        a = w.d[0].r;
        (void)world_sheet(&w, a, 0, "M. A.");
        (void)world_sheet(&w, w.d[1].r, 0, "M. B.");
        (void)meet(&w, a, w.d[1].r);
        device_close(&w.d[1]);
        d = &w.d[w.count++];
        d->sys = w.d[1].sys;
        copy_store(&w.d[1].dir, &d->dir);
        device_open(&w.d[1], false);
        device_open(d, false);
        b = w.d[1].r;
        copy = d->r;
        if (memcmp(b->incarnation, copy->incarnation, 16) != 0) {
            world_deinit(&w); // the copy was noticed: its logs are new ones
            return;
        }
        (void)world_sheet(&w, b, 0, "M. ICI");
        (void)world_sheet(&w, copy, 0, "M. LÀ");
        if (longer == 1) {
            (void)world_sheet(&w, copy, 0, "M. LÀ-BAS");
        }
        (void)meet(&w, a, b);
        (void)world_sheet(&w, a, 0, "M. A.");
        r = meet_badly(&w, a, copy, TANDEM_EFORK);
        assert_int_equal(1, r.commits_sent); // the rest went
        assert_true(r.receipt);
        (void)meet_badly(&w, copy, a, TANDEM_EFORK);
        // Proven where the other's signed head stands at a place held here.
        assert_int_equal(1, forked_logs(copy));
        assert_int_equal(longer == 0 ? 1 : 0, forked_logs(a));
        (void)meet(&w, a, b); // others are not disturbed
        assert_int_equal(0, world_verify(a));
        world_deinit(&w);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_a_link_cut_after_any_message_is_made_good_by_the_next),
        cmocka_unit_test(test_a_newcomer_cut_after_any_message_goes_on),
        cmocka_unit_test(test_cut_and_swollen_messages_change_nothing),
        cmocka_unit_test(
            test_any_message_at_any_place_is_taken_or_ends_the_session),
        cmocka_unit_test(test_random_frames_never_harm),
        cmocka_unit_test(test_an_older_session_replayed_ends_nowhere),
        cmocka_unit_test(test_strangers_get_no_session),
        cmocka_unit_test(test_an_uninvited_newcomer_learns_it),
        cmocka_unit_test(test_a_sector_the_peer_may_not_see_is_not_on_the_wire),
        cmocka_unit_test(
            test_a_right_that_ends_during_the_session_ends_the_sending),
        cmocka_unit_test(test_a_receipt_that_is_not_the_peers_is_refused),
        cmocka_unit_test(test_nothing_is_sent_beyond_the_credit),
        cmocka_unit_test(test_a_liar_is_given_three_passes),
        cmocka_unit_test(test_typing_during_the_session_takes_another_pass),
        cmocka_unit_test(test_a_log_written_twice_is_said_and_the_rest_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
