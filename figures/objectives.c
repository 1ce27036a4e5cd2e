// SPDX-License-Identifier: Apache-2.0
// objectives.c - the numbers to reach, and how far the service is.
#include "objectives.h"

#include <string.h>

#include "words.h"

// What counts a metric: the first row of a figure, and a row beside it.
struct metric {
    int64_t metric;
    const char *id;
    struct figure_words name;
    const char *figure;
    int64_t at_least; // as the source says
    const char *beside_figure, *beside_row;
    struct figure_words beside;
};

static const struct metric metrics[] = {
    {METRIC_DOORS_KNOCKED, "doors_knocked",
        {"portes frappées", "doors knocked"}, "F01", 100, "F02", "total",
        {"portes distinctes", "distinct doors"}},
    {METRIC_SECTORS_COVERED, "sectors_covered",
        {"secteurs couverts", "sectors covered"}, "F22", 3, NULL, NULL,
        {NULL, NULL}},
    {METRIC_MONTHS_ACTIVE, "months_active",
        {"mois d'activité", "months of activity"}, "F23", 3, "F23",
        "with_records", {"mois avec une fiche", "months with a record"}},
    {METRIC_KITS_FITTED, "kits_fitted", {"kits posés", "kits fitted"}, "F12",
        10, "F13", "total", {"kits distribués", "kits handed out"}},
    {METRIC_AMELIO_DOSSIERS, "amelio_dossiers",
        {"dossiers Amelio", "Amelio files"}, "F20", 15, "F20", "oriented",
        {"orientés ou plus loin", "directed or further"}},
};

#define METRICS (sizeof(metrics) / sizeof(*metrics))

static tandem_err
number_of(const struct view *v, const char *figure, const char *row,
    int64_t *out, uint64_t *conflicts)
{
    struct figure f;
    tandem_err err = figure_make(v, figure_find(figure), &f);

    for (size_t i = 0; err == TANDEM_OK && i < f.count; i++) {
        if (strcmp(f.rows[i].name, row) == 0) {
            *out = f.rows[i].n;
        }
    }
    if (err == TANDEM_OK) {
        *conflicts += f.conflicts;
        figure_free(&f);
    }
    return err;
}

static tandem_err
fill(const struct view *v, const struct metric *m, struct objective *o)
{
    uint64_t none = 0;
    tandem_err err;

    memset(o, 0, sizeof(*o));
    o->metric = m->metric;
    o->id = m->id;
    o->name = m->name;
    o->figure = m->figure;
    o->at_least = m->at_least;
    o->beside = -1;
    o->beside_name = m->beside;
    o->due = NO_DAY;
    err = number_of(v, m->figure, "total", &o->n, &o->conflicts);
    if (err == TANDEM_OK && m->beside_figure != NULL) {
        err = number_of(v, m->beside_figure, m->beside_row, &o->beside, &none);
    }
    return err;
}

// What an objective of the workspace says, over what the source says; of two
// for one metric both are shown.
static void
say(const struct view *v, uint32_t h, struct objective *o)
{
    const int64_t at_least = view_get(v, h, OBJECTIVE_AT_LEAST);

    o->at_least = at_least != FACT_NONE ? at_least : o->at_least;
    o->record = v->f->ids[h];
    o->due = calendar_day_or_none(view_get(v, h, OBJECTIVE_DUE_ON));
    o->conflicts += view_fact(v, h)->conflicts;
}

static struct objective *
place_for(struct objective *out, size_t *count, int64_t metric)
{
    size_t like = OBJECTIVES_MAX;

    for (size_t i = 0; i < *count; i++) {
        if (out[i].metric == metric) {
            if (tandem_id_is_none(out[i].record)) {
                return &out[i];
            }
            like = i;
        }
    }
    if (*count == OBJECTIVES_MAX) {
        return NULL;
    }
    if (like < OBJECTIVES_MAX) { // a second one for the same
        out[*count] = out[like];
    } else {
        memset(&out[*count], 0, sizeof(*out));
        out[*count].metric = metric;
        out[*count].id = "other";
        out[*count].name = (struct figure_words){"autre", "other"};
        out[*count].figure = "";
        out[*count].n = out[*count].beside = -1;
    }
    return &out[(*count)++];
}

tandem_err
objectives_make(const struct view *v, struct objective *out, size_t *count)
{
    const struct handles *all = &v->of[FACT_OBJECTIVE];
    tandem_err err = TANDEM_OK;

    for (*count = 0; err == TANDEM_OK && *count < METRICS; ++*count) {
        err = fill(v, &metrics[*count], &out[*count]);
    }
    for (size_t i = 0; err == TANDEM_OK && i < all->count; i++) {
        const uint32_t h = all->at[i];
        struct objective *o;

        if (v->kept[h] != h) {
            continue;
        }
        o = place_for(out, count, view_get(v, h, OBJECTIVE_METRIC));
        if (o != NULL) {
            say(v, h, o);
        }
    }
    return err;
}
