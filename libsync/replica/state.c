// SPDX-License-Identifier: Apache-2.0
// state.c - a record's state from its row, or from all its changes.
#include "replica/state.h"

#include "replica/payload.h"

static tandem_err
replay(struct td_work *w, tandem_id id, const struct td_row *row,
    struct td_arena *arena, struct td_record **out)
{
    struct td_record *state = NULL;
    struct td_change *change;
    enum td_applied how;
    struct td_wait_for wait;
    tandem_err err;

    TD_TRY(td_payload_change(w, &row->changes[0], arena, &change));
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

        if (err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT ||
            err == TANDEM_EVERSION) {
            continue; // set apart; verify names it
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
        const struct td_log_info *log;

        if (at->seq != change->seq || at->index != change->index) {
            continue;
        }
        TD_TRY(td_work_log(w, at->number, &log));
        if (td_log_id_cmp(log->id, change->log) == 0) {
            *out = *at;
            return TANDEM_OK;
        }
    }
    return TANDEM_ENOTFOUND;
}
