// SPDX-License-Identifier: Apache-2.0
// rights.c - who has which right in a set of valid entries.
//
// Capacities are counted beforehand from the entries, so filling allocates
// nothing. A question about one (device, sector) looks at its grants times
// its losses: a handful, unless somebody with authority writes thousands.
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

static struct td_pair *
find_pair(
    const struct td_rights *r, const tandem_device_id *device, tandem_id sector)
{
    struct td_pair key = {*device, sector, TD_NONE, TD_NONE};

    return r->pair_count == 0
               ? NULL
               : bsearch(&key, r->pairs, r->pair_count, sizeof(key), pair_cmp);
}

static struct td_who *
find_who(const struct td_rights *r, const tandem_device_id *device)
{
    struct td_who key = {*device, TD_NONE};

    return r->who_count == 0
               ? NULL
               : bsearch(&key, r->whos, r->who_count, sizeof(key), who_cmp);
}

static struct td_where *
find_where(const struct td_rights *r, tandem_id sector)
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
    struct td_who *who = find_who(r, &keys->sign);

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
    struct td_pair *pair = find_pair(r, device, sector);

    TD_ASSERT(pair != NULL);
    pair->given = new_given(r, at, right, pair->given);
}

void
td_rights_take(struct td_rights *r, struct td_place at,
    const tandem_device_id *device, tandem_id sector, tandem_right limit)
{
    struct td_pair *pair = find_pair(r, device, sector);

    TD_ASSERT(pair != NULL);
    TD_ASSERT(r->taken_count < r->taken_cap);
    r->taken[r->taken_count] = (struct td_taken){at, limit, pair->taken};
    pair->taken = (uint32_t)r->taken_count++;
}

void
td_rights_sector(struct td_rights *r, struct td_place at, tandem_id id)
{
    struct td_where *where = find_where(r, id);

    TD_ASSERT(where != NULL);
    where->made = new_given(r, at, TANDEM_RIGHT_NONE, where->made);
}

// -------------------------------------------------------------------- asking

bool
td_view_has(
    const struct td_rights *r, const struct td_view *v, struct td_place at)
{
    if (v->all) {
        return true;
    }
    if (at.node == v->upto.node) {
        return at.index < v->upto.index;
    }
    return td_dag_row_has(v->row, r->dag->nodes[at.node].mark);
}

bool
td_place_before(const struct td_rights *r, struct td_place a, struct td_place b)
{
    if (a.node == b.node) {
        return a.index < b.index;
    }
    return td_dag_row_has(
        r->dag->nodes[b.node].past, r->dag->nodes[a.node].mark);
}

tandem_right
td_rights_own(const struct td_rights *r, const struct td_view *v,
    const tandem_device_id *device, tandem_id sector)
{
    const struct td_pair *pair = find_pair(r, device, sector);
    tandem_right best = TANDEM_RIGHT_NONE;

    if (pair == NULL) {
        return best;
    }
    for (uint32_t g = pair->given; g != TD_NONE; g = r->given[g].next) {
        const struct td_given *given = &r->given[g];
        bool ended = false;

        if (given->right <= best || !td_view_has(r, v, given->at)) {
            continue;
        }
        for (uint32_t l = pair->taken; l != TD_NONE && !ended;
             l = r->taken[l].next) {
            const struct td_taken *taken = &r->taken[l];

            ended = given->right <= taken->limit &&
                    td_view_has(r, v, taken->at) &&
                    !td_place_before(r, taken->at, given->at);
        }
        if (!ended) {
            best = given->right;
        }
    }
    return best;
}

bool
td_rights_sector_known(
    const struct td_rights *r, const struct td_view *v, tandem_id sector)
{
    const struct td_where *where = find_where(r, sector);

    if (where == NULL) {
        return false;
    }
    for (uint32_t m = where->made; m != TD_NONE; m = r->given[m].next) {
        if (td_view_has(r, v, r->given[m].at)) {
            return true;
        }
    }
    return false;
}

tandem_right
td_rights_in(const struct td_rights *r, const struct td_view *v,
    const tandem_device_id *device, tandem_id sector)
{
    tandem_right everywhere = td_rights_own(r, v, device, td_sector_control);

    TD_ASSERT(
        everywhere == TANDEM_RIGHT_NONE || everywhere == TANDEM_RIGHT_ADMIN);
    if (td_id_cmp(sector, td_sector_control) == 0) {
        return everywhere;
    }
    if (td_id_cmp(sector, td_sector_common) != 0 &&
        !td_rights_sector_known(r, v, sector)) {
        return TANDEM_RIGHT_NONE;
    }
    if (everywhere == TANDEM_RIGHT_ADMIN) {
        return everywhere;
    }
    return td_rights_own(r, v, device, sector);
}

static size_t
first_pair(const struct td_rights *r, const tandem_device_id *device)
{
    size_t low = 0;
    size_t high = r->pair_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (td_device_cmp(r->pairs[mid].device, *device) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

void
td_rights_sum(const struct td_rights *r, const struct td_view *v,
    const tandem_device_id *device, tandem_right *highest, uint32_t *grants)
{
    *highest = TANDEM_RIGHT_NONE;
    *grants = 0;
    for (size_t i = first_pair(r, device); i < r->pair_count; i++) {
        const struct td_pair *pair = &r->pairs[i];
        tandem_right right;

        if (td_device_cmp(pair->device, *device) != 0) {
            break;
        }
        if (td_id_cmp(pair->sector, td_sector_common) == 0) {
            continue;
        }
        right = td_rights_own(r, v, device, pair->sector);
        if (right == TANDEM_RIGHT_NONE) {
            continue;
        }
        *highest = right > *highest ? right : *highest;
        *grants += td_rights_sector_known(r, v, pair->sector) ? 1 : 0;
    }
}

tandem_right
td_rights_limit(const struct td_rights *r, const struct td_view *v,
    const tandem_device_id *device, tandem_id sector)
{
    switch (td_rights_in(r, v, device, sector)) {
    case TANDEM_RIGHT_ADMIN:
        if (td_id_cmp(sector, td_sector_control) == 0) {
            return TANDEM_RIGHT_ADMIN;
        }
        return td_id_cmp(sector, td_sector_common) == 0 ? TANDEM_RIGHT_AGENT
                                                        : TANDEM_RIGHT_OFFICE;
    case TANDEM_RIGHT_OFFICE:
        return TANDEM_RIGHT_COORDINATOR;
    case TANDEM_RIGHT_COORDINATOR:
        return TANDEM_RIGHT_AGENT;
    case TANDEM_RIGHT_AGENT:
    case TANDEM_RIGHT_READER:
    case TANDEM_RIGHT_NONE:
    default:
        return TANDEM_RIGHT_NONE;
    }
}

// Does `a` rule over `b`, of the same device? The founders' own first, then
// the higher author, then the smaller hash: nobody replaces a device's keys
// by enrolling it again from the side with a lower right.
static bool
rules(const struct td_rights *r, const struct td_enrolment *a,
    const struct td_enrolment *b)
{
    int cmp;

    if (a->genesis != b->genesis) {
        return a->genesis;
    }
    if (a->by != b->by) {
        return a->by > b->by;
    }
    cmp = td_hash_cmp(
        &r->dag->nodes[a->at.node].hash, &r->dag->nodes[b->at.node].hash);
    return cmp != 0 ? cmp < 0 : a->at.index < b->at.index;
}

static const struct td_enrolment *
ruling(const struct td_rights *r, const struct td_view *v,
    const struct td_who *who)
{
    const struct td_enrolment *best = NULL;

    for (uint32_t e = who->enrolments; e != TD_NONE;
         e = r->enrolments[e].next) {
        const struct td_enrolment *x = &r->enrolments[e];

        if (td_view_has(r, v, x->at) && (best == NULL || rules(r, x, best))) {
            best = x;
        }
    }
    return best;
}

const struct td_enrolment *
td_rights_member(const struct td_rights *r, const struct td_view *v,
    const tandem_device_id *device)
{
    const struct td_who *who = find_who(r, device);

    return who == NULL ? NULL : ruling(r, v, who);
}

bool
td_rights_keys_taken(const struct td_rights *r, const struct td_view *v,
    const struct td_device_public *keys)
{
    for (size_t i = 0; i < r->enrolment_count; i++) {
        const struct td_enrolment *e = &r->enrolments[i];

        if (td_device_cmp(e->keys->sign, keys->sign) != 0 &&
            (memcmp(e->keys->box, keys->box, sizeof(keys->box)) == 0 ||
                memcmp(e->keys->curve, keys->curve, sizeof(keys->curve)) ==
                    0) &&
            td_view_has(r, v, e->at)) {
            return true;
        }
    }
    return false;
}
