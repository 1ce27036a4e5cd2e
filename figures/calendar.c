// SPDX-License-Identifier: Apache-2.0
// calendar.c - days, weeks and months of the service.
#include "calendar.h"

#include <stdbool.h>

#define DAY_MS  (INT64_C(24) * 60 * 60 * 1000)
#define HOUR_MS (INT64_C(60) * 60 * 1000)

// Years that a calendar of people reaches; beyond them there is no day.
enum { DAY_FIRST = -719162, DAY_LAST = 2932896 }; // of year 1, of year 9999

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

// Howard Hinnant's civil_from_days and days_from_civil: eras of 400 years,
// years that begin in March.
struct date
calendar_date(int32_t day)
{
    const int64_t z = (int64_t)day + 719468;
    const int64_t era = floor_div(z, 146097);
    const int64_t of_era = z - era * 146097;
    const int64_t year =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const int64_t month = (5 * of_year + 2) / 153;
    struct date d;

    d.day = (int32_t)(of_year - (153 * month + 2) / 5 + 1);
    d.month = (int32_t)(month < 10 ? month + 3 : month - 9);
    d.year = (int32_t)(year + era * 400 + (d.month <= 2));
    return d;
}

int32_t
calendar_day(struct date d)
{
    const int64_t y = (int64_t)d.year - (d.month <= 2);
    const int64_t era = floor_div(y, 400);
    const int64_t of_era = y - era * 400;
    const int64_t m = d.month > 2 ? d.month - 3 : d.month + 9;
    const int64_t of_year = (153 * m + 2) / 5 + d.day - 1;

    return (int32_t)(era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
                     of_year - 719468);
}

static int32_t
last_sunday(int32_t year, int32_t month)
{
    const int32_t last = calendar_day((struct date){year, month, 31});

    return last - (int32_t)((last + 4) % 7); // day 3 of 1970 is a Sunday
}

static void
year_of(struct calendar_year *y, int64_t ms)
{
    const int32_t year = calendar_date((int32_t)floor_div(ms, DAY_MS)).year;

    y->from = calendar_day((struct date){year, 1, 1}) * DAY_MS;
    y->to = calendar_day((struct date){year + 1, 1, 1}) * DAY_MS;
    y->summer = last_sunday(year, 3) * DAY_MS + HOUR_MS;
    y->winter = last_sunday(year, 10) * DAY_MS + HOUR_MS;
}

static bool
is_reached(int64_t ms)
{
    return ms >= DAY_FIRST * DAY_MS && ms <= DAY_LAST * DAY_MS;
}

// What the clocks on the walls show, as if they were those of UTC.
static int64_t
on_the_wall(struct calendar_year *y, int64_t ms)
{
    if (ms < y->from || ms >= y->to) {
        year_of(y, ms);
    }
    return ms + (ms >= y->summer && ms < y->winter ? 2 : 1) * HOUR_MS;
}

int32_t
calendar_day_near(struct calendar_year *y, int64_t ms)
{
    return is_reached(ms) ? (int32_t)floor_div(on_the_wall(y, ms), DAY_MS)
                          : NO_DAY;
}

int32_t
calendar_minute_of(int64_t ms)
{
    struct calendar_year y = {0, 0, 0, 0};
    int64_t wall;

    if (!is_reached(ms)) {
        return -1;
    }
    wall = on_the_wall(&y, ms);
    return (int32_t)((wall - floor_div(wall, DAY_MS) * DAY_MS) / 60000);
}

int32_t
calendar_day_of(int64_t ms)
{
    struct calendar_year y = {0, 0, 0, 0};

    return calendar_day_near(&y, ms);
}

int32_t
calendar_day_or_none(int64_t day)
{
    return day < DAY_FIRST || day > DAY_LAST ? NO_DAY : (int32_t)day;
}

int32_t
calendar_monday(int32_t day)
{
    return day - (int32_t)(((int64_t)day + 3 + 7 * 1000000) % 7);
}

void
calendar_week(int32_t day, int32_t *year, int32_t *week)
{
    const int32_t thursday = calendar_monday(day) + 3;
    const struct date d = calendar_date(thursday);

    *year = d.year;
    *week = (thursday - calendar_day((struct date){d.year, 1, 1})) / 7 + 1;
}

int32_t
calendar_month(int32_t day)
{
    const struct date d = calendar_date(day);

    return d.year * 12 + d.month - 1;
}

int32_t
calendar_month_begin(int32_t month)
{
    return calendar_day((struct date){month / 12, month % 12 + 1, 1});
}

// The day `months` later, that of its month's end where there is none.
static int32_t
months_later(struct date d, int32_t months)
{
    const int32_t month = d.year * 12 + d.month - 1 + months;
    const int32_t begin = calendar_month_begin(month);
    const int32_t end = calendar_month_begin(month + 1);

    return begin + d.day - 1 < end ? begin + d.day - 1 : end;
}

int32_t
calendar_later(int32_t day, int32_t months)
{
    return months_later(calendar_date(day), months);
}

int32_t
calendar_months_between(int32_t first, int32_t last)
{
    const struct date from = calendar_date(first);
    int32_t months = calendar_month(last + 1) - calendar_month(first);

    while (months > 0 && months_later(from, months) > last + 1) {
        months--;
    }
    return months > 0 ? months : 0;
}
