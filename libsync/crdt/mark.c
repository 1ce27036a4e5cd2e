// SPDX-License-Identifier: Apache-2.0
// mark.c - deleted or not; see mark.h.
#include "crdt/mark.h"

static bool
says_deleted(const struct td_ver *v)
{
    return v->bytes[0] == 0xc3;
}

// Was the change at (log, seq) seen by a live mark, or made with one?
static bool
seen_by_a_mark(const struct td_record *r, struct td_log_id log, uint64_t seq)
{
    for (size_t i = 0; i < r->marks.count; i++) {
        const struct td_ver *v = &r->marks.v[i];

        if (v->dot.seq == TD_SEQ_SELF) {
            return true; // typed on this very snapshot
        }
        if (td_log_id_cmp(v->dot.log, log) == 0 && v->dot.seq == seq) {
            return true;
        }
        if (td_past_saw(td_vec_find(v->seen, log), seq)) {
            return true;
        }
    }
    return false;
}

// Of what some mark skipped in this log: is any admitted now, and unseen?
static bool
skipped_unseen(const struct td_record *r, const struct td_seen *tip)
{
    for (size_t i = 0; i < r->marks.count; i++) {
        const struct td_past *p = td_vec_find(r->marks.v[i].seen, tip->log);

        for (size_t k = 0; p != NULL && k < p->skipped_count; k++) {
            uint64_t seq = p->skipped[k];

            if (seq <= tip->seq &&
                !td_seqs_have(tip->skipped, tip->skipped_count, seq) &&
                !seen_by_a_mark(r, tip->log, seq)) {
                return true;
            }
        }
    }
    return false;
}

enum td_deletion
td_marks_judge(const struct td_record *r)
{
    size_t deleted = 0;

    for (size_t i = 0; i < r->marks.count; i++) {
        deleted += says_deleted(&r->marks.v[i]);
    }
    if (deleted == 0) {
        return TD_LIVE;
    }
    if (deleted < r->marks.count) {
        return TD_DISPUTED;
    }
    for (size_t i = 0; i < r->tip_count; i++) {
        if (!r->tips[i].has_content) {
            continue;
        }
        if (!seen_by_a_mark(r, r->seen[i].log, r->tips[i].content) ||
            skipped_unseen(r, &r->seen[i])) {
            return TD_DISPUTED;
        }
    }
    return TD_TRASHED;
}
