// SPDX-License-Identifier: Apache-2.0
// record_context.c - the context of a change about to be written.
//
// It says where the snapshot the person saw differs from what the change
// would be taken to have seen anyway: its prev's effective context, and the
// own log through prev.
#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "crdt/record_state.h"

static bool
same_seqs(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count)
{
    return a_count == b_count &&
           (a_count == 0 || memcmp(a, b, a_count * sizeof *a) == 0);
}

// The entry for a log of which `was` would be taken as seen and `is` was seen
// (either may be NULL). false: nothing to say.
static bool
entry(const struct td_past *was, const struct td_seen *is, struct td_log_id log,
    struct td_seen *out)
{
    *out = (struct td_seen){.log = log, .none = true};
    if (is == NULL) {
        return was != NULL;
    }
    if (is->skipped_count > TD_SKIPPED_MAX) {
        // More than a change may list: claim less than was seen.
        return was != NULL && was->seq > is->seq;
    }
    if (was != NULL && was->seq == is->seq &&
        same_seqs(
            was->skipped, was->skipped_count, is->skipped, is->skipped_count)) {
        return false;
    }
    *out = *is;
    return true;
}

static tandem_err
fill(const struct td_record *snapshot, const struct td_vec *base,
    const struct td_change *c, struct td_arena *arena, struct td_seen *list,
    size_t *count)
{
    size_t base_count = base == NULL ? 0 : base->count;
    size_t i = 0;
    size_t k = 0;
    bool own = c->has_prev;

    // Three sorted lists: base, the own log, the snapshot.
    while (i < base_count || own || k < snapshot->tip_count) {
        struct td_past own_past = {c->log, c->prev, NULL, 0};
        const struct td_past *was = own ? &own_past : NULL;
        const struct td_seen *is = NULL;
        struct td_log_id log = c->log;

        if (i < base_count &&
            (was == NULL || td_log_id_cmp(base->e[i].log, log) < 0)) {
            was = &base->e[i];
            log = was->log;
        }
        if (k < snapshot->tip_count) {
            int cmp =
                was == NULL ? -1 : td_log_id_cmp(snapshot->seen[k].log, log);

            if (cmp <= 0) {
                is = &snapshot->seen[k++];
                log = is->log;
                was = cmp < 0 ? NULL : was;
            }
        }
        if (was == &own_past) {
            own = false;
        } else if (was != NULL) {
            i++;
        }
        // Own entries beyond prev would be of the future.
        if (is != NULL && td_log_id_cmp(log, c->log) == 0 &&
            (!c->has_prev || is->seq > c->prev)) {
            continue;
        }
        if (entry(was, is, log, &list[*count])) {
            struct td_seen *s = &list[(*count)++];
            uint64_t *seqs =
                td_arena_array(arena, s->skipped_count + 1, sizeof *seqs);

            if (seqs == NULL) {
                return TANDEM_ENOMEM;
            }
            if (s->skipped_count > 0) {
                memcpy(seqs, s->skipped, s->skipped_count * sizeof *seqs);
            }
            s->skipped = seqs;
        }
    }
    return TANDEM_OK;
}

// How the logs of the snapshot are named: its operations name no others.
static tandem_err
fill_refs(const struct td_record *snapshot, struct td_arena *arena,
    struct td_change *c)
{
    struct td_ref *refs =
        td_arena_array(arena, snapshot->tip_count, sizeof *refs);

    if (refs == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < snapshot->tip_count; i++) {
        const struct td_seen *s = &snapshot->seen[i];

        refs[i] = (struct td_ref){
            .name = s->log, .log = s->log, .seq = s->seq, .hash = s->hash};
    }
    c->refs = refs;
    c->ref_count = snapshot->tip_count;
    return TANDEM_OK;
}

tandem_err
td_record_context(const struct td_record *snapshot, const struct td_record *now,
    struct td_log_id own, struct td_arena *arena, struct td_change *c)
{
    const struct td_vec *base = NULL;
    struct td_change d = *c;
    struct td_seen *list;
    size_t count = 0;
    size_t room = snapshot->tip_count + 1;
    bool found = false;
    size_t at = 0;

    d.log = d.prev_log = own;
    d.has_prev = false;
    d.prev = 0;
    if (now != NULL) {
        at = td_record_tip(now, own, &found);
    }
    if (found) {
        d.has_prev = true;
        d.prev = now->seen[at].seq;
        base = now->tips[at].others;
        room += base == NULL ? 0 : base->count;
    }
    list = td_arena_array(arena, room, sizeof *list);
    if (list == NULL) {
        return TANDEM_ENOMEM;
    }
    TD_TRY(fill(snapshot, base, &d, arena, list, &count));
    if (count > TD_CONTEXT_LOGS_MAX) {
        return TANDEM_ELIMIT;
    }
    TD_TRY(fill_refs(snapshot, arena, c));
    c->has_prev = d.has_prev;
    c->prev_log = own;
    c->prev = d.prev;
    c->context = list;
    c->context_count = count;
    return TANDEM_OK;
}
