// SPDX-License-Identifier: Apache-2.0
// objectives.c - the numbers to reach, and how far the service is.
#include "objectives.h"

#include <string.h>

#include "mark.h"
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
    const struct figure_row *named;
    struct figure f;
    tandem_err err = figure_make(v, figure_find(figure), &f);

    if (err == TANDEM_OK) {
        named = figure_named(&f, row);
        *out = named != NULL ? named->n : *out;
        *conflicts += f.conflicts;
        figure_free(&f);
    }
    return err;
}

// Its progress, through the view's filter.
static tandem_err
measure(const struct view *v, const struct metric *m, struct objective *o)
{
    uint64_t none = 0;
    tandem_err err;

    o->id = m->id;
    o->name = m->name;
    o->figure = m->figure;
    o->beside_name = m->beside;
    err = number_of(v, m->figure, "total", &o->n, &o->conflicts);
    if (err == TANDEM_OK && m->beside_figure != NULL) {
        err = number_of(v, m->beside_figure, m->beside_row, &o->beside, &none);
    }
    return err;
}

static void
begin(struct objective *o, int64_t metric)
{
    memset(o, 0, sizeof(*o));
    o->metric = metric;
    o->id = "other";
    o->name = (struct figure_words){"autre", "other"};
    o->figure = "";
    o->n = o->beside = -1;
    o->due = NO_DAY;
}

static const struct metric *
metric_of(int64_t word)
{
    for (size_t i = 0; i < METRICS; i++) {
        if (metrics[i].metric == word) {
            return &metrics[i];
        }
    }
    return NULL;
}

// --------------------------------------------------------------------- sectors

// The store's sector of that name, by its mark.
static tandem_err
sector_called(const struct view *v, int64_t mark, tandem_id *out, bool *found)
{
    tandem_sector s;
    tandem_err err = TANDEM_OK;

    for (size_t i = 0; mark != 0 && !*found && err == TANDEM_OK; i++) {
        err = tandem_sector_at(v->f->store, i, &s, NULL);
        if (err == TANDEM_OK && mark_of((const uint8_t *)s.name,
                                    strlen(s.name)) == (uint64_t)mark) {
            *out = s.id;
            *found = true;
        }
    }
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

// Its record of a sector says which of the store's it is: by its code, else by
// its name, else by where it stands.
static tandem_err
find_sector(const struct view *v, uint32_t h, struct objective *o)
{
    const uint32_t said = view_link(v, h, OBJECTIVE_SECTOR, FACT_SECTOR);
    tandem_id stands;
    bool found = false;
    tandem_err err;

    o->one_sector = view_get(v, h, OBJECTIVE_SECTOR) != 0;
    o->astray = o->one_sector;
    if (said == 0) {
        return TANDEM_OK;
    }
    err = sector_called(v, view_get(v, said, SECTOR_CODE), &o->sector, &found);
    if (err == TANDEM_OK) {
        err = sector_called(
            v, view_get(v, said, SECTOR_NAME), &o->sector, &found);
    }
    stands = v->f->sectors[view_fact(v, said)->sector];
    if (!found && !tandem_id_equal(stands, tandem_sector_common())) {
        o->sector = stands;
        found = true;
    }
    o->astray = !found;
    return err;
}

// ------------------------------------------------------------------------- all

static bool
is_same_place(const struct objective *a, const struct objective *b)
{
    return a->one_sector == b->one_sector && !a->astray && !b->astray &&
           tandem_id_equal(a->sector, b->sector);
}

// Where the objective stands: in the place of the source's own number, behind
// another one of the same, or at the end. NULL: no room.
static struct objective *
place_for(struct objective *out, size_t *count, const struct objective *o)
{
    for (size_t i = 0; i < *count; i++) {
        if (out[i].metric == o->metric && tandem_id_is_none(out[i].record) &&
            is_same_place(&out[i], o)) {
            return &out[i];
        }
    }
    return *count < OBJECTIVES_MAX ? &out[(*count)++] : NULL;
}

static tandem_err
say(const struct view *v, uint32_t h, struct objective *o)
{
    const struct metric *m = metric_of(view_get(v, h, OBJECTIVE_METRIC));
    const int64_t at_least = view_get(v, h, OBJECTIVE_AT_LEAST);
    struct view part = *v;
    tandem_err err = TANDEM_OK;

    if (o->one_sector) {
        view_in(&part, o->sector);
    }
    o->at_least = at_least != FACT_NONE ? at_least
                  : m != NULL           ? m->at_least
                                        : 0;
    o->record = v->f->ids[h];
    o->due = calendar_day_or_none(view_get(v, h, OBJECTIVE_DUE_ON));
    if (m != NULL && !o->astray) {
        err = measure(&part, m, o);
    } else if (m != NULL) {
        o->id = m->id;
        o->name = m->name;
        o->figure = m->figure;
    }
    o->conflicts += view_fact(v, h)->conflicts;
    return err;
}

static tandem_err
add(const struct view *v, const tandem_id *sector, uint32_t h,
    struct objective *out, size_t *count, size_t *more)
{
    struct objective o, *place;
    tandem_err err;

    begin(&o, view_get(v, h, OBJECTIVE_METRIC));
    err = find_sector(v, h, &o);
    if (err != TANDEM_OK || (sector != NULL && o.one_sector && !o.astray &&
                                !tandem_id_equal(o.sector, *sector))) {
        return err;
    }
    if (sector != NULL && !o.astray) { // there it is that of the report
        o.one_sector = false;
        o.sector = (tandem_id){{0}};
    }
    err = say(v, h, &o);
    place = err == TANDEM_OK ? place_for(out, count, &o) : NULL;
    if (place != NULL) {
        *place = o;
    } else if (err == TANDEM_OK) {
        ++*more;
    }
    return err;
}

// Of several for one metric and sector that with the smallest id comes first.
static uint32_t
next_of(const struct view *v, uint32_t after)
{
    const struct handles *all = &v->of[FACT_OBJECTIVE];
    uint32_t next = 0;

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];

        if (v->kept[h] == h &&
            (after == 0 || memcmp(v->f->ids[h].b, v->f->ids[after].b,
                               sizeof(tandem_id)) > 0) &&
            (next == 0 || memcmp(v->f->ids[h].b, v->f->ids[next].b,
                              sizeof(tandem_id)) < 0)) {
            next = h;
        }
    }
    return next;
}

tandem_err
objectives_make(const struct view *v, const tandem_id *sector,
    struct objective *out, size_t *count, size_t *more)
{
    tandem_err err = TANDEM_OK;

    *more = 0;
    for (*count = 0; err == TANDEM_OK && *count < METRICS; ++*count) {
        begin(&out[*count], metrics[*count].metric);
        out[*count].at_least = metrics[*count].at_least;
        err = measure(v, &metrics[*count], &out[*count]);
    }
    for (uint32_t h = next_of(v, 0); err == TANDEM_OK && h != 0;
         h = next_of(v, h)) {
        err = add(v, sector, h, out, count, more);
    }
    return err;
}
