// SPDX-License-Identifier: Apache-2.0
// bound_test.c - what a session does beside its messages has an end, whatever
// ids the peer's authors chose and whether there is memory or not.
#include "session/carry.h"

#include "session/state.h"

// Ids that differ in their high bits only, as many as are counted: with slots
// by an id's own bits each would be looked for behind all before it.
static void
test_chosen_ids_are_counted_once_each(void **state)
{
    struct td_session *x = calloc(1, sizeof(*x));
    struct td_touched_list l = {0};
    uint8_t pack[8] = {1};

    (void)state;
    assert_non_null(x);
    memset(x->tally.key.b, 9, sizeof(x->tally.key.b));
    for (uint64_t twice = 0; twice < 2; twice++) {
        for (uint64_t i = 0; i < TD_SESSION_RECORDS_MAX / 2; i++) {
            tandem_id id = {{0}};

            td_put_be64(id.b + 8, i << 20);
            td_touched_add(NULL, &l, id, pack, 1);
        }
    }
    td_tally(x, &l, false);
    assert_int_equal(1, x->tally.count);
    assert_int_equal(TD_SESSION_RECORDS_MAX / 2, x->tally.kinds[0].received);
    assert_int_equal(0, x->tally.kinds[0].sent);
    td_tally_deinit(x);
    free(x);
}

static void
test_what_cannot_be_written_is_not_tried_for_ever(void **state)
{
    struct td_session_setup o = {.initiator = true, .outside = true};
    struct td_session_write *write;
    struct td_session *x;
    struct world w;
    tandem_error e = {0};
    int tries = 0;

    (void)state;
    world_begin(&w, 102, 2, 1);
    o.peer = td_replica_device(w.d[1].r);
    o.rng = help_rng(&w.random);
    ok(td_session_new(w.d[0].r, &o, &x, &e));
    x->unstage_due = true; // a part proved bad
    while (tries < 10 && td_session_write_ready(x)) {
        world_fail_at = 1; // there is no memory, and will be none
        assert_err(TANDEM_ENOMEM, td_session_write_begin(x, 0, &write));
        tries++;
    }
    world_fail_at = 0;
    assert_int_equal(1, tries);
    td_session_free(x);
    world_deinit(&w);
}

// A right taken in the middle is seen at the next message: the membership is
// another one.
static void
test_rights_are_asked_again_when_the_membership_changed(void **state)
{
    struct td_session_setup o = {.initiator = true};
    struct td_session *x;
    struct world w;
    tandem_error e = {0};
    tandem_device_id peer;

    (void)state;
    world_begin(&w, 103, 2, 1);
    peer = td_replica_device(w.d[1].r);
    o.peer = peer;
    o.rng = help_rng(&w.random);
    ok(td_session_new(w.d[0].r, &o, &x, &e));
    (void)td_session_give(x, w.now_ms);
    assert_true(x->view.count > 0);
    assert_true(td_view_stands(x));
    ok(td_replica_grant(w.d[0].r, &peer, w.sectors[0], TANDEM_RIGHT_NONE, &e));
    assert_false(td_view_stands(x));
    assert_false(td_view_stands(x));
    td_session_free(x);
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chosen_ids_are_counted_once_each),
        cmocka_unit_test(test_what_cannot_be_written_is_not_tried_for_ever),
        cmocka_unit_test(
            test_rights_are_asked_again_when_the_membership_changed),
    };

    return td_crypto_init() != TANDEM_OK
               ? 1
               : cmocka_run_group_tests(tests, NULL, NULL);
}
