// SPDX-License-Identifier: Apache-2.0
// day.h - the calendar: days and milliseconds since 1970 to year, month, day
// (proleptic Gregorian, years 1 to 9999), without the system's own.
#ifndef TD_SCHEMA_DAY_H
#define TD_SCHEMA_DAY_H

#include "tandem/base.h"

#define TD_OFFSET_MAX (18 * 60) // minutes; the widest in use is +14:00
#define TD_DAY_MS     INT64_C(86400000)

struct td_day {
    int32_t year, month, day;
};

bool td_day_valid(int64_t days);
// Also the local day at `offset_min` must lie in the calendar.
bool td_time_valid(int64_t ms, int32_t offset_min);
// @return false when there is no such day.
bool td_day_of(struct td_day d, int64_t *days);
struct td_day td_day_split(int64_t days); // of a valid day

#endif
