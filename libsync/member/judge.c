// SPDX-License-Identifier: Apache-2.0
// judge.c - may its author say this, at this place?
//
// An entry is judged in its own past only: the valid entries before it. So
// the verdict never changes when more arrives, in whatever order.
#include <string.h>

#include "base/fail.h"
#include "crypto/hash.h"
#include "member/inside.h"

struct judge {
    struct td_rights *r;
    const struct td_view *past;
    const struct td_entry *e;
    const struct td_control *c;
    const tandem_device_id *author;
};

// A key that cannot be wrapped to would make every epoch unusable.
static bool
can_receive(const struct td_device_public *d)
{
    struct td_key zero = {{0}};
    uint8_t out[TD_WRAP_BYTES];

    return td_wrap(&zero, d->box, out) == TANDEM_OK;
}

static bool
empty(const struct td_dag_row *row)
{
    for (size_t i = 0; row != NULL && i < row->words; i++) {
        if (row->w[i] != 0) {
            return false;
        }
    }
    return true;
}

// Said once, by one of those it names, before all else. Said again with
// something in its past it would bring back a right that was lost.
static tandem_err
judge_genesis(
    const struct judge *j, const struct td_hash *workspace, tandem_slice bytes)
{
    const struct td_control *c = j->c;
    struct td_hash id = td_hash_of(bytes);
    bool named = false;

    if (!td_hash_eq(&id, workspace)) {
        return TANDEM_EWORKSPACE;
    }
    for (size_t i = 0; i < c->admin_count; i++) {
        named = named || td_device_cmp(c->admins[i].sign, *j->author) == 0;
        if (!can_receive(&c->admins[i])) {
            return TANDEM_EVALUE;
        }
    }
    if (!named || j->e->at.index != 0 || !empty(j->past->row)) {
        return TANDEM_EDENIED;
    }
    if (c->agree != 1 || c->has_recovery) {
        return TANDEM_EUNSUPPORTED;
    }
    for (size_t i = 0; i < c->admin_count; i++) {
        td_rights_enrol(
            j->r, j->e->at, TANDEM_RIGHT_ADMIN, true, &c->admins[i], 0);
        td_rights_give(j->r, j->e->at, &c->admins[i].sign, td_sector_control,
            TANDEM_RIGHT_ADMIN);
    }
    return TANDEM_OK;
}

static bool
is_admin(const struct judge *j)
{
    return td_rights_in(j->r, j->past, j->author, td_sector_control) ==
           TANDEM_RIGHT_ADMIN;
}

static bool
is_data(tandem_id sector)
{
    return td_id_cmp(sector, td_sector_control) != 0 &&
           td_id_cmp(sector, td_sector_common) != 0;
}

static tandem_err
judge_sector(const struct judge *j)
{
    if (!is_admin(j)) {
        return TANDEM_EDENIED;
    }
    if (!is_data(j->c->sector)) {
        return TANDEM_EVALUE;
    }
    td_rights_sector(j->r, j->e->at, j->c->sector);
    td_rights_give(
        j->r, j->e->at, j->author, j->c->sector, TANDEM_RIGHT_OFFICE);
    return TANDEM_OK;
}

// The right of the author that lets it give `right` in all these sectors, or
// NONE.
static tandem_right
enroller(const struct judge *j, tandem_right right)
{
    const struct td_control *c = j->c;
    tandem_right by = TANDEM_RIGHT_ADMIN;

    if (is_admin(j)) {
        return by;
    }
    if (c->sector_count == 0) {
        return TANDEM_RIGHT_NONE;
    }
    for (size_t i = 0; i < c->sector_count; i++) {
        tandem_right here =
            td_rights_in(j->r, j->past, j->author, c->sectors[i]);

        if (td_rights_limit(j->r, j->past, j->author, c->sectors[i]) < right) {
            return TANDEM_RIGHT_NONE;
        }
        by = here < by ? here : by;
    }
    return by;
}

static bool
same_keys(const struct td_device_public *a, const struct td_device_public *b)
{
    return td_device_cmp(a->sign, b->sign) == 0 &&
           memcmp(a->box, b->box, sizeof(a->box)) == 0 &&
           memcmp(a->curve, b->curve, sizeof(a->curve)) == 0;
}

static tandem_err
judge_newcomer(const struct judge *j)
{
    const struct td_control *c = j->c;
    const struct td_enrolment *was =
        td_rights_member(j->r, j->past, &c->device.sign);

    if (td_device_cmp(c->device.sign, *j->author) == 0) {
        return TANDEM_EDENIED; // nobody gives to itself
    }
    if (was != NULL && !same_keys(was->keys, &c->device)) {
        return TANDEM_EEXIST;
    }
    if (td_rights_keys_taken(j->r, j->past, &c->device)) {
        return TANDEM_EEXIST;
    }
    return can_receive(&c->device) ? TANDEM_OK : TANDEM_EVALUE;
}

static tandem_err
judge_enrol(const struct judge *j)
{
    const struct td_control *c = j->c;
    tandem_right right;
    tandem_right by;

    if (c->right < TANDEM_RIGHT_READER || c->right > TANDEM_RIGHT_ADMIN) {
        return TANDEM_EUNSUPPORTED;
    }
    right = (tandem_right)c->right;
    if (right == TANDEM_RIGHT_ADMIN && c->sector_count != 0) {
        return TANDEM_EVALUE; // an admin is one everywhere
    }
    for (size_t i = 0; i < c->sector_count; i++) {
        if (!is_data(c->sectors[i])) {
            return TANDEM_EVALUE;
        }
        if (!td_rights_sector_known(j->r, j->past, c->sectors[i])) {
            return TANDEM_EWORKSPACE;
        }
    }
    by = enroller(j, right);
    if (by == TANDEM_RIGHT_NONE) {
        return TANDEM_EDENIED;
    }
    TD_TRY(judge_newcomer(j));
    td_rights_enrol(j->r, j->e->at, by, false, &c->device, c->wall_ms);
    if (right == TANDEM_RIGHT_ADMIN) {
        td_rights_give(
            j->r, j->e->at, &c->device.sign, td_sector_control, right);
    }
    for (size_t i = 0; i < c->sector_count; i++) {
        td_rights_give(j->r, j->e->at, &c->device.sign, c->sectors[i], right);
    }
    return TANDEM_OK;
}

static tandem_err
judge_grant(const struct judge *j)
{
    const struct td_control *c = j->c;
    tandem_right right;

    if (c->right < TANDEM_RIGHT_READER || c->right > TANDEM_RIGHT_ADMIN) {
        return TANDEM_EUNSUPPORTED;
    }
    right = (tandem_right)c->right;
    if ((right == TANDEM_RIGHT_ADMIN) !=
        (td_id_cmp(c->sector, td_sector_control) == 0)) {
        return TANDEM_EVALUE;
    }
    if (td_device_cmp(c->device.sign, *j->author) == 0) {
        return TANDEM_EDENIED;
    }
    if (td_rights_limit(j->r, j->past, j->author, c->sector) < right) {
        return TANDEM_EDENIED;
    }
    if (td_rights_member(j->r, j->past, &c->device.sign) == NULL) {
        return TANDEM_EWORKSPACE;
    }
    td_rights_give(j->r, j->e->at, &c->device.sign, c->sector, right);
    return TANDEM_OK;
}

static tandem_err
judge_loss(const struct judge *j)
{
    const struct td_control *c = j->c;
    tandem_right limit = td_rights_limit(j->r, j->past, j->author, c->sector);

    if (limit == TANDEM_RIGHT_NONE ||
        td_rights_own(j->r, j->past, &c->device.sign, c->sector) > limit) {
        return TANDEM_EDENIED;
    }
    if (td_rights_member(j->r, j->past, &c->device.sign) == NULL) {
        return TANDEM_EWORKSPACE;
    }
    td_rights_take(j->r, j->e->at, &c->device.sign, c->sector, limit);
    return TANDEM_OK;
}

static bool
reads(const struct judge *j)
{
    return td_id_cmp(j->c->sector, td_sector_control) != 0 &&
           td_rights_in(j->r, j->past, j->author, j->c->sector) >=
               TANDEM_RIGHT_READER;
}

static tandem_err
judge_epoch(const struct judge *j)
{
    const struct td_control *c = j->c;
    struct td_epoch_id id =
        td_control_epoch_id(c->sector, &c->commitment, j->author);

    if (!reads(j)) {
        return TANDEM_EDENIED;
    }
    return memcmp(id.b, c->epoch.b, sizeof(id.b)) == 0 ? TANDEM_OK
                                                       : TANDEM_ECORRUPT;
}

tandem_err
td_judge(struct td_member *m, const struct td_entry *e)
{
    const struct td_node *node = &m->dag.nodes[e->at.node];
    struct td_view past = {node->past, false, e->at};
    struct judge j = {&m->rights, &past, e, e->c, &node->author};

    switch (e->type) {
    case TD_CONTROL_GENESIS:
        return judge_genesis(&j, &m->workspace, node->payloads[e->at.index]);
    case TD_CONTROL_SECTOR:
        return judge_sector(&j);
    case TD_CONTROL_ENROL:
        return judge_enrol(&j);
    case TD_CONTROL_GRANT:
        return judge_grant(&j);
    case TD_CONTROL_LOSS:
        return judge_loss(&j);
    case TD_CONTROL_EPOCH:
        return judge_epoch(&j);
    case TD_CONTROL_PACK:
        return is_admin(&j) ? TANDEM_OK : TANDEM_EDENIED;
    case TD_CONTROL_SHARE:
        return reads(&j) ? TANDEM_OK : TANDEM_EDENIED;
    default:
        return TANDEM_EVERSION;
    }
}
