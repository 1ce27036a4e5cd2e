// SPDX-License-Identifier: Apache-2.0
// funnel.c - F21: from a knocked door to an opened file.
//
// A unit is a sheet (the one kept of linked ones), or a record that names no
// sheet, itself. `first` holds for a stage and each unit the day it was
// reached; a stage is compared with the one before, so two of them are enough.
#include "funnel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counts.h"
#include "doors.h"
#include "meets.h"
#include "words.h"

#define NEVER INT32_MAX

static const struct funnel_name names[FUNNEL_STAGES] = {
    {"knocked", "portes frappées", "doors knocked"},
    {"met", "rencontres", "people met"},
    {"asked", "sollicitations", "asked"},
    {"intervention", "interventions", "interventions"},
    {"referred", "orientés vers Amelio", "referred to Amelio"},
    {"booked", "rdv conseiller", "adviser booked"},
    {"opened", "dossiers ouverts", "files opened"},
};

const struct funnel_name *
funnel_name(enum funnel_stage s)
{
    return &names[s];
}

struct making {
    const struct view *v;
    struct figure seen; // counts conflicts and late data ...
    uint8_t *taken;     // ... of each record once, by handle
    int32_t *first;     // of the stage at hand
    int64_t reached;    // units of it
    int64_t knocked, met, met_at_doors;
};

static bool
takes(struct making *m, uint32_t h)
{
    if (!view_counts(m->v, h)) {
        return false;
    }
    if (!m->taken[h]) {
        m->taken[h] = 1;
        (void)figure_take(m->v, &m->seen, h);
    }
    return true;
}

static void
reach(struct making *m, uint32_t unit, int32_t day)
{
    m->reached += m->first[unit] == NEVER;
    if (day < m->first[unit]) {
        m->first[unit] = day;
    }
}

static void
reach_all(struct making *m, enum fact_kind kind, int column,
    bool (*is)(const struct view *v, uint32_t h))
{
    const struct handles *all = &m->v->of[kind];

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];

        if ((is == NULL || is(m->v, h)) && takes(m, h)) {
            const uint32_t sheet = view_link(m->v, h, column, FACT_CONTACT);

            reach(m, sheet != 0 ? sheet : m->v->kept[h], m->v->day[h]);
        }
    }
}

// --------------------------------------------------------------------- stages

static bool
is_met(const struct view *v, uint32_t h)
{
    const int64_t outcome = view_get(v, h, ENCOUNTER_OUTCOME);

    return outcome == OUTCOME_PITCH_GIVEN ||
           outcome == OUTCOME_PITCH_THEN_ENTERED || outcome == OUTCOME_TALKED;
}

static bool
is_amelio(const struct view *v, uint32_t h)
{
    return view_get(v, h, REFERRAL_TARGET) == TARGET_AMELIO;
}

static bool
books(const struct view *v, uint32_t h)
{
    return is_amelio(v, h) && view_get(v, h, REFERRAL_APPOINTMENT) != 0;
}

static bool
is_booked(const struct view *v, uint32_t h)
{
    const int64_t state = view_get(v, h, APPOINTMENT_STATE);

    return view_get(v, h, APPOINTMENT_KIND) == FOR_ADVISER &&
           state >= APPOINTMENT_IS_BOOKED && state <= APPOINTMENT_IS_MISSED;
}

static bool
is_opened(const struct view *v, uint32_t h)
{
    const int64_t state = view_get(v, h, DOSSIER_STATE);

    return state >= DOSSIER_IS_OPENED && state <= DOSSIER_IS_COMPLETED;
}

static bool
is_booked_file(const struct view *v, uint32_t h)
{
    const int64_t state = view_get(v, h, DOSSIER_STATE);

    return state >= DOSSIER_IS_ADVISER_BOOKED && state <= DOSSIER_IS_COMPLETED;
}

static tandem_err
reach_met(struct making *m)
{
    const struct view *v = m->v;
    const struct handles *all = &v->of[FACT_ENCOUNTER];
    uint32_t *sheets = meets_sheets(v);

    if (sheets == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        uint32_t to;

        if (!is_met(v, h) || !takes(m, h)) {
            continue;
        }
        m->met++;
        m->met_at_doors += view_get(v, h, ENCOUNTER_CHANNEL) == CHANNEL_DOOR;
        to = sheets[v->kept[h]];
        reach(m, to != 0 ? to : v->kept[h], v->day[h]);
    }
    free(sheets);
    return TANDEM_OK;
}

// ----------------------------------------------------------------------- days

static int
by_value(const void *a, const void *b)
{
    const int32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static int64_t
twice_median(int32_t *days, size_t n)
{
    if (n == 0) {
        return -1;
    }
    qsort(days, n, sizeof(*days), by_value);
    return (int64_t)days[(n - 1) / 2] + days[n / 2];
}

// From `before` to `after`, of units that reached both, in that order.
static int64_t
days_between(const int32_t *before, const int32_t *after, size_t units,
    int32_t *room, int64_t *both)
{
    size_t n = 0;

    *both = 0;
    for (size_t u = 0; u < units; u++) {
        if (before[u] == NEVER || after[u] == NEVER) {
            continue;
        }
        ++*both;
        if (before[u] != NO_DAY && after[u] >= before[u]) {
            room[n++] = after[u] - before[u];
        }
    }
    return twice_median(room, n);
}

// From the first knock at a door to the first time somebody was met there.
static tandem_err
door_days(struct making *m, int32_t *before, int32_t *after, int32_t *room,
    int64_t *days)
{
    struct figure none;
    struct doors d;
    int64_t both;
    tandem_err err;

    figure_begin(m->v, &none);
    err = doors_find(m->v, &none, &d);

    if (err != TANDEM_OK) {
        return err;
    }
    m->knocked = (int64_t)d.count;
    for (size_t i = 0; i < d.count; i++) {
        before[i] = after[i] = NEVER;
    }
    for (size_t i = 0; i < d.count; i++) {
        const struct knock *k = &d.knocks[i];
        const int32_t day = m->v->day[k->handle];

        (void)takes(m, k->handle);

        if (day < before[k->door]) {
            before[k->door] = day;
        }
        if (is_met(m->v, k->handle) && day < after[k->door]) {
            after[k->door] = day;
        }
    }
    *days = days_between(before, after, d.count, room, &both);
    doors_free(&d);
    return TANDEM_OK;
}

// ------------------------------------------------------------------------ all

static void
begin_stage(struct making *m, int32_t *first)
{
    m->first = first;
    m->reached = 0;
    for (size_t u = 0; u < m->v->f->count; u++) {
        first[u] = NEVER;
    }
}

// Of those after the first two, which count encounters.
static void
reach_stage(struct making *m, enum funnel_stage s)
{
    static const struct {
        enum funnel_stage stage;
        enum fact_kind kind;
        int contact;
        bool (*is)(const struct view *v, uint32_t h);
    } ways[] = {
        {FUNNEL_ASKED, FACT_REQUEST, REQUEST_CONTACT, NULL},
        {FUNNEL_VISITED, FACT_VISIT, VISIT_CONTACT, NULL},
        {FUNNEL_REFERRED, FACT_REFERRAL, REFERRAL_CONTACT, is_amelio},
        {FUNNEL_BOOKED, FACT_APPOINTMENT, APPOINTMENT_CONTACT, is_booked},
        {FUNNEL_BOOKED, FACT_REFERRAL, REFERRAL_CONTACT, books},
        {FUNNEL_BOOKED, FACT_DOSSIER, DOSSIER_CONTACT, is_booked_file},
        {FUNNEL_OPENED, FACT_DOSSIER, DOSSIER_CONTACT, is_opened},
    };

    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        if (ways[i].stage == s) {
            reach_all(m, ways[i].kind, ways[i].contact, ways[i].is);
        }
    }
}

// Room for the days of three stages.
static tandem_err
fill(struct making *m, int32_t *days, struct funnel *out)
{
    const size_t units = m->v->f->count;
    int32_t *before = days, *after = days + units, *room = days + 2 * units;
    tandem_err err;

    out->row[0] = (struct funnel_row){.before = -1, .through = -1, .days = -1};
    err = door_days(m, before, after, room, &out->row[FUNNEL_MET].days);
    if (err == TANDEM_OK) {
        begin_stage(m, before);
        err = reach_met(m);
    }
    if (err != TANDEM_OK) {
        return err;
    }
    out->row[FUNNEL_KNOCKED].n = m->knocked;
    out->row[FUNNEL_MET].n = m->met;
    out->row[FUNNEL_MET].before = m->knocked;
    out->row[FUNNEL_MET].through = m->met_at_doors;
    for (int s = FUNNEL_ASKED; s < FUNNEL_STAGES; s++) {
        struct funnel_row *row = &out->row[s];
        int32_t *const was = before;

        row->before = m->reached;
        begin_stage(m, after);
        reach_stage(m, (enum funnel_stage)s);
        row->n = m->reached;
        row->days = days_between(before, after, units, room, &row->through);
        before = after;
        after = was;
    }
    out->conflicts = m->seen.conflicts;
    out->late = m->seen.late;
    return TANDEM_OK;
}

tandem_err
funnel_make(const struct view *v, struct funnel *out)
{
    const size_t units = v->f->count;
    struct making m = {.v = v, .taken = calloc(units, 1)};
    int32_t *days = malloc(3 * units * sizeof(*days));
    tandem_err err = TANDEM_ENOMEM;

    figure_begin(v, &m.seen);
    memset(out, 0, sizeof(*out));
    if (days != NULL && m.taken != NULL) {
        err = fill(&m, days, out);
    }
    free(days);
    free(m.taken);
    return err;
}

void
count_funnel(const struct view *v, struct figure *out)
{
    struct funnel f;

    out->err = funnel_make(v, &f);
    if (out->err != TANDEM_OK) {
        return;
    }
    out->conflicts = f.conflicts;
    out->late = f.late;
    for (int s = 0; s < FUNNEL_STAGES; s++) {
        struct figure_row *row = figure_number(
            out, names[s].id, names[s].fr, names[s].en, f.row[s].n, -1);

        if (row != NULL && f.row[s].before >= 0) {
            row = figure_number(out, names[s].id, names[s].fr, names[s].en,
                f.row[s].through, f.row[s].before);
            if (row != NULL) {
                (void)snprintf(
                    row->name, sizeof(row->name), "%s.through", names[s].id);
                row->label[1] = (struct figure_words){
                    "de l'étape d'avant", "of the stage before"};
                row->beside = f.row[s].n;
            }
        }
    }
}
