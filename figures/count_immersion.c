// SPDX-License-Identifier: Apache-2.0
// count_immersion.c - the sessions in which the service was designed: meetings,
// absences, what they brought, votes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counts.h"
#include "votes.h"
#include "words.h"

#define METHODS 8

void
count_meetings(const struct view *v, struct figure *out)
{
    static const struct figure_field who = {FACT_MEETING, MEETING_INTERLOCUTOR};
    static const struct figure_field how = {FACT_MEETING, MEETING_METHOD};
    const struct handles *all = &v->of[FACT_MEETING];
    int64_t by[FIGURE_WORDS][METHODS] = {{0}}, planned = 0, held = 0;
    uint32_t part;

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const int64_t state = view_get(v, h, MEETING_STATE);
        const int64_t method = view_get(v, h, MEETING_METHOD);

        if (state == MEETING_IS_CANCELLED || !figure_take(v, out, h)) {
            continue;
        }
        planned++;
        if (state == MEETING_IS_DONE) {
            held++;
            by[figure_place(view_get(v, h, MEETING_INTERLOCUTOR))]
              [method > 0 && method < METHODS ? method : 0]++;
        }
    }
    (void)figure_number(
        out, "total", "rencontres tenues", "meetings held", held, planned);
    part = figure_part(out, "total");
    for (int64_t w = 0; w < FIGURE_WORDS; w++) {
        for (int64_t m = 0; m < METHODS; m++) {
            struct figure_row *row =
                by[w][m] == 0 ? NULL
                              : figure_words_row(v, out, &who, w, &how, m);

            if (row != NULL) {
                row->n = by[w][m];
                row->parts = part;
            }
        }
    }
}

// A person's day at a session.
struct attended {
    int32_t day;
    bool absent;
};

static int
by_day(const void *a, const void *b)
{
    const struct attended *x = a, *y = b;

    return (x->day > y->day) - (x->day < y->day);
}

static void
day_rows(struct figure *out, struct attended *at, size_t n)
{
    const uint32_t part = figure_part(out, "total");
    int64_t absent = 0, all = 0;

    if (n > 0) {
        qsort(at, n, sizeof(*at), by_day);
    }
    for (size_t i = 0; i < n; i++) {
        absent += at[i].absent;
        all++;
        if (i + 1 == n || at[i + 1].day != at[i].day) {
            const struct date d = calendar_date(at[i].day);
            struct figure_row *row = figure_number(
                out, "", "absents ce jour", "absent that day", absent, all);

            if (row == NULL) {
                return;
            }
            (void)snprintf(row->name, sizeof(row->name), "day.%04d-%02d-%02d",
                (int)d.year, (int)d.month, (int)d.day);
            row->day = at[i].day;
            row->parts = part;
            absent = all = 0;
        }
    }
}

void
count_absences(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_ATTENDANCE];
    struct attended *at = malloc((all->count + 1) * sizeof(*at));
    int64_t absent = 0, excused = 0;
    size_t n = 0;

    for (size_t i = 0; at != NULL && i < all->count; i++) {
        const uint32_t h = all->at[i];
        const int64_t is = view_get(v, h, ATTENDANCE_PRESENCE);

        if (figure_take(v, out, h)) {
            absent += is == PRESENCE_ABSENT;
            excused += is == PRESENCE_EXCUSED;
            at[n++] = (struct attended){v->day[h], is == PRESENCE_ABSENT};
        }
    }
    if (at == NULL) {
        out->err = TANDEM_ENOMEM;
        return;
    }
    (void)figure_number(
        out, "total", "absences", "absences", absent, (int64_t)n);
    (void)figure_number(
        out, "excused", "excusés", "excused", excused, (int64_t)n);
    day_rows(out, at, n);
    free(at);
}

static int64_t
count_kind(const struct view *v, struct figure *out, enum fact_kind kind)
{
    int64_t n = 0;

    for (size_t i = 0; i < v->of[kind].count; i++) {
        n += figure_take(v, out, v->of[kind].at[i]);
    }
    return n;
}

void
count_material(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_VERBATIM];
    int64_t n = 0, emblematic = 0, cleared = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (figure_take(v, out, all->at[i])) {
            n++;
            emblematic += view_get(v, all->at[i], VERBATIM_EMBLEMATIC);
            cleared += view_get(v, all->at[i], VERBATIM_CLEARED);
        }
    }
    (void)figure_number(out, "total", "verbatims", "verbatims", n, -1);
    (void)figure_number(out, "emblematic", "dont emblématiques",
        "of these emblematic", emblematic, n);
    (void)figure_number(out, "cleared", "dont anonymisés",
        "of these made anonymous", cleared, n);
    (void)figure_number(out, "clusters", "classements", "clusters",
        count_kind(v, out, FACT_CLUSTER), -1);
    (void)figure_number(out, "problems", "problématiques clés", "key problems",
        count_kind(v, out, FACT_PROBLEM), -1);
    (void)figure_number(out, "ideas", "pistes d'amélioration", "ideas",
        count_kind(v, out, FACT_IDEA), -1);
}

// ----------------------------------------------------------------------- votes

struct voted {
    uint32_t handle;
    int64_t points;
    tandem_id id;
};

static int
most_first(const void *a, const void *b)
{
    const struct voted *x = a, *y = b;

    if (x->points != y->points) {
        return x->points > y->points ? -1 : 1;
    }
    return memcmp(x->id.b, y->id.b, sizeof(x->id.b));
}

static void
idea_rows(const struct view *v, struct figure *out, const int64_t *points)
{
    const struct handles *all = &v->of[FACT_IDEA];
    struct voted *ideas = malloc((all->count + 1) * sizeof(*ideas));
    size_t n = 0;

    for (size_t i = 0; ideas != NULL && i < all->count; i++) {
        const uint32_t h = all->at[i];

        if (v->kept[h] == h) {
            ideas[n++] = (struct voted){h, points[h], v->f->ids[h]};
        }
    }
    if (ideas == NULL) {
        out->err = TANDEM_ENOMEM;
        return;
    }
    if (n > 0) {
        qsort(ideas, n, sizeof(*ideas), most_first);
    }
    for (size_t i = 0; i < n; i++) {
        struct figure_row *row =
            figure_number(out, "", "points", "points", ideas[i].points, -1);

        if (row == NULL) {
            break;
        }
        (void)memcpy(row->name, "idea.", 5);
        tandem_id_text(ideas[i].id, row->name + 5);
        row->record = ideas[i].id;
        row->field = "statement";
        row->noun = (struct figure_words){"piste", "idea"};
        row->rank = i > 0 && ideas[i].points == ideas[i - 1].points
                        ? row[-1].rank
                        : (int32_t)i + 1;
    }
    free(ideas);
}

void
count_votes(const struct view *v, struct figure *out)
{
    struct votes votes;
    int64_t ballots = 0;

    out->err = votes_open(v, &votes);
    if (out->err != TANDEM_OK) {
        return;
    }
    for (size_t i = 0; i < votes.count; i++) {
        ballots += figure_take(v, out, votes.ballots[i]);
    }
    (void)figure_number(out, "total", "bulletins", "ballots", ballots, -1);
    idea_rows(v, out, votes.points);
    votes_close(&votes);
}
