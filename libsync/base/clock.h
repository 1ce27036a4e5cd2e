// SPDX-License-Identifier: Apache-2.0
// clock.h - hybrid logical clock (Kulkarni et al., 2014) in one uint64:
// 48 bits of milliseconds, 16 bits of counter.
//
// A peer's clock moves ours by at most TD_CLOCK_AHEAD_MS past our own wall
// clock: a tablet set ten years ahead drags nobody with it. Order only
// decides which of several kept values shows first.
#ifndef TD_BASE_CLOCK_H
#define TD_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define TD_CLOCK_AHEAD_MS (10 * 60 * 1000)

struct td_clock {
    uint64_t last;
};

uint64_t td_clock_now(struct td_clock *c, int64_t wall_ms); // strictly rises
void td_clock_heard(struct td_clock *c, uint64_t other, int64_t wall_ms);
int64_t td_clock_ms(uint64_t hlc);
// Can td_clock_now have made it, with room to rise? For clocks that were kept.
bool td_clock_sound(uint64_t hlc);
uint64_t td_clock_at(int64_t ms); // counter 0; clamps to 48 bits

#endif
