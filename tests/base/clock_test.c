// SPDX-License-Identifier: Apache-2.0
// clock_test.c - the hybrid clock: it rises, follows, and is not dragged.
#include "base/faulty.h"

#include "base/clock.h"

static const int64_t noon = INT64_C(1700000000000);

static void
prop_clock_rises_whatever_the_wall_says(void **state)
{
    uint64_t seed = seed_of_run();
    struct td_clock c = {0};
    uint64_t last = 0;
    int i;

    (void)state;
    for (i = 0; i < 100000; i++) {
        // The wall jumps about, now and then to nonsense.
        int64_t wall = noon + (int64_t)(next_random(&seed) % 1000000);
        uint64_t now;

        if (i % 97 == 0) {
            wall = -noon;
        } else if (i % 101 == 0) {
            wall = 0;
        }
        if (i % 3 == 0) {
            td_clock_heard(&c, next_random(&seed), wall);
        }
        now = td_clock_now(&c, wall);
        assert_true(now > last);
        assert_true(td_clock_ms(now) <= noon + 1000000 + TD_CLOCK_AHEAD_MS + 2);
        last = now;
    }
}

static void
test_clock_follows_the_wall_forward(void **state)
{
    struct td_clock c = {0};

    (void)state;
    assert_true(td_clock_now(&c, noon) == td_clock_at(noon));
    assert_true(td_clock_now(&c, noon) == td_clock_at(noon) + 1);
    assert_true(td_clock_now(&c, noon - 1) == td_clock_at(noon) + 2);
    assert_true(td_clock_now(&c, noon + 7) == td_clock_at(noon + 7));
    assert_true(td_clock_ms(c.last) == noon + 7);
}

static void
test_clock_full_counter_carries(void **state)
{
    struct td_clock c = {td_clock_at(noon) | 0xffff};

    (void)state;
    assert_true(td_clock_now(&c, noon) == td_clock_at(noon + 1));
}

static void
test_clock_hears_a_peer_but_only_so_far(void **state)
{
    struct td_clock c = {0};

    (void)state;
    td_clock_heard(&c, td_clock_at(noon + 1000), noon);
    assert_true(td_clock_ms(td_clock_now(&c, noon)) == noon + 1000);
    td_clock_heard(&c, td_clock_at(noon - 1000), noon);
    assert_true(td_clock_ms(c.last) == noon + 1000);
    td_clock_heard(&c, UINT64_MAX, noon); // ten thousand years ahead
    assert_true(c.last == td_clock_at(noon + TD_CLOCK_AHEAD_MS));
}

static void
test_clock_clamps_to_48_bits(void **state)
{
    struct td_clock c = {0};
    uint64_t now;

    (void)state;
    assert_true(td_clock_at(-1) == 0);
    assert_true(td_clock_at(INT64_MIN) == 0);
    assert_true(td_clock_at(INT64_MAX) >> 16 == (UINT64_C(1) << 48) - 1);
    now = td_clock_now(&c, INT64_MAX);
    td_clock_heard(&c, UINT64_MAX, INT64_MAX);
    assert_true(td_clock_now(&c, INT64_MAX) > now);
    assert_true(td_clock_now(&c, INT64_MIN) > now);
}

static void
test_clock_that_was_kept_is_sound_if_it_can_go_on(void **state)
{
    struct td_clock c = {0};

    (void)state;
    assert_true(td_clock_sound(0));
    td_clock_heard(&c, UINT64_MAX, INT64_MAX); // as far as one comes
    assert_true(td_clock_sound(c.last));
    for (int i = 0; i < 1000; i++) {
        assert_true(td_clock_sound(td_clock_now(&c, INT64_MAX)));
    }
    assert_false(td_clock_sound(UINT64_MAX));
    assert_false(td_clock_sound(UINT64_MAX - 1000));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_that_was_kept_is_sound_if_it_can_go_on),
        cmocka_unit_test(prop_clock_rises_whatever_the_wall_says),
        cmocka_unit_test(test_clock_follows_the_wall_forward),
        cmocka_unit_test(test_clock_full_counter_carries),
        cmocka_unit_test(test_clock_hears_a_peer_but_only_so_far),
        cmocka_unit_test(test_clock_clamps_to_48_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
