// SPDX-License-Identifier: Apache-2.0
// asked.c - what a view of the rights' tables answers.
//
// A question about one (device, sector) looks at its grants and its losses: a
// handful, unless somebody with authority writes thousands. A loss that ended
// one grant is tried first on the next, so that thousands of both cost their
// sum, not their product.
#include <string.h>

#include "base/fail.h"
#include "member/rights.h"

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

static bool
ends(const struct td_rights *r, const struct td_view *v,
    const struct td_taken *taken, const struct td_given *given)
{
    return given->right <= taken->limit && td_view_has(r, v, taken->at) &&
           !td_place_before(r, taken->at, given->at);
}

tandem_right
td_rights_own(const struct td_rights *r, const struct td_view *v,
    const tandem_device_id *device, tandem_id sector)
{
    const struct td_pair *pair = td_rights_pair(r, device, sector);
    tandem_right best = TANDEM_RIGHT_NONE;
    const struct td_taken *ender = NULL;

    if (pair == NULL) {
        return best;
    }
    for (uint32_t g = pair->given; g != TD_NONE; g = r->given[g].next) {
        const struct td_given *given = &r->given[g];
        bool ended;

        if (given->right <= best || !td_view_has(r, v, given->at)) {
            continue;
        }
        ended = ender != NULL && ends(r, v, ender, given);
        for (uint32_t l = pair->taken; l != TD_NONE && !ended;
             l = r->taken[l].next) {
            ended = ends(r, v, &r->taken[l], given);
            ender = ended ? &r->taken[l] : ender;
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
    const struct td_where *where = td_rights_where(r, sector);

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
    const struct td_who *who = td_rights_who(r, device);

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
