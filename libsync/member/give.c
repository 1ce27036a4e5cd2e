// SPDX-License-Identifier: Apache-2.0
// give.c - new entries that give or take rights: enrol, grant, loss, with the
// keys that go with them.
//
// Each is checked as the others will judge it, over all that is held: that is
// the past it will have, since its commit follows all heads.
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "member/inside.h"

static tandem_err
finish(const struct td_control *c, struct td_buf *out)
{
    td_control_encode(c, out);
    return out->err;
}

static bool
is_admin(const struct td_member *m, const tandem_device_id *d)
{
    return td_member_right(m, d, td_sector_control) == TANDEM_RIGHT_ADMIN;
}

// -------------------------------------------------------------------- enrol

tandem_err
td_member_may_enrol(struct td_member *m, const tandem_device_id *me,
    tandem_right right, const tandem_id *sectors, size_t count)
{
    const struct td_view all = TD_VIEW_ALL;

    if (right < TANDEM_RIGHT_READER || right > TANDEM_RIGHT_ADMIN ||
        (right == TANDEM_RIGHT_ADMIN && count > 0)) {
        return TANDEM_EVALUE;
    }
    if (count > TD_SECTORS_MAX) {
        return TANDEM_ELIMIT;
    }
    if (count == 0 && !is_admin(m, me)) {
        return TANDEM_EDENIED;
    }
    for (size_t i = 0; i < count; i++) {
        if (!td_member_has_sector(m, sectors[i])) {
            return TANDEM_EWORKSPACE;
        }
        if (td_rights_limit(&m->rights, &all, me, sectors[i]) < right) {
            return TANDEM_EDENIED;
        }
    }
    if (right == TANDEM_RIGHT_ADMIN) {
        return td_seals_keys_held(m);
    }
    for (size_t i = 0; i < count; i++) {
        TD_TRY(td_seals_key_held(m, sectors[i]));
    }
    return td_seals_key_held(m, td_sector_common);
}

static int
sector_cmp(const void *a, const void *b)
{
    return td_id_cmp(*(const tandem_id *)a, *(const tandem_id *)b);
}

static tandem_err
fill_enrol(struct td_member *m, struct td_arena *scratch, struct td_control *c,
    const tandem_id *sectors, size_t count, struct td_buf *out)
{
    tandem_id *sorted = td_arena_array(scratch, count + 1, sizeof(*sorted));

    if (sorted == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        if (!td_seals_listed(sectors[i], sorted, c->sector_count)) {
            sorted[c->sector_count++] = sectors[i];
        }
    }
    if (c->sector_count > 0) {
        qsort(sorted, c->sector_count, sizeof(*sorted), sector_cmp);
    }
    c->sectors = sorted;
    sorted[c->sector_count] = td_sector_common; // sealed to, but not listed
    TD_TRY(td_seals_to(m, &c->device, sorted, c->sector_count + 1,
        c->right == TANDEM_RIGHT_ADMIN, scratch, c));
    return finish(c, out);
}

tandem_err
td_member_make_enrol(struct td_member *m, const struct td_device_keys *mine,
    const struct td_device_public *newcomer, tandem_right right,
    const tandem_id *sectors, size_t count, int64_t wall_ms, struct td_buf *out)
{
    const struct td_view all = TD_VIEW_ALL;
    struct td_control c = {.type = TD_CONTROL_ENROL,
        .device = *newcomer,
        .right = (uint64_t)right,
        .wall_ms = wall_ms};
    struct td_arena scratch;
    tandem_err err;

    TD_TRY(td_member_may_enrol(m, &mine->pub.sign, right, sectors, count));
    if (td_member_device(m, &newcomer->sign) != NULL ||
        td_rights_keys_taken(&m->rights, &all, newcomer)) {
        return TANDEM_EEXIST;
    }
    if (m->device_count >= TD_DEVICES_MAX) {
        return TANDEM_ELIMIT;
    }
    td_arena_init(&scratch, &m->sys, TD_CONTROL_MEMORY_MAX);
    err = fill_enrol(m, &scratch, &c, sectors, count, out);
    td_arena_deinit(&scratch);
    return err;
}

// -------------------------------------------------------------- grant and loss

static tandem_err
add_entry(const struct td_member *m, const struct td_control *c,
    struct td_arena *arena, tandem_slice entries[2], size_t *count)
{
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, &m->sys, TD_CONTROL_BYTES_MAX);
    err = finish(c, &b);
    if (err == TANDEM_OK) {
        entries[*count] = td_arena_dup(arena, td_buf_slice(&b));
        err = entries[*count].ptr == NULL ? TANDEM_ENOMEM : TANDEM_OK;
    }
    td_buf_deinit(&b);
    if (err == TANDEM_OK) {
        (*count)++;
    }
    return err;
}

static bool
last_admin(const struct td_member *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->device_count; i++) {
        n += is_admin(m, &m->devices[i].keys.sign) ? 1 : 0;
    }
    return n <= 1;
}

static tandem_err
may_grant(const struct td_member *m, const tandem_device_id *me,
    const tandem_device_id *device, tandem_id sector, tandem_right was,
    tandem_right right)
{
    const struct td_view all = TD_VIEW_ALL;
    tandem_right limit = td_rights_limit(&m->rights, &all, me, sector);
    bool control = td_id_cmp(sector, td_sector_control) == 0;

    if (right > TANDEM_RIGHT_ADMIN ||
        (right != TANDEM_RIGHT_NONE &&
            (right == TANDEM_RIGHT_ADMIN) != control)) {
        return TANDEM_EVALUE;
    }
    if (td_member_device(m, device) == NULL ||
        (!control && td_id_cmp(sector, td_sector_common) != 0 &&
            !td_member_has_sector(m, sector))) {
        return TANDEM_EWORKSPACE;
    }
    if (limit == TANDEM_RIGHT_NONE || right > limit || was > limit) {
        return TANDEM_EDENIED;
    }
    if (right != TANDEM_RIGHT_NONE && td_device_cmp(*me, *device) == 0) {
        return TANDEM_EDENIED; // nobody gives to itself
    }
    if (control && right == TANDEM_RIGHT_NONE && was == TANDEM_RIGHT_ADMIN &&
        last_admin(m)) {
        return TANDEM_EDENIED;
    }
    return TANDEM_OK;
}

// Seals only for who could not read before.
static tandem_err
seal_grant(struct td_member *m, const struct td_device_public *keys,
    struct td_arena *arena, struct td_control *c)
{
    if (c->right == TANDEM_RIGHT_ADMIN) {
        TD_TRY(td_seals_keys_held(m));
        return td_seals_to(m, keys, NULL, 0, true, arena, c);
    }
    if (td_member_right(m, &keys->sign, c->sector) >= TANDEM_RIGHT_READER) {
        return TANDEM_OK;
    }
    TD_TRY(td_seals_key_held(m, c->sector));
    return td_seals_to(m, keys, &c->sector, 1, false, arena, c);
}

tandem_err
td_member_make_grant(struct td_member *m, const struct td_device_keys *mine,
    const tandem_device_id *device, tandem_id sector, tandem_right right,
    struct td_arena *arena, tandem_slice entries[2], size_t *count)
{
    const struct td_view all = TD_VIEW_ALL;
    tandem_right was = td_rights_own(&m->rights, &all, device, sector);
    struct td_control loss = {.type = TD_CONTROL_LOSS, .sector = sector};
    struct td_control grant = {
        .type = TD_CONTROL_GRANT, .sector = sector, .right = (uint64_t)right};
    tandem_slice made[2] = {{NULL, 0}, {NULL, 0}};
    size_t n = 0;

    TD_TRY(may_grant(m, &mine->pub.sign, device, sector, was, right));
    loss.device.sign = *device;
    grant.device.sign = *device;
    if (right < was) {
        TD_TRY(add_entry(m, &loss, arena, made, &n));
    }
    if (right != was && right != TANDEM_RIGHT_NONE) {
        TD_TRY(
            seal_grant(m, &td_member_device(m, device)->keys, arena, &grant));
        TD_TRY(add_entry(m, &grant, arena, made, &n));
    }
    memcpy(entries, made, sizeof(made));
    *count = n;
    return TANDEM_OK;
}
