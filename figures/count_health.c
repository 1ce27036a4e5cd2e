// SPDX-License-Identifier: Apache-2.0
// count_health.c - F40: how far the data can be trusted.
#include <stdlib.h>

#include "counts.h"
#include "doubles.h"

#define CLOCK_AHEAD_MS (10 * 60 * 1000) // so much later than now is wrong
#define DAY_MS         (INT64_C(24) * 60 * 60 * 1000)

// When some device was last met; 0 never.
static tandem_err
last_met(const struct view *v, int64_t *out)
{
    tandem_device d;
    tandem_err err = TANDEM_OK;

    *out = 0;
    for (size_t i = 0; err == TANDEM_OK; i++) {
        err = tandem_device_at(v->f->store, i, &d, NULL);
        if (err == TANDEM_OK && d.last_sync_ms > *out) {
            *out = d.last_sync_ms;
        }
    }
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

// Changed after the last meeting: nobody else has it yet.
static void
unsent(const struct view *v, int64_t met, int64_t *count, int64_t *days)
{
    int64_t oldest = INT64_MAX;

    *count = *days = 0;
    for (size_t h = 1; h < v->f->count; h++) {
        const struct fact *fact = &v->f->at[h];

        if (fact->kind != FACT_NOTHING && fact->changed_ms > met) {
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

    for (size_t h = 1; h < v->f->count; h++) {
        n += v->f->at[h].kind != FACT_NOTHING &&
             v->f->at[h].changed_ms > v->now_ms + CLOCK_AHEAD_MS;
    }
    return n;
}

void
count_health(const struct view *v, struct figure *out)
{
    tandem_stats stats;
    int64_t met = 0, changes, days;
    struct doubles doubles = {NULL, 0};

    out->err = tandem_store_stats(v->f->store, &stats, NULL);
    if (out->err == TANDEM_OK) {
        out->err = last_met(v, &met);
    }
    if (out->err == TANDEM_OK) {
        out->err = doubles_find(v, &doubles);
    }
    doubles_free(&doubles);
    if (out->err != TANDEM_OK) {
        return;
    }
    unsent(v, met, &changes, &days);
    (void)figure_number(out, "total", "conflits ouverts", "open conflicts",
        (int64_t)stats.conflicts, -1);
    (void)figure_number(out, "doubles", "doublons possibles de fiches",
        "sheets that may be the same", (int64_t)doubles.count, -1);
    (void)figure_number(out, "clocks", "fiches datées du futur",
        "records dated in the future", wrong_clocks(v), -1);
    (void)figure_number(out, "unsent",
        "fiches changées depuis la dernière "
        "rencontre d'un appareil",
        "records changed since a device was last met", changes, -1);
    (void)figure_number(out, "unsent_days", "dont la plus ancienne, en jours",
        "of these the oldest, in days", days, -1);
    (void)figure_number(out, "waiting", "changements en attente",
        "changes that wait", (int64_t)stats.waiting, -1);
    (void)figure_number(out, "missing", "contenus manquants",
        "missing contents", (int64_t)stats.missing, -1);
    (void)figure_number(out, "quarantined", "changements en quarantaine",
        "changes in quarantine", (int64_t)stats.quarantined, -1);
}
