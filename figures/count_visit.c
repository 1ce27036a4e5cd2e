// SPDX-License-Identifier: Apache-2.0
// count_visit.c - appointments, interventions, what was fitted and found.
#include <stdlib.h>

#include "counts.h"
#include "words.h"

static bool
has_word(int64_t set, int64_t word)
{
    return (set >> word & 1) != 0;
}

static int64_t
step_of(const struct view *v, uint32_t h, int column, int64_t step)
{
    return view_get(v, h, column) >> 4 * step & 15;
}

// --------------------------------------------------------------- appointments

void
count_appointments(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_APPOINTMENT];
    int64_t state[FIGURE_WORDS] = {0}, kind[FIGURE_WORDS] = {0};
    int64_t channel[FIGURE_WORDS] = {0}, n = 0;

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const int64_t is = view_get(v, h, APPOINTMENT_STATE);

        if (!figure_take(v, out, h)) {
            continue;
        }
        state[figure_place(is)]++;
        if (is != 0 && is != APPOINTMENT_IS_PROPOSED) {
            n++;
            kind[figure_place(view_get(v, h, APPOINTMENT_KIND))]++;
            channel[figure_place(view_get(v, h, APPOINTMENT_CHANNEL))]++;
        }
    }
    (void)figure_number(
        out, "total", "rendez-vous pris", "appointments taken", n, -1);
    (void)figure_number(out, "kept", "dont honorés", "of these kept",
        state[APPOINTMENT_IS_KEPT], n);
    (void)figure_number(out, "missed", "dont manqués", "of these missed",
        state[APPOINTMENT_IS_MISSED], n);
    (void)figure_number(out, "cancelled", "dont annulés", "of these cancelled",
        state[APPOINTMENT_IS_CANCELLED], n);
    (void)figure_number(out, "proposed", "proposés, non pris",
        "proposed, not taken", state[APPOINTMENT_IS_PROPOSED], -1);
    figure_by_word(v, out, "kind.", FACT_APPOINTMENT, APPOINTMENT_KIND, kind,
        figure_part(out, "total"));
    figure_by_word(v, out, "channel.", FACT_APPOINTMENT, APPOINTMENT_CHANNEL,
        channel, figure_part(out, "total"));
}

// -------------------------------------------------------------- interventions

void
count_visits(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_VISIT];
    int64_t type[FIGURE_WORDS] = {0}, origin[FIGURE_WORDS] = {0};
    int64_t n = 0, booked = 0;

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];

        if (figure_take(v, out, h)) {
            n++;
            booked += view_get(v, h, VISIT_APPOINTMENT) != 0;
            type[figure_place(view_get(v, h, VISIT_TYPE))]++;
            origin[figure_place(view_get(v, h, VISIT_ORIGIN))]++;
        }
    }
    (void)figure_number(out, "total", "interventions", "interventions", n, -1);
    (void)figure_number(out, "by_appointment", "dont sur rendez-vous",
        "of these by appointment", booked, n);
    (void)figure_number(
        out, "direct", "dont directes", "of these direct", n - booked, n);
    figure_by_word(v, out, "type.", FACT_VISIT, VISIT_TYPE, type,
        figure_part(out, "total"));
    figure_by_word(v, out, "origin.", FACT_VISIT, VISIT_ORIGIN, origin,
        figure_part(out, "total"));
}

void
count_feels(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_VISIT];
    int64_t by[FIGURE_WORDS] = {0}, n = 0;

    for (size_t i = 0; i < all->count; i++) {
        const int64_t set = view_get(v, all->at[i], VISIT_FEEL);

        if (set != 0 && figure_take(v, out, all->at[i])) {
            n++;
            figure_add_set(by, set);
        }
    }
    (void)figure_number(out, "total", "interventions dont le ressenti est noté",
        "interventions whose feel is noted", n, -1);
    figure_by_word(v, out, "feel.", FACT_VISIT, VISIT_FEEL, by, 0);
}

void
count_emergencies(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_VISIT];
    int64_t n = 0, safe = 0;

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];

        if (view_get(v, h, VISIT_TYPE) == TYPE_EMERGENCY &&
            figure_take(v, out, h)) {
            n++;
            safe += has_word(view_get(v, h, VISIT_RESULTS), RESULT_MADE_SAFE);
        }
    }
    (void)figure_number(out, "total", "urgences", "emergencies", n, -1);
    (void)figure_number(
        out, "made_safe", "mises en sécurité", "made safe", safe, n);
}

// Of closed interventions those with a yes.
static void
count_closed(const struct view *v, struct figure *out,
    bool (*is)(const struct view *v, uint32_t h), const char *fr,
    const char *en)
{
    const struct handles *all = &v->of[FACT_VISIT];
    int64_t n = 0, yes = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (view_get(v, all->at[i], VISIT_SIGNED_OFF) == 1 &&
            figure_take(v, out, all->at[i])) {
            n++;
            yes += is(v, all->at[i]);
        }
    }
    (void)figure_number(out, "total", fr, en, yes, n);
    (void)figure_number(out, "closed", "interventions clôturées",
        "interventions closed", n, -1);
}

static bool
has_moved(const struct view *v, uint32_t h)
{
    return view_get(v, h, VISIT_MOVED) == 1;
}

static bool
has_spoken(const struct view *v, uint32_t h)
{
    return step_of(v, h, VISIT_CLOSING, CLOSING_AMELIO_TALK) == STEP_DONE;
}

void
count_moved(const struct view *v, struct figure *out)
{
    count_closed(
        v, out, has_moved, "situation avancée", "situation moved forward");
}

void
count_spoken(const struct view *v, struct figure *out)
{
    count_closed(v, out, has_spoken, "Amelio évoqué", "Amelio spoken of");
}

// ----------------------------------------------------------------------- items

// By handle of an intervention how many items were fitted, and handed over,
// corrections taken off. malloc'ed.
struct items {
    int64_t *fitted, *handed;
};

static bool
items_of(const struct view *v, struct items *out)
{
    const struct handles *all = &v->of[FACT_FITTED];

    out->fitted = calloc(v->f->count, 2 * sizeof(int64_t));
    if (out->fitted == NULL) {
        return false;
    }
    out->handed = out->fitted + v->f->count;
    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const uint32_t visit = view_link(v, h, FITTED_VISIT, FACT_VISIT);
        const int64_t action = view_get(v, h, FITTED_ACTION);
        const int64_t quantity = view_get(v, h, FITTED_QUANTITY);

        if (visit == 0 || quantity == FACT_NONE || v->kept[h] != h) {
            continue;
        }
        if (action == ACTION_FITTED) {
            out->fitted[visit] += quantity;
        } else if (action == ACTION_HANDED_OVER) {
            out->handed[visit] += quantity;
        }
    }
    return true;
}

void
count_kits(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_VISIT];
    struct items items;
    int64_t n = 0, three = 0;

    if (!items_of(v, &items)) {
        out->err = TANDEM_ENOMEM;
        return;
    }
    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const int64_t fitted = items.fitted[v->kept[h]];

        if (fitted > 0 &&
            has_word(view_get(v, h, VISIT_RESULTS), RESULT_KIT_FITTED) &&
            figure_take(v, out, h)) {
            n++;
            three += fitted >= 3;
        }
    }
    free(items.fitted);
    (void)figure_number(out, "total", "kits posés", "kits fitted", n, -1);
    (void)figure_number(out, "three_items", "dont trois équipements ou plus",
        "of these with three items or more", three, n);
}

void
count_kits_out(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_VISIT];
    struct items items;
    int64_t n = 0, fitted = 0, handed = 0;

    if (!items_of(v, &items)) {
        out->err = TANDEM_ENOMEM;
        return;
    }
    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const bool f = items.fitted[v->kept[h]] > 0;
        const bool o = items.handed[v->kept[h]] > 0;

        if ((f || o) && figure_take(v, out, h)) {
            n++;
            fitted += f;
            handed += o;
        }
    }
    free(items.fitted);
    (void)figure_number(
        out, "total", "kits distribués", "kits handed out", n, -1);
    (void)figure_number(out, "fitted", "dont avec un équipement posé",
        "of these with an item fitted", fitted, n);
    (void)figure_number(out, "handed_over", "dont avec un équipement remis",
        "of these with an item handed over", handed, n);
}

#define ACTIONS 8

void
count_items(const struct view *v, struct figure *out)
{
    static const struct figure_field item = {FACT_FITTED, FITTED_ITEM};
    static const struct figure_field action = {FACT_FITTED, FITTED_ACTION};
    const struct handles *all = &v->of[FACT_FITTED];
    int64_t by[FIGURE_WORDS][ACTIONS] = {{0}}, n = 0;

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const int64_t a = view_get(v, h, FITTED_ACTION);
        const int64_t quantity = view_get(v, h, FITTED_QUANTITY);

        if (quantity != FACT_NONE && figure_take(v, out, h)) {
            n += a == ACTION_FITTED ? quantity : 0;
            by[figure_place(view_get(v, h, FITTED_ITEM))]
              [a > 0 && a < ACTIONS ? a : 0] += quantity;
        }
    }
    (void)figure_number(
        out, "total", "équipements posés", "items fitted", n, -1);
    for (int64_t i = 0; i < FIGURE_WORDS; i++) {
        for (int64_t a = 0; a < ACTIONS; a++) {
            struct figure_row *row =
                by[i][a] == 0 ? NULL
                              : figure_words_row(v, out, &item, i, &action, a);

            if (row != NULL) {
                row->n = by[i][a];
            }
        }
    }
}

// -------------------------------------------------------------------- findings

void
count_findings(const struct view *v, struct figure *out)
{
    const struct handles *all = &v->of[FACT_FINDING];
    int64_t family[FIGURE_WORDS] = {0}, fixed[FIGURE_WORDS] = {0};
    int64_t severity[FIGURE_WORDS] = {0}, n = 0, solved = 0;
    struct figure_groups rooms = {NULL, 0, 0};

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const size_t f = figure_place(view_get(v, h, FINDING_FAMILY));

        if (figure_take(v, out, h)) {
            const int64_t yes = view_get(v, h, FINDING_SOLVED);

            n++;
            solved += yes;
            family[f]++;
            fixed[f] += yes;
            severity[figure_place(view_get(v, h, FINDING_SEVERITY))]++;
            figure_group(
                out, &rooms, (uint64_t)view_get(v, h, FINDING_ROOM), h);
        }
    }
    (void)figure_number(
        out, "total", "problèmes constatés", "problems found", n, -1);
    (void)figure_number(
        out, "solved", "dont résolus", "of these solved", solved, n);
    figure_by_word(v, out, "family.", FACT_FINDING, FINDING_FAMILY, family,
        figure_part(out, "total"));
    figure_shares(v, out, "solved.", FACT_FINDING, FINDING_FAMILY, fixed,
        family, figure_part(out, "solved"),
        (struct figure_words){"résolus", "solved"});
    figure_by_word(v, out, "severity.", FACT_FINDING, FINDING_SEVERITY,
        severity, figure_part(out, "total"));
    figure_grouped(v, out, &rooms, "room.", "room",
        (struct figure_words){"pièce", "room"});
}
