// SPDX-License-Identifier: Apache-2.0
// due.h - what is due: appointments, follow-ups and call-backs, notices and
// answers that wait, requests, interventions to close. Each with the first day
// on which the charter allows to contact the household again, so that nobody
// is called too often.
#ifndef FIGURES_DUE_H
#define FIGURES_DUE_H

#include "charter.h"
#include "way.h"

enum due_kind {
    DUE_APPOINTMENT, // to come, or proposed
    DUE_OUTCOME,     // its day is over: kept, missed?
    DUE_CLOSE,       // an intervention that is not closed
    DUE_REQUEST,     // nobody answered it yet
    DUE_MISSED,      // an appointment missed or called off, and no other
    DUE_COURTESY,    // a visit that an adviser asked for
    DUE_FOLLOW_UP,   // any other follow-up that was planned
    DUE_CALL_BACK,   // by itself, three weeks after an intervention
    DUE_KNOCK,       // nobody answered: again, on another half-day
    DUE_ANSWER,      // a proposal waits
    DUE_KINDS
};

struct due_name {
    const char *id; // "call_back"
    const char *fr, *en;
};
const struct due_name *due_name(enum due_kind k);

struct due {
    enum due_kind kind;
    tandem_id id; // of the record that says so
    uint32_t record;
    uint32_t household; // 0: nobody's
    int32_t day;        // due on, or since
    int32_t until;      // then it rests by itself; NO_DAY: it does not
    int64_t at_ms;      // of an appointment, else FACT_NONE
    bool disputed;      // its times stand side by side
    bool quiet;         // at an hour without calls
    bool stopped;       // the household is not to be contacted any more
    bool contacts;      // the charter has a say ...
    int32_t allowed;    // ... from this day on; NO_DAY: never
    int32_t knocks;     // in vain, of DUE_KNOCK
    bool noticed;       // of DUE_KNOCK: a notice waits there
};

struct dues {
    struct due *at; // by day, moment and id
    size_t count, cap;
};

// All that is due as of the view's day, and what is planned after it; of one
// sector if the filter has one. ENOMEM.
tandem_err due_find(const struct view *v, const struct ways *w,
    const struct charter *c, struct dues *out);
void due_free(struct dues *d);

#endif
