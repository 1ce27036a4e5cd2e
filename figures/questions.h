// SPDX-License-Identifier: Apache-2.0
// questions.h - the sixteen open questions of the trial, and the figures that
// throw light on each.
#ifndef FIGURES_QUESTIONS_H
#define FIGURES_QUESTIONS_H

#include "figure.h"

#define QUESTIONS        16
#define QUESTION_FIGURES 4

struct question {
    const char *id;           // stable: "real_conditions"
    struct figure_words text; // short
    const char *source;
    const char *figures[QUESTION_FIGURES]; // "F09"; NULL ends them
    // Rows of one of them that matter, by the beginning of their names; NULL:
    // the first. Same order as `figures`.
    const char *rows[QUESTION_FIGURES];
};

// NULL beyond the last.
const struct question *question_at(size_t i);

#endif
