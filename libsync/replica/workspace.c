// SPDX-License-Identifier: Apache-2.0
// workspace.c - found or join a workspace; sectors, devices, packs, persons.
//
// Each call is one transaction: founding either leaves a workspace with its
// first key, names and person, or a store that belongs to none.
#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "replica/commit.h"
#include "replica/meta.h"
#include "replica/names.h"
#include "replica/packs.h"

static tandem_err
needs_workspace(const struct td_replica *r, tandem_error *e)
{
    if (r->joined) {
        return TANDEM_OK;
    }
    return td_fail(e, TANDEM_EWORKSPACE,
        "this store belongs to no workspace yet; create or join one",
        "ce dépôt n'appartient encore à aucun espace de travail ; créez-en "
        "un ou rejoignez-en un");
}

static tandem_err
needs_none(const struct td_replica *r, tandem_error *e)
{
    if (!r->joined) {
        return TANDEM_OK;
    }
    return td_fail(e, TANDEM_EEXIST,
        "this store belongs to a workspace already; use an empty folder",
        "ce dépôt appartient déjà à un espace de travail ; prenez un dossier "
        "vide");
}

static tandem_slice
bytes_of(const void *p, size_t n)
{
    return (tandem_slice){p, n};
}

static tandem_err
put_id(struct td_work *w, const char *name, const void *p, size_t n)
{
    return td_meta_put(w->t, name, bytes_of(p, n));
}

// -------------------------------------------------------------------- found

struct founding {
    const char *name, *device;
    int64_t now_ms;
    struct td_hash workspace;
    tandem_id me;
};

static tandem_err
genesis(struct td_work *w, struct td_hash *workspace)
{
    struct td_buf entry;
    tandem_slice bytes;
    tandem_err err;

    td_buf_init(&entry, w->sys, TD_CONTROL_BYTES_MAX);
    err = td_member_make_genesis(
        &w->author.keys->pub, td_sys_rng(w->sys), &entry, workspace);
    bytes = td_buf_slice(&entry);
    if (err == TANDEM_OK) {
        w->author.workspace = *workspace;
        err = td_commit_control(w, &bytes, 1);
    }
    td_buf_deinit(&entry);
    return err;
}

static tandem_err
found(struct td_work *w, void *ctx)
{
    struct founding *f = ctx;
    const tandem_device_id device = td_replica_device(w->r);
    struct td_naming n = {.count = 3};

    TD_TRY(genesis(w, &f->workspace));
    TD_TRY(put_id(w, TD_META_WORKSPACE, f->workspace.b, 32));
    n.things[0] = bytes_of(f->workspace.b, 32);
    n.labels[0] = f->name;
    n.things[1] = bytes_of(device.b, 32);
    n.labels[1] = f->device;
    n.labels[2] = f->device;
    TD_TRY(td_names_write(w, &n, (tandem_id){{0}}, f->now_ms));
    f->me = n.ids[2];
    TD_TRY(td_meta_put(w->t, TD_META_INTRODUCED, (tandem_slice){0}));
    return put_id(w, TD_META_ME, f->me.b, 16);
}

tandem_err
td_replica_found(struct td_replica *r, const char *name, const char *device,
    int64_t now_ms, tandem_error *e)
{
    struct founding f = {.name = name, .device = device, .now_ms = now_ms};
    tandem_err err;

    TD_TRY(needs_none(r, e));
    TD_TRY(td_names_check(name, e));
    TD_TRY(td_names_check(device, e));
    err = td_work_write(r, found, &f, e);
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    r->workspace = f.workspace;
    r->joined = true;
    r->me = f.me;
    return TANDEM_OK;
}

// --------------------------------------------------------------------- join

static tandem_err
join(struct td_work *w, void *ctx)
{
    const struct td_hash *workspace = ctx;

    w->author.workspace = *workspace;
    TD_TRY(put_id(w, TD_META_WORKSPACE, workspace->b, 32));
    return td_work_reload(w, workspace);
}

tandem_err
td_replica_join(
    struct td_replica *r, const struct td_hash *workspace, tandem_error *e)
{
    struct td_hash id = *workspace;
    tandem_err err;

    if (r->joined && td_hash_eq(&r->workspace, workspace)) {
        return TANDEM_OK; // a second try of the same enrolment
    }
    TD_TRY(needs_none(r, e));
    err = td_work_write(r, join, &id, e);
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    r->workspace = id;
    r->joined = true;
    return TANDEM_OK;
}

struct introducing {
    const char *device;
    int64_t now_ms;
    bool done;
    tandem_id me;
};

static tandem_err
introduce(struct td_work *w, void *ctx)
{
    struct introducing *x = ctx;
    const tandem_device_id device = td_replica_device(w->r);
    struct td_naming n = {.count = 2};

    x->done = td_has(w->t, TD_T_META,
        bytes_of(TD_META_INTRODUCED, sizeof(TD_META_INTRODUCED) - 1));
    if (x->done) {
        return TANDEM_OK;
    }
    n.things[0] = bytes_of(device.b, 32);
    n.labels[0] = x->device;
    n.labels[1] = x->device;
    TD_TRY(td_names_write(w, &n, (tandem_id){{0}}, x->now_ms));
    x->me = n.ids[1];
    TD_TRY(td_meta_put(w->t, TD_META_INTRODUCED, (tandem_slice){0}));
    return put_id(w, TD_META_ME, x->me.b, 16);
}

tandem_err
td_replica_introduce(
    struct td_replica *r, const char *device, int64_t now_ms, tandem_error *e)
{
    const tandem_device_id me = td_replica_device(r);
    struct introducing x = {.device = device, .now_ms = now_ms};
    tandem_err err;

    TD_TRY(needs_workspace(r, e));
    TD_TRY(td_names_check(device, e));
    if (td_member_device(r->member, &me) == NULL) {
        return td_fail_code(e, TANDEM_ENOKEY); // control has not come
    }
    err = td_work_write(r, introduce, &x, e);
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    if (!x.done) {
        r->me = x.me;
    }
    return TANDEM_OK;
}

// ------------------------------------------------------------------ sectors

struct sector_adding {
    const char *name;
    int64_t now_ms;
    tandem_id sector;
};

static tandem_err
sector_add(struct td_work *w, void *ctx)
{
    struct sector_adding *x = ctx;
    const tandem_device_id me = td_replica_device(w->r);
    struct td_naming n = {.count = 1};
    struct td_epoch_id epoch;
    struct td_buf entry;
    tandem_slice bytes;
    tandem_err err;

    td_buf_init(&entry, w->sys, TD_CONTROL_BYTES_MAX);
    err = td_member_make_sector(
        w->member, &me, td_sys_rng(w->sys), &entry, &x->sector);
    bytes = td_buf_slice(&entry);
    if (err == TANDEM_OK) {
        err = td_commit_control(w, &bytes, 1);
    }
    td_buf_deinit(&entry);
    TD_TRY(err);
    TD_TRY(td_commit_epoch(w, x->sector, &epoch));
    n.things[0] = bytes_of(x->sector.b, 16);
    n.labels[0] = x->name;
    return td_names_write(w, &n, w->r->me, x->now_ms);
}

tandem_err
td_replica_sector_add(struct td_replica *r, const char *name, int64_t now_ms,
    tandem_id *out, tandem_error *e)
{
    struct sector_adding x = {.name = name, .now_ms = now_ms};
    tandem_err err;

    TD_TRY(needs_workspace(r, e));
    TD_TRY(td_names_check(name, e));
    err = td_work_write(r, sector_add, &x, e);
    if (err == TANDEM_EDENIED) {
        return td_fail(e, err, "only an admin adds a sector",
            "seul un administrateur ajoute un secteur");
    }
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    *out = x.sector;
    return TANDEM_OK;
}

// ------------------------------------------------------------------ devices

struct enrolling {
    const struct td_device_public *newcomer;
    tandem_right right;
    const tandem_id *sectors;
    size_t count;
    int64_t now_ms;
};

static tandem_err
enrol(struct td_work *w, void *ctx)
{
    struct enrolling *x = ctx;
    struct td_buf entry;
    tandem_slice bytes;
    tandem_err err;

    td_buf_init(&entry, w->sys, TD_CONTROL_BYTES_MAX);
    err = td_member_make_enrol(w->member, w->author.keys, x->newcomer, x->right,
        x->sectors, x->count, x->now_ms, &entry);
    bytes = td_buf_slice(&entry);
    if (err == TANDEM_OK) {
        err = td_commit_control(w, &bytes, 1);
    }
    td_buf_deinit(&entry);
    return err;
}

tandem_err
td_replica_enrol(struct td_replica *r, const struct td_device_public *newcomer,
    tandem_right right, const tandem_id *sectors, size_t count, int64_t now_ms,
    tandem_error *e)
{
    struct enrolling x = {.newcomer = newcomer,
        .right = right,
        .sectors = sectors,
        .count = count,
        .now_ms = now_ms};
    tandem_err err;

    TD_TRY(needs_workspace(r, e));
    err = td_work_write(r, enrol, &x, e);
    if (err == TANDEM_EDENIED) {
        return td_fail(e, err,
            "this device may not enrol another with that right there",
            "cet appareil ne peut pas en inscrire un autre avec ce droit à "
            "cet endroit");
    }
    return err == TANDEM_OK ? TANDEM_OK : td_fail_code(e, err);
}

struct granting {
    const tandem_device_id *device;
    tandem_id sector;
    tandem_right right;
};

static tandem_err
grant(struct td_work *w, void *ctx)
{
    struct granting *x = ctx;
    struct td_arena arena;
    tandem_slice entries[2];
    size_t count = 0;
    tandem_err err;

    td_arena_init(&arena, w->sys, 2 * (size_t)TD_CONTROL_BYTES_MAX);
    err = td_member_make_grant(w->member, w->author.keys, x->device, x->sector,
        x->right, &arena, entries, &count);
    if (err == TANDEM_OK && count > 0) {
        err = td_commit_control(w, entries, count);
    }
    td_arena_deinit(&arena);
    return err;
}

tandem_err
td_replica_grant(struct td_replica *r, const tandem_device_id *d,
    tandem_id sector, tandem_right right, tandem_error *e)
{
    struct granting x = {.device = d, .sector = sector, .right = right};
    tandem_err err;

    TD_TRY(needs_workspace(r, e));
    err = td_work_write(r, grant, &x, e);
    if (err == TANDEM_EDENIED) {
        return td_fail(e, err,
            "this device may not change that right in that sector",
            "cet appareil ne peut pas changer ce droit dans ce secteur");
    }
    return err == TANDEM_OK ? TANDEM_OK : td_fail_code(e, err);
}

// -------------------------------------------------------------------- packs

static tandem_err
publish(struct td_work *w, void *ctx)
{
    const tandem_slice *pack = ctx;
    const tandem_device_id me = td_replica_device(w->r);
    struct td_buf entry;
    tandem_slice bytes;
    tandem_err err;

    td_buf_init(&entry, w->sys, TD_CONTROL_BYTES_MAX);
    err = td_member_make_pack(w->member, &me, *pack, &entry);
    bytes = td_buf_slice(&entry);
    if (err == TANDEM_OK) {
        err = td_commit_control(w, &bytes, 1);
    }
    td_buf_deinit(&entry);
    return err;
}

// May it be published after what rules now?
static tandem_err
check_pack(const struct td_replica *r, const struct td_pack *p, tandem_error *e)
{
    const struct td_pack *now = NULL;

    if (strcmp(p->name, TD_NAMES_PACK) == 0) {
        return td_fail(e, TANDEM_EVALUE,
            "the name \"%s\" is the library's own; name the pack otherwise",
            "le nom « %s » est réservé ; nommez le paquet autrement", p->name);
    }
    for (size_t i = 0; i < r->schema->pack_count; i++) {
        if (strcmp(r->schema->packs[i]->name, p->name) == 0) {
            now = r->schema->packs[i];
        }
    }
    if (now == NULL) {
        return TANDEM_OK;
    }
    if (p->version == now->version && td_hash_eq(&p->hash, &now->hash)) {
        return td_fail(e, TANDEM_EEXIST,
            "version %u of the pack \"%s\" is published already",
            "la version %u du paquet « %s » est déjà publiée", p->version,
            p->name);
    }
    if (p->version <= now->version) {
        return td_fail(e, TANDEM_EVALUE,
            "version %u does not come after version %u, published before",
            "la version %u ne suit pas la version %u, déjà publiée", p->version,
            now->version);
    }
    return td_pack_follows(now, p, e);
}

tandem_err
td_replica_pack_publish(
    struct td_replica *r, tandem_slice pack, tandem_error *e)
{
    struct td_pack *p;
    tandem_err err;

    TD_TRY(needs_workspace(r, e));
    TD_TRY(td_packs_parse(pack, r->sys, &p, e));
    err = check_pack(r, p, e);
    td_pack_release(p);
    TD_TRY(err);
    err = td_work_write(r, publish, &pack, e);
    if (err == TANDEM_EDENIED) {
        return td_fail(e, err, "only an admin publishes a pack",
            "seul un administrateur publie un paquet");
    }
    return err == TANDEM_OK ? TANDEM_OK : td_fail_code(e, err);
}

// ------------------------------------------------------------------ persons

struct person_adding {
    const char *name;
    int64_t now_ms;
    tandem_id id;
};

static tandem_err
person_add(struct td_work *w, void *ctx)
{
    struct person_adding *x = ctx;
    struct td_naming n = {.count = 1};

    n.labels[0] = x->name;
    TD_TRY(td_names_write(w, &n, w->r->me, x->now_ms));
    x->id = n.ids[0];
    return TANDEM_OK;
}

tandem_err
td_replica_person_add(struct td_replica *r, const char *name, int64_t now_ms,
    tandem_id *out, tandem_error *e)
{
    struct person_adding x = {.name = name, .now_ms = now_ms};
    tandem_err err;

    TD_TRY(needs_workspace(r, e));
    TD_TRY(td_names_check(name, e));
    err = td_work_write(r, person_add, &x, e);
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    *out = x.id;
    return TANDEM_OK;
}

static tandem_err
me_set(struct td_work *w, void *ctx)
{
    const tandem_id *me = ctx;

    return put_id(w, TD_META_ME, me->b, 16);
}

tandem_err
td_replica_me_set(struct td_replica *r, tandem_id person, tandem_error *e)
{
    tandem_err err = td_work_write(r, me_set, &person, e);

    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    r->me = person;
    return TANDEM_OK;
}
