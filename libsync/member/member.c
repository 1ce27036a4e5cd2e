// SPDX-License-Identifier: Apache-2.0
// member.c - what a membership answers: devices, sectors, rights, heads,
// packs, and whether a change is admitted at its place.
#include "member/member.h"

#include <string.h>

#include "base/fail.h"
#include "crypto/hash.h"
#include "member/inside.h"

// ------------------------------------------------------------- who and what

size_t
td_member_devices(const struct td_member *m)
{
    return m->device_count;
}

const struct td_member_device *
td_member_device_at(const struct td_member *m, size_t i)
{
    TD_ASSERT(i < m->device_count);
    return &m->devices[i];
}

const struct td_member_device *
td_member_device(const struct td_member *m, const tandem_device_id *id)
{
    size_t low = 0;
    size_t high = m->device_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int cmp = td_device_cmp(m->devices[mid].keys.sign, *id);

        if (cmp == 0) {
            return &m->devices[mid];
        }
        if (cmp < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

const struct td_member_device *
td_member_by_curve(const struct td_member *m, const uint8_t curve[32])
{
    size_t low = 0;
    size_t high = m->device_count;

    while (low < high) { // the first of those with this key
        size_t mid = low + (high - low) / 2;

        if (memcmp(m->devices[m->by_curve[mid]].keys.curve, curve, 32) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if (low == m->device_count ||
        memcmp(m->devices[m->by_curve[low]].keys.curve, curve, 32) != 0) {
        return NULL;
    }
    return &m->devices[m->by_curve[low]];
}

size_t
td_member_sectors(const struct td_member *m)
{
    return m->sector_count;
}

tandem_id
td_member_sector_at(const struct td_member *m, size_t i)
{
    TD_ASSERT(i < m->sector_count);
    return m->sectors[i].sector;
}

bool
td_member_has_sector(const struct td_member *m, tandem_id sector)
{
    const struct td_view all = TD_VIEW_ALL;

    return td_rights_sector_known(&m->rights, &all, sector);
}

// All of them and what comes before, and no commit more.
bool
td_member_stands_at(
    const struct td_member *m, const struct td_head *heads, size_t count)
{
    uint64_t commits = 0;

    for (size_t i = 0; i < count; i++) {
        if (td_dag_find(&m->dag, &heads[i].hash) == TD_NO_NODE ||
            (i > 0 && td_log_id_cmp(heads[i - 1].log, heads[i].log) == 0)) {
            return false; // of two branches some are counted twice
        }
        commits += heads[i].seq + 1;
    }
    return m->dag.waiting == 0 && commits == m->dag.count;
}

tandem_right
td_member_right(
    const struct td_member *m, const tandem_device_id *d, tandem_id sector)
{
    const struct td_view all = TD_VIEW_ALL;

    return td_rights_in(&m->rights, &all, d, sector);
}

size_t
td_member_heads(const struct td_member *m, const struct td_hash **out)
{
    *out = m->dag.heads;
    return m->dag.head_count;
}

size_t
td_member_packs(const struct td_member *m)
{
    return m->pack_count;
}

const struct td_member_pack *
td_member_pack_at(const struct td_member *m, size_t i)
{
    TD_ASSERT(i < m->pack_count);
    return &m->packs[i];
}

size_t
td_member_inert(const struct td_member *m)
{
    return m->inert_count;
}

const struct td_member_inert *
td_member_inert_at(const struct td_member *m, size_t i)
{
    TD_ASSERT(i < m->inert_count);
    return &m->inert[i];
}

size_t
td_member_waiting(const struct td_member *m)
{
    return m->dag.waiting;
}

// ---------------------------------------------------------------- admission

// What `seen` stands for, worked out.
struct place_seen {
    bool waits;
    const struct td_dag_row *row;
    struct td_dag_row *owned; // to be freed
    size_t owned_bytes;
};

static tandem_err
join_rows(const struct td_member *m, struct place_seen *p,
    const struct td_dag_row *const *rows, size_t count)
{
    size_t words = (m->dag.marks + 63) / 64;
    size_t bytes = sizeof(struct td_dag_row) + words * sizeof(uint64_t);
    struct td_dag_row *row = td_alloc(&m->sys, bytes);

    if (row == NULL) {
        return TANDEM_ENOMEM;
    }
    row->words = words;
    for (size_t i = 0; i < count; i++) {
        td_dag_row_join(row, rows[i]);
    }
    p->row = row;
    p->owned = row;
    p->owned_bytes = bytes;
    return TANDEM_OK;
}

static tandem_err
work_out(const struct td_member *m, struct place_seen *p,
    const struct td_hash *seen, size_t count)
{
    const struct td_dag_row *rows[TD_SEEN_MAX];

    if (count > TD_SEEN_MAX) {
        p->waits = true; // no header holds so many
        return TANDEM_OK;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t node = td_dag_find(&m->dag, &seen[i]);

        if (node == TD_NO_NODE) {
            p->waits = true;
            return TANDEM_OK;
        }
        rows[i] = m->dag.nodes[node].closed;
    }
    if (td_dag_row_largest(rows, count, &p->row)) {
        return TANDEM_OK;
    }
    return join_rows(m, p, rows, count);
}

enum td_admission
td_member_admits(const struct td_member *m, const tandem_device_id *device,
    tandem_id sector, const struct td_hash *seen, size_t seen_count)
{
    struct td_view view = {NULL, false, {TD_NO_NODE, 0}};
    struct place_seen p = {0};
    bool may;

    if (work_out(m, &p, seen, seen_count) != TANDEM_OK || p.waits) {
        return TD_ADMISSION_WAITS;
    }
    view.row = p.row;
    if (td_id_cmp(sector, td_sector_control) == 0) {
        may = td_rights_member(&m->rights, &view, device) != NULL;
    } else {
        may = td_rights_in(&m->rights, &view, device, sector) >=
              TANDEM_RIGHT_AGENT;
    }
    td_free(&m->sys, p.owned, p.owned_bytes);
    return may ? TD_ADMITTED : TD_NOT_ADMITTED;
}
