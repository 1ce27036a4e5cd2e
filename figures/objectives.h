// SPDX-License-Identifier: Apache-2.0
// objectives.h - the numbers to reach, and how far the service is. Progress is
// counted, never stored.
#ifndef FIGURES_OBJECTIVES_H
#define FIGURES_OBJECTIVES_H

#include "figure.h"

struct objective {
    int64_t metric;           // a word of objective_metric
    const char *id;           // "doors_knocked"
    struct figure_words name; // what is to be reached
    const char *figure;       // that counts it: "F01"
    int64_t at_least, n;      // n: -1 nothing counts it
    int64_t beside;           // the other way to read it; -1 none
    struct figure_words beside_name;
    tandem_id record; // the objective, or none: the source's own number
    bool one_sector;  // it is said for this one alone ...
    tandem_id sector;
    bool astray; // ... which is none of the store's: nothing counts it
    int32_t due; // NO_DAY: none said
    uint64_t conflicts;
    bool hidden, beside_hidden;
};

#define OBJECTIVES_MAX 128

// The five of the source, each with the number that the workspace's objectives
// give it, and whatever else these name. One of a sector is counted there, the
// others in all of them; of a report of one sector (else NULL) those of the
// other sectors are left out, and those of none are counted there. The filter's
// period holds for all. *more: beyond OBJECTIVES_MAX, left out. ENOMEM, and
// what reading the store can say.
tandem_err objectives_make(const struct view *v, const tandem_id *sector,
    struct objective *out, size_t *count, size_t *more);

#endif
