// SPDX-License-Identifier: Apache-2.0
// mark.c - a number in the place of a text.
#include "mark.h"

#include <stdbool.h>

uint64_t
mark_add(uint64_t sum, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;

    for (size_t i = 0; i < n; i++) {
        sum = (sum ^ p[i]) * 0x100000001b3U; // FNV-1a, then mixed
        sum ^= sum >> 29;
    }
    return sum;
}

uint64_t
mark_of(const uint8_t *text, size_t n)
{
    uint64_t sum = 0xcbf29ce484222325U;
    bool blank = false, any = false;

    for (size_t i = 0; i < n; i++) {
        uint8_t c = text[i];

        if (c == ' ' || c == '\t') {
            blank = any;
            continue;
        }
        if (blank) {
            sum = mark_add(sum, " ", 1);
            blank = false;
        }
        if (c >= 'A' && c <= 'Z') {
            c = (uint8_t)(c - 'A' + 'a');
        }
        sum = mark_add(sum, &c, 1);
        any = true;
    }
    return !any ? 0 : sum != 0 ? sum : 1;
}

uint32_t
hint_of(const uint8_t *text, size_t n)
{
    const uint64_t mark = mark_of(text, n);

    return (uint32_t)(mark >> 32 ^ mark);
}
