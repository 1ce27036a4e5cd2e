// SPDX-License-Identifier: Apache-2.0
// doubles.h - sheets that may be the same: a phone in common, or a name in one
// dwelling; not yet linked, and not said to be two. Hints, never more.
#ifndef FIGURES_DOUBLES_H
#define FIGURES_DOUBLES_H

#include "view.h"

struct doubled {
    uint32_t a, b; // the sheets kept, the smaller id first
    bool named;    // a name in one dwelling, else a phone
};
struct doubles {
    struct doubled *at;
    size_t count;
};

// Neighbours of those that share a hint; a pair twice where it shares two.
// ENOMEM.
tandem_err doubles_find(const struct view *v, struct doubles *out);
void doubles_free(struct doubles *d);

#endif
