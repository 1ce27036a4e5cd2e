// SPDX-License-Identifier: Apache-2.0
// way.h - the way of a household, from the first knock to its file: where each
// one stands. Derived from records, never typed: who holds the same records
// sees the same way, in whatever order they came.
//
// What is open stands before what is over, in this order:
//
//   stop         a home not to be knocked at, a consent taken back, or asked to
//                stop; nothing brings it back
//   intervention the last one, while it is not closed
//   appointment  booked, and not yet kept, missed or cancelled
//   asked        a request, a returned notice, a missed or cancelled
//                appointment, that no intervention or referral answered
//   follow-up    one that is due; a call-back is by itself, three weeks after
//                an intervention with no follow-up since and no open file
//   file         open at Amelio
//   referred     and no file, nor a follow-up since
//   closed       for the three weeks until that call-back
//   follow-up    one that is planned for later
//   waits, met, notice, absent
//                what was found at the door since all of the above
//   rest         something was, and nothing is open
//   unknown      nothing was
#ifndef FIGURES_WAY_H
#define FIGURES_WAY_H

#include "household.h"

#define WAY_CALL_BACK_DAYS 21 // "some weeks later", after an intervention
#define WAY_NOTICE_DAYS    21 // after two knocks or more, then it rests
#define WAY_NOTICE_KNOCKS  2
#define WAY_ANSWER_DAYS    60 // so long a proposal waits for its answer

enum way {
    WAY_UNKNOWN,     // H0
    WAY_ABSENT,      // H1
    WAY_NOTICE,      // H1n
    WAY_MET,         // H2
    WAY_WAITS,       // H2w
    WAY_ASKED,       // H3
    WAY_APPOINTMENT, // H4
    WAY_STANDARD,    // H5s
    WAY_ADVICE,      // H5c
    WAY_EMERGENCY,   // H5u
    WAY_CLOSED,      // H6
    WAY_REFERRED,    // H6r
    WAY_FOLLOWED,    // H7f
    WAY_FILE,        // H8
    WAY_REST,        // H9
    WAY_STOP,        // H10
    WAYS
};

struct way_name {
    const char *code; // "H1n"
    const char *id;   // "notice"
    const char *fr, *en;
};
const struct way_name *way_name(enum way w);

struct stand {
    uint32_t household;
    enum way way;
    int64_t since_ms; // FACT_NONE: nothing was
    uint32_t by;      // the record that says so; 0 none
    int32_t knocks;   // in vain, since somebody was last met
    int32_t tried;    // of absent and notice: the day of the last
    bool through;     // a home that its sheets stand for: not one of its own
    size_t sheet;     // of such: the place of the one that says where it is
};

struct ways {
    struct households of;
    struct stand *at; // as `of.at`
    size_t count;
    size_t *place; // by handle of a household: 1 + its place; 0 none
};

// As of the view's day, whatever its filter says. ENOMEM.
tandem_err ways_find(const struct view *v, struct ways *out);
void ways_free(struct ways *w);
// Where the household of a record stands; NULL: it is nobody's.
const struct stand *ways_of(const struct ways *w, uint32_t record);
// The same, and of a home that sheets stand for where its people do: of several
// the first of the order above, then the one that moved last.
const struct stand *ways_at(const struct ways *w, uint32_t record);

#endif
