// SPDX-License-Identifier: Apache-2.0
// household.h - whom a record is about: the sheet it names, else the home it
// names, else the door that was knocked at. A home with a sheet is looked at
// through its sheets, which take over what happened there.
#ifndef FIGURES_HOUSEHOLD_H
#define FIGURES_HOUSEHOLD_H

#include "view.h"

struct lives {
    uint32_t sheet, home;
};

struct households {
    const struct view *v;
    uint32_t *of; // by handle of a record: its household; 0 nobody's
    uint32_t *at; // every household: a sheet, a home, or a door's first knock
    size_t count;
    struct lives *lives; // which sheets say they live where, by sheet
    size_t live_count;
};

// Of the records that stand for themselves (view.h), whatever the filter says.
// In the order of their ids. ENOMEM.
tandem_err households_find(const struct view *v, struct households *out);
void households_free(struct households *x);

#endif
