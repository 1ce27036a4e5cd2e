// SPDX-License-Identifier: Apache-2.0
// household.c - whom a record is about.
#include "household.h"

#include <stdlib.h>
#include <string.h>

#include "doors.h"
#include "meets.h"

static int
compare_ids(const struct view *v, uint32_t a, uint32_t b)
{
    return memcmp(v->f->ids[a].b, v->f->ids[b].b, sizeof(tandem_id));
}

// Handles stand in no order; of several the one with the smallest id.
static void
take_first(const struct view *v, uint32_t *at, uint32_t handle)
{
    if (handle != 0 && (*at == 0 || compare_ids(v, handle, *at) < 0)) {
        *at = handle;
    }
}

// ---------------------------------------------------------------------- doors

// What the knocks at one door know of it.
struct door {
    uint32_t home, sheet, knock;
};

static void
name_knocks(struct households *x, const struct doors *d, struct door *doors)
{
    for (size_t i = 0; i < d->count; i++) {
        struct door *door = &doors[d->knocks[i].door];

        take_first(x->v, &door->home, d->knocks[i].dwelling);
        take_first(x->v, &door->knock, d->knocks[i].handle);
        // So far a knock is nobody's but its sheet's, or its home's.
        if (x->of[d->knocks[i].handle] != d->knocks[i].dwelling) {
            take_first(x->v, &door->sheet, x->of[d->knocks[i].handle]);
        }
    }
    for (size_t i = 0; i < d->count; i++) {
        const struct door *door = &doors[d->knocks[i].door];
        uint32_t *of = &x->of[d->knocks[i].handle];

        *of = *of != 0           ? *of
              : door->home != 0  ? door->home
              : door->sheet != 0 ? door->sheet
                                 : door->knock;
    }
}

static tandem_err
name_doors(struct households *x)
{
    struct figure none;
    struct door *doors;
    struct doors d;
    tandem_err err;

    figure_begin(x->v, &none);
    err = doors_find(x->v, &none, &d);
    if (err != TANDEM_OK) {
        return err;
    }
    doors = calloc(d.count + 1, sizeof(*doors));
    if (doors != NULL) {
        name_knocks(x, &d, doors);
    }
    free(doors);
    doors_free(&d);
    return doors != NULL ? TANDEM_OK : TANDEM_ENOMEM;
}

static tandem_err
name_encounters(struct households *x)
{
    const struct handles *all = &x->v->of[FACT_ENCOUNTER];
    uint32_t *sheets = meets_sheets(x->v);

    if (sheets == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];

        if (x->v->kept[h] == h) {
            x->of[h] = sheets[h] != 0 ? sheets[h]
                                      : view_link(x->v, h, ENCOUNTER_DWELLING,
                                            FACT_DWELLING);
        }
    }
    free(sheets);
    return name_doors(x);
}

// --------------------------------------------------------------- other records

// Which links say whom a record is about, the better ones first.
static const struct {
    enum fact_kind kind;
    int column;
    enum fact_kind to;
} links[] = {
    {FACT_NOTICE, NOTICE_DWELLING, FACT_DWELLING},
    {FACT_REQUEST, REQUEST_CONTACT, FACT_CONTACT},
    {FACT_APPOINTMENT, APPOINTMENT_CONTACT, FACT_CONTACT},
    {FACT_VISIT, VISIT_CONTACT, FACT_CONTACT},
    {FACT_VISIT, VISIT_DWELLING, FACT_DWELLING},
    {FACT_REFERRAL, REFERRAL_CONTACT, FACT_CONTACT},
    {FACT_REFERRAL, REFERRAL_VISIT, FACT_VISIT},
    {FACT_REFERRAL, REFERRAL_ENCOUNTER, FACT_ENCOUNTER},
    {FACT_DOSSIER, DOSSIER_CONTACT, FACT_CONTACT},
    {FACT_DOSSIER, DOSSIER_REFERRAL, FACT_REFERRAL},
    {FACT_FOLLOW_UP, FOLLOW_UP_CONTACT, FACT_CONTACT},
};

static void
follow_link(struct households *x, size_t link)
{
    const struct handles *all = &x->v->of[links[link].kind];

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const uint32_t to =
            view_link(x->v, h, links[link].column, links[link].to);
        const bool is_one =
            links[link].to == FACT_CONTACT || links[link].to == FACT_DWELLING;

        if (x->v->kept[h] == h && x->of[h] == 0) {
            x->of[h] = is_one ? to : x->of[to];
        }
    }
}

// Named by a record of somebody: `from`'s links to `to`. Of several the first.
static tandem_err
follow_back(
    struct households *x, enum fact_kind from, int column, enum fact_kind to)
{
    const struct handles *all = &x->v->of[from];
    uint32_t *by = calloc(x->v->f->count, sizeof(*by));

    if (by == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < all->count; i++) {
        const uint32_t named = view_link(x->v, all->at[i], column, to);

        if (named != 0 && x->of[named] == 0 && x->of[all->at[i]] != 0) {
            take_first(x->v, &by[named], all->at[i]);
        }
    }
    for (size_t i = 0; i < x->v->of[to].count; i++) {
        const uint32_t h = x->v->of[to].at[i];

        if (by[h] != 0) {
            x->of[h] = x->of[by[h]];
        }
    }
    free(by);
    return TANDEM_OK;
}

static tandem_err
name_records(struct households *x)
{
    // A notice left at a knock is about whom the knock is about.
    tandem_err err =
        follow_back(x, FACT_ENCOUNTER, ENCOUNTER_NOTICE, FACT_NOTICE);

    for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
        follow_link(x, i);
    }
    // A call with the number of a notice.
    return err != TANDEM_OK
               ? err
               : follow_back(x, FACT_NOTICE, NOTICE_REQUEST, FACT_REQUEST);
}

// ------------------------------------------------------------------------ all

static int
by_sheet(const void *a, const void *b)
{
    const struct lives *x = a, *y = b;

    if (x->sheet != y->sheet) {
        return x->sheet < y->sheet ? -1 : 1;
    }
    return (x->home > y->home) - (x->home < y->home);
}

static tandem_err
find_homes(struct households *x)
{
    const struct handles *all = &x->v->of[FACT_CONTACT];

    x->lives = malloc((all->count + 1) * sizeof(*x->lives));
    if (x->lives == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < all->count; i++) {
        const uint32_t home =
            view_link(x->v, all->at[i], CONTACT_DWELLING, FACT_DWELLING);

        if (home != 0) {
            x->lives[x->live_count++] =
                (struct lives){x->v->kept[all->at[i]], home};
        }
    }
    qsort(x->lives, x->live_count, sizeof(*x->lives), by_sheet);
    return TANDEM_OK;
}

// Sheets, homes and doors; put in order by the caller's ids.
static void
list_all(struct households *x)
{
    static const enum fact_kind kinds[] = {
        FACT_CONTACT, FACT_DWELLING, FACT_ENCOUNTER};

    for (size_t k = 0; k < 3; k++) {
        const struct handles *all = &x->v->of[kinds[k]];

        for (size_t i = 0; i < all->count; i++) {
            const uint32_t h = all->at[i];

            if (x->v->kept[h] == h &&
                (kinds[k] != FACT_ENCOUNTER || x->of[h] == h)) {
                x->of[h] = h;
                x->at[x->count++] = h;
            }
        }
    }
}

struct placed {
    tandem_id id;
    uint32_t handle;
};

static int
by_id(const void *a, const void *b)
{
    return memcmp(((const struct placed *)a)->id.b,
        ((const struct placed *)b)->id.b, sizeof(tandem_id));
}

static tandem_err
sort_all(struct households *x)
{
    struct placed *sorted = malloc((x->count + 1) * sizeof(*sorted));

    if (sorted == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < x->count; i++) {
        sorted[i] = (struct placed){x->v->f->ids[x->at[i]], x->at[i]};
    }
    qsort(sorted, x->count, sizeof(*sorted), by_id);
    for (size_t i = 0; i < x->count; i++) {
        x->at[i] = sorted[i].handle;
    }
    free(sorted);
    return TANDEM_OK;
}

tandem_err
households_find(const struct view *v, struct households *out)
{
    struct households x = {.v = v};
    const size_t most = v->of[FACT_CONTACT].count + v->of[FACT_DWELLING].count +
                        v->of[FACT_ENCOUNTER].count;
    tandem_err err = TANDEM_ENOMEM;

    x.of = calloc(v->f->count, sizeof(*x.of));
    x.at = malloc((most + 1) * sizeof(*x.at));
    if (x.of != NULL && x.at != NULL) {
        err = name_encounters(&x);
    }
    if (err == TANDEM_OK) {
        err = name_records(&x);
    }
    if (err == TANDEM_OK) {
        err = find_homes(&x);
    }
    if (err == TANDEM_OK) {
        list_all(&x);
        err = sort_all(&x);
    }
    if (err != TANDEM_OK) {
        households_free(&x);
        return err;
    }
    *out = x;
    return TANDEM_OK;
}

void
households_free(struct households *x)
{
    free(x->of);
    free(x->at);
    free(x->lives);
    x->of = x->at = NULL;
    x->lives = NULL;
}
