// SPDX-License-Identifier: Apache-2.0
// guide.h - what the agents' guide asks beside what a pack can: two questions
// when an intervention is closed, three small items in a standard one, and
// whether somebody knocked at that door already that day.
#ifndef TANDEM_CLI_GUIDE_H
#define TANDEM_CLI_GUIDE_H

#include "record/change.h"

// What the words of a command say of an intervention.
struct guide {
    bool closes;                // signed off by them
    bool says_moved, says_talk; // the answers are among them
};

/** One more word of the command. */
void guide_hear(struct guide *g, const struct value_place *p,
    const tandem_kind_info *k, const struct change *x);
/** Asks what is not said, once, on a terminal; the answers become part of the
 *  edit. Elsewhere, or without an answer, the notices say so. */
tandem_err guide_ask(const struct cli *c, const struct guide *g,
    const tandem_record *seen, tandem_edit *d);
/** What to look at again, to `out`; how many. */
size_t guide_notices(const struct cli *c, const tandem_record *r,
    tandem_notice *out, size_t room);

#endif
