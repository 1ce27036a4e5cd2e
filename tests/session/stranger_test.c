// SPDX-License-Identifier: Apache-2.0
// stranger_test.c - who gets a session, and what of it: strangers, newcomers,
// members without a sector, rights that end.
#include "session/carry.h"

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

static void
test_a_sector_the_peer_may_not_see_is_not_on_the_wire(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    struct td_log_info hidden, open;
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
    // With the right comes all of it.
    device = td_replica_device(b);
    ok(td_replica_grant(a, &device, w.sectors[1], TANDEM_RIGHT_READER, NULL));
    (void)meet(&w, b, a);
    assert_int_equal(hidden.head_seq + 1, log_in(b, w.sectors[1]).head_seq);
    world_deinit(&w);
}

static tandem_err
lose_payload(struct td_txn *t, void *ctx)
{
    const struct td_log_info *log = ctx;

    const struct td_payload_ref ref = {.hash = {{1}}, .length = 100};

    return td_payload_missing(t, log->number, log->head_seq, 0, &ref);
}

// The last message of `side`: its FIN.
static struct td_msg_fin
last_fin(struct world *w, struct td_replica *a, struct td_replica *b)
{
    struct td_msg_fin fin = {.lsn = 0};
    struct carry c;
    size_t at = 0;

    carry_init(&c, w, a, b);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    while (at < c.wire.len) {
        size_t n = td_be32(c.wire.ptr + at);
        struct td_msg m;

        ok(td_msg_decode((tandem_slice){c.wire.ptr + at + 5, n}, &m));
        if (c.wire.ptr[at + 4] == 1 && m.type == TD_MSG_FIN) {
            fin = m.u.fin;
        }
        at += 5 + n;
    }
    carry_deinit(&c);
    return fin;
}

// Neither that something was written there, nor how much is missing there.
static void
test_numbers_say_nothing_of_a_sector_the_peer_may_not_see(void **state)
{
    struct td_replica *a, *b;
    struct td_msg_fin before, after;
    struct td_log_info log;
    struct world w;

    (void)state;
    world_begin(&w, 33, 1, 2);
    a = w.d[0].r;
    b = world_enrol(&w, a, TANDEM_RIGHT_AGENT, w.sectors, 1);
    world_join(&w, a, b);
    (void)world_sheet(&w, a, 0, "Mme L.");
    (void)meet(&w, b, a);
    before = last_fin(&w, b, a);
    (void)world_sheet(&w, a, 1, "Mme SECRET");
    log = log_in(a, w.sectors[1]);
    ok(td_store_write(a->store, lose_payload, &log, NULL));
    assert_int_equal(1, world_stats(a).missing);
    after = last_fin(&w, b, a);
    assert_int_equal(before.lsn, after.lsn);
    assert_int_equal(0, after.missing);
    // What is missing where both may look is asked for; the other is not.
    log = log_in(a, w.sectors[0]);
    ok(td_store_write(a->store, lose_payload, &log, NULL));
    after = last_fin(&w, b, a);
    assert_int_equal(0, after.missing);
    assert_int_equal(1, world_stats(a).missing);
    world_deinit(&w);
}

// It waits for a workspace, and meets somebody who says to know no more.
static void
test_a_newcomer_is_not_done_before_it_is_a_member(void **state)
{
    struct td_msg_hello hello = {
        1, 1, {1}, {2}, 1 << 20, {{0}}, {{0}}, 0, {0}, false};
    struct td_replica *a, *c;
    struct td_session *x;
    tandem_error e = {0};
    tandem_report r;
    struct td_msg m;
    struct td_buf b;
    struct world w;

    (void)state;
    world_begin(&w, 34, 1, 1);
    a = w.d[0].r;
    c = world_add(&w);
    ok(td_replica_join(c, &a->workspace, &e));
    x = session_of(&w, c, a, true, TANDEM_OK);
    ok(td_msg_decode(td_session_give(x, w.now_ms), &m));
    hello.control_root = m.u.hello.control_root;
    hello.data_root = m.u.hello.data_root;
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    td_msg_put_hello(&b, &hello);
    assert_err(TANDEM_EAUTH, td_session_take(x, td_buf_slice(&b), w.now_ms));
    td_session_report(x, &r);
    assert_int_equal(TANDEM_SESSION_FAILED, r.state);
    assert_true(strlen(r.error.msg) > 20);
    td_buf_deinit(&b);
    td_session_free(x);
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
    c.limit = 5; // as far as b's WANT
    carry_run(&c);
    ok(td_replica_grant(a, &device, w.sectors[0], TANDEM_RIGHT_NONE, NULL));
    c.limit = 0;
    carry_run(&c);
    r = carry_report(&c, 1);
    assert_err(TANDEM_ECUT, r.error.code);
    assert_int_equal(0, r.commits_sent);
    r = carry_report(&c, 0);
    assert_err(TANDEM_ECUT, r.error.code);
    assert_int_equal(0, r.commits_received);
    carry_deinit(&c);
    (void)meet(&w, b, a); // what it may still see goes on
    world_deinit(&w);
}

// Another pass would tell the heads anew: not of a sector hidden by now.
static void
test_a_right_that_ends_between_passes_ends_the_telling(void **state)
{
    tandem_device_id device;
    struct td_msg m = {.type = TD_MSG_HELLO};
    struct world w;
    struct carry c;
    struct td_buf b;
    tandem_slice s;

    (void)state;
    world_begin(&w, 20, 2, 1);
    (void)meet(&w, w.d[0].r, w.d[1].r);
    (void)world_sheet(&w, w.d[1].r, 0, "M. B.");
    device = td_replica_device(w.d[1].r);
    carry_init(&c, &w, w.d[1].r, w.d[0].r);
    while (m.type != TD_MSG_FIN) {
        while (carry_one(&c, 1)) {
        }
        s = td_session_give(c.s[0], w.now_ms);
        ok(td_msg_decode(s, &m));
        if (m.type != TD_MSG_FIN) {
            ok(td_session_take(c.s[1], s, w.now_ms));
        }
    }
    while (td_session_give(c.s[1], w.now_ms).len > 0) {
    }
    m.u.fin.same_data = false; // so there is another pass
    td_buf_init(&b, NULL, TD_MESSAGE_BYTES_MAX);
    td_msg_put_fin(&b, &m.u.fin);
    ok(td_replica_grant(
        w.d[0].r, &device, w.sectors[0], TANDEM_RIGHT_NONE, NULL));
    assert_err(TANDEM_ECUT, td_session_take(c.s[1], td_buf_slice(&b), 0));
    s = td_session_give(c.s[1], w.now_ms);
    ok(td_msg_decode(s, &m));
    assert_int_equal(TD_MSG_BYE, m.type);
    assert_int_equal(0, td_session_give(c.s[1], w.now_ms).len);
    td_buf_deinit(&b);
    carry_deinit(&c);
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strangers_get_no_session),
        cmocka_unit_test(test_an_uninvited_newcomer_learns_it),
        cmocka_unit_test(test_a_sector_the_peer_may_not_see_is_not_on_the_wire),
        cmocka_unit_test(
            test_numbers_say_nothing_of_a_sector_the_peer_may_not_see),
        cmocka_unit_test(test_a_newcomer_is_not_done_before_it_is_a_member),
        cmocka_unit_test(
            test_a_right_that_ends_during_the_session_ends_the_sending),
        cmocka_unit_test(
            test_a_right_that_ends_between_passes_ends_the_telling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
