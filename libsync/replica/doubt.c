// SPDX-License-Identifier: Apache-2.0
// doubt.c - payloads found damaged are asked for again. See doubt.h.
#include "replica/doubt.h"

void
td_doubt_note(struct td_work *w, const struct td_row_change *at)
{
    struct td_replica *r = w->r;

    for (size_t i = 0; i < r->doubt_count; i++) {
        if (r->doubts[i].number == at->number && r->doubts[i].seq == at->seq &&
            r->doubts[i].index == at->index) {
            return;
        }
    }
    if (r->doubt_count < TD_DOUBTS_MAX) {
        r->doubts[r->doubt_count++] = (struct td_doubt){
            .number = at->number, .seq = at->seq, .index = at->index};
    }
}

tandem_err
td_doubt_write(struct td_work *w)
{
    const struct td_replica *r = w->r;
    struct td_arena arena;
    tandem_err err = TANDEM_OK;

    if (r->doubt_count == 0) {
        return TANDEM_OK;
    }
    td_arena_init(&arena, w->sys, TD_SEGMENT_ARENA_MAX);
    for (size_t i = 0; i < r->doubt_count && err == TANDEM_OK; i++) {
        const struct td_doubt *d = &r->doubts[i];
        struct td_header h;

        td_arena_reset(&arena);
        err = td_commit_get(w->t, d->number, d->seq, &arena, &h, NULL, NULL);
        if (err == TANDEM_OK && d->index < h.change_count) {
            err = td_payload_missing(
                w->t, d->number, d->seq, d->index, &h.changes[d->index]);
        } else if (err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT) {
            err = TANDEM_OK; // its header is gone too: nothing to ask by
        }
    }
    td_arena_deinit(&arena);
    return err;
}
