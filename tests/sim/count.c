// SPDX-License-Identifier: Apache-2.0
// count.c - see count.h.
#include "sim/count.h"

#include <stddef.h>
#include <stdio.h>

static const struct {
    unsigned number;
    const char *name, *words;
} table[COUNTS] = {
#define COUNT_ROW(name, number, words) {number, #name, words},
    COUNT_MAP(COUNT_ROW)
#undef COUNT_ROW
};

const char *
count_words(enum count c)
{
    return table[c].words;
}

unsigned
count_number(enum count c)
{
    return table[c].number;
}

void
counts_add(struct counts *to, const struct counts *from)
{
    for (size_t i = 0; i < COUNTS; i++) {
        to->of[i] += from->of[i];
    }
}

unsigned
counts_print(const struct counts *c)
{
    unsigned none = 0;

    for (size_t i = 0; i < COUNTS; i++) {
        char place[16] = "";

        if (table[i].number != 0) {
            (void)snprintf(place, sizeof(place), "%u", table[i].number);
        }
        (void)printf("%10llu  %2s  %s%s\n", (unsigned long long)c->of[i], place,
            table[i].words, c->of[i] > 0 ? "" : "  <- NEVER EXERCISED");
        none += c->of[i] == 0 ? 1 : 0;
    }
    return none;
}
