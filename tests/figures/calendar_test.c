// SPDX-License-Identifier: Apache-2.0
// calendar_test.c - days, weeks and months as calendars print them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "figures/calendar.h"

static int32_t
day(int32_t year, int32_t month, int32_t d)
{
    return calendar_day((struct date){year, month, d});
}

static void
test_days_and_dates_go_both_ways(void **state)
{
    (void)state;
    assert_int_equal(day(1970, 1, 1), 0);
    assert_int_equal(day(2000, 3, 1), 11017);
    assert_int_equal(day(2026, 5, 4), 20577);
    for (int32_t d = -1000000; d < 1000000; d += 97) {
        const struct date at = calendar_date(d);

        assert_in_range(at.month, 1, 12);
        assert_in_range(at.day, 1, 31);
        assert_int_equal(calendar_day(at), d);
    }
}

// 28/03/2027 and 31/10/2027, 01:00 UTC: the clocks of Paris change.
static void
test_a_moment_has_the_day_of_paris(void **state)
{
    const int64_t hour = 3600000, day_ms = 24 * hour;
    const int64_t summer = day(2027, 6, 1) * day_ms;
    const int64_t winter = day(2027, 1, 1) * day_ms;

    (void)state;
    assert_int_equal(calendar_day_of(summer + 22 * hour - 1), day(2027, 6, 1));
    assert_int_equal(calendar_day_of(summer + 22 * hour), day(2027, 6, 2));
    assert_int_equal(calendar_day_of(winter + 23 * hour - 1), day(2027, 1, 1));
    assert_int_equal(calendar_day_of(winter + 23 * hour), day(2027, 1, 2));
    // The evening before the change, and the evening of it.
    assert_int_equal(calendar_day_of(day(2027, 3, 27) * day_ms + 22 * hour),
        day(2027, 3, 27));
    assert_int_equal(calendar_day_of(day(2027, 3, 28) * day_ms + 22 * hour),
        day(2027, 3, 29));
    assert_int_equal(calendar_day_of(day(2027, 10, 30) * day_ms + 22 * hour),
        day(2027, 10, 31));
    assert_int_equal(calendar_day_of(day(2027, 10, 31) * day_ms + 22 * hour),
        day(2027, 10, 31));
    assert_int_equal(calendar_day_of(-1), 0); // 00:59 of 1970 already
    assert_int_equal(calendar_day_of(INT64_MAX), NO_DAY);
    assert_int_equal(calendar_day_of(INT64_MIN), NO_DAY);
    assert_int_equal(calendar_day_or_none(INT64_MIN), NO_DAY);
}

static void
test_weeks_are_those_of_iso_8601(void **state)
{
    static const struct {
        int32_t year, month, day, iso_year, week;
    } known[] = {
        {2026, 1, 1, 2026, 1},
        {2027, 1, 3, 2026, 53},
        {2027, 1, 4, 2027, 1},
        {2024, 12, 30, 2025, 1},
        {2026, 5, 4, 2026, 19},
        {1969, 12, 31, 1970, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        int32_t year, week;

        calendar_week(
            day(known[i].year, known[i].month, known[i].day), &year, &week);
        assert_int_equal(year, known[i].iso_year);
        assert_int_equal(week, known[i].week);
    }
    assert_int_equal(calendar_monday(day(2026, 5, 10)), day(2026, 5, 4));
    assert_int_equal(calendar_monday(day(2026, 5, 4)), day(2026, 5, 4));
}

static void
test_whole_months_are_counted_with_both_days(void **state)
{
    (void)state;
    assert_int_equal(
        calendar_months_between(day(2026, 3, 1), day(2026, 5, 31)), 3);
    assert_int_equal(
        calendar_months_between(day(2026, 3, 1), day(2026, 5, 30)), 2);
    assert_int_equal(
        calendar_months_between(day(2026, 3, 10), day(2026, 6, 9)), 3);
    assert_int_equal(
        calendar_months_between(day(2026, 3, 10), day(2026, 6, 8)), 2);
    assert_int_equal(
        calendar_months_between(day(2026, 1, 31), day(2026, 2, 28)), 1);
    assert_int_equal(
        calendar_months_between(day(2026, 3, 1), day(2026, 3, 1)), 0);
    assert_int_equal(calendar_month_begin(calendar_month(day(2026, 12, 31))),
        day(2026, 12, 1));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days_and_dates_go_both_ways),
        cmocka_unit_test(test_a_moment_has_the_day_of_paris),
        cmocka_unit_test(test_weeks_are_those_of_iso_8601),
        cmocka_unit_test(test_whole_months_are_counted_with_both_days),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
