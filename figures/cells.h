// SPDX-License-Identifier: Apache-2.0
// cells.h - numbers that add up to one that is told. Those that are hidden must
// not be worked out from it: not one alone, nor several whose sum leaves them
// no choice (two that make 2 are 1 and 1). Then the next smallest joins them,
// and when there is none the whole goes.
#ifndef FIGURES_CELLS_H
#define FIGURES_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cell {
    int64_t n;
    bool *hidden;
};

// So few that one knows who: 1 to 4.
bool cell_is_small(int64_t n);
// A share of which the part, the whole or the rest is; of -1: a number.
bool cell_tells(int64_t n, int64_t of);
// Two of which one is few more than the other.
bool cell_is_apart(int64_t a, int64_t b);
// Hides more of them until no hidden one has no choice. false: the whole must
// not be told either.
bool cells_protect(struct cell *cells, size_t count);
// Their sum is hidden elsewhere: so is one of them, then.
void cells_leave_doubt(struct cell *cells, size_t count);

#endif
