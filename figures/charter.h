// SPDX-License-Identifier: Apache-2.0
// charter.h - what the charter allows the service: at most so many contacts a
// month, so many days between two, none with who does not want to be
// contacted again.
#ifndef FIGURES_CHARTER_H
#define FIGURES_CHARTER_H

#include "meets.h"

struct charter {
    int64_t max_per_month, min_days; // of the charter in force, or 2 and 10
    struct meets done;               // follow-ups done, by sheet and day done
};

// Of charters for the service the one changed last is in force. ENOMEM.
tandem_err charter_read(const struct view *v, struct charter *out);
void charter_free(struct charter *c);
// May the follow-up be done on the day it is due? Counts those that were done
// before it, on the same sheet: in that month, and in the days before.
bool charter_allows(
    const struct view *v, const struct charter *c, uint32_t follow_up);

#endif
