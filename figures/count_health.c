// SPDX-License-Identifier: Apache-2.0
// count_health.c - F40: how far the data can be trusted.
#include "counts.h"
#include "doubles.h"
#include "standing.h"

#define CLOCK_AHEAD_MS (10 * 60 * 1000) // so much later than now is wrong
#define DAY_MS         (INT64_C(24) * 60 * 60 * 1000)

// Of the sector that is asked for; how things stand has no period.
static bool
is_there(const struct view *v, uint32_t h)
{
    const struct fact *fact = view_fact(v, h);

    return fact->kind != FACT_NOTHING &&
           (!v->filter.one_sector || fact->sector == v->filter.sector);
}

// Changed after the last meeting: nobody else has it yet.
static void
unsent(const struct view *v, int64_t met, int64_t *count, int64_t *days)
{
    int64_t oldest = INT64_MAX;

    *count = *days = 0;
    for (uint32_t h = 1; h < v->f->count; h++) {
        const struct fact *fact = view_fact(v, h);

        if (is_there(v, h) && fact->changed_ms > met) {
            ++*count;
            if (fact->changed_ms < oldest) {
                oldest = fact->changed_ms;
            }
        }
    }
    if (*count > 0 && oldest < v->now_ms) {
        *days = (v->now_ms - oldest) / DAY_MS;
    }
}

static int64_t
wrong_clocks(const struct view *v)
{
    int64_t n = 0;

    for (uint32_t h = 1; h < v->f->count; h++) {
        n += is_there(v, h) &&
             view_fact(v, h)->changed_ms > v->now_ms + CLOCK_AHEAD_MS;
    }
    return n;
}

// Pairs of which one at least is there.
static int64_t
doubles_there(const struct view *v, const struct doubles *d)
{
    int64_t n = 0;

    for (size_t i = 0; i < d->count; i++) {
        n += is_there(v, d->at[i].a) || is_there(v, d->at[i].b);
    }
    return n;
}

static void
put_records(const struct view *v, const struct standing *s,
    const struct doubles *doubles, struct figure *out)
{
    int64_t changes, days;

    unsent(v, s->met_ms, &changes, &days);
    (void)figure_number(out, "doubles", "doublons possibles de fiches",
        "sheets that may be the same", doubles_there(v, doubles), -1);
    (void)figure_number(out, "clocks", "fiches datées du futur",
        "records dated in the future", wrong_clocks(v), -1);
    (void)figure_number(out, "unsent",
        "fiches changées depuis la dernière "
        "rencontre d'un appareil",
        "records changed since a device was last met", changes, -1);
    (void)figure_number(out, "unsent_days", "dont la plus ancienne, en jours",
        "of these the oldest, in days", days, -1);
}

static void
put_standing(const struct standing *s, struct figure *out)
{
    (void)figure_number(out, "waiting", "changements en attente",
        "changes that wait", s->waiting, -1);
    if (s->missing >= 0) {
        (void)figure_number(out, "missing", "contenus manquants",
            "missing contents", s->missing, -1);
    }
    (void)figure_number(out, "quarantined", "changements en quarantaine",
        "changes in quarantine", s->quarantined, -1);
}

void
count_health(const struct view *v, struct figure *out)
{
    struct standing s;
    struct doubles doubles = {NULL, 0};

    out->err = standing_make(v, &s, NULL);
    if (out->err != TANDEM_OK) {
        return;
    }
    out->err = doubles_find(v, &doubles);
    if (out->err == TANDEM_OK) {
        (void)figure_number(out, "total", "conflits ouverts", "open conflicts",
            (int64_t)s.conflicts, -1);
        (void)figure_number(out, "heard", "appareils entendus, des attendus",
            "devices heard from, of those expected", s.heard, s.devices);
        put_records(v, &s, &doubles, out);
        put_standing(&s, out);
    }
    doubles_free(&doubles);
    standing_free(&s);
}
