// SPDX-License-Identifier: Apache-2.0
// read.c - a record as it is, and as somebody saw it.
//
// An id names one record, but nothing stops a hostile device from using it
// again in another sector or kind: of several the first visible by key counts.
#include <string.h>

#include "log/tree.h"
#include "replica/branch.h"
#include "replica/payload.h"
#include "replica/state.h"

// Rows of one id looked at: more is somebody's malice.
#define SAME_ID_MAX 64

struct looking {
    struct td_work *w;
    tandem_id id;
    struct td_iter *rows; // of the records; NULL until needed
    struct td_arena arena;
    bool as_seen;         // else as it is
    struct td_seen *seen; // names, then what those continue (branch.h)
    size_t seen_names, seen_count;
    struct td_seen *edit; // added to what was seen: a name and its path
    size_t edit_count;    // 0: nothing
};

static bool
skips(const struct td_seen *s, uint64_t seq)
{
    for (size_t k = 0; k < s->skipped_count; k++) {
        if (s->skipped[k] == seq) {
            return true;
        }
    }
    return false;
}

// Does the frontier cover the change? *shown false: for its context alone.
static bool
covers(const struct looking *l, const struct td_change *c, bool *shown)
{
    for (size_t j = 0; j < l->seen_count; j++) {
        const struct td_seen *s = &l->seen[j];

        if (!s->none && td_log_id_cmp(s->log, c->log) == 0 &&
            c->seq <= s->seq) {
            *shown = !skips(s, c->seq);
            return true;
        }
    }
    // What its author wrote between what was seen and the edit stays outside.
    for (size_t j = 0; j < l->edit_count; j++) {
        const struct td_seen *s = &l->edit[j];

        if (td_log_id_cmp(s->log, c->log) == 0 && c->seq <= s->seq) {
            *shown = j == 0 && c->seq == s->seq;
            return true;
        }
    }
    return false;
}

static bool
holds(const struct td_held *set, size_t count, struct td_log_id log,
    uint64_t seq, struct td_hash16 hash)
{
    for (size_t i = 0; i < count; i++) {
        const struct td_change *c = set[i].change;

        if (c->seq == seq && td_log_id_cmp(c->log, log) == 0 &&
            memcmp(c->hash.b, hash.b, sizeof(hash.b)) == 0) {
            return true;
        }
    }
    return false;
}

// The covered changes first. ENOTFOUND: something named is not this row's.
static tandem_err
cut(const struct looking *l, struct td_held *set, size_t count, size_t *kept)
{
    size_t n = 0;

    for (size_t j = 0; j < l->seen_names; j++) {
        const struct td_seen *s = &l->seen[j];

        if (!s->none && !holds(set, count, s->log, s->seq, s->hash)) {
            return TANDEM_ENOTFOUND;
        }
    }
    if (l->edit_count > 0 &&
        !holds(set, count, l->edit[0].log, l->edit[0].seq, l->edit[0].hash)) {
        return TANDEM_ENOTFOUND;
    }
    for (size_t i = 0; i < count; i++) {
        const struct td_held held = set[i];
        bool shown;

        if (covers(l, held.change, &shown)) {
            set[i] = set[n];
            set[n] = held;
            set[n].admitted = held.admitted && shown;
            n++;
        }
    }
    *kept = n;
    return TANDEM_OK;
}

// What a covered change waits for joins for its context alone: nobody saw it
// here, but what was seen stands on it.
static size_t
support(struct td_held *set, size_t count, size_t kept)
{
    const size_t covered = kept;

    for (size_t i = 0; i < covered; i++) {
        const struct td_wait_for wait = set[i].wait;

        if (set[i].applied) {
            continue;
        }
        for (size_t k = kept; k < count; k++) {
            const struct td_held held = set[k];

            if (td_log_id_cmp(held.change->log, wait.log) == 0 &&
                held.change->seq <= wait.seq) {
                set[k] = set[kept];
                set[kept] = held;
                set[kept++].admitted = false;
            }
        }
    }
    return kept;
}

static tandem_err
state_seen(struct looking *l, const struct td_row *row, struct td_record **out)
{
    struct td_record *state = NULL;
    struct td_held *set;
    size_t count, kept, more;

    TD_TRY(td_state_gather(l->w, row, &l->arena, &set, &count));
    TD_TRY(cut(l, set, count, &more));
    do {
        kept = more;
        td_record_free(state);
        state = NULL;
        TD_TRY(td_record_build(
            l->w->sys, set, kept, l->id, row->pack, row->kind, &state));
        more = support(set, count, kept);
    } while (more > kept);
    *out = state;
    return TANDEM_OK;
}

// ENOTFOUND: not this row.
static tandem_err
look_at(struct looking *l, tandem_slice key, tandem_slice value,
    struct td_snapshot *out)
{
    struct td_record *state;
    struct td_row row;
    bool branched;

    td_arena_reset(&l->arena);
    TD_TRY(td_branch_any(l->w, &branched));
    TD_TRY(td_state_row(l->w, key, value, &l->arena, &row));
    TD_TRY(l->as_seen ? state_seen(l, &row, &state)
                      : td_state_of(l->w, l->id, &row, &l->arena, &state));
    if (td_record_changes(state) == 0) {
        td_record_free(state); // all of it waits or is in quarantine
        return TANDEM_ENOTFOUND;
    }
    *out = (struct td_snapshot){.id = l->id,
        .sector = row.sector,
        .state = state,
        .unbranched = !branched};
    return TANDEM_OK;
}

// To the first row of the id: of several records by the iterator of the first.
static tandem_err
find_rows(struct looking *l)
{
    const tandem_slice from = {l->id.b, sizeof(l->id.b)};

    return l->rows != NULL
               ? td_iter_move(l->rows, from)
               : td_iter_open(l->w->t, TD_T_RECORDS, from, &l->rows);
}

static tandem_err
look(struct looking *l, struct td_snapshot *out)
{
    tandem_slice key, value;
    tandem_err err, first = TANDEM_ENOTFOUND;

    TD_TRY(find_rows(l));
    for (int n = 0; n < SAME_ID_MAX; n++) {
        err = td_iter_next(l->rows, &key, &value);
        if (err != TANDEM_OK && err != TANDEM_ECORRUPT) {
            break;
        }
        if (key.len != TD_ROW_KEY_BYTES || memcmp(key.ptr, l->id.b, 16) != 0) {
            err = TANDEM_ENOTFOUND;
            break;
        }
        if (err == TANDEM_OK) {
            err = look_at(l, key, value, out);
        }
        if (err == TANDEM_OK) {
            break;
        }
        if (err != TANDEM_ENOTFOUND) {
            first = err; // damage is said unless another row answers
        }
        err = TANDEM_ENOTFOUND;
    }
    return err == TANDEM_ENOTFOUND ? first : err;
}

static tandem_err
begin_looking(struct td_replica *r, struct looking *l)
{
    TD_TRY(td_work_read(r, &l->w));
    td_arena_init(&l->arena, r->sys, TD_REPLICA_ARENA_MAX);
    return TANDEM_OK;
}

static void
end_looking(struct looking *l)
{
    td_iter_close(l->rows);
    td_arena_deinit(&l->arena);
    td_work_read_end(l->w);
}

// What was seen and what is added, by the names of states.
static tandem_err
name_seen(struct looking *l, const struct td_seen *seen, size_t count,
    const struct td_place *edit, struct td_arena *arena)
{
    size_t one;

    l->as_seen = true;
    TD_TRY(td_branch_seen(
        l->w, seen, count, arena, &l->seen, &l->seen_names, &l->seen_count));
    if (edit != NULL) {
        const struct td_seen own = {.log = edit->log,
            .seq = edit->seq,
            .hash = td_hash_short(&edit->hash)};

        TD_TRY(td_branch_seen(
            l->w, &own, 1, arena, &l->edit, &one, &l->edit_count));
    }
    return TANDEM_OK;
}

tandem_err
td_replica_read(struct td_replica *r, tandem_id id, struct td_snapshot *out)
{
    struct looking l = {.id = id};
    tandem_err err;

    TD_TRY(begin_looking(r, &l));
    err = look(&l, out);
    end_looking(&l);
    return err;
}

tandem_err
td_replica_read_some(struct td_replica *r, const tandem_id *ids, size_t count,
    struct td_snapshot *out)
{
    struct looking l = {.as_seen = false};
    tandem_err err = TANDEM_OK;
    size_t n = 0;

    TD_TRY(begin_looking(r, &l));
    for (; err == TANDEM_OK && n < count; n++) {
        l.id = ids[n];
        out[n] = (struct td_snapshot){.id = ids[n]};
        err = look(&l, &out[n]);
        if (err == TANDEM_ENOTFOUND || err == TANDEM_ENOKEY ||
            err == TANDEM_ECORRUPT) {
            err = TANDEM_OK;
        }
    }
    end_looking(&l);
    while (err != TANDEM_OK && n > 0) {
        td_snapshot_deinit(&out[--n]);
    }
    return err;
}

static tandem_err
read_as(struct td_replica *r, tandem_id id, const struct td_seen *seen,
    size_t count, bool of_state, const struct td_place *edit,
    struct td_snapshot *out)
{
    struct looking l = {.id = id};
    struct td_arena arena; // of the names
    struct td_seen *named = NULL;
    tandem_err err = TANDEM_OK;

    TD_TRY(begin_looking(r, &l));
    td_arena_init(&arena, r->sys, TD_REPLICA_ARENA_MAX);
    if (of_state) {
        err = td_branch_names(l.w, seen, count, &arena, &named, &count);
        seen = named;
    }
    if (err == TANDEM_OK) {
        err = name_seen(&l, seen, count, edit, &arena);
    }
    if (err == TANDEM_OK) {
        err = look(&l, out);
    }
    td_arena_deinit(&arena);
    end_looking(&l);
    return err;
}

tandem_err
td_replica_read_seen(struct td_replica *r, tandem_id id,
    const struct td_seen *seen, size_t count, struct td_snapshot *out)
{
    return read_as(r, id, seen, count, false, NULL, out);
}

tandem_err
td_replica_read_edit(struct td_replica *r, tandem_id id,
    const struct td_seen *seen, size_t count, const struct td_place *edit,
    struct td_snapshot *out)
{
    return read_as(r, id, seen, count, true, edit, out);
}

tandem_err
td_replica_seen(struct td_replica *r, const struct td_record *state,
    struct td_arena *a, const struct td_seen **out, size_t *count)
{
    const struct td_seen *seen;
    struct td_seen *named;
    struct td_work *w;
    struct td_txn *t;
    uint32_t branched;
    tandem_err err;

    *count = td_record_seen(state, &seen);
    *out = seen;
    TD_TRY(td_store_read(r->store, &t));
    err = td_log_branched(t, &branched);
    td_store_read_end(t);
    if (err != TANDEM_OK || branched == 0) {
        return err;
    }
    TD_TRY(td_work_read(r, &w));
    err = td_branch_names(w, seen, *count, a, &named, count);
    td_work_read_end(w);
    if (err == TANDEM_OK) {
        *out = named;
    }
    return err;
}

void
td_snapshot_deinit(struct td_snapshot *s)
{
    td_record_free(s->state);
    s->state = NULL;
}

tandem_err
td_replica_log_device(
    struct td_replica *r, struct td_log_id log, tandem_device_id *out)
{
    struct td_log_info info;
    struct td_txn *t;
    tandem_err err;

    TD_TRY(td_store_read(r->store, &t));
    err = td_tree_log(t, log, &log);
    if (err == TANDEM_OK) {
        err = td_log_get(t, log, &info);
    }
    td_store_read_end(t);
    if (err == TANDEM_OK) {
        *out = info.device;
    }
    return err;
}

tandem_err
td_replica_change(struct td_replica *r, const struct td_place *at,
    uint16_t index, struct td_arena *a, struct td_change *out)
{
    const struct td_hash16 hash = td_hash_short(&at->hash);
    struct td_row_change place = {.seq = at->seq, .index = index};
    struct td_change *change;
    struct td_log_info info;
    struct td_work *w;
    uint64_t last;
    tandem_err err;

    TD_TRY(td_work_read(r, &w));
    err = td_log_on_path(w->t, at->log, at->seq, &hash, &info);
    if (err == TANDEM_OK) {
        err = td_log_owner(w->t, info.number, at->seq, &place.number, &last);
    }
    if (err == TANDEM_OK) {
        err = td_payload_change(w, &place, a, &change);
    }
    td_work_read_end(w);
    if (err == TANDEM_OK) {
        *out = *change;
    }
    return err;
}
