// SPDX-License-Identifier: Apache-2.0
// charter.h - what the charter allows the service: at most so many contacts a
// month, so many days between two, none with who does not want to be
// contacted again.
#ifndef FIGURES_CHARTER_H
#define FIGURES_CHARTER_H

#include "meets.h"

struct charter {
    uint32_t in_force;               // the charter; 0 none
    int64_t max_per_month, min_days; // what it says, or 2 and 10
    int64_t quiet;                   // hours without calls (quiet.h); 0 none
    struct meets done;               // follow-ups done, by sheet and day done
};

// Of charters for the service the one changed last is in force. ENOMEM.
tandem_err charter_read(const struct view *v, struct charter *out);
void charter_free(struct charter *c);
// May the follow-up be done on the day it is due, or was it when it was done?
// Counts those that were done before it, on the same sheet: in that month, and
// in the days before; of one that was done its hour too.
bool charter_allows(
    const struct view *v, const struct charter *c, uint32_t follow_up);
// The first day from `day` on that allows one more contact with the sheet;
// NO_DAY: none, they do not want it or the charter never does.
int32_t charter_next(
    const struct view *v, const struct charter *c, uint32_t sheet, int32_t day);
// How many it still allows in the month of that day, 0 or more.
int64_t charter_left(
    const struct view *v, const struct charter *c, uint32_t sheet, int32_t day);
// What the sheet says of being contacted again: the strongest word on any of
// those that are the same, `enum consent_state`; 0 nothing.
int64_t charter_consent(const struct view *v, uint32_t sheet);

#endif
