// SPDX-License-Identifier: Apache-2.0
// read.c - a record as it is, and as somebody saw it.
//
// An id names one record, but nothing stops a hostile device from using it
// again in another sector or kind: of several the first visible by key counts.
#include <string.h>

#include "replica/payload.h"
#include "replica/state.h"

// Rows of one id looked at: more is somebody's malice.
#define SAME_ID_MAX 64

struct looking {
    struct td_work *w;
    tandem_id id;
    struct td_arena arena;
    const struct td_seen *seen; // NULL: as it is
    size_t seen_count;
};

// The row's changes that the frontier covers, and those it skipped for their
// context alone. ENOTFOUND: it names a change that is not this row's.
static tandem_err
cut(struct looking *l, struct td_held *set, size_t *count)
{
    size_t kept = 0, named = 0;

    for (size_t i = 0; i < *count; i++) {
        const struct td_change *c = set[i].change;

        for (size_t j = 0; j < l->seen_count; j++) {
            const struct td_seen *s = &l->seen[j];

            if (td_log_id_cmp(s->log, c->log) != 0 || s->none ||
                c->seq > s->seq) {
                continue;
            }
            named += c->seq == s->seq;
            set[kept] = set[i];
            for (size_t k = 0; k < s->skipped_count; k++) {
                if (s->skipped[k] == c->seq) {
                    set[kept].admitted = false;
                }
            }
            kept++;
            break;
        }
    }
    for (size_t j = 0; j < l->seen_count; j++) {
        if (!l->seen[j].none) {
            if (named == 0) {
                return TANDEM_ENOTFOUND;
            }
            named--;
        }
    }
    *count = kept;
    return TANDEM_OK;
}

static tandem_err
state_seen(struct looking *l, const struct td_row *row, struct td_record **out)
{
    struct td_held *set;
    size_t count;

    TD_TRY(td_state_gather(l->w, row, &l->arena, &set, &count));
    TD_TRY(cut(l, set, &count));
    return td_record_build(
        l->w->sys, set, count, l->id, row->pack, row->kind, out);
}

// ENOTFOUND: not this row.
static tandem_err
look_at(struct looking *l, tandem_slice value, struct td_snapshot *out)
{
    struct td_record *state;
    struct td_row row;

    td_arena_reset(&l->arena);
    TD_TRY(td_row_decode(value, &l->arena, &row));
    TD_TRY(l->seen != NULL ? state_seen(l, &row, &state)
                           : td_state_of(l->w, l->id, &row, &l->arena, &state));
    if (td_record_changes(state) == 0) {
        td_record_free(state); // all of it waits or is in quarantine
        return TANDEM_ENOTFOUND;
    }
    *out =
        (struct td_snapshot){.id = l->id, .sector = row.sector, .state = state};
    return TANDEM_OK;
}

static tandem_err
look(struct looking *l, struct td_snapshot *out)
{
    tandem_slice key, value;
    struct td_iter *i;
    tandem_err err, first = TANDEM_ENOTFOUND;

    TD_TRY(
        td_iter_open(l->w->t, TD_T_RECORDS, (tandem_slice){l->id.b, 16}, &i));
    for (int n = 0; n < SAME_ID_MAX; n++) {
        err = td_iter_next(i, &key, &value);
        if (err != TANDEM_OK && err != TANDEM_ECORRUPT) {
            break;
        }
        if (key.len != TD_ROW_KEY_BYTES || memcmp(key.ptr, l->id.b, 16) != 0) {
            err = TANDEM_ENOTFOUND;
            break;
        }
        if (err == TANDEM_OK) {
            err = look_at(l, value, out);
        }
        if (err == TANDEM_OK) {
            break;
        }
        if (err != TANDEM_ENOTFOUND) {
            first = err; // damage is said unless another row answers
        }
        err = TANDEM_ENOTFOUND;
    }
    td_iter_close(i);
    return err == TANDEM_ENOTFOUND ? first : err;
}

static tandem_err
read_as(struct td_replica *r, tandem_id id, const struct td_seen *seen,
    size_t count, struct td_snapshot *out)
{
    struct looking l = {.id = id, .seen = seen, .seen_count = count};
    tandem_err err = td_work_read(r, &l.w);

    TD_TRY(err);
    td_arena_init(&l.arena, r->sys, TD_REPLICA_ARENA_MAX);
    err = look(&l, out);
    td_arena_deinit(&l.arena);
    td_work_read_end(l.w);
    return err;
}

tandem_err
td_replica_read(struct td_replica *r, tandem_id id, struct td_snapshot *out)
{
    return read_as(r, id, NULL, 0, out);
}

tandem_err
td_replica_read_seen(struct td_replica *r, tandem_id id,
    const struct td_seen *seen, size_t count, struct td_snapshot *out)
{
    static const struct td_seen nothing;

    return read_as(r, id, seen != NULL ? seen : &nothing, count, out);
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
    err = td_log_get(t, log, &info);
    td_store_read_end(t);
    if (err == TANDEM_OK) {
        *out = info.device;
    }
    return err;
}

tandem_err
td_replica_change(struct td_replica *r, struct td_log_id log, uint64_t seq,
    uint16_t index, struct td_arena *a, struct td_change *out)
{
    struct td_row_change at = {.seq = seq, .index = index};
    struct td_change *change;
    struct td_log_info info;
    struct td_work *w;
    tandem_err err;

    TD_TRY(td_work_read(r, &w));
    err = td_log_get(w->t, log, &info);
    if (err == TANDEM_OK) {
        at.number = info.number;
        err = td_payload_change(w, &at, a, &change);
    }
    td_work_read_end(w);
    if (err == TANDEM_OK) {
        *out = *change;
    }
    return err;
}
