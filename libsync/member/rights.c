// SPDX-License-Identifier: Apache-2.0
// rights.c - the tables of what valid entries say about rights.
//
// Capacities are counted beforehand from the entries, so filling allocates
// nothing.
#include "member/rights.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

// -------------------------------------------------------------------- tables

static int
pair_cmp(const void *a, const void *b)
{
    const struct td_pair *x = a;
    const struct td_pair *y = b;
    int cmp = td_device_cmp(x->device, y->device);

    return cmp != 0 ? cmp : td_id_cmp(x->sector, y->sector);
}

static int
who_cmp(const void *a, const void *b)
{
    return td_device_cmp(
        ((const struct td_who *)a)->id, ((const struct td_who *)b)->id);
}

static int
where_cmp(const void *a, const void *b)
{
    return td_id_cmp(
        ((const struct td_where *)a)->id, ((const struct td_where *)b)->id);
}

// Sort `n` items and drop the doubles. @return how many are left.
static size_t
unique(
    void *items, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
    unsigned char *at = items;
    size_t kept = 0;

    if (n > 0) {
        qsort(items, n, size, cmp);
    }
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && cmp(at + (kept - 1) * size, at + i * size) == 0) {
            continue;
        }
        memmove(at + kept * size, at + i * size, size);
        kept++;
    }
    return kept;
}

static void
add_pair(struct td_rights *r, const tandem_device_id *device, tandem_id sector)
{
    r->pairs[r->pair_count++] =
        (struct td_pair){*device, sector, TD_NONE, TD_NONE};
}

static void
add_who(struct td_rights *r, const tandem_device_id *device)
{
    r->whos[r->who_count++] = (struct td_who){*device, TD_NONE};
    add_pair(r, device, td_sector_common);
    add_pair(r, device, td_sector_control);
}

static void
add_entry(struct td_rights *r, const struct td_control *c,
    const tandem_device_id *author)
{
    switch (c->type) {
    case TD_CONTROL_GENESIS:
        for (size_t i = 0; i < c->admin_count; i++) {
            add_who(r, &c->admins[i].sign);
        }
        break;
    case TD_CONTROL_SECTOR:
        r->wheres[r->where_count++] = (struct td_where){c->sector, TD_NONE};
        add_pair(r, author, c->sector);
        break;
    case TD_CONTROL_ENROL:
        add_who(r, &c->device.sign);
        for (size_t i = 0; i < c->sector_count; i++) {
            add_pair(r, &c->device.sign, c->sectors[i]);
        }
        break;
    case TD_CONTROL_GRANT:
    case TD_CONTROL_LOSS:
        add_pair(r, &c->device.sign, c->sector);
        break;
    default:
        break;
    }
}

// What each table may come to hold, at most.
static void
count_entries(struct td_rights *r, size_t *pairs, size_t *whos, size_t *wheres,
    const struct td_control *const *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct td_control *c = entries[i];
        size_t people = 0;

        switch (c->type) {
        case TD_CONTROL_GENESIS:
            people = c->admin_count;
            break;
        case TD_CONTROL_ENROL:
            people = 1;
            *pairs += c->sector_count;
            r->given_cap += c->sector_count;
            break;
        case TD_CONTROL_SECTOR:
            *wheres += 1;
            *pairs += 1;
            r->given_cap += 2; // its author's right, and the sector itself
            break;
        case TD_CONTROL_GRANT:
            *pairs += 1;
            r->given_cap += 1;
            break;
        case TD_CONTROL_LOSS:
            *pairs += 1;
            r->taken_cap += 1;
            break;
        default:
            break;
        }
        *whos += people;
        *pairs += people * 2;
        r->given_cap += people * 2;
        r->enrolment_cap += people;
    }
}

tandem_err
td_rights_init(struct td_rights *r, const struct td_dag *dag,
    struct td_arena *arena, const struct td_control *const *entries,
    const tandem_device_id *const *authors, size_t count)
{
    size_t pairs = 0;
    size_t whos = 0;
    size_t wheres = 0;

    *r = (struct td_rights){.dag = dag};
    count_entries(r, &pairs, &whos, &wheres, entries, count);
    r->pairs = td_arena_array(arena, pairs, sizeof(*r->pairs));
    r->whos = td_arena_array(arena, whos, sizeof(*r->whos));
    r->wheres = td_arena_array(arena, wheres, sizeof(*r->wheres));
    r->given = td_arena_array(arena, r->given_cap, sizeof(*r->given));
    r->taken = td_arena_array(arena, r->taken_cap, sizeof(*r->taken));
    r->enrolments =
        td_arena_array(arena, r->enrolment_cap, sizeof(*r->enrolments));
    if (r->pairs == NULL || r->whos == NULL || r->wheres == NULL ||
        r->given == NULL || r->taken == NULL || r->enrolments == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        add_entry(r, entries[i], authors[i]);
    }
    TD_ASSERT(r->pair_count <= pairs);
    TD_ASSERT(r->who_count <= whos);
    TD_ASSERT(r->where_count <= wheres);
    r->pair_count =
        unique(r->pairs, r->pair_count, sizeof(*r->pairs), pair_cmp);
    r->who_count = unique(r->whos, r->who_count, sizeof(*r->whos), who_cmp);
    r->where_count =
        unique(r->wheres, r->where_count, sizeof(*r->wheres), where_cmp);
    return TANDEM_OK;
}

struct td_pair *
td_rights_pair(
    const struct td_rights *r, const tandem_device_id *device, tandem_id sector)
{
    struct td_pair key = {*device, sector, TD_NONE, TD_NONE};

    return r->pair_count == 0
               ? NULL
               : bsearch(&key, r->pairs, r->pair_count, sizeof(key), pair_cmp);
}

struct td_who *
td_rights_who(const struct td_rights *r, const tandem_device_id *device)
{
    struct td_who key = {*device, TD_NONE};

    return r->who_count == 0
               ? NULL
               : bsearch(&key, r->whos, r->who_count, sizeof(key), who_cmp);
}

struct td_where *
td_rights_where(const struct td_rights *r, tandem_id sector)
{
    struct td_where key = {sector, TD_NONE};

    return r->where_count == 0 ? NULL
                               : bsearch(&key, r->wheres, r->where_count,
                                     sizeof(key), where_cmp);
}

// ------------------------------------------------------------------- filling

void
td_rights_enrol(struct td_rights *r, struct td_place at, tandem_right by,
    bool genesis, const struct td_device_public *keys, int64_t wall_ms)
{
    struct td_who *who = td_rights_who(r, &keys->sign);

    TD_ASSERT(who != NULL);
    TD_ASSERT(r->enrolment_count < r->enrolment_cap);
    r->enrolments[r->enrolment_count] =
        (struct td_enrolment){at, by, genesis, keys, wall_ms, who->enrolments};
    who->enrolments = (uint32_t)r->enrolment_count++;
    td_rights_give(r, at, &keys->sign, td_sector_common, TANDEM_RIGHT_AGENT);
}

static uint32_t
new_given(
    struct td_rights *r, struct td_place at, tandem_right right, uint32_t next)
{
    TD_ASSERT(r->given_count < r->given_cap);
    r->given[r->given_count] = (struct td_given){at, right, next};
    return (uint32_t)r->given_count++;
}

void
td_rights_give(struct td_rights *r, struct td_place at,
    const tandem_device_id *device, tandem_id sector, tandem_right right)
{
    struct td_pair *pair = td_rights_pair(r, device, sector);

    TD_ASSERT(pair != NULL);
    pair->given = new_given(r, at, right, pair->given);
}

void
td_rights_take(struct td_rights *r, struct td_place at,
    const tandem_device_id *device, tandem_id sector, tandem_right limit)
{
    struct td_pair *pair = td_rights_pair(r, device, sector);

    TD_ASSERT(pair != NULL);
    TD_ASSERT(r->taken_count < r->taken_cap);
    r->taken[r->taken_count] = (struct td_taken){at, limit, pair->taken};
    pair->taken = (uint32_t)r->taken_count++;
}

void
td_rights_sector(struct td_rights *r, struct td_place at, tandem_id id)
{
    struct td_where *where = td_rights_where(r, id);

    TD_ASSERT(where != NULL);
    where->made = new_given(r, at, TANDEM_RIGHT_NONE, where->made);
}
