// SPDX-License-Identifier: Apache-2.0
// funnel.h - F21: from a knocked door to an opened file.
//
// knocked -> met -> asked -> intervention -> referred -> booked -> opened. The
// first two count encounters, the others sheets, linked ones as one. A stage's
// `n` is all that reached it, wherever they came from; `through` of `before`
// are those of the stage before that reached it too: a share that never is
// above one. Days are those between the first time of either, where the later
// one is not before: the median.
#ifndef FIGURES_FUNNEL_H
#define FIGURES_FUNNEL_H

#include "figure.h"

enum funnel_stage {
    FUNNEL_KNOCKED,  // encounters at a door
    FUNNEL_MET,      // encounters with a pitch or a talk, anywhere
    FUNNEL_ASKED,    // sheets with a solicitation
    FUNNEL_VISITED,  // ... with an intervention
    FUNNEL_REFERRED, // ... with a referral to Amelio
    FUNNEL_BOOKED,   // ... with an adviser's appointment, or a file so far
    FUNNEL_OPENED,   // ... with a file opened or further
    FUNNEL_STAGES
};

struct funnel_row {
    int64_t n;
    int64_t before, through; // -1 for the first
    int64_t days;            // twice the median; -1 none
    bool hidden;             // the number ...
    bool share_hidden;       // ... and how many came through, and the days
};

struct funnel {
    struct funnel_row row[FUNNEL_STAGES];
    uint64_t conflicts, late;
};

struct funnel_name {
    const char *id, *fr, *en;
};
const struct funnel_name *funnel_name(enum funnel_stage s);

// ENOMEM.
tandem_err funnel_make(const struct view *v, struct funnel *out);

#endif
