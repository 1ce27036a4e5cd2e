// SPDX-License-Identifier: Apache-2.0
// clock.c - hybrid logical clock.
#include "base/clock.h"

#include "base/fail.h"

#define MS_MAX ((INT64_C(1) << 48) - 1)
// A wall clock beyond this (the year 10889) counts as this: the hours above it
// leave the counter room to rise.
#define WALL_MAX (MS_MAX - 2 * (int64_t)TD_CLOCK_AHEAD_MS)

static int64_t
clamp(int64_t ms, int64_t max)
{
    return ms < 0 ? 0 : ms > max ? max : ms;
}

uint64_t
td_clock_at(int64_t ms)
{
    return (uint64_t)clamp(ms, MS_MAX) << 16;
}

int64_t
td_clock_ms(uint64_t hlc)
{
    return (int64_t)(hlc >> 16);
}

// What is heard reaches TD_CLOCK_AHEAD_MS past WALL_MAX; half of what is left
// beyond is room for twenty thousand million changes.
bool
td_clock_sound(uint64_t hlc)
{
    return td_clock_ms(hlc) <= MS_MAX - TD_CLOCK_AHEAD_MS / 2;
}

uint64_t
td_clock_now(struct td_clock *c, int64_t wall_ms)
{
    uint64_t now = td_clock_at(clamp(wall_ms, WALL_MAX));

    TD_ASSERT(c->last < UINT64_MAX);
    // A full counter carries into the milliseconds, which is still a rise.
    c->last = now > c->last ? now : c->last + 1;
    return c->last;
}

void
td_clock_heard(struct td_clock *c, uint64_t other, int64_t wall_ms)
{
    uint64_t limit = td_clock_at(clamp(wall_ms, WALL_MAX) + TD_CLOCK_AHEAD_MS);

    if (other > limit) {
        other = limit;
    }
    if (other > c->last) {
        c->last = other;
    }
}
