// SPDX-License-Identifier: Apache-2.0
// keep.h - which records are past the time that their class keeps them. They
// are named, nothing is erased by itself: that is a person's decision.
//
// The months are those of the pack; what they are counted from is said here:
//
//   K1, K5  what happened: its day
//   K2      the last contact with the household; at most 36 months from it
//   K3      the end of the household's file, none while one is open; without
//           a file the last contact
//   K4      the day of its intervention, none while it is not closed; what is
//           about no intervention: the last contact, or its own day
//   K6      the last step of its session; what is of no session: its own day.
//           A verbatim that is cleared passes to K1
//   K8      the end of the trial, or of its session; none while it is not known
#ifndef FIGURES_KEEP_H
#define FIGURES_KEEP_H

#include "way.h"

struct keep {
    const struct view *v;
    const struct ways *w;
    int32_t *contact;   // by handle of a household: the last one; NO_DAY
    int32_t *file;      // its last file that ended; NO_DAY
    uint8_t *file_open; // has it one that is open?
    int32_t trial;      // the end of the last trial; NO_DAY: not known
};

// ENOMEM. View and ways are borrowed.
tandem_err keep_open(
    const struct view *v, const struct ways *w, struct keep *out);
void keep_close(struct keep *k);
// The last day it is kept; NO_DAY: no end is known. *retention: its class.
int32_t keep_until(
    const struct keep *k, uint32_t record, const char **retention);

struct past {
    uint32_t record;
    int32_t until;
    const char *retention; // borrowed from the schema
};

struct pasts {
    struct past *at; // by day, then id
    size_t count;
};

// Those whose time is over on the view's day, of one sector if the filter has
// one. ENOMEM.
tandem_err keep_past(const struct keep *k, struct pasts *out);
void keep_past_free(struct pasts *p);

#endif
