// SPDX-License-Identifier: Apache-2.0
// face.c - what a record's state shows outside itself.
#include "replica/face.h"

#include <string.h>

#include "base/limits.h"
#include "replica/conflict.h"
#include "replica/hand.h"
#include "replica/index.h"
#include "replica/state.h"

tandem_err
td_face_of(const struct td_work *w, const struct td_schema *schema,
    const struct td_record *state, tandem_id sector, struct td_arena *arena,
    struct td_face *out)
{
    struct td_face f = {0};

    f.changes = td_record_changes(state);
    f.visible = f.changes > 0;
    if (f.visible) {
        f.trashed = td_record_deletion(state) == TD_TRASHED;
        TD_TRY(td_conflict_count(schema, state, arena, &f.conflicts));
        TD_TRY(td_index_blinds(
            w, schema, state, sector, arena, &f.blinds, &f.blind_count));
    }
    *out = f;
    return TANDEM_OK;
}

tandem_err
td_face_change(struct td_work *w, const uint8_t key[TD_ROW_KEY_BYTES],
    const struct td_face *before, const struct td_face *after)
{
    struct td_counts *c = &w->counts;

    c->records = c->records + after->visible - before->visible;
    c->trashed = c->trashed + after->trashed - before->trashed;
    c->conflicts = c->conflicts + after->conflicts - before->conflicts;
    c->changes = c->changes + after->changes - before->changes;
    if (after->conflicts != before->conflicts) {
        TD_TRY(td_conflict_put(w, key, after->conflicts));
    }
    return td_index_change(w, key, before->blinds, before->blind_count,
        after->blinds, after->blind_count);
}

// The pack of a schema by tag, or NULL.
static const struct td_pack *
pack_of(const struct td_schema *s, const uint8_t tag[8])
{
    for (size_t i = 0; s != NULL && i < s->pack_count; i++) {
        if (memcmp(s->packs[i]->tag, tag, 8) == 0) {
            return s->packs[i];
        }
    }
    return NULL;
}

static bool
same_pack(
    const struct td_schema *a, const struct td_schema *b, const uint8_t tag[8])
{
    const struct td_pack *p = pack_of(a, tag), *q = pack_of(b, tag);

    return p == q || (p != NULL && q != NULL && td_hash_eq(&p->hash, &q->hash));
}

// One record's row, its state read: what a walk over all of them does.
struct seen_row {
    const uint8_t *key; // TD_ROW_KEY_BYTES
    const struct td_row *row;
    const struct td_record *state;
    struct td_arena *arena;
};

static tandem_err
recount(struct td_work *w, const struct seen_row *s, const void *ctx)
{
    const struct td_schema *before = ctx;
    struct td_face was, now;

    TD_TRY(td_face_of(w, before, s->state, s->row->sector, s->arena, &was));
    TD_TRY(td_face_of(w, w->schema, s->state, s->row->sector, s->arena, &now));
    return td_face_change(w, s->key, &was, &now);
}

static tandem_err
reindex(struct td_work *w, const struct seen_row *s, const void *ctx)
{
    struct td_face now;

    (void)ctx;
    TD_TRY(td_face_of(w, w->schema, s->state, s->row->sector, s->arena, &now));
    return td_index_change(w, s->key, NULL, 0, now.blinds, now.blind_count);
}

typedef tandem_err (*row_fn)(
    struct td_work *w, const struct seen_row *s, const void *ctx);

static tandem_err
walk_row(struct td_work *w, const struct td_schema *before,
    struct td_arena *arena, tandem_slice key, tandem_slice value, row_fn fn)
{
    struct td_record *state = NULL;
    struct td_row row;
    uint8_t at[TD_ROW_KEY_BYTES];
    struct seen_row s = {.key = at, .row = &row, .arena = arena};
    tandem_id id;
    tandem_err err;

    td_arena_reset(arena);
    memcpy(at, key.ptr, sizeof(at));
    memcpy(id.b, at, 16);
    TD_TRY(td_state_row(w, key, value, arena, &row));
    if (before != NULL && same_pack(before, w->schema, row.pack)) {
        return TANDEM_OK;
    }
    TD_TRY(td_state_of(w, id, &row, arena, &state));
    s.state = state;
    err = fn(w, &s, before);
    td_record_free(state);
    return err;
}

// `before` NULL: every record; else those whose pack differs.
static tandem_err
walk(struct td_work *w, const struct td_schema *before, row_fn fn)
{
    tandem_slice key, value;
    struct td_arena arena; // not the work's: whoever reloads may use that
    struct td_iter *i;
    tandem_err err;

    TD_TRY(td_hand_put(w));
    TD_TRY(td_iter_open(w->t, TD_T_RECORDS, (tandem_slice){0}, &i));
    td_arena_init(&arena, w->sys, TD_REPLICA_ARENA_MAX);
    while ((err = td_iter_next(i, &key, &value)) != TANDEM_ENOTFOUND) {
        if (err == TANDEM_ECORRUPT) {
            continue; // verify names it
        }
        if (err == TANDEM_OK) {
            err = key.len == TD_ROW_KEY_BYTES
                      ? walk_row(w, before, &arena, key, value, fn)
                      : TANDEM_ECORRUPT;
            // What one row leads to is gone: damage, not the end.
            err = err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
        }
        if (err != TANDEM_OK && err != TANDEM_ECORRUPT) {
            break;
        }
    }
    td_iter_close(i);
    td_arena_deinit(&arena);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

tandem_err
td_face_recount(struct td_work *w, const struct td_schema *before)
{
    static const struct td_schema none = {0};

    return walk(w, before != NULL ? before : &none, recount);
}

tandem_err
td_face_reindex(struct td_work *w)
{
    return walk(w, NULL, reindex);
}
