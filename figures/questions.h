// SPDX-License-Identifier: Apache-2.0
// questions.h - the sixteen open questions of the trial, the figures that throw
// light on each, and the records in which people answer them.
#ifndef FIGURES_QUESTIONS_H
#define FIGURES_QUESTIONS_H

#include "figure.h"

#define QUESTIONS        16
#define QUESTION_FIGURES 4
#define QUESTION_WRITTEN 2    // at most, of one question
#define QUESTION_HIDDEN  (-1) // too few to be told outside

// What people wrote about a question: where it is to be read. Texts are not
// weighed, and how many there are is no answer.
struct question_written {
    const char *question; // its id
    enum fact_kind kind;
    int column;
    const char *list, *field; // "journal_entry", "works"
    struct figure_words text; // of how many
};

struct question {
    const char *id;           // stable: "real_conditions"; the ready list's too
    struct figure_words text; // short
    const char *source;
    const char *figures[QUESTION_FIGURES]; // "F09"; NULL ends them
    // Rows of one of them that matter, by the beginning of their names; NULL:
    // the first. Same order as `figures`.
    const char *rows[QUESTION_FIGURES];
};

// NULL beyond the last.
const struct question *question_at(size_t i);

// A question as a report has it.
struct question_said {
    size_t of;        // of the sixteen; QUESTIONS: the workspace's own
    tandem_id record; // none: nobody wrote it down
    int64_t state;    // a word of question_state
    uint64_t figures; // bit n: the record names F n
    uint64_t conflicts;
    int64_t written[QUESTION_WRITTEN]; // records, through the view's filter
};

struct questions {
    struct question_said *at;
    size_t count, cap;
};

// The sixteen in their order, each with its record, or its records if the ready
// list was made in several sectors; then what else the workspace asks, by id.
// Of the whole trial, whatever the filter is. ENOMEM, and what reading the
// store can say.
tandem_err questions_make(const struct view *v, struct questions *out);
void questions_free(struct questions *q);
// What was written about it in the i-th place. NULL beyond the last.
const struct question_written *question_written(
    const struct question_said *said, size_t i);
// The i-th figure of a question, and which of its rows matter: those of the
// sixteen, then what the record names besides. NULL beyond the last.
const char *question_figure(
    const struct question_said *said, size_t i, const char **rows);

#endif
