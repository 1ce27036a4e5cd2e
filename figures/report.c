// SPDX-License-Identifier: Apache-2.0
// report.c - what the office asks for, as data.
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "outside.h"

int64_t
report_permille(int64_t n, int64_t of)
{
    return of <= 0 || n < 0 ? -1 : (n * 2000 + of) / (of * 2);
}

static tandem_err
say_what_it_is_of(const struct view *v, struct report *r, tandem_error *e)
{
    struct figure none;

    figure_begin(v, &none);
    r->checkpoint = none.held;
    r->today = v->today;
    for (int k = 1; k < FACT_KINDS; k++) {
        r->records += v->of[k].count;
    }
    return standing_make(v, &r->standing, e);
}

static void
set_filter(struct view *v, const struct report *r)
{
    v->filter.from = r->ask.from;
    v->filter.to = r->ask.to;
    if (r->one_sector) {
        view_in(v, r->sector);
    }
}

// One more of a list that has room.
static tandem_err
add_figure(const struct view *v, const struct report_ask *ask,
    const struct figure_info *info, struct figure *list, size_t *count)
{
    tandem_err err = figure_make(v, info, &list[*count]);

    if (err == TANDEM_OK) {
        ++*count;
        err = ask->outside ? outside_figure(&list[*count - 1]) : TANDEM_OK;
    }
    return err;
}

static tandem_err
make_figures(
    const struct view *v, const struct report_ask *ask, struct report *r)
{
    const size_t n = ask->figures != NULL ? ask->figure_count : figure_count();
    tandem_err err = TANDEM_OK;

    r->figures = calloc(n + 1, sizeof(*r->figures));
    if (r->figures == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; err == TANDEM_OK && i < n; i++) {
        err = add_figure(v, ask,
            ask->figures != NULL ? ask->figures[i] : figure_at(i), r->figures,
            &r->figure_count);
    }
    return err;
}

const struct figure *
report_answer(const struct report *r, const char *id)
{
    for (size_t i = 0; i < r->answer_count; i++) {
        if (strcmp(r->answers[i].info->id, id) == 0) {
            return &r->answers[i];
        }
    }
    return NULL;
}

// How many people wrote something tells of few as any other number does. How
// many files there are stands beside those with exchanges: of these none is
// told, for what is left over might be few.
static void
hide_written(struct questions *q)
{
    for (size_t i = 0; i < q->count; i++) {
        const struct question_written *w;

        for (size_t k = 0; k < QUESTION_WRITTEN &&
                           (w = question_written(&q->at[i], k)) != NULL;
             k++) {
            if (w->kind == FACT_DOSSIER || cell_is_small(q->at[i].written[k])) {
                q->at[i].written[k] = QUESTION_HIDDEN;
            }
        }
    }
}

static tandem_err
make_answers(
    const struct view *v, const struct report_ask *ask, struct report *r)
{
    tandem_err err = questions_make(v, &r->questions);

    if (err == TANDEM_OK && ask->outside) {
        hide_written(&r->questions);
    }
    r->answers = calloc(figure_count() + 1, sizeof(*r->answers));
    if (err == TANDEM_OK && r->answers == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t q = 0; err == TANDEM_OK && q < r->questions.count; q++) {
        const char *id, *rows;

        for (size_t i = 0;
             err == TANDEM_OK &&
             (id = question_figure(&r->questions.at[q], i, &rows)) != NULL;
             i++) {
            if (report_answer(r, id) == NULL) {
                err = add_figure(
                    v, ask, figure_find(id), r->answers, &r->answer_count);
            }
        }
    }
    return err;
}

static tandem_err
make_funnel(
    const struct view *v, const struct report_ask *ask, struct report *r)
{
    const tandem_err err = funnel_make(v, &r->funnel);

    if (err == TANDEM_OK && ask->outside) {
        outside_funnel(&r->funnel);
    }
    return err;
}

static tandem_err
make_objectives(
    const struct view *v, const struct report_ask *ask, struct report *r)
{
    const tandem_err err = objectives_make(v, r->one_sector ? &r->sector : NULL,
        r->objectives, &r->objective_count, &r->objectives_more);

    return err == TANDEM_OK && ask->outside
               ? outside_objectives(r->objectives, r->objective_count)
               : err;
}

// Of a figure that is hidden whole, its parts being few, the rows of a table
// must not add up to it.
static tandem_err
find_hidden(const struct view *v, struct series *s)
{
    tandem_err err = TANDEM_OK;

    for (size_t k = 0; err == TANDEM_OK && k < s->info_count; k++) {
        struct figure whole;

        err = figure_make(v, s->infos[k], &whole);
        if (err == TANDEM_OK) {
            err = outside_figure(&whole);
            s->whole_hidden[k] = whole.count > 0 && whole.rows[0].hidden;
            figure_free(&whole);
        }
    }
    return err;
}

static tandem_err
divide(const struct view *v, const struct report_ask *ask, enum series_by by,
    struct series *out)
{
    tandem_err err = series_make(v, by, ask->figures, ask->figure_count, out);

    if (err == TANDEM_OK && ask->outside) {
        err = find_hidden(v, out);
    }
    return err == TANDEM_OK && ask->outside
               ? outside_series(out, by == SERIES_SECTORS)
               : err;
}

static tandem_err
make_weeks(const struct view *v, const struct report_ask *ask, struct report *r)
{
    return divide(v, ask, SERIES_WEEKS, &r->weeks);
}

static tandem_err
make_months(
    const struct view *v, const struct report_ask *ask, struct report *r)
{
    return divide(v, ask, SERIES_MONTHS, &r->months);
}

static tandem_err
make_sectors(
    const struct view *v, const struct report_ask *ask, struct report *r)
{
    return divide(v, ask, SERIES_SECTORS, &r->sectors);
}

static tandem_err
make_parts(const struct view *v, const struct report_ask *ask, struct report *r)
{
    static const struct {
        uint32_t part;
        tandem_err (*make)(const struct view *v, const struct report_ask *ask,
            struct report *r);
    } parts[] = {
        {REPORT_FUNNEL, make_funnel},
        {REPORT_FIGURES, make_figures},
        {REPORT_OBJECTIVES, make_objectives},
        {REPORT_QUESTIONS, make_answers},
        {REPORT_WEEKS, make_weeks},
        {REPORT_MONTHS, make_months},
        {REPORT_SECTORS, make_sectors},
    };
    tandem_err err = TANDEM_OK;

    for (size_t i = 0; err == TANDEM_OK && i < sizeof(parts) / sizeof(*parts);
         i++) {
        if ((r->ask.parts & parts[i].part) != 0) {
            err = parts[i].make(v, ask, r);
        }
    }
    return err;
}

static void
hide_figure(struct figure *figures, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        struct figure *f = &figures[i];
        const int64_t n = f->count > 0 ? f->rows[0].n : 0;

        for (size_t k = 0; strcmp(f->info->id, id) == 0 && k < f->count; k++) {
            f->rows[k].hidden =
                f->rows[k].hidden || k == 0 || f->rows[k].of == n;
        }
    }
}

// The number of all periods, where the periods would be worked out from it.
static void
hide_wholes(struct report *r, const struct series *s)
{
    for (size_t k = 0; k < s->info_count; k++) {
        const char *id = s->infos[k]->id;

        if (!s->whole_hidden[k]) {
            continue;
        }
        hide_figure(r->figures, r->figure_count, id);
        hide_figure(r->answers, r->answer_count, id);
        for (size_t i = 0; i < r->objective_count; i++) {
            r->objectives[i].hidden = r->objectives[i].hidden ||
                                      strcmp(r->objectives[i].figure, id) == 0;
        }
        if (strcmp(id, "F01") == 0) {
            r->funnel.row[FUNNEL_KNOCKED].hidden = true;
            r->funnel.row[FUNNEL_MET].share_hidden = true;
        }
    }
}

tandem_err
report_make(const struct facts *f, const struct report_ask *ask,
    struct report **out, tandem_error *e)
{
    struct report *r = calloc(1, sizeof(*r));
    struct view *v = NULL;
    tandem_err err = r != NULL ? view_open(f, ask->now_ms, &v) : TANDEM_ENOMEM;

    if (err == TANDEM_OK) {
        r->ask = *ask;
        // Weeks and months of one report would be taken off each other.
        if (ask->outside && (ask->parts & REPORT_MONTHS) != 0) {
            r->weeks_out = (ask->parts & REPORT_WEEKS) != 0;
            r->ask.parts &= ~REPORT_WEEKS;
        }
        r->ask.figures = NULL;
        r->ask.sector = NULL;
        r->one_sector = ask->sector != NULL;
        if (r->one_sector) {
            r->sector = *ask->sector;
        }
        set_filter(v, r);
        err = say_what_it_is_of(v, r, e);
    }
    if (err == TANDEM_OK) {
        err = make_parts(v, ask, r);
    }
    if (err == TANDEM_OK && ask->outside) {
        hide_wholes(r, &r->weeks);
        hide_wholes(r, &r->months);
        hide_wholes(r, &r->sectors);
    }
    view_free(v);
    if (err != TANDEM_OK) {
        report_free(r);
        return err;
    }
    *out = r;
    return TANDEM_OK;
}

void
report_free(struct report *r)
{
    if (r == NULL) {
        return;
    }
    for (size_t i = 0; i < r->figure_count; i++) {
        figure_free(&r->figures[i]);
    }
    for (size_t i = 0; i < r->answer_count; i++) {
        figure_free(&r->answers[i]);
    }
    series_free(&r->weeks);
    series_free(&r->months);
    series_free(&r->sectors);
    questions_free(&r->questions);
    standing_free(&r->standing);
    free(r->figures);
    free(r->answers);
    free(r);
}
