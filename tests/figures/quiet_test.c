// SPDX-License-Identifier: Apache-2.0
// quiet_test.c - hours without calls: what is read as such, and what falls in.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "figures/calendar.h"
#include "figures/quiet.h"

static int64_t
hours(const char *text)
{
    return quiet_read((const uint8_t *)text, strlen(text));
}

// In Paris, on the 14th of January or of July 2026.
static int64_t
moment(int32_t month, int hour, int minute)
{
    const int utc = hour - (month == 7 ? 2 : 1);
    const int32_t day = calendar_day((struct date){2026, month, 14});

    return ((int64_t)day * 24 + utc) * 3600000 + minute * 60000;
}

static void
test_minutes_are_those_of_paris(void **state)
{
    (void)state;
    for (int hour = 0; hour < 24; hour++) {
        assert_int_equal(calendar_minute_of(moment(1, hour, 7)), hour * 60 + 7);
        assert_int_equal(calendar_minute_of(moment(7, hour, 0)), hour * 60);
    }
    assert_int_equal(calendar_minute_of(-1), 59);
    assert_int_equal(calendar_minute_of(INT64_MAX), -1);
    assert_int_equal(calendar_minute_of(INT64_MIN), -1);
}

static void
test_a_span_may_pass_midnight(void **state)
{
    const int64_t night = hours("20:00-09:00");

    (void)state;
    assert_true(night != 0);
    for (int32_t month = 1; month <= 7; month += 6) {
        assert_true(quiet_at(night, moment(month, 20, 0)));
        assert_true(quiet_at(night, moment(month, 23, 59)));
        assert_true(quiet_at(night, moment(month, 0, 0)));
        assert_true(quiet_at(night, moment(month, 8, 59)));
        assert_false(quiet_at(night, moment(month, 9, 0)));
        assert_false(quiet_at(night, moment(month, 19, 59)));
    }
}

static void
test_two_spans(void **state)
{
    const int64_t two = hours("12:30-14:00, 19:00-24:00");

    (void)state;
    assert_true(two != 0);
    assert_int_equal(two, hours("12:30-14:00,19:00-24:00"));
    assert_int_equal(two, hours(" 12:30-14:00 , 19:00-24:00 "));
    assert_false(quiet_at(two, moment(1, 12, 29)));
    assert_true(quiet_at(two, moment(1, 12, 30)));
    assert_false(quiet_at(two, moment(1, 14, 0)));
    assert_true(quiet_at(two, moment(1, 23, 59)));
    assert_false(quiet_at(two, moment(1, 0, 0)));
}

static void
test_what_are_no_hours(void **state)
{
    static const char *const none[] = {"", "20:00", "20:00-", "20:00-20:00",
        "24:01-09:00", "25:00-09:00", "20:60-09:00", "20.00-09.00", "8:00-9:00",
        "20:00-09:00,", "20:00-09:00 et", "20:00-09:00;",
        "10:00-11:00,12:00-13:00,14:00-15:00", "le soir", "\xff\xff:00-09:00"};

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
        assert_int_equal(hours(none[i]), 0);
    }
    for (int minute = 0; minute < 24 * 60; minute++) {
        assert_false(quiet_at(0, moment(1, minute / 60, minute % 60)));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minutes_are_those_of_paris),
        cmocka_unit_test(test_a_span_may_pass_midnight),
        cmocka_unit_test(test_two_spans),
        cmocka_unit_test(test_what_are_no_hours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
