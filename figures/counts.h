// SPDX-License-Identifier: Apache-2.0
// counts.h - the functions behind the table of figures. Private to figures/.
#ifndef FIGURES_COUNTS_H
#define FIGURES_COUNTS_H

#include "figure.h"

typedef void count_fn(const struct view *v, struct figure *out);

// contact.c
count_fn count_doors, count_distinct_doors, count_answers, count_notices,
    count_pitches, count_sheets;

#endif
