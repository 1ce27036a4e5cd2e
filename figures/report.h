// SPDX-License-Identifier: Apache-2.0
// report.h - what the office asks for, as data: a text, JSON or a page of HTML
// are ways to show it.
//
// Every report says what it is of: as of when, which sector and period, how
// many of the devices that are expected were heard from and which were not, how
// many open conflicts stand inside.
#ifndef FIGURES_REPORT_H
#define FIGURES_REPORT_H

#include "figure.h"
#include "funnel.h"
#include "objectives.h"
#include "questions.h"
#include "series.h"
#include "standing.h"

// Parts of a report.
#define REPORT_FUNNEL     1u
#define REPORT_FIGURES    2u
#define REPORT_OBJECTIVES 4u
#define REPORT_QUESTIONS  8u // each with its figures
#define REPORT_WEEKS      16u
#define REPORT_MONTHS     32u
#define REPORT_SECTORS    64u

struct report_ask {
    uint32_t parts; // REPORT_...
    // Of REPORT_FIGURES, _SECTORS, _WEEKS and _MONTHS; NULL: all.
    const struct figure_info *const *figures;
    size_t figure_count;
    const tandem_id *sector; // NULL: all
    int32_t from, to;        // days, both counted; NO_DAY: open
    int64_t now_ms;
    bool outside; // small numbers of households are hidden, typed texts too
};

struct report {
    struct report_ask ask; // its pointers are not kept
    bool one_sector;
    tandem_id sector;
    int32_t today;
    struct standing standing; // of the sector, or of all
    uint64_t records;         // facts that were looked at
    int32_t checkpoint;       // day of the last one; NO_DAY

    struct funnel funnel;
    struct figure *figures; // of REPORT_FIGURES, in the order asked for
    size_t figure_count;
    struct objective objectives[OBJECTIVES_MAX];
    size_t objective_count, objectives_more;
    struct questions questions;
    struct figure *answers; // of REPORT_QUESTIONS: every figure they name
    size_t answer_count;
    struct series weeks, months, sectors;
    bool weeks_out; // asked for beside months, and left out: outside
};

// A figure that a question names, of `answers`. NULL: none.
const struct figure *report_answer(const struct report *r, const char *id);

// Counts what is asked for. ENOMEM, and what reading the store can say.
tandem_err report_make(const struct facts *f, const struct report_ask *ask,
    struct report **out, tandem_error *e);
void report_free(struct report *r);

// A share in tenths of a percent, rounded half up; -1 when there is no whole.
int64_t report_permille(int64_t n, int64_t of);

#endif
