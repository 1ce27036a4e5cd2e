// SPDX-License-Identifier: Apache-2.0
// state.c - a record's state from its row, or from all its changes.
#include "replica/state.h"

#include <string.h>

#include "replica/apply.h"
#include "replica/branch.h"
#include "replica/hand.h"
#include "replica/payload.h"

static tandem_err
replay(struct td_work *w, tandem_id id, const struct td_row *row,
    struct td_arena *arena, struct td_record **out)
{
    struct td_record *state = NULL;
    struct td_change *change = row->only;
    enum td_applied how;
    struct td_wait_for wait;
    tandem_err err;

    if (change == NULL) {
        err = td_payload_change(w, &row->changes[0], arena, &change);
        if (err != TANDEM_OK) {
            return err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
        }
    }
    TD_TRY(td_record_new(w->sys, id, row->pack, row->kind, &state));
    err = td_record_apply(state, change, true, &how, &wait);
    if (err == TANDEM_OK && how != TD_APPLIED) {
        err = TANDEM_ECORRUPT; // a pointer's change stands alone
    }
    if (err != TANDEM_OK) {
        td_record_free(state);
        return err;
    }
    *out = state;
    return TANDEM_OK;
}

typedef tandem_err (*read_fn)(struct td_work *w, const struct td_row_change *at,
    struct td_arena *arena, struct td_change **out);

// What a pointer leads to, read by `read`. A place is not sealed: ENOTFOUND
// when it leads nowhere, or to what is about something else than the key.
static tandem_err
follow(struct td_work *w, const uint8_t key[TD_ROW_KEY_BYTES], read_fn read,
    struct td_arena *arena, struct td_row *row)
{
    uint8_t is[TD_ROW_KEY_BYTES];
    const struct td_log_info *log;

    TD_TRY(read(w, &row->changes[0], arena, &row->only));
    TD_TRY(td_work_log(w, row->changes[0].number, &log));
    row->sector = log->sector;
    row->kind = row->only->kind;
    memcpy(row->pack, row->only->pack, 8);
    td_row_key(row->only->record, row->sector, row->pack, row->kind, is);
    return memcmp(is, key, sizeof(is)) == 0 ? TANDEM_OK : TANDEM_ENOTFOUND;
}

tandem_err
td_state_row(struct td_work *w, tandem_slice key, tandem_slice value,
    struct td_arena *arena, struct td_row *row)
{
    tandem_err err;

    if (key.len != TD_ROW_KEY_BYTES) {
        return TANDEM_ECORRUPT;
    }
    TD_TRY(td_row_decode(value, arena, row));
    if (!row->pointer) {
        return TANDEM_OK;
    }
    err = follow(w, key.ptr, td_payload_change, arena, row);
    return err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
}

tandem_err
td_state_of(struct td_work *w, tandem_id id, const struct td_row *row,
    struct td_arena *arena, struct td_record **out)
{
    struct td_held *set;
    size_t count;
    tandem_err err;

    if (row->pointer) {
        return replay(w, id, row, arena, out);
    }
    err = td_record_decode(w->sys, row->state, out);
    if (err != TANDEM_EVERSION) {
        return err;
    }
    // Written by a newer version of the program: the changes say it all.
    TD_TRY(td_state_gather(w, row, arena, &set, &count));
    return td_record_build(w->sys, set, count, id, row->pack, row->kind, out);
}

tandem_err
td_state_gather(struct td_work *w, const struct td_row *row,
    struct td_arena *arena, struct td_held **set, size_t *count)
{
    struct td_held *held =
        td_arena_array(arena, row->count, sizeof(struct td_held));
    size_t n = 0;

    if (held == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < row->count; i++) {
        const struct td_row_change *at = &row->changes[i];
        const struct td_log_info *log;
        enum td_admission verdict;
        struct td_change *change;
        tandem_err err = td_payload_change(w, at, arena, &change);

        if (err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT) {
            continue; // set apart; verify names it
        }
        if (err == TANDEM_ENOKEY) { // it comes in again with its key
            if (w->write) {
                TD_TRY(td_apply_apart(w, at, TANDEM_WAIT_KEY));
            }
            continue;
        }
        TD_TRY(err);
        TD_TRY(td_work_log(w, at->number, &log));
        TD_TRY(td_work_admits(w, log, at->seq, &verdict));
        if (verdict == TD_ADMISSION_WAITS) {
            continue;
        }
        held[n++] = (struct td_held){
            .change = change, .admitted = verdict == TD_ADMITTED};
    }
    *set = held;
    *count = n;
    return TANDEM_OK;
}

tandem_err
td_state_place(struct td_work *w, const struct td_row *row,
    const struct td_change *change, struct td_row_change *out)
{
    for (size_t i = 0; i < row->count; i++) {
        const struct td_row_change *at = &row->changes[i];
        struct td_log_id id;
        tandem_err err;

        if (at->seq != change->seq || at->index != change->index) {
            continue;
        }
        err = td_branch_id(w, at->number, at->seq, &id);
        if (err == TANDEM_OK && td_log_id_cmp(id, change->log) == 0) {
            *out = *at;
            return TANDEM_OK;
        }
        TD_TRY(err == TANDEM_ENOTFOUND ? TANDEM_OK : err);
    }
    return TANDEM_ENOTFOUND;
}

// ------------------------------------------------------------ damaged rows

static bool
is_about(const struct td_about *about, const struct td_change *c)
{
    return td_id_cmp(c->record, about->record) == 0 && c->kind == about->kind &&
           memcmp(c->pack, about->pack, 8) == 0;
}

// The changes of one commit that are the record's, into the row.
static tandem_err
find_in(struct td_work *w, const struct td_about *about,
    struct td_row_change at, struct td_arena *scratch, struct td_arena *arena,
    struct td_row *row)
{
    struct td_header h;
    tandem_err err;

    td_arena_reset(scratch);
    err = td_commit_get(w->t, at.number, at.seq, scratch, &h, NULL, NULL);
    if (err != TANDEM_OK) {
        return err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT ? TANDEM_OK
                                                                 : err;
    }
    for (size_t i = 0; i < h.change_count; i++) {
        struct td_change *c;

        at.index = (uint16_t)i;
        err = td_payload_change(w, &at, scratch, &c);
        if (err == TANDEM_OK && is_about(about, c)) {
            err = td_row_add(row, arena, &at);
        }
        if (err == TANDEM_ENOMEM || err == TANDEM_EIO) {
            return err;
        }
    }
    return TANDEM_OK;
}

// Rare enough to read every entry of the sector for it.
static tandem_err
mend(struct td_work *w, const struct td_about *about, struct td_arena *arena,
    struct td_row *row, struct td_record **state)
{
    struct td_log_info *logs = NULL;
    struct td_arena scratch;
    struct td_held *set;
    size_t count = 0, n;
    tandem_err err;

    *row = (struct td_row){.sector = about->sector, .kind = about->kind};
    memcpy(row->pack, about->pack, 8);
    TD_TRY(td_log_list(w->t, &about->sector, arena, &logs, &count));
    td_arena_init(&scratch, w->sys, TD_REPLICA_ARENA_MAX);
    err = TANDEM_OK;
    for (size_t i = 0; i < count && err == TANDEM_OK; i++) {
        uint64_t seq, last = 0;

        err = td_log_unshared(w->t, logs, i, &seq);
        for (; seq <= logs[i].head_seq && err == TANDEM_OK; seq++) {
            struct td_row_change at = {.number = logs[i].number, .seq = seq};

            if (logs[i].forked) { // in the rows of the branch it leaves
                err =
                    td_log_owner(w->t, logs[i].number, seq, &at.number, &last);
            }
            if (err == TANDEM_OK) {
                err = find_in(w, about, at, &scratch, arena, row);
            }
        }
    }
    td_arena_deinit(&scratch);
    TD_TRY(err);
    TD_TRY(td_state_gather(w, row, arena, &set, &n));
    return td_record_build(
        w->sys, set, n, about->record, row->pack, row->kind, state);
}

tandem_err
td_state_load(struct td_work *w, const struct td_about *about,
    struct td_buf *bytes, struct td_arena *arena, struct td_row *row,
    struct td_record **state, enum td_loaded *how)
{
    uint8_t key[TD_ROW_KEY_BYTES];
    tandem_err err;

    TD_TRY(td_hand_put(w)); // maybe it is this one
    td_row_key(about->record, about->sector, about->pack, about->kind, key);
    td_buf_reset(bytes);
    err = td_get(w->t, TD_T_RECORDS, (tandem_slice){key, sizeof(key)}, bytes);
    if (err == TANDEM_ENOTFOUND) {
        *how = TD_LOADED_NEW;
        *row = (struct td_row){.sector = about->sector, .kind = about->kind};
        memcpy(row->pack, about->pack, 8);
        return td_record_new(
            w->sys, about->record, about->pack, about->kind, state);
    }
    if (err == TANDEM_OK) {
        err = td_row_decode(td_buf_slice(bytes), arena, row);
    }
    if (err == TANDEM_OK && row->pointer) {
        err = follow(w, key, td_payload_change, arena, row);
        if (err == TANDEM_ENOTFOUND) { // maybe its branch was just cut
            err = follow(w, key, td_payload_any, arena, row);
        }
        if (err != TANDEM_OK && err != TANDEM_ENOTFOUND) {
            return err; // the place is right, the change cannot be read
        }
    }
    if (err == TANDEM_ECORRUPT || err == TANDEM_ENOTFOUND) {
        *how = TD_LOADED_MENDED;
        return mend(w, about, arena, row, state);
    }
    TD_TRY(err);
    if (td_id_cmp(row->sector, about->sector) != 0 ||
        row->kind != about->kind || memcmp(row->pack, about->pack, 8) != 0) {
        return TANDEM_ECORRUPT; // another record with the same short tag
    }
    *how = TD_LOADED_ROW;
    return td_state_of(w, about->record, row, arena, state);
}
