// SPDX-License-Identifier: Apache-2.0
// calendar.h - days, weeks and months of the service: those of Europe/Paris.
//
// A moment travels as milliseconds since 1970 UTC; its day is the one of the
// clocks on the walls of Paris then, by the rule of the European Union (summer
// time from the last Sunday of March to that of October, 01:00 UTC). Before
// 1996 the rule was another: such moments are an hour wrong at most.
#ifndef FIGURES_CALENDAR_H
#define FIGURES_CALENDAR_H

#include <stdint.h>

#define NO_DAY INT32_MIN

struct date {
    int32_t year;
    int32_t month, day; // from 1
};

struct date calendar_date(int32_t day); // days since 1970
int32_t calendar_day(struct date d);
// The day in Paris; NO_DAY for what no calendar reaches.
int32_t calendar_day_of(int64_t ms);
// The minute of that day, from 0; -1.
int32_t calendar_minute_of(int64_t ms);
// The same for many, most of them of one year: `y` is zeroed before the first.
struct calendar_year {
    int64_t from, to;       // of the year, UTC
    int64_t summer, winter; // when the clocks change
};
int32_t calendar_day_near(struct calendar_year *y, int64_t ms);
// Days and moments as facts keep them: FACT_NONE gives NO_DAY.
int32_t calendar_day_or_none(int64_t day);

// The Monday of its week; of ISO 8601 the year and number of that week.
int32_t calendar_monday(int32_t day);
void calendar_week(int32_t day, int32_t *year, int32_t *week);
// Its month, counted from January of year 0; and a month's first day.
int32_t calendar_month(int32_t day);
int32_t calendar_month_begin(int32_t month);
// The day so many months later, that of its month's end where there is none.
int32_t calendar_later(int32_t day, int32_t months);
// Whole months from the first day to the last, both included.
int32_t calendar_months_between(int32_t first, int32_t last);

#endif
