// SPDX-License-Identifier: Apache-2.0
// opts_test.c - options of hosts that were compiled against other headers.
#include "base/faulty.h"

#include "base/opts.h"

struct today {
    size_t size;
    uint32_t a, b;
};
struct before {
    size_t size;
    uint32_t a;
};
struct later {
    size_t size;
    uint32_t a, b;
    uint64_t c;
};

static void
test_opts_of_an_older_host_leave_what_it_does_not_know_at_zero(void **state)
{
    // The second is beyond what the first says it holds.
    struct before old[2] = {{offsetof(struct before, a) + 4, 7}, {9, 9}};
    struct today mine;

    (void)state;
    memset(&mine, 0xff, sizeof(mine));
    assert_true(td_opts_take(&mine, sizeof(mine), old));
    assert_int_equal(sizeof(mine), mine.size);
    assert_int_equal(7, mine.a);
    assert_int_equal(0, mine.b);
}

static void
test_opts_of_a_newer_host_may_ask_for_nothing_new(void **state)
{
    struct later new = {sizeof(new), 7, 8, 0};
    struct today mine;

    (void)state;
    assert_true(td_opts_take(&mine, sizeof(mine), &new));
    assert_int_equal(sizeof(mine), mine.size);
    assert_int_equal(8, mine.b);
    new.c = (uint64_t)1 << 63;
    assert_false(td_opts_take(&mine, sizeof(mine), &new));
    assert_int_equal(8, mine.b);
}

static void
test_opts_without_a_size_are_none(void **state)
{
    struct today given = {0, 7, 8}, mine;

    (void)state;
    assert_false(td_opts_take(&mine, sizeof(mine), NULL));
    assert_int_equal(0, mine.size);
    for (given.size = 0; given.size < sizeof(given.size); given.size++) {
        assert_false(td_opts_take(&mine, sizeof(mine), &given));
        assert_int_equal(0, mine.a);
    }
    assert_true(td_opts_take(&mine, sizeof(mine), &given));
    assert_int_equal(0, mine.a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_opts_of_an_older_host_leave_what_it_does_not_know_at_zero),
        cmocka_unit_test(test_opts_of_a_newer_host_may_ask_for_nothing_new),
        cmocka_unit_test(test_opts_without_a_size_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
