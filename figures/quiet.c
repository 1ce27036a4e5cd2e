// SPDX-License-Identifier: Apache-2.0
// quiet.c - the charter's hours without calls.
#include "quiet.h"

#include "calendar.h"

#define BITS  11
#define MASK  ((INT64_C(1) << BITS) - 1)
#define SPANS 2

// "20:00" at *at, which moves on; -1: it is none.
static int
minute_of(const uint8_t *text, size_t n, size_t *at)
{
    int d[5];

    if (n - *at < 5) {
        return -1;
    }
    for (int i = 0; i < 5; i++) {
        d[i] = text[(*at)++] - '0';
        if (i == 2 ? d[i] != ':' - '0' : d[i] < 0 || d[i] > 9) {
            return -1;
        }
    }
    if (d[3] > 5 || d[0] * 10 + d[1] > 24 ||
        (d[0] * 10 + d[1] == 24 && d[3] * 10 + d[4] > 0)) {
        return -1;
    }
    return (d[0] * 10 + d[1]) * 60 + d[3] * 10 + d[4];
}

static void
skip(const uint8_t *text, size_t n, size_t *at, uint8_t c)
{
    while (*at < n && text[*at] == c) {
        ++*at;
    }
}

int64_t
quiet_read(const uint8_t *text, size_t n)
{
    int64_t quiet = 0;
    size_t at = 0;

    for (int span = 0; span < SPANS; span++) {
        int from, to;

        skip(text, n, &at, ' ');
        from = minute_of(text, n, &at);
        if (from < 0 || at == n || text[at++] != '-') {
            return 0;
        }
        to = minute_of(text, n, &at);
        if (to < 0 || to == from) {
            return 0;
        }
        quiet |= ((int64_t)from | (int64_t)to << BITS) << 2 * BITS * span;
        skip(text, n, &at, ' ');
        if (at == n) {
            return quiet;
        }
        if (text[at++] != ',') {
            return 0;
        }
    }
    return 0; // three
}

bool
quiet_at(int64_t quiet, int64_t ms)
{
    const int32_t minute = calendar_minute_of(ms);

    for (int span = 0; minute >= 0 && span < SPANS; span++) {
        const int32_t from = (int32_t)(quiet >> 2 * BITS * span & MASK);
        const int32_t to = (int32_t)(quiet >> (2 * span + 1) * BITS & MASK);

        if (from < to ? minute >= from && minute < to
                      : from > to && (minute >= from || minute < to)) {
            return true;
        }
    }
    return false;
}
