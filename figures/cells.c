// SPDX-License-Identifier: Apache-2.0
// cells.c - numbers that add up to one that is told.
#include "cells.h"

#include "outside.h"

bool
cell_is_small(int64_t n)
{
    return n > 0 && n < OUTSIDE_LEAST;
}

bool
cell_tells(int64_t n, int64_t of)
{
    return cell_is_small(n) ||
           (of >= 0 && (cell_is_small(of) || cell_is_small(of - n)));
}

bool
cell_is_apart(int64_t a, int64_t b)
{
    return cell_is_small(a - b) || cell_is_small(b - a);
}

// Do those that are hidden have no choice, their sum being known?
static bool
is_determined(const struct cell *cells, size_t count)
{
    int64_t sum = 0, hidden = 0;
    bool all_small = true; // and so at most 4 each

    for (size_t i = 0; i < count; i++) {
        if (*cells[i].hidden) {
            hidden++;
            sum += cells[i].n;
            all_small = all_small && cell_is_small(cells[i].n);
        }
    }
    return hidden > 0 &&
           (hidden == 1 || sum < OUTSIDE_LEAST || sum == hidden ||
               (all_small && sum == hidden * (OUTSIDE_LEAST - 1)));
}

// Zero is told, so it hides nothing.
static struct cell *
next_smallest(struct cell *cells, size_t count)
{
    struct cell *least = NULL;

    for (size_t i = 0; i < count; i++) {
        if (!*cells[i].hidden && cells[i].n > 0 &&
            (least == NULL || cells[i].n < least->n)) {
            least = &cells[i];
        }
    }
    return least;
}

bool
cells_protect(struct cell *cells, size_t count)
{
    while (is_determined(cells, count)) {
        struct cell *next = next_smallest(cells, count);

        if (next == NULL) {
            return false;
        }
        *next->hidden = true;
    }
    return true;
}

void
cells_leave_doubt(struct cell *cells, size_t count)
{
    struct cell *next;

    for (size_t i = 0; i < count; i++) {
        if (*cells[i].hidden && cells[i].n > 0) {
            return;
        }
    }
    next = next_smallest(cells, count);
    if (next != NULL) {
        *next->hidden = true;
    }
}
