// SPDX-License-Identifier: Apache-2.0
// branch.c - where a name of the wire, or of a state, stands in what is held.
// The model: branch.h.
#include "replica/branch_own.h"

#include <string.h>

#include "log/tree.h"

// A log's tree, kept for the transaction.
struct td_known_tree {
    struct td_tree tree;
    struct td_known_tree *next;
};

void
td_branch_forget(struct td_work *w)
{
    w->forked_known = false;
    while (w->trees != NULL) {
        struct td_known_tree *next = w->trees->next;

        td_free(w->sys, w->trees, sizeof(*w->trees));
        w->trees = next;
    }
}

// Asked of the transaction: another write may have met a fork since this
// replica last looked.
tandem_err
td_branch_any(struct td_work *w, bool *out)
{
    uint32_t branched;

    if (!w->forked_known) {
        TD_TRY(td_log_branched(w->t, &branched));
        w->forked = branched > 0;
        w->forked_known = true;
    }
    *out = w->forked;
    return TANDEM_OK;
}

tandem_err
td_branch_tree(
    struct td_work *w, struct td_log_id log, const struct td_tree **out)
{
    struct td_known_tree *k = w->trees;
    tandem_err err;

    while (k != NULL && td_log_id_cmp(k->tree.log, log) != 0) {
        k = k->next;
    }
    if (k == NULL) {
        k = td_alloc(w->sys, sizeof(*k));
        if (k == NULL) {
            return TANDEM_ENOMEM;
        }
        err = td_tree_get(w->t, log, &k->tree);
        if (err != TANDEM_OK) {
            td_free(w->sys, k, sizeof(*k));
            return err;
        }
        k->next = w->trees;
        w->trees = k;
    }
    *out = &k->tree;
    return TANDEM_OK;
}

// Branches grow while a tree is kept: ask for the row of the last number.
static bool
reaches(struct td_work *w, const struct td_branch *b, uint64_t seq)
{
    const struct td_log_info *log;

    return seq <= b->log.head_seq ||
           (td_work_log(w, b->log.number, &log) == TANDEM_OK &&
               seq <= log->head_seq);
}

const struct td_stretch *
td_branch_at(const struct td_branch *b, uint64_t seq)
{
    const struct td_stretch *s = td_branch_stretch(b, seq);

    return s != NULL ? s : &b->path[b->count - 1];
}

// ------------------------------------------------------------- by its rows

tandem_err
td_branch_own(struct td_work *w, uint32_t number, uint64_t seq,
    struct td_log_id *log, const struct td_branch **out)
{
    const struct td_log_info *info;
    const struct td_tree *tree;

    TD_TRY(td_work_log(w, number, &info));
    *log = info->id;
    *out = NULL;
    if (!info->forked) {
        return TANDEM_OK;
    }
    TD_TRY(td_branch_tree(w, *log, &tree));
    // Behind all that was there when the tree was laid: the branch's own.
    for (size_t i = 0; i < tree->count && *out == NULL; i++) {
        const struct td_log_info *b = &tree->at[i].log;

        if (b->number == number &&
            (!b->further || b->parent == 0 || seq > b->base_seq)) {
            *out = &tree->at[i];
        }
    }
    if (*out == NULL) {
        *out = td_tree_through(w->t, tree, number, seq);
    }
    return *out == NULL ? TANDEM_ENOTFOUND : TANDEM_OK;
}

tandem_err
td_branch_id(
    struct td_work *w, uint32_t number, uint64_t seq, struct td_log_id *out)
{
    const struct td_branch *b;

    TD_TRY(td_branch_own(w, number, seq, out, &b));
    if (b != NULL) {
        *out = td_branch_at(b, seq)->id;
    }
    return TANDEM_OK;
}

// -------------------------------------------------------------- by its name

tandem_err
td_branch_same(struct td_work *w, uint32_t number, uint64_t seq,
    const struct td_hash16 *hash, bool *same)
{
    struct td_hash chain;
    tandem_err err = td_commit_chain(w->t, number, seq, &chain);

    if (err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT) {
        *same = true; // damaged: nothing speaks against it
        return TANDEM_OK;
    }
    TD_TRY(err);
    *same = memcmp(chain.b, hash->b, sizeof(hash->b)) == 0;
    return TANDEM_OK;
}

static tandem_err
resolve_forked(struct td_work *w, struct td_log_id log, uint64_t seq,
    const struct td_hash16 *hash, struct td_resolved *out)
{
    const struct td_tree *tree;

    TD_TRY(td_branch_tree(w, log, &tree));
    for (size_t i = 0; i < tree->count; i++) {
        bool same = false;

        if (reaches(w, &tree->at[i], seq)) {
            TD_TRY(td_branch_same(w, tree->at[i].log.number, seq, hash, &same));
        }
        if (same) {
            out->branch = &tree->at[i];
            return TANDEM_OK;
        }
    }
    out->unheld = true;
    return TANDEM_OK;
}

tandem_err
td_branch_resolve(struct td_work *w, struct td_log_id log, uint64_t seq,
    const struct td_hash16 *hash, struct td_resolved *out)
{
    struct td_log_info info;
    bool same = true;
    tandem_err err = td_log_get(w->t, log, &info);

    *out = (struct td_resolved){0};
    if (err == TANDEM_ENOTFOUND) {
        return TANDEM_OK; // nothing of it is held: it is waited for anyway
    }
    TD_TRY(err);
    if (info.forked) {
        return resolve_forked(w, log, seq, hash, out);
    }
    if (seq <= info.head_seq) {
        TD_TRY(td_branch_same(w, info.number, seq, hash, &same));
    }
    out->unheld = !same;
    return TANDEM_OK;
}

tandem_err
td_branch_of(struct td_work *w, struct td_log_id log, uint64_t seq,
    const struct td_hash16 *hash, struct td_log_id *out)
{
    struct td_resolved r;

    TD_TRY(td_branch_resolve(w, log, seq, hash, &r));
    if (r.unheld) {
        return TANDEM_ENOTFOUND;
    }
    *out = r.branch == NULL ? log : td_branch_at(r.branch, seq)->id;
    return TANDEM_OK;
}

tandem_err
td_branch_rows(
    struct td_work *w, struct td_log_id id, uint64_t seq, uint32_t *number)
{
    const struct td_tree *tree;
    struct td_log_info info;
    struct td_log_id log;

    TD_TRY(td_tree_log(w->t, id, &log));
    TD_TRY(td_log_get(w->t, log, &info));
    if (!info.forked) {
        *number = info.number;
        return seq <= info.head_seq ? TANDEM_OK : TANDEM_ENOTFOUND;
    }
    TD_TRY(td_branch_tree(w, log, &tree));
    for (size_t i = 0; i < tree->count; i++) {
        const struct td_branch *b = &tree->at[i];

        if (reaches(w, b, seq) &&
            td_log_id_cmp(td_branch_at(b, seq)->id, id) == 0) {
            uint64_t last;

            return td_log_owner(w->t, b->log.number, seq, number, &last);
        }
    }
    return TANDEM_ENOTFOUND;
}

bool
td_branch_listed(const struct td_seen *list, size_t count, struct td_log_id id)
{
    for (size_t i = 0; i < count; i++) {
        if (td_log_id_cmp(list[i].log, id) == 0) {
            return true;
        }
    }
    return false;
}

bool
td_branch_through(const struct td_seen *a, const struct td_branch *on_a,
    const struct td_seen *b, const struct td_branch *on_b)
{
    return a->seq <= b->seq && td_log_id_cmp(td_branch_at(on_a, a->seq)->id,
                                   td_branch_at(on_b, a->seq)->id) == 0;
}
