// SPDX-License-Identifier: Apache-2.0
// doors.c - which knocks were at one door.
#include "doors.h"

#include <stdlib.h>

#include "words.h"

static size_t
door_of(struct knock *knocks, size_t i)
{
    while (knocks[i].door != i) {
        i = knocks[i].door = knocks[knocks[i].door].door;
    }
    return i;
}

static int
by_mark(const void *a, const void *b)
{
    const struct knock *const *x = a, *const *y = b;

    return ((*x)->mark > (*y)->mark) - ((*x)->mark < (*y)->mark);
}

static int
by_dwelling(const void *a, const void *b)
{
    const struct knock *const *x = a, *const *y = b;

    return ((*x)->dwelling > (*y)->dwelling) -
           ((*x)->dwelling < (*y)->dwelling);
}

// Neighbours in an order that have the same, if they have any, are one door.
static void
join(struct knock *knocks, struct knock **sorted, size_t n, bool dwellings)
{
    qsort(sorted, n, sizeof(*sorted), dwellings ? by_dwelling : by_mark);
    for (size_t i = 1; i < n; i++) {
        const struct knock *a = sorted[i - 1], *b = sorted[i];

        if (dwellings ? a->dwelling == b->dwelling && a->dwelling != 0
                      : a->mark == b->mark && a->mark != 0) {
            knocks[door_of(knocks, (size_t)(a - knocks))].door =
                door_of(knocks, (size_t)(b - knocks));
        }
    }
}

static tandem_err
group(struct doors *d)
{
    struct knock **sorted = malloc((d->count + 1) * sizeof(*sorted));

    if (sorted == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < d->count; i++) {
        d->knocks[i].door = i;
        sorted[i] = &d->knocks[i];
    }
    join(d->knocks, sorted, d->count, false);
    join(d->knocks, sorted, d->count, true);
    for (size_t i = 0; i < d->count; i++) {
        d->knocks[i].door = door_of(d->knocks, i);
        d->doors += d->knocks[i].door == i;
    }
    free(sorted);
    return TANDEM_OK;
}

tandem_err
doors_find(const struct view *v, struct figure *f, struct doors *out)
{
    const struct handles *all = &v->of[FACT_ENCOUNTER];
    struct doors d = {malloc((all->count + 1) * sizeof(*d.knocks)), 0, 0};
    tandem_err err;

    if (d.knocks == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];

        if (view_get(v, h, ENCOUNTER_CHANNEL) == CHANNEL_DOOR &&
            figure_take(v, f, h)) {
            d.knocks[d.count++] = (struct knock){.handle = h,
                .mark = (uint64_t)view_get(v, h, ENCOUNTER_DOOR),
                .dwelling = view_link(v, h, ENCOUNTER_DWELLING, FACT_DWELLING)};
        }
    }
    err = group(&d);
    if (err != TANDEM_OK) {
        doors_free(&d);
        return err;
    }
    *out = d;
    return TANDEM_OK;
}

void
doors_free(struct doors *d)
{
    free(d->knocks);
    d->knocks = NULL;
}
