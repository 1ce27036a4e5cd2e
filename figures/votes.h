// SPDX-License-Identifier: Apache-2.0
// votes.h - what ballots give to ideas: of a voter at a session the last one
// counts, of ballots linked as one only one.
#ifndef FIGURES_VOTES_H
#define FIGURES_VOTES_H

#include "view.h"

struct votes {
    int64_t *points;   // by handle of the idea that stands for it
    uint32_t *ballots; // those that count
    size_t count;
};

// Of what passes the view's filter. ENOMEM.
tandem_err votes_open(const struct view *v, struct votes *out);
void votes_close(struct votes *w);

#endif
