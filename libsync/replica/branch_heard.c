// SPDX-License-Identifier: Apache-2.0
// branch_heard.c - a body heard: its names of the wire become those of a state.
#include "replica/branch_own.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

struct reading {
    struct td_work *w;
    struct td_log_id log;        // as written
    const struct td_branch *own; // NULL: its log has one branch
    struct td_ref ref;           // the last one asked for
    bool has_ref;
    struct td_resolved at; // where that stands
    struct td_seen unheld; // a path that is not held
    struct td_seen *out;   // the context
    size_t count;
};

// td_names: which stretch holds a character's insertion.
static tandem_err
name_of(
    void *ctx, const struct td_ref *ref, uint64_t seq, struct td_log_id *out)
{
    struct reading *r = ctx;

    if (ref == NULL) {
        *out = r->own == NULL ? r->log : td_branch_at(r->own, seq)->id;
        return TANDEM_OK;
    }
    if (!r->has_ref || td_log_id_cmp(ref->log, r->ref.log) != 0 ||
        ref->seq != r->ref.seq ||
        memcmp(&ref->hash, &r->ref.hash, sizeof(ref->hash)) != 0) {
        TD_TRY(td_branch_resolve(r->w, ref->log, ref->seq, &ref->hash, &r->at));
        r->ref = *ref;
        r->has_ref = true;
    }
    if (r->at.unheld) {
        r->unheld = (struct td_seen){.log = ref->log,
            .seq = ref->seq,
            .hash = ref->hash,
            .unheld = true};
    }
    *out =
        r->at.branch == NULL ? ref->log : td_branch_at(r->at.branch, seq)->id;
    return TANDEM_OK;
}

// Of a log that is named, what no name says was not seen.
static void
add_none(struct reading *r, const struct td_tree *tree, size_t from)
{
    for (size_t i = 0; i < tree->count; i++) {
        for (size_t k = 0; k < tree->at[i].count; k++) {
            const struct td_log_id id = tree->at[i].path[k].id;

            if (!td_branch_listed(r->out + from, r->count - from, id)) {
                r->out[r->count++] = (struct td_seen){.log = id, .none = true};
            }
        }
    }
}

// The names of one forked log.
static tandem_err
read_names(struct reading *r, const struct td_tree *tree,
    const struct td_seen *names, size_t count)
{
    const size_t from = r->count;
    struct td_resolved at[TD_BRANCHES_MAX];

    for (size_t i = 0; i < count && !names[0].none; i++) {
        TD_TRY(td_branch_resolve(r->w, tree->log, names[i].seq, &names[i].hash,
            &at[i % TD_BRANCHES_MAX]));
        if (at[i % TD_BRANCHES_MAX].unheld || count > TD_BRANCHES_MAX) {
            r->out[r->count] = names[i];
            r->out[r->count++].unheld = true; // it waits: no more counts
            return TANDEM_OK;
        }
    }
    for (size_t i = 0; i < count && !names[0].none; i++) {
        bool passed = false;

        for (size_t k = 0; k < count && !passed; k++) {
            passed = k != i && td_branch_through(&names[i], at[i].branch,
                                   &names[k], at[k].branch);
        }
        if (!passed) {
            r->out[r->count] = names[i];
            r->out[r->count++].log =
                td_branch_at(at[i].branch, names[i].seq)->id;
        }
    }
    add_none(r, tree, from);
    return TANDEM_OK;
}

// Its own log, which prev settles: on its own path, whatever hash it gives.
static tandem_err
read_own(struct reading *r, const struct td_seen *s)
{
    const size_t from = r->count;
    const struct td_tree *tree;
    struct td_hash chain;

    TD_TRY(td_branch_tree(r->w, r->log, &tree));
    if (!s->none) {
        TD_TRY(td_commit_chain(r->w->t, r->own->log.number, s->seq, &chain));
        r->out[r->count] = *s;
        r->out[r->count].log = td_branch_at(r->own, s->seq)->id;
        r->out[r->count++].hash = td_hash_short(&chain);
    }
    add_none(r, tree, from);
    return TANDEM_OK;
}

// All names of the log of names[0].
static tandem_err
read_log(struct reading *r, const struct td_seen *names, size_t count)
{
    const struct td_log_id log = names[0].log;
    const struct td_tree *tree;
    struct td_log_info info = {0};
    tandem_err err;

    if (td_log_id_cmp(log, r->log) == 0 && r->own != NULL) {
        return read_own(r, names);
    }
    err = td_log_id_cmp(log, r->log) == 0 ? TANDEM_ENOTFOUND
                                          : td_log_get(r->w->t, log, &info);
    if (err == TANDEM_OK && info.forked) {
        TD_TRY(td_branch_tree(r->w, log, &tree));
        return read_names(r, tree, names, count);
    }
    if (err != TANDEM_OK && err != TANDEM_ENOTFOUND) {
        return err;
    }
    // One branch, or nothing yet: of several names all but one are unheld.
    r->out[r->count] = names[count - 1];
    if (err == TANDEM_OK && !names[0].none) {
        bool same = true;

        for (size_t i = 0; i < count && same; i++) {
            if (names[i].seq <= info.head_seq) {
                TD_TRY(td_branch_same(
                    r->w, info.number, names[i].seq, &names[i].hash, &same));
            }
            if (!same) {
                r->out[r->count] = names[i];
            }
        }
        r->out[r->count].unheld = !same;
    }
    r->count++;
    return TANDEM_OK;
}

static int
by_log(const void *a, const void *b)
{
    const struct td_seen *x = a;
    const struct td_seen *y = b;

    return td_log_id_cmp(x->log, y->log);
}

// How many entries the context may come to.
static tandem_err
measure(struct td_work *w, const struct td_change *c, size_t *out)
{
    bool any;

    *out = c->context_count + 1;
    TD_TRY(td_branch_any(w, &any));
    for (size_t i = 0; any && i < c->context_count; i++) {
        struct td_log_info info;
        tandem_err err;

        if (i > 0 && by_log(&c->context[i - 1], &c->context[i]) == 0) {
            continue;
        }
        err = td_log_get(w->t, c->context[i].log, &info);
        if (err == TANDEM_OK && info.forked) {
            *out += (size_t)2 * TD_BRANCHES_MAX;
        } else if (err != TANDEM_OK && err != TANDEM_ENOTFOUND) {
            return err;
        }
    }
    return TANDEM_OK;
}

static tandem_err
read_context(struct reading *r, struct td_arena *arena, struct td_change *c)
{
    size_t room;

    if (c->context_count == 0 && !r->unheld.unheld) {
        return TANDEM_OK;
    }
    TD_TRY(measure(r->w, c, &room));
    r->out = td_arena_array(arena, room, sizeof(*r->out));
    if (r->out == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < c->context_count;) {
        size_t n = 1;

        while (i + n < c->context_count &&
               by_log(&c->context[i], &c->context[i + n]) == 0) {
            n++;
        }
        TD_TRY(read_log(r, &c->context[i], n));
        i += n;
    }
    if (r->unheld.unheld) {
        r->out[r->count++] = r->unheld;
    }
    TD_ASSERT(r->count <= room);
    if (r->count > 1) {
        qsort(r->out, r->count, sizeof(*r->out), by_log);
    }
    c->context = r->out;
    c->context_count = r->count;
    return TANDEM_OK;
}

tandem_err
td_branch_decode(struct td_work *w, uint32_t number,
    const struct td_change *place, tandem_slice body, struct td_arena *arena,
    struct td_change *out)
{
    struct reading r = {.w = w};
    const struct td_names names = {name_of, &r};

    TD_TRY(td_branch_own(w, number, place->seq, &r.log, &r.own));
    TD_TRY(td_change_decode(body, place, &names, arena, out));
    TD_TRY(read_context(&r, arena, out));
    if (r.own != NULL) {
        out->log = td_branch_at(r.own, out->seq)->id;
        out->prev_log = td_branch_at(r.own, out->prev)->id;
    }
    return TANDEM_OK;
}
