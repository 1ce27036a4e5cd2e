// SPDX-License-Identifier: Apache-2.0
// history.c - every change of one record that is held. See history.h.
#include "replica/history.h"

#include <stdlib.h>
#include <string.h>

#include "replica/payload.h"
#include "replica/state.h"
#include "replica/wait.h"

// ------------------------------------------------------------------ entries

static uint64_t
why_unread(tandem_err err)
{
    return err == TANDEM_ENOKEY      ? TANDEM_WAIT_KEY
           : err == TANDEM_ENOTFOUND ? TANDEM_WAIT_PAYLOAD
                                     : TANDEM_WAIT_DAMAGED;
}

// Why it has no effect, where WAITING says it.
static tandem_err
reason_of(struct td_work *w, const struct td_row_change *at, uint64_t otherwise,
    uint64_t *out)
{
    struct td_wait wait;
    tandem_err err = td_wait_get(w, at, &wait);

    *out = otherwise;
    if (err == TANDEM_OK) {
        *out = wait.reason == TD_WAIT_VERDICT ? TANDEM_WAIT_RIGHT : wait.reason;
    }
    return err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT ? TANDEM_OK : err;
}

static tandem_err
read_entry(struct td_work *w, const struct td_row_change *at,
    struct td_arena *a, struct td_history *h)
{
    struct td_history_entry *entry = &h->at[h->count];
    const struct td_log_info *log;
    struct td_change *change;
    enum td_admission verdict;
    tandem_err err;

    *entry = (struct td_history_entry){.seq = at->seq, .index = at->index};
    err = td_payload_change(w, at, a, &change);
    if (err != TANDEM_OK && err != TANDEM_ENOTFOUND && err != TANDEM_ECORRUPT &&
        err != TANDEM_ENOKEY) {
        return err;
    }
    TD_TRY(td_work_log(w, at->number, &log));
    entry->device = log->device;
    h->count++;
    if (err != TANDEM_OK) {
        return reason_of(w, at, why_unread(err), &entry->reason);
    }
    entry->change = change;
    entry->hash = change->hash;
    TD_TRY(td_work_admits(w, log, at->seq, &verdict));
    entry->admitted = verdict == TD_ADMITTED;
    if (!entry->admitted) {
        entry->reason = TANDEM_WAIT_RIGHT;
    }
    if (verdict != TD_ADMISSION_WAITS) {
        h->set[h->set_count++] =
            (struct td_held){.change = change, .admitted = entry->admitted};
    }
    return TANDEM_OK;
}

static int
by_clock(const void *a, const void *b)
{
    const struct td_history_entry *x = a;
    const struct td_history_entry *y = b;

    if (x->change == NULL || y->change == NULL) {
        return (x->change == NULL) - (y->change == NULL);
    }
    if (x->change->clock != y->change->clock) {
        return x->change->clock < y->change->clock ? -1 : 1;
    }
    if (td_log_id_cmp(x->change->log, y->change->log) != 0) {
        return td_log_id_cmp(x->change->log, y->change->log);
    }
    if (x->seq != y->seq) {
        return x->seq < y->seq ? -1 : 1;
    }
    return (int)x->index - (int)y->index;
}

// The order that td_record_build leaves a set in.
static int
by_place(const void *a, const void *b)
{
    const struct td_change *x = ((const struct td_held *)a)->change;
    const struct td_change *y = ((const struct td_held *)b)->change;

    if (td_log_id_cmp(x->log, y->log) != 0) {
        return td_log_id_cmp(x->log, y->log);
    }
    if (x->seq != y->seq) {
        return x->seq < y->seq ? -1 : 1;
    }
    if (x->index != y->index) {
        return (int)x->index - (int)y->index;
    }
    return memcmp(x->hash.b, y->hash.b, sizeof(x->hash.b));
}

// Which of them count: as a rebuild from the set finds.
static tandem_err
settle_entries(const tandem_sys *sys, struct td_history *h)
{
    struct td_record *state = NULL;

    TD_TRY(td_history_now(sys, h, &state));
    td_record_free(state);
    for (size_t i = 0; i < h->count; i++) {
        struct td_history_entry *entry = &h->at[i];
        const struct td_held key = {.change = entry->change};
        const struct td_held *held = entry->change == NULL
                                         ? NULL
                                         : bsearch(&key, h->set, h->set_count,
                                               sizeof(*h->set), by_place);

        entry->settled = held != NULL && held->applied;
        if (entry->change != NULL && !entry->settled && entry->reason == 0) {
            entry->reason = TANDEM_WAIT_CHANGE;
        }
    }
    return TANDEM_OK;
}

// -------------------------------------------------------------------- whole

static tandem_err
read_row(struct td_work *w, struct td_arena *a, struct td_history *out)
{
    uint8_t key[TD_ROW_KEY_BYTES];
    const tandem_slice row_key = {key, sizeof(key)};
    struct td_buf bytes;
    struct td_row row;
    tandem_err err;

    td_row_key(out->id, out->sector, out->pack, out->kind, key);
    td_buf_init(&bytes, w->sys, TD_REPLICA_ROW_MAX);
    err = td_get(w->t, TD_T_RECORDS, row_key, &bytes);
    if (err == TANDEM_OK) {
        err = td_state_row(w, row_key, td_buf_slice(&bytes), a, &row);
    }
    if (err == TANDEM_OK) {
        out->at = td_arena_array(a, row.count + 1, sizeof(*out->at));
        out->set = td_arena_array(a, row.count + 1, sizeof(*out->set));
        err = out->at == NULL || out->set == NULL ? TANDEM_ENOMEM : TANDEM_OK;
    }
    for (size_t i = 0; err == TANDEM_OK && i < row.count; i++) {
        err = read_entry(w, &row.changes[i], a, out);
    }
    td_buf_deinit(&bytes);
    return err;
}

tandem_err
td_replica_history(struct td_replica *r, tandem_id id, struct td_arena *a,
    struct td_history *out)
{
    struct td_history h = {.id = id};
    struct td_snapshot now;
    struct td_work *w;
    tandem_err err;

    TD_TRY(td_replica_read(r, id, &now)); // which record has this id
    h.sector = now.sector;
    h.kind = td_record_kind(now.state);
    memcpy(h.pack, td_record_pack(now.state), sizeof(h.pack));
    td_snapshot_deinit(&now);
    TD_TRY(td_work_read(r, &w));
    err = read_row(w, a, &h);
    td_work_read_end(w);
    if (err == TANDEM_OK) {
        err = settle_entries(r->sys, &h);
    }
    if (err == TANDEM_OK) {
        qsort(h.at, h.count, sizeof(*h.at), by_clock);
        *out = h;
    }
    return err;
}

tandem_err
td_history_now(
    const tandem_sys *sys, const struct td_history *h, struct td_record **out)
{
    return td_record_build(
        sys, h->set, h->set_count, h->id, h->pack, h->kind, out);
}

// What a change that was seen waits for joins for its context alone: nobody saw
// it there, but what was seen stands on it.
static bool
support(const struct td_history *h, const struct td_held *kept, size_t count,
    enum td_sight *sight)
{
    bool more = false;

    for (size_t i = 0; i < count; i++) {
        const struct td_wait_for *wait = &kept[i].wait;

        for (size_t k = 0; !kept[i].applied && k < h->set_count; k++) {
            const struct td_change *c = h->set[k].change;

            if (sight[k] == TD_UNSEEN && c->seq <= wait->seq &&
                td_log_id_cmp(c->log, wait->log) == 0) {
                sight[k] = TD_REACHED;
                more = true;
            }
        }
    }
    return more;
}

static size_t
keep(const struct td_history *h, const enum td_sight *sight,
    struct td_held *kept)
{
    size_t n = 0;

    for (size_t i = 0; i < h->set_count; i++) {
        if (sight[i] != TD_UNSEEN) {
            kept[n] = h->set[i];
            kept[n].admitted = kept[n].admitted && sight[i] == TD_SEEN;
            n++;
        }
    }
    return n;
}

static tandem_err
build_seen(const tandem_sys *sys, const struct td_history *h,
    struct td_held *kept, enum td_sight *sight, struct td_record **out)
{
    struct td_record *state = NULL;
    size_t n;

    do {
        td_record_free(state);
        state = NULL;
        n = keep(h, sight, kept);
        TD_TRY(td_record_build(sys, kept, n, h->id, h->pack, h->kind, &state));
    } while (support(h, kept, n, sight));
    *out = state;
    return TANDEM_OK;
}

tandem_err
td_history_state(const tandem_sys *sys, const struct td_history *h,
    const struct td_change *change, bool with, struct td_record **out)
{
    const size_t n = h->set_count + 1;
    struct td_held *kept = td_alloc(sys, n * sizeof(*kept));
    enum td_sight *sight = td_alloc(sys, n * sizeof(*sight));
    struct td_record *state = NULL;
    tandem_err err = TANDEM_ENOMEM;

    if (kept != NULL && sight != NULL) {
        err = td_record_seen_by(sys, h->set, h->set_count, change, sight);
    }
    for (size_t i = 0; err == TANDEM_OK && i < h->set_count; i++) {
        if (h->set[i].change == change) {
            sight[i] = with ? TD_SEEN : TD_UNSEEN;
        }
    }
    if (err == TANDEM_OK) {
        err = build_seen(sys, h, kept, sight, &state);
    }
    if (err == TANDEM_OK && td_record_changes(state) == 0) {
        td_record_free(state);
        err = TANDEM_ENOTFOUND;
    } else if (err == TANDEM_OK) {
        *out = state;
    }
    if (sight != NULL) {
        td_free(sys, sight, n * sizeof(*sight));
    }
    if (kept != NULL) {
        td_free(sys, kept, n * sizeof(*kept));
    }
    return err;
}

tandem_err
td_history_unseen(const tandem_sys *sys, const struct td_history *h,
    const struct td_change *change, const struct td_change **out, size_t *count)
{
    const size_t bytes = (h->set_count + 1) * sizeof(enum td_sight);
    enum td_sight *sight = td_alloc(sys, bytes);
    tandem_err err;

    if (sight == NULL) {
        return TANDEM_ENOMEM;
    }
    err = td_record_seen_by(sys, h->set, h->set_count, change, sight);
    *count = 0;
    for (size_t i = 0; err == TANDEM_OK && i < h->set_count; i++) {
        const struct td_held *held = &h->set[i];

        if (held->admitted && held->applied && held->change != change &&
            sight[i] != TD_SEEN) {
            out[(*count)++] = held->change;
        }
    }
    td_free(sys, sight, bytes);
    return err;
}
