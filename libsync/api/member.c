// SPDX-License-Identifier: Apache-2.0
// member.c - the workspace, its sectors, devices and persons, as handles see
// them. Every call holds the store's lock for its whole length.

#include "api/handles.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/slice.h"
#include "crypto/hash.h"

enum { NAME_CHARS_MAX = 80, PERSONS_ARENA_MAX = 16 << 20 };

static const struct {
    const char *id, *en, *fr;
} rights[] = {
    {"none", "no right", "aucun droit"},
    {"reader", "reader", "lecteur"},
    {"agent", "agent", "agent"},
    {"coordinator", "coordinator", "coordinateur"},
    {"office", "office", "bureau"},
    {"admin", "administrator", "administrateur"},
};
enum { RIGHT_COUNT = sizeof(rights) / sizeof(rights[0]) };

const char *
tandem_right_text(tandem_right r, tandem_lang lang)
{
    size_t i = (size_t)r < RIGHT_COUNT ? (size_t)r : 0;

    return lang == TANDEM_FR ? rights[i].fr : rights[i].en;
}

const char *
tandem_right_id(tandem_right r)
{
    return rights[(size_t)r < RIGHT_COUNT ? (size_t)r : 0].id;
}

tandem_right
tandem_right_parse(const char *id)
{
    for (size_t i = 1; id != NULL && i < RIGHT_COUNT; i++) {
        if (strcmp(id, rights[i].id) == 0) {
            return (tandem_right)i;
        }
    }
    return TANDEM_RIGHT_NONE;
}

tandem_id
tandem_sector_common(void)
{
    return td_sector_common;
}

static tandem_err
check_name(const char *name, tandem_error *e)
{
    tandem_slice s = td_slice_str(name != NULL ? name : "");
    bool good = s.len > 0 && s.len < 256 && td_utf8_valid(s) &&
                td_utf8_count(s) <= NAME_CHARS_MAX;

    for (size_t i = 0; good && i < s.len; i++) {
        good = s.ptr[i] >= 0x20 && s.ptr[i] != 0x7f;
    }
    return good ? TANDEM_OK
                : td_fail(e, TANDEM_EVALUE,
                      "a name is one line of 1 to %d characters",
                      "un nom est une ligne de 1 à %d caractères",
                      (int)NAME_CHARS_MAX);
}

static tandem_err
need_workspace(const tandem_store *s, tandem_error *e)
{
    if (s->replica->joined && s->replica->member != NULL) {
        return TANDEM_OK;
    }
    return td_fail(e, TANDEM_EWORKSPACE,
        "this store belongs to no workspace yet: init or join first",
        "ce dépôt n'appartient à aucun espace de travail : faites d'abord "
        "init ou join");
}

// Lock, and require a workspace; on failure the lock is released.
static tandem_err
enter(tandem_store *s, tandem_error *e)
{
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    td_api_lock(s);
    err = need_workspace(s, e);
    if (err != TANDEM_OK) {
        td_api_unlock(s);
    }
    return err;
}

// To look persons up: they are found by the index.
static tandem_err
enter_searching(tandem_store *s, tandem_error *e)
{
    tandem_err err;

    TD_TRY(enter(s, e));
    td_api_unlock(s);
    err = td_api_lock_searching(s);
    if (err != TANDEM_OK) {
        td_api_unlock(s);
    }
    return td_fail_code(e, err);
}

static tandem_err
enter_writing(tandem_store *s, tandem_error *e)
{
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    td_api_lock_writing(s);
    err = need_workspace(s, e);
    if (err != TANDEM_OK) {
        td_api_unlock_writing(s, false);
    }
    return err;
}

static void
name_of(tandem_store *s, const void *thing, size_t len, char out[256])
{
    if (td_replica_name(s->replica, (tandem_slice){thing, len}, out) !=
        TANDEM_OK) {
        out[0] = '\0'; // not readable yet
    }
}

// ----------------------------------------------------------------- workspace

tandem_err
tandem_workspace_create(
    tandem_store *s, const char *name, const char *device, tandem_error *e)
{
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(check_name(name, e));
    TD_TRY(check_name(device, e));
    td_api_lock_writing(s);
    err = s->replica->joined
              ? td_fail(e, TANDEM_EEXIST,
                    "this store belongs to a workspace already",
                    "ce dépôt appartient déjà à un espace de travail")
              : td_replica_found(s->replica, name, device, td_api_now(s), e);
    td_api_unlock_writing(s, err == TANDEM_OK);
    return td_fail_code(e, err);
}

tandem_err
tandem_workspace_get(tandem_store *s, tandem_workspace *out, tandem_error *e)
{
    td_fail_clear(e);
    if (s == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    memset(out, 0, sizeof(*out));
    td_api_lock(s);
    out->device = td_replica_device(s->replica);
    out->joined = s->replica->joined && s->replica->member != NULL;
    if (out->joined) {
        memcpy(out->id, s->replica->workspace.b, 32);
        name_of(s, out->id, 32, out->name);
        name_of(s, out->device.b, 32, out->device_name);
    }
    td_api_unlock(s);
    return TANDEM_OK;
}

// ------------------------------------------------------------------- sectors

// Two devices can still make one name apart; look-up then refuses to guess.
static bool
sector_named(tandem_store *s, const char *name)
{
    const struct td_member *m = s->replica->member;
    char known[256];

    for (size_t i = 0; i < td_member_sectors(m); i++) {
        tandem_id id = td_member_sector_at(m, i);

        name_of(s, id.b, 16, known);
        if (strcmp(known, name) == 0) {
            return true;
        }
    }
    return false;
}

tandem_err
tandem_sector_add(
    tandem_store *s, const char *name, tandem_id *out, tandem_error *e)
{
    tandem_err err;

    TD_TRY(enter_writing(s, e));
    err = out == NULL ? TANDEM_EMISUSE : check_name(name, e);
    if (err == TANDEM_OK && sector_named(s, name)) {
        err = td_fail(e, TANDEM_EEXIST, "a sector is called '%s' already",
            "un secteur s'appelle déjà « %s »", name);
    }
    if (err == TANDEM_OK) {
        err = td_replica_sector_add(s->replica, name, td_api_now(s), out, e);
    }
    td_api_unlock_writing(s, err == TANDEM_OK);
    return td_fail_code(e, err);
}

static uint32_t
sector_devices(const struct td_member *m, tandem_id sector)
{
    uint32_t n = 0;

    for (size_t i = 0; i < td_member_devices(m); i++) {
        n += td_member_right(m, &td_member_device_at(m, i)->keys.sign,
                 sector) != TANDEM_RIGHT_NONE;
    }
    return n;
}

static void
sector_fill(tandem_store *s, size_t i, tandem_sector *out)
{
    struct td_member *m = s->replica->member;
    tandem_device_id me = td_replica_device(s->replica);
    uint8_t secret[16];

    memset(out, 0, sizeof(*out));
    out->id = td_member_sector_at(m, i);
    out->right = td_member_right(m, &me, out->id);
    out->devices = sector_devices(m, out->id);
    out->epochs = (uint32_t)td_member_epochs(m, out->id);
    out->key = td_member_id_secret(m, out->id, secret) == TANDEM_OK;
    td_wipe(secret, sizeof(secret));
    name_of(s, out->id.b, 16, out->name);
}

tandem_err
tandem_sector_at(tandem_store *s, size_t i, tandem_sector *out, tandem_error *e)
{
    tandem_err err = TANDEM_OK;

    TD_TRY(enter(s, e));
    if (out == NULL) {
        err = TANDEM_EMISUSE;
    } else if (i >= td_member_sectors(s->replica->member)) {
        err = TANDEM_ENOTFOUND;
    } else {
        sector_fill(s, i, out);
    }
    td_api_unlock(s);
    return td_fail_code(e, err);
}

tandem_err
tandem_sector_find(
    tandem_store *s, const char *text, tandem_id *out, tandem_error *e)
{
    tandem_sector sector;
    tandem_id id, exact = {{0}}, loose = {{0}};
    size_t exact_hits = 0, loose_hits = 0;
    bool have_id;
    tandem_err err;

    if (text == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    have_id = tandem_id_parse(text, &id);
    for (size_t i = 0;; i++) {
        err = tandem_sector_at(s, i, &sector, e);
        if (err != TANDEM_OK) {
            break;
        }
        if (have_id && tandem_id_equal(id, sector.id)) {
            *out = sector.id;
            return TANDEM_OK;
        }
        if (sector.name[0] == '\0') {
            continue; // not readable yet: nobody can mean it by name
        }
        if (strcmp(sector.name, text) == 0) {
            exact = sector.id;
            exact_hits++;
        }
        if (strcasecmp(sector.name, text) == 0) {
            loose = sector.id;
            loose_hits++;
        }
    }
    if (err != TANDEM_ENOTFOUND) {
        return err;
    }
    if (exact_hits > 1 || (exact_hits == 0 && loose_hits > 1)) {
        return td_fail(e, TANDEM_ECONFLICT,
            "several sectors are called '%s'; use the id",
            "plusieurs secteurs s'appellent « %s » ; utilisez l'identifiant",
            text);
    }
    if (loose_hits == 0) {
        return td_fail(e, TANDEM_ENOTFOUND, "no sector is called '%s' here",
            "aucun secteur ne s'appelle « %s » ici", text);
    }
    *out = exact_hits == 1 ? exact : loose;
    return TANDEM_OK;
}

// ------------------------------------------------------------------- devices

static void
device_fill(
    tandem_store *s, const struct td_member_device *d, tandem_device *out)
{
    tandem_device_id me = td_replica_device(s->replica);
    struct td_peer peer;

    memset(out, 0, sizeof(*out));
    out->id = d->keys.sign;
    out->self = td_device_cmp(me, out->id) == 0;
    out->grants = d->grants;
    out->right = d->highest;
    out->enrolled_ms = d->enrolled_ms;
    if (td_peer_get(s->replica, &out->id, &peer) == TANDEM_OK) {
        out->last_sync_ms = peer.last_sync_ms;
    }
    name_of(s, out->id.b, 32, out->name);
}

tandem_err
tandem_device_at(tandem_store *s, size_t i, tandem_device *out, tandem_error *e)
{
    tandem_err err = TANDEM_OK;

    TD_TRY(enter(s, e));
    if (out == NULL) {
        err = TANDEM_EMISUSE;
    } else if (i >= td_member_devices(s->replica->member)) {
        err = TANDEM_ENOTFOUND;
    } else {
        device_fill(s, td_member_device_at(s->replica->member, i), out);
    }
    td_api_unlock(s);
    return td_fail_code(e, err);
}

tandem_err
tandem_device_find(
    tandem_store *s, const char *text, tandem_device_id *out, tandem_error *e)
{
    size_t len, hits = 0;
    tandem_device d;
    tandem_device_id found = {{0}};
    char hex[65];
    tandem_err err;

    if (text == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    len = strlen(text);
    for (size_t i = 0;; i++) {
        err = tandem_device_at(s, i, &d, e);
        if (err != TANDEM_OK) {
            break;
        }
        tandem_device_text(d.id, hex);
        if ((d.name[0] != '\0' && strcmp(d.name, text) == 0) ||
            (len >= 8 && len <= 64 && strncasecmp(hex, text, len) == 0)) {
            found = d.id;
            hits++;
        }
    }
    if (err != TANDEM_ENOTFOUND) {
        return err;
    }
    if (hits > 1) {
        return td_fail(e, TANDEM_ECONFLICT,
            "several devices are called '%s'; use the id",
            "plusieurs appareils s'appellent « %s » ; utilisez l'identifiant",
            text);
    }
    if (hits == 0) {
        return td_fail(e, TANDEM_ENOTFOUND, "no device is called '%s' here",
            "aucun appareil ne s'appelle « %s » ici", text);
    }
    *out = found;
    return TANDEM_OK;
}

tandem_right
tandem_device_right(tandem_store *s, tandem_device_id d, tandem_id sector)
{
    tandem_right right;

    if (enter(s, NULL) != TANDEM_OK) {
        return TANDEM_RIGHT_NONE;
    }
    right = td_member_right(s->replica->member, &d, sector);
    td_api_unlock(s);
    return right;
}

tandem_err
tandem_device_grant(tandem_store *s, tandem_device_id d, tandem_id sector,
    tandem_right right, tandem_error *e)
{
    tandem_err err;

    TD_TRY(enter_writing(s, e));
    if (td_member_device(s->replica->member, &d) == NULL ||
        !td_member_has_sector(s->replica->member, sector)) {
        err = td_fail(e, TANDEM_EWORKSPACE, "no such device or sector here",
            "cet appareil ou ce secteur n'existe pas ici");
    } else {
        err = td_replica_grant(s->replica, &d, sector, right, e);
    }
    td_api_unlock_writing(s, err == TANDEM_OK);
    return td_fail_code(e, err);
}

// ------------------------------------------------------------------- persons

tandem_err
tandem_person_at(tandem_store *s, size_t i, tandem_person *out, tandem_error *e)
{
    tandem_person *list = NULL;
    size_t count = 0;
    struct td_arena a;
    tandem_err err;

    TD_TRY(enter_searching(s, e));
    td_arena_init(&a, &s->sys, PERSONS_ARENA_MAX);
    err = out == NULL ? TANDEM_EMISUSE
                      : td_replica_persons(s->replica, &a, &list, &count);
    if (err == TANDEM_OK && i >= count) {
        err = TANDEM_ENOTFOUND;
    }
    if (err == TANDEM_OK) {
        *out = list[i];
    }
    td_arena_deinit(&a);
    td_api_unlock(s);
    return td_fail_code(e, err);
}

tandem_err
tandem_person_add(
    tandem_store *s, const char *name, tandem_id *out, tandem_error *e)
{
    tandem_err err;

    TD_TRY(enter_writing(s, e));
    err = out == NULL ? TANDEM_EMISUSE : check_name(name, e);
    if (err == TANDEM_OK) {
        err = td_replica_person_add(s->replica, name, td_api_now(s), out, e);
    }
    td_api_unlock_writing(s, err == TANDEM_OK);
    return td_fail_code(e, err);
}

tandem_err
tandem_person_find(
    tandem_store *s, const char *text, tandem_id *out, tandem_error *e)
{
    tandem_person *list = NULL;
    size_t count = 0, hits = 0;
    tandem_id id, found = {{0}};
    bool have_id;
    struct td_arena a;
    tandem_err err;

    if (text == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(enter_searching(s, e));
    have_id = tandem_id_parse(text, &id);
    td_arena_init(&a, &s->sys, PERSONS_ARENA_MAX);
    err = td_replica_persons(s->replica, &a, &list, &count);
    for (size_t i = 0; err == TANDEM_OK && i < count; i++) {
        if (strcmp(list[i].name, text) == 0 ||
            (have_id && tandem_id_equal(id, list[i].id))) {
            found = list[i].id;
            hits++;
        }
    }
    td_arena_deinit(&a);
    td_api_unlock(s);
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    if (hits == 0) {
        return td_fail(e, TANDEM_ENOTFOUND, "no person is called '%s' here",
            "personne ne s'appelle « %s » ici", text);
    }
    if (hits > 1) {
        return td_fail(e, TANDEM_ECONFLICT,
            "several persons are called '%s'; use the id",
            "plusieurs personnes s'appellent « %s » ; utilisez l'identifiant",
            text);
    }
    *out = found;
    return TANDEM_OK;
}

tandem_err
tandem_me_set(tandem_store *s, tandem_id person, tandem_error *e)
{
    tandem_err err;

    TD_TRY(enter_writing(s, e));
    err = td_replica_me_set(s->replica, person, e);
    td_api_unlock_writing(s, err == TANDEM_OK);
    return td_fail_code(e, err);
}

tandem_id
tandem_me(tandem_store *s)
{
    tandem_id me = {{0}};

    if (s == NULL) {
        return me;
    }
    td_api_lock(s);
    me = s->replica->me;
    td_api_unlock(s);
    return me;
}
