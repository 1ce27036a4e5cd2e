// SPDX-License-Identifier: Apache-2.0
// day.c - the calendar.
//
// Years are counted from March, so that the leap day ends them; 400 years are
// 146,097 days. Day 0 of that count is 1 March of year 0.
#include "schema/day.h"

#include "base/fail.h"

#define DAY_FIRST INT64_C(-719162) // 0001-01-01
#define DAY_LAST  INT64_C(2932896) // 9999-12-31
#define ERA_DAYS  146097
#define MARCH_0   719468 // days from 0000-03-01 to 1970-01-01

bool
td_day_valid(int64_t days)
{
    return days >= DAY_FIRST && days <= DAY_LAST;
}

bool
td_time_valid(int64_t ms, int32_t offset_min)
{
    int64_t first = DAY_FIRST * TD_DAY_MS;
    int64_t end = (DAY_LAST + 1) * TD_DAY_MS;
    int64_t local;

    if (offset_min < -TD_OFFSET_MAX || offset_min > TD_OFFSET_MAX ||
        ms < first || ms >= end) {
        return false;
    }
    local = ms + (int64_t)offset_min * 60000;
    return local >= first && local < end;
}

static int32_t
month_days(int32_t year, int32_t month)
{
    static const int32_t days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (leap && month == 2 ? 1 : 0);
}

bool
td_day_of(struct td_day d, int64_t *days)
{
    int32_t year;
    int32_t in_year;
    int32_t month;

    if (d.year < 1 || d.year > 9999 || d.month < 1 || d.month > 12 ||
        d.day < 1 || d.day > month_days(d.year, d.month)) {
        return false;
    }
    month = d.month > 2 ? d.month - 3 : d.month + 9;
    year = d.month > 2 ? d.year : d.year - 1;
    in_year = (153 * month + 2) / 5 + d.day - 1;
    *days = (int64_t)year * 365 + year / 4 - year / 100 + year / 400 + in_year -
            MARCH_0;
    TD_ASSERT(td_day_valid(*days));
    return true;
}

struct td_day
td_day_split(int64_t days)
{
    struct td_day d;
    int32_t count;
    int32_t era;
    int32_t in_era;
    int32_t year;
    int32_t in_year;
    int32_t month;

    TD_ASSERT(td_day_valid(days));
    count = (int32_t)days + MARCH_0;
    era = count / ERA_DAYS;
    in_era = count % ERA_DAYS;
    year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    in_year = in_era - (365 * year + year / 4 - year / 100);
    month = (5 * in_year + 2) / 153;
    d.day = in_year - (153 * month + 2) / 5 + 1;
    d.month = month < 10 ? month + 3 : month - 9;
    d.year = year + era * 400 + (d.month <= 2 ? 1 : 0);
    return d;
}
