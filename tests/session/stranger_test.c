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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strangers_get_no_session),
        cmocka_unit_test(test_an_uninvited_newcomer_learns_it),
        cmocka_unit_test(test_a_sector_the_peer_may_not_see_is_not_on_the_wire),
        cmocka_unit_test(
            test_a_right_that_ends_during_the_session_ends_the_sending),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
