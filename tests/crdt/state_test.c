// SPDX-License-Identifier: Apache-2.0
// state_test.c - what concurrent moves of one state become: they stand until
// somebody who saw them moves on. Which of them counts is the pack's to say
// (tests/schema/rank_test.c).
#include "crdt/record_world.h"

static struct world world;
static const tandem_slice no_key = {NULL, 0};

enum { ANNA, BEN, CARL };
enum { STATE = 1 };

static int
setup(void **state)
{
    (void)state;
    world_init(&world, 1, 3);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_deinit(&world);
    return 0;
}

static void
moves(size_t who, unsigned to, const char *why)
{
    struct td_op op = op_value(TD_OP_MOVE, STATE, number(to));

    op.why = td_slice_str(why == NULL ? "" : why);
    (void)device_writes(&world, who, &op, 1);
}

// The live moves, latest clock first, are exactly these (ended by 0).
static void
assert_live(const unsigned *want)
{
    struct td_record *r = record_again(world_build(&world, NULL, NULL, NULL));
    struct td_version v;
    size_t n = 0;

    for (; want[n] != 0; n++) {
        assert_true(td_record_version(r, STATE, TD_OP_MOVE, no_key, n, &v));
        assert_true(td_slice_eq(v.value, number(want[n])));
    }
    assert_int_equal(td_record_versions(r, STATE, TD_OP_MOVE, no_key), n);
    assert_int_equal(td_record_distinct(r, STATE, TD_OP_MOVE, no_key), n);
    td_record_free(r);
}

static void
test_concurrent_moves_stand_side_by_side(void **state)
{
    (void)state;
    moves(ANNA, 1, NULL);
    device_learns(&world, BEN, ANNA);
    moves(ANNA, 4, NULL);
    moves(BEN, 2, NULL);
    assert_live((unsigned[]){2, 4, 0});
}

static void
test_a_move_replaces_those_it_saw_and_no_other(void **state)
{
    (void)state;
    moves(ANNA, 5, NULL);
    device_learns(&world, BEN, ANNA);
    moves(BEN, 2, "booked too early"); // a step back
    moves(CARL, 4, NULL);              // saw neither
    assert_live((unsigned[]){4, 2, 0});
    device_learns(&world, CARL, BEN);
    moves(CARL, 6, NULL);
    assert_live((unsigned[]){6, 0});
}

static void
test_a_move_keeps_its_reason(void **state)
{
    struct td_record *r;
    struct td_version v;

    (void)state;
    moves(ANNA, 5, "own");
    r = record_again(world_build(&world, NULL, NULL, NULL));
    assert_true(td_record_version(r, STATE, TD_OP_MOVE, no_key, 0, &v));
    assert_true(td_slice_eq(v.why, td_slice_str("own")));
    assert_memory_equal(v.person.b, person_of(ANNA).b, 16);
    td_record_free(r);
}

// The merge of a field is told by its operation: another one disturbs nobody.
static void
test_a_state_and_a_register_of_one_field_are_apart(void **state)
{
    struct td_op op = op_set(STATE, number(9), NULL);
    struct td_record *r;
    uint64_t field, merge;

    (void)state;
    moves(ANNA, 5, NULL);
    device_learns(&world, BEN, ANNA);
    (void)device_writes(&world, BEN, &op, 1);
    assert_live((unsigned[]){5, 0});
    r = world_build(&world, NULL, NULL, NULL);
    assert_int_equal(td_record_versions(r, STATE, TD_OP_SET, no_key), 1);
    assert_true(td_record_field(r, 1, &field, &merge));
    assert_int_equal(field, STATE);
    assert_int_equal(merge, TD_OP_MOVE);
    td_record_free(r);
}

static void
test_a_move_in_quarantine_moves_nothing_and_is_not_seen(void **state)
{
    (void)state;
    moves(ANNA, 5, NULL);
    device_learns(&world, BEN, ANNA);
    moves(BEN, 7, NULL);
    world.admitted[1] = false;
    assert_live((unsigned[]){5, 0});
    device_learns(&world, CARL, BEN);
    world.holds[CARL][1] = true;
    moves(CARL, 6, NULL);
    world.admitted[1] = true; // accepted later: Carl had not seen it
    assert_live((unsigned[]){6, 7, 0});
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_concurrent_moves_stand_side_by_side, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_a_move_replaces_those_it_saw_and_no_other, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_a_move_keeps_its_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_a_state_and_a_register_of_one_field_are_apart, setup,
            teardown),
        cmocka_unit_test_setup_teardown(
            test_a_move_in_quarantine_moves_nothing_and_is_not_seen, setup,
            teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
