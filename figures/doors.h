// SPDX-License-Identifier: Apache-2.0
// doors.h - which knocks were at one door. A knock says its door by a key, by
// a dwelling, by both or by neither; one that says both makes one door of all
// that say either.
#ifndef FIGURES_DOORS_H
#define FIGURES_DOORS_H

#include "figure.h"

struct knock {
    uint32_t handle; // the encounter
    uint64_t mark;   // of its door key; 0 none
    uint32_t dwelling;
    size_t door; // the place of the knock that stands for its door
};

struct doors {
    struct knock *knocks;
    size_t count, doors;
};

// Of the encounters at doors that `f` takes. ENOMEM.
tandem_err doors_find(
    const struct view *v, struct figure *f, struct doors *out);
void doors_free(struct doors *d);

#endif
