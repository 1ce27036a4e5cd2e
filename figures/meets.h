// SPDX-License-Identifier: Apache-2.0
// meets.h - what a first meeting led to: the sheet of an encounter, and what
// came of a sheet within some days.
#ifndef FIGURES_MEETS_H
#define FIGURES_MEETS_H

#include "view.h"

#define MEETS_DAYS 60 // so long a first contact is said to have led to it

// By handle of an encounter (the one kept): its sheet, by its own link or
// because the sheet says it was met there; 0 none. malloc'ed; NULL: no memory.
uint32_t *meets_sheets(const struct view *v);

// Records of a sheet with their days, sorted by both.
struct dated {
    uint32_t sheet;
    int32_t day;
    uint32_t handle;
};
struct meets {
    struct dated *at;
    size_t count;
};
// All live records of a kind that name a sheet, whatever the filter says.
tandem_err meets_find(
    const struct view *v, enum fact_kind kind, int column, struct meets *out);
void meets_free(struct meets *m);
// The first of the sheet in from..to; NULL none. Those that follow it in the
// array may be as well.
const struct dated *meets_first(
    const struct meets *m, uint32_t sheet, int32_t from, int32_t to);

#endif
