// SPDX-License-Identifier: Apache-2.0
// doubt.c - what is found damaged is asked for, or made, again. See doubt.h.
#include "replica/doubt.h"

void
td_doubt_add(struct td_doubts *doubts, const struct td_doubt *d)
{
    for (size_t i = 0; i < doubts->count; i++) {
        if (doubts->at[i].number == d->number && doubts->at[i].seq == d->seq &&
            doubts->at[i].index == d->index) {
            return;
        }
    }
    if (doubts->count < TD_DOUBTS_MAX) {
        doubts->at[doubts->count++] = *d;
    }
}

void
td_doubt_note(struct td_work *w, const struct td_row_change *at)
{
    td_doubt_add(w->doubts,
        &(struct td_doubt){
            .number = at->number, .seq = at->seq, .index = at->index});
}

void
td_doubt_counts(struct td_doubts *doubts)
{
    doubts->counts = true;
}

static tandem_err
note_missing(struct td_work *w, const struct td_doubts *noted)
{
    struct td_arena arena;
    tandem_err err = TANDEM_OK;

    td_arena_init(&arena, w->sys, TD_SEGMENT_ARENA_MAX);
    for (size_t i = 0; i < noted->count && err == TANDEM_OK; i++) {
        const struct td_doubt *d = &noted->at[i];
        struct td_header h;
        uint32_t rows = 0; // which hold it: maybe those of the branch it leaves
        uint64_t last;

        td_arena_reset(&arena);
        err = td_log_owner(w->t, d->number, d->seq, &rows, &last);
        if (err == TANDEM_OK) {
            err = td_commit_get(w->t, rows, d->seq, &arena, &h, NULL, NULL);
        }
        if (err == TANDEM_OK && d->index < h.change_count) {
            err = td_payload_missing(
                w->t, rows, d->seq, d->index, &h.changes[d->index]);
        } else if (err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT) {
            err = TANDEM_OK; // its header is gone too: nothing to ask by
        }
    }
    td_arena_deinit(&arena);
    return err;
}

tandem_err
td_doubt_write(struct td_work *w, const struct td_doubts *noted)
{
    if (noted->counts) {
        TD_TRY(td_missing_mend(w->t));
    }
    return noted->count > 0 ? note_missing(w, noted) : TANDEM_OK;
}
