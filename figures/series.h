// SPDX-License-Identifier: Apache-2.0
// series.h - the figures by week, by month or by sector.
//
// Each cell is the figure through a filter: what `figure_make` says of that
// week, month or sector alone. Figures that would mean something else there are
// left whole, and say why.
#ifndef FIGURES_SERIES_H
#define FIGURES_SERIES_H

#include "figure.h"

enum series_by { SERIES_SECTORS, SERIES_WEEKS, SERIES_MONTHS };
#define SERIES_BYS 3 // so many of them

struct series_row {
    char name[16];       // "2026-W19", "2026-05"
    int32_t first, last; // days
    tandem_id sector;    // of a table by sector; none: all of them
    struct figure *figures;
    uint64_t conflicts; // open, in all that happened there and then
    uint64_t late;      // of these records, changed after the last checkpoint
};

struct series {
    const struct figure_info **infos; // of every row's figures, in their order
    bool *whole_hidden; // of each: the number of all rows must not be told
    size_t info_count;
    struct series_row *rows;
    size_t count;
    bool cut; // more periods than are shown: the last ones stand here
};

#define SERIES_MOST 120 // periods

// Why a figure is not divided so. NULL: it is.
const struct figure_words *series_whole(
    const struct figure_info *info, enum series_by by);

// Of the figures named those that are divided, or of all (NULL). By week or
// month from the first day in the field, or the filter's, to today, or the
// filter's. Sector by sector by id, or the filter's alone, then all of them
// together, which is not their sum: who is known in two counts in each. ENOMEM,
// and what reading the store can say; nothing is held then.
tandem_err series_make(const struct view *v, enum series_by by,
    const struct figure_info *const *infos, size_t count, struct series *out);
void series_free(struct series *s);

// Nothing was counted there and then, and nothing is hidden: all zero.
bool series_is_empty(const struct series *s, size_t row);
// The rows that a figure of the series has in any of its rows, each once, in
// the order they are met: borrowed from it, the array is the caller's. NULL: no
// memory.
const struct figure_row **series_lines(
    const struct series *s, size_t k, size_t *count);
// What such a row is in one row of the series: nothing counted, if it is not
// there.
struct figure_row series_cell(const struct series *s, size_t row, size_t k,
    const struct figure_row *line);

#endif
