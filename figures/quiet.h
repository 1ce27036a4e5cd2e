// SPDX-License-Identifier: Apache-2.0
// quiet.h - the charter's hours without calls: "20:00-09:00", two spans at most
// with a comma between, in the time of Europe/Paris. A span begins at its first
// minute and ends before its last, and may pass midnight.
//
// As a number, which is what a fact keeps: 11 bits for each of the four minutes
// of the day, the first span lowest; a span 0-0 is none.
#ifndef FIGURES_QUIET_H
#define FIGURES_QUIET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// 0: what is written there are no hours.
int64_t quiet_read(const uint8_t *text, size_t n);
// Does the moment fall in them?
bool quiet_at(int64_t quiet, int64_t ms);

#endif
