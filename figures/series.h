// SPDX-License-Identifier: Apache-2.0
// series.h - the main figures by week, by month or by sector.
#ifndef FIGURES_SERIES_H
#define FIGURES_SERIES_H

#include "figure.h"

#define SERIES_FIGURES 7

// Which, in order: "F01"...
extern const char *const series_figures[SERIES_FIGURES];

struct series_row {
    char name[16];       // "2026-W19", "2026-05"
    int32_t first, last; // days
    tandem_id sector;    // of a table by sector; none: all of them
    int64_t n[SERIES_FIGURES];
    bool hidden[SERIES_FIGURES];
};

struct series {
    struct series_row *rows;
    size_t count;
    bool cut; // more periods than are shown: the last ones stand here
    bool whole_hidden[SERIES_FIGURES]; // their sum must not be told
};

#define SERIES_MOST 120 // periods

// From the first day in the field, or the filter's, to today, or the filter's.
// ENOMEM.
tandem_err series_make(const struct view *v, bool months, struct series *out);
// Sector by sector, by id, or the filter's alone; then all of them together,
// which is not their sum: who is known in two counts in each. ENOMEM.
tandem_err series_sectors(const struct view *v, struct series *out);
void series_free(struct series *s);

#endif
