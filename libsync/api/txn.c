// SPDX-License-Identifier: Apache-2.0
// txn.c - a batch in memory; only commit takes the store's write lock.

#include "api/edit.h"

#include <stdio.h>
#include <string.h>

#include "base/slice.h"

enum { KEY_BYTES_MAX = 64 };

tandem_id
tandem_id_me(void)
{
    tandem_id id;

    memset(&id, 0, sizeof(id));
    return id;
}

tandem_err
td_edit_failed(tandem_txn *t, tandem_err err, const tandem_error *e)
{
    if (t->err == TANDEM_OK && err != TANDEM_OK) {
        t->err = err;
        if (e != NULL && e->code == err) {
            t->error = *e;
        } else {
            t->error = (tandem_error){.code = err};
        }
    }
    return err;
}

tandem_err
tandem_txn_new(
    tandem_store *s, tandem_id person, tandem_txn **out, tandem_error *e)
{
    tandem_txn *t;

    td_fail_clear(e);
    if (s == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    t = td_alloc(&s->sys, sizeof(*t));
    if (t == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    t->edits =
        td_alloc(&s->sys, TD_COMMIT_CHANGES_MAX * sizeof(struct tandem_edit *));
    if (t->edits == NULL) {
        td_free(&s->sys, t, sizeof(*t));
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    t->store = s;
    t->person = person;
    if (e != NULL) {
        t->error.lang = e->lang;
    }
    *out = t;
    return TANDEM_OK;
}

static void
drop_edits(tandem_txn *t)
{
    for (size_t i = 0; i < t->count; i++) {
        td_edit_free(t->edits[i]);
    }
    t->count = 0;
    t->pending = 0;
}

void
tandem_txn_free(tandem_txn *t)
{
    tandem_sys sys;

    if (t == NULL) {
        return;
    }
    sys = t->store->sys;
    drop_edits(t);
    td_free(
        &sys, t->edits, TD_COMMIT_CHANGES_MAX * sizeof(struct tandem_edit *));
    td_free(&sys, t, sizeof(*t));
}

tandem_err
tandem_txn_failed(const tandem_txn *t, tandem_error *e)
{
    if (t == NULL) {
        return TANDEM_OK;
    }
    if (t->err != TANDEM_OK && e != NULL) {
        tandem_lang lang = e->lang;

        *e = t->error;
        e->lang = lang;
    }
    return td_fail_code(e, t->err);
}

// The txn's sector is that of its first edit.
static tandem_err
settle_sector(tandem_txn *t, tandem_id sector, tandem_error *e)
{
    struct td_replica *r = t->store->replica;
    const tandem_device_id me = td_replica_device(r);
    struct td_opening own;

    if (t->pending == 0) {
        t->has_sector = false; // of an edit that did not come about
    }
    if (t->has_sector) {
        return tandem_id_equal(t->sector, sector)
                   ? TANDEM_OK
                   : td_fail(e, TANDEM_ELIMIT,
                         "one transaction cannot write in two sectors",
                         "une transaction n'écrit que dans un secteur");
    }
    if (!r->joined || r->member == NULL) {
        return td_fail(e, TANDEM_EWORKSPACE,
            "this store belongs to no workspace yet",
            "ce dépôt n'appartient encore à aucun espace de travail");
    }
    if (!tandem_id_equal(sector, td_sector_common) &&
        !td_member_has_sector(r->member, sector)) {
        return td_fail(e, TANDEM_EWORKSPACE, "no such sector here",
            "ce secteur n'existe pas ici");
    }
    if (td_member_right(r->member, &me, sector) < TANDEM_RIGHT_AGENT) {
        return td_fail(e, TANDEM_EDENIED,
            "this device may not write in that sector; ask its coordinator",
            "cet appareil ne peut pas écrire dans ce secteur ; demandez au "
            "coordinateur");
    }
    memset(&own, 0, sizeof(own));
    own.workspace = r->workspace;
    own.device = me;
    own.sector = sector;
    memcpy(own.incarnation, r->incarnation, sizeof(own.incarnation));
    t->own = td_log_id_of(&own);
    t->sector = sector;
    t->has_sector = true;
    return TANDEM_OK;
}

// A blank edit for the next slot; its record's identity is the caller's. NULL
// with *err set when there is no room.
static struct tandem_edit *
edit_slot(tandem_txn *t, tandem_err *err, tandem_error *e)
{
    const tandem_sys *sys = &t->store->sys;
    struct tandem_edit *d;

    // Committed edits stay readable until a new batch begins.
    if (t->pending == 0) {
        drop_edits(t);
    }
    if (t->count == TD_COMMIT_CHANGES_MAX) {
        *err = td_fail(e, TANDEM_ELIMIT,
            "one transaction holds at most %d records",
            "une transaction contient au plus %d fiches",
            (int)TD_COMMIT_CHANGES_MAX);
        return NULL;
    }
    d = td_alloc(sys, sizeof(*d));
    *err = d == NULL ? TANDEM_ENOMEM : TANDEM_OK;
    if (d != NULL) {
        d->txn = t;
        td_arena_init(&d->arena, sys, EDIT_ARENA_MAX);
    }
    return d;
}

static void
edit_join(tandem_txn *t, struct tandem_edit *d)
{
    t->edits[t->count++] = d;
    t->pending++;
}

static tandem_err
find_kind(
    tandem_store *s, const char *name, struct tandem_edit *d, tandem_error *e)
{
    d->schema = td_schema_retain(s->replica->schema);
    d->kind = name == NULL ? NULL : tandem_schema_kind_find(d->schema, name);
    if (d->kind == NULL) {
        (void)td_fail(e, TANDEM_EKIND, "no kind is called '%s' here",
            "aucun type ne s'appelle « %s » ici", name != NULL ? name : "");
        return TANDEM_EKIND;
    }
    memcpy(d->pack, td_kind_pack(d->kind)->tag, 8);
    return TANDEM_OK;
}

static tandem_err
check_key(tandem_slice key, tandem_error *e)
{
    if (key.len > 0 && key.len <= KEY_BYTES_MAX && key.ptr != NULL) {
        return TANDEM_OK;
    }
    return td_fail(e, TANDEM_EVALUE,
        "a record's key has 1 to %d bytes, not %zu; shorten it",
        "la clé d'une fiche compte de 1 à %d octets, pas %zu ; raccourcissez",
        (int)KEY_BYTES_MAX, key.len);
}

// The common sector is read by every member: not a place for what is told of
// people at home, whatever word was typed for the sector.
static tandem_err
check_common(const tandem_kind_info *k, tandem_id sector, tandem_error *e)
{
    if (!tandem_id_equal(sector, td_sector_common)) {
        return TANDEM_OK;
    }
    for (size_t i = 0; i < k->field_count; i++) {
        if (k->fields[i].privacy >= 2) {
            return td_fail(e, TANDEM_EVALUE,
                "%s: such a record tells of people, and all members read the "
                "common sector; choose another sector",
                "%s : une telle fiche parle de personnes, et tous les membres "
                "lisent le secteur commun ; choisissez un autre secteur",
                k->id);
        }
    }
    return TANDEM_OK;
}

// Create with `key` (derived id) or without (UUIDv7). The lock is held.
static tandem_err
create_locked(tandem_txn *t, const char *kind, tandem_id sector,
    const tandem_slice *key, struct tandem_edit *d, tandem_error *e)
{
    struct td_replica *r = t->store->replica;
    struct td_snapshot snap;
    tandem_err err;

    TD_TRY(find_kind(t->store, kind, d, e));
    TD_TRY(check_common(d->kind, sector, e));
    TD_TRY(settle_sector(t, sector, e));
    if (key == NULL) {
        TD_TRY(td_id_new(
            td_sys_rng(&t->store->sys), td_api_now(t->store), &d->id));
    } else {
        TD_TRY(check_key(*key, e));
        TD_TRY(
            td_replica_keyed_id(r, sector, d->pack, d->kind->n, *key, &d->id));
        for (size_t i = t->count - t->pending; i < t->count; i++) {
            if (tandem_id_equal(t->edits[i]->id, d->id)) {
                return TANDEM_EEXIST;
            }
        }
        err = td_replica_read(r, d->id, &snap);
        if (err == TANDEM_OK) {
            td_snapshot_deinit(&snap);
            return TANDEM_EEXIST;
        }
        if (err != TANDEM_ENOTFOUND) {
            return err;
        }
    }
    d->sector = sector;
    return td_record_new(&t->store->sys, d->id, d->pack, d->kind->n, &d->work);
}

static tandem_err
create(tandem_txn *t, const char *kind, tandem_id sector,
    const tandem_slice *key, tandem_edit **out, tandem_id *id)
{
    tandem_error e = {.code = TANDEM_OK, .lang = t->error.lang};
    struct tandem_edit *d;
    tandem_err err;

    if (t->err != TANDEM_OK) {
        return t->err;
    }
    d = edit_slot(t, &err, &e);
    if (d != NULL) {
        td_api_lock(t->store);
        err = create_locked(t, kind, sector, key, d, &e);
        td_api_unlock(t->store);
    }
    if ((err == TANDEM_OK || err == TANDEM_EEXIST) && id != NULL) {
        *id = d->id;
    }
    if (err == TANDEM_EEXIST && key != NULL) {
        td_edit_free(d);
        return err; // an answer, not a failure of the batch
    }
    if (err != TANDEM_OK) {
        td_edit_free(d);
        (void)td_fail_code(&e, err);
        return td_edit_failed(t, err, &e);
    }
    edit_join(t, d);
    *out = d;
    return TANDEM_OK;
}

tandem_err
tandem_txn_create(
    tandem_txn *t, const char *kind, tandem_id sector, tandem_edit **out)
{
    if (t == NULL || out == NULL) {
        return TANDEM_EMISUSE;
    }
    return create(t, kind, sector, NULL, out, NULL);
}

tandem_err
tandem_txn_create_keyed(tandem_txn *t, const char *kind, tandem_id sector,
    tandem_slice key, tandem_edit **out, tandem_id *id)
{
    if (t == NULL || out == NULL) {
        return TANDEM_EMISUSE;
    }
    return create(t, kind, sector, &key, out, id);
}

tandem_err
tandem_keyed_id(tandem_store *s, const char *kind, tandem_id sector,
    tandem_slice key, tandem_id *out, tandem_error *e)
{
    const tandem_kind_info *k;
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL || kind == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(check_key(key, e));
    td_api_lock(s);
    k = tandem_schema_kind_find(s->replica->schema, kind);
    err = k == NULL ? td_fail(e, TANDEM_EKIND, "no kind is called '%s' here",
                          "aucun type ne s'appelle « %s » ici", kind)
                    : td_replica_keyed_id(s->replica, sector,
                          td_kind_pack(k)->tag, k->n, key, out);
    td_api_unlock(s);
    return td_fail_code(e, err);
}

static tandem_err
edit_locked(tandem_txn *t, const tandem_record *seen, struct tandem_edit *d,
    tandem_error *e)
{
    TD_TRY(settle_sector(t, seen->snap.sector, e));
    d->id = seen->snap.id;
    d->sector = seen->snap.sector;
    d->schema = td_schema_retain(seen->schema);
    d->kind = seen->kind;
    if (d->kind == NULL) {
        return td_fail(e, TANDEM_EKIND,
            "this device has no description of that kind of record yet",
            "cet appareil n'a pas encore la description de ce type de fiche");
    }
    memcpy(d->pack, td_record_pack(seen->snap.state), 8);
    d->seen_token = td_arena_str(&d->arena, td_slice_str(seen->seen));
    if (d->seen_token == NULL) {
        return TANDEM_ENOMEM;
    }
    TD_TRY(td_record_dup(seen->snap.state, &d->seen));
    return td_record_dup(seen->snap.state, &d->work);
}

tandem_err
tandem_txn_edit(tandem_txn *t, const tandem_record *seen, tandem_edit **out)
{
    tandem_error e = {.code = TANDEM_OK};
    struct tandem_edit *d = NULL;
    tandem_err err;

    if (t == NULL || seen == NULL || out == NULL) {
        return TANDEM_EMISUSE;
    }
    e.lang = t->error.lang;
    if (t->err != TANDEM_OK) {
        return t->err;
    }
    if (seen->store != t->store) {
        (void)td_fail(&e, TANDEM_EMISUSE,
            "the record was read from another store",
            "la fiche a été lue dans un autre dépôt");
        return td_edit_failed(t, TANDEM_EMISUSE, &e);
    }
    for (size_t i = t->count - t->pending; i < t->count; i++) {
        struct tandem_edit *other = t->edits[i];

        if (!tandem_id_equal(other->id, seen->snap.id)) {
            continue;
        }
        if (other->seen_token == NULL ||
            strcmp(other->seen_token, seen->seen) != 0) {
            td_fail_record(&e, other->id);
            (void)td_fail(&e, TANDEM_EMISUSE,
                "this record is being edited already, from another reading of "
                "it; commit that first",
                "cette fiche est déjà en cours de modification, d'après une "
                "autre lecture ; enregistrez-la d'abord");
            return td_edit_failed(t, TANDEM_EMISUSE, &e);
        }
        *out = other;
        return TANDEM_OK;
    }
    d = edit_slot(t, &err, &e);
    if (d != NULL) {
        td_api_lock(t->store);
        err = edit_locked(t, seen, d, &e);
        td_api_unlock(t->store);
    }
    if (err != TANDEM_OK) {
        td_edit_free(d);
        (void)td_fail_code(&e, err);
        return td_edit_failed(t, err, &e);
    }
    edit_join(t, d);
    *out = d;
    return TANDEM_OK;
}

// What this device may in the transaction's sector. That it may write there
// at all is the replica's to say.
static tandem_right
own_right(const tandem_txn *t)
{
    tandem_device_id me;
    tandem_right right;

    td_api_lock(t->store);
    me = td_replica_device(t->store->replica);
    right = td_member_right(t->store->replica->member, &me, t->sector);
    td_api_unlock(t->store);
    return right;
}

// New records must be complete; edits without effect are left out.
static tandem_err
gather(tandem_txn *t, struct td_typed *typed, size_t *count, tandem_error *e)
{
    tandem_right right = own_right(t);

    *count = 0;
    for (size_t i = t->count - t->pending; i < t->count; i++) {
        struct tandem_edit *d = t->edits[i];

        if (d->seen == NULL) {
            TD_TRY(td_edit_code(d));
            TD_TRY(td_edit_complete(d, e));
        }
        TD_TRY(td_edit_texts(d, e));
        TD_TRY(td_edit_duties(d, right, e));
        if (d->op_count == 0) {
            continue;
        }
        d->index = (uint16_t)*count;
        typed[(*count)++] = (struct td_typed){
            .record = d->id,
            .kind = d->kind->n,
            .seen = d->seen,
            .ops = d->ops,
            .op_count = d->op_count,
        };
        memcpy(typed[*count - 1].pack, d->pack, 8);
    }
    return TANDEM_OK;
}

tandem_err
tandem_txn_commit(tandem_txn *t, tandem_error *e)
{
    struct td_typed typed[TD_COMMIT_CHANGES_MAX];
    struct td_place place;
    size_t count = 0;
    tandem_err err;

    td_fail_clear(e);
    if (t == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    if (t->err != TANDEM_OK) {
        return tandem_txn_failed(t, e);
    }
    memset(&place, 0, sizeof(place));
    err = gather(t, typed, &count, e);
    if (err == TANDEM_OK && count > 0) {
        td_api_lock_writing(t->store);
        err = td_replica_commit(t->store->replica, t->sector,
            tandem_id_is_none(t->person) ? t->store->replica->me : t->person,
            typed, count, td_api_now(t->store), &place, e);
        td_api_unlock_writing(t->store, err == TANDEM_OK);
    }
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    for (size_t i = t->count - t->pending; i < t->count; i++) {
        t->edits[i]->committed = true;
        t->edits[i]->place = place;
    }
    t->pending = 0;
    t->has_sector = false;
    return TANDEM_OK;
}
