// SPDX-License-Identifier: Apache-2.0
// log_test.c - lines that several people add to one log.
#include "crdt/record_world.h"

static struct world world;
static const tandem_slice no_key = {NULL, 0};

enum { ANNA, BEN };
enum { LOG = 1 };

static int
setup(void **state)
{
    (void)state;
    world_init(&world, 1, 2);
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
assert_lines(const unsigned *want, size_t n)
{
    struct td_record *r = record_again(world_build(&world, NULL, NULL, NULL));
    struct td_version v;

    assert_int_equal(td_record_versions(r, LOG, TD_OP_LINE, no_key), n);
    for (size_t i = 0; i < n; i++) {
        assert_true(td_record_version(r, LOG, TD_OP_LINE, no_key, i, &v));
        assert_true(td_slice_eq(v.value, number(want[i])));
    }
    td_record_free(r);
}

static void
adds(size_t who, unsigned a, unsigned b)
{
    struct td_op ops[] = {op_value(TD_OP_LINE, LOG, number(a)),
        op_value(TD_OP_LINE, LOG, number(b))};

    (void)device_writes(&world, who, ops, 2);
}

static void
test_lines_stand_by_clock_and_within_a_change_as_typed(void **state)
{
    (void)state;
    adds(ANNA, 5, 4);
    adds(BEN, 3, 2);
    adds(ANNA, 1, 6);
    assert_lines((unsigned[]){5, 4, 3, 2, 1, 6}, 6);
}

// Whoever saw a line takes it away no more than who did not; equal ones stay.
static void
test_no_line_ever_goes(void **state)
{
    (void)state;
    adds(ANNA, 5, 5);
    device_learns(&world, BEN, ANNA);
    adds(BEN, 5, 7);
    assert_lines((unsigned[]){5, 5, 5, 7}, 4);
}

// A clock that is behind puts a line before others, on every device.
static void
test_a_line_of_a_clock_behind_stands_before(void **state)
{
    struct td_op op = op_value(TD_OP_LINE, LOG, number(9));
    struct td_change c;

    (void)state;
    adds(ANNA, 1, 2);
    c = change_of(&world, BEN, &op, 1);
    c.clock = 3;
    (void)world_add(&world, through_bytes(&world, &c), true);
    assert_lines((unsigned[]){9, 1, 2}, 3);
}

static void
test_a_line_in_quarantine_is_not_shown(void **state)
{
    (void)state;
    adds(ANNA, 1, 2);
    adds(BEN, 3, 4);
    world.admitted[0] = false;
    assert_lines((unsigned[]){3, 4}, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_lines_stand_by_clock_and_within_a_change_as_typed, setup,
            teardown),
        cmocka_unit_test_setup_teardown(
            test_no_line_ever_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_a_line_of_a_clock_behind_stands_before, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_a_line_in_quarantine_is_not_shown, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
