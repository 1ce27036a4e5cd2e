// SPDX-License-Identifier: Apache-2.0
// branch_typed.c - a body typed: what a state has seen, as it is named on the
// wire.
#include "replica/branch_own.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

struct naming {
    struct td_work *w;
    struct td_arena *arena;
    const struct td_seen *seen; // what a state has seen
    size_t count;
    struct td_log_id *log; // of each
    bool *named;           // done
    struct td_seen *out;
    size_t names;
};

// What is skipped on the whole path of seen[at]: its own, and that of the
// others it goes through.
static tandem_err
skipped_on(struct naming *n, size_t at, const bool *through, struct td_seen *s)
{
    size_t count = 0;
    uint64_t *seqs;

    for (size_t i = 0; i < n->count; i++) {
        count += i == at || through[i] ? n->seen[i].skipped_count : 0;
    }
    if (count > TD_SKIPPED_MAX) {
        s->none = true; // more than may be listed: claim less
        return TANDEM_OK;
    }
    seqs = td_arena_array(n->arena, count, sizeof(*seqs));
    if (seqs == NULL) {
        return TANDEM_ENOMEM;
    }
    s->skipped = seqs;
    s->skipped_count = 0;
    for (size_t i = 0; i < n->count; i++) {
        for (size_t k = 0;
             (i == at || through[i]) && k < n->seen[i].skipped_count; k++) {
            size_t to = s->skipped_count++;

            for (; to > 0 && seqs[to - 1] > n->seen[i].skipped[k]; to--) {
                seqs[to] = seqs[to - 1];
            }
            seqs[to] = n->seen[i].skipped[k];
        }
    }
    return TANDEM_OK;
}

// The names of one forked log: those of its stretches seen that no other one
// seen goes through.
static tandem_err
name_forked(struct naming *n, struct td_log_id log)
{
    struct td_resolved *at = td_arena_array(n->arena, n->count, sizeof(*at));
    bool *through = td_arena_array(n->arena, n->count, sizeof(*through));

    if (at == NULL || through == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n->count; i++) {
        if (td_log_id_cmp(n->log[i], log) == 0) {
            TD_TRY(td_branch_resolve(
                n->w, log, n->seen[i].seq, &n->seen[i].hash, &at[i]));
            n->named[i] = true;
        }
    }
    for (size_t i = 0; i < n->count; i++) {
        bool passed = at[i].branch == NULL;

        for (size_t k = 0; k < n->count && !passed; k++) {
            through[k] = k != i && at[k].branch != NULL &&
                         td_branch_through(&n->seen[k], at[k].branch,
                             &n->seen[i], at[i].branch);
            passed = k != i && at[k].branch != NULL &&
                     td_branch_through(
                         &n->seen[i], at[i].branch, &n->seen[k], at[k].branch);
        }
        if (!passed) {
            struct td_seen s = n->seen[i];

            s.log = log;
            TD_TRY(skipped_on(n, i, through, &s));
            if (!s.none) {
                n->out[n->names++] = s;
            }
        }
    }
    return TANDEM_OK;
}

static int
by_name(const void *a, const void *b)
{
    const struct td_seen *x = a;
    const struct td_seen *y = b;
    int cmp = td_log_id_cmp(x->log, y->log);

    if (cmp != 0 || x->seq != y->seq) {
        return cmp != 0 ? cmp : x->seq < y->seq ? -1 : 1;
    }
    return memcmp(x->hash.b, y->hash.b, sizeof(x->hash.b));
}

static tandem_err
log_of(struct td_work *w, struct td_log_id id, struct td_log_id *log)
{
    tandem_err err = td_tree_log(w->t, id, log);

    if (err == TANDEM_ENOTFOUND) {
        *log = id; // nothing of it is held
        return TANDEM_OK;
    }
    return err;
}

static tandem_err
is_forked(struct td_work *w, struct td_log_id log, bool *out)
{
    struct td_log_info info = {0};
    tandem_err err = td_log_get(w->t, log, &info);

    *out = err == TANDEM_OK && info.forked;
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

// Names for all that was seen; `only_forked`: not of logs with one branch.
static tandem_err
name_all(struct naming *n, bool only_forked)
{
    n->log = td_arena_array(n->arena, n->count, sizeof(*n->log));
    n->named = td_arena_array(n->arena, n->count, sizeof(*n->named));
    n->out = td_arena_array(n->arena, n->count, sizeof(*n->out));
    if (n->log == NULL || n->named == NULL || n->out == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n->count; i++) {
        TD_TRY(log_of(n->w, n->seen[i].log, &n->log[i]));
    }
    for (size_t i = 0; i < n->count; i++) {
        bool forked;

        if (n->named[i]) {
            continue;
        }
        TD_TRY(is_forked(n->w, n->log[i], &forked));
        if (forked) {
            TD_TRY(name_forked(n, n->log[i]));
        } else if (!only_forked) {
            n->out[n->names++] = n->seen[i];
        }
    }
    if (n->names > 1) {
        qsort(n->out, n->names, sizeof(*n->out), by_name);
    }
    return TANDEM_OK;
}

tandem_err
td_branch_names(struct td_work *w, const struct td_seen *seen, size_t count,
    struct td_arena *arena, struct td_seen **out, size_t *names)
{
    struct naming n = {.w = w, .arena = arena, .seen = seen, .count = count};

    TD_TRY(name_all(&n, false));
    *out = n.out;
    *names = n.names;
    return TANDEM_OK;
}

tandem_err
td_branch_seen(struct td_work *w, const struct td_seen *seen, size_t count,
    struct td_arena *arena, struct td_seen **out, size_t *names, size_t *all)
{
    const size_t room = count * (TD_BRANCHES_MAX + 1);
    struct td_seen *list = td_arena_array(arena, room, sizeof(*list));
    size_t n = count;

    if (list == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        struct td_resolved r = {0};

        list[i] = seen[i];
        if (seen[i].none) {
            continue;
        }
        TD_TRY(
            td_branch_resolve(w, seen[i].log, seen[i].seq, &seen[i].hash, &r));
        if (r.unheld) {
            return TANDEM_ENOTFOUND;
        }
        for (size_t k = 0; r.branch != NULL && k < r.branch->count; k++) {
            const struct td_stretch *s = &r.branch->path[k];

            if (s == td_branch_at(r.branch, seen[i].seq)) {
                list[i].log = s->id;
                break;
            }
            list[n] = seen[i];
            list[n].log = s->id;
            list[n++].seq = s->last;
        }
    }
    *out = list;
    *names = count;
    *all = n;
    return TANDEM_OK;
}

// The context: entries of logs with one branch as they are; a forked log that
// was seen, or that differs, by all its names, or as not seen.
tandem_err
td_branch_write(struct td_work *w, const struct td_record *snapshot,
    struct td_arena *arena, struct td_change *c)
{
    struct naming n = {.w = w, .arena = arena};
    struct td_ref *refs;
    struct td_seen *list;
    size_t count;
    bool any;

    TD_TRY(td_branch_any(w, &any));
    if (!any) {
        return TANDEM_OK;
    }
    n.count = td_record_seen(snapshot, &n.seen);
    TD_TRY(name_all(&n, true));
    refs = td_arena_array(arena, c->ref_count, sizeof(*refs));
    list = td_arena_array(arena, n.names + c->context_count, sizeof(*list));
    if (refs == NULL || list == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < c->ref_count; i++) {
        refs[i] = c->refs[i];
        TD_TRY(log_of(w, refs[i].name, &refs[i].log));
    }
    c->refs = refs;
    if (n.names > 0) {
        memcpy(list, n.out, n.names * sizeof(*list));
    }
    count = n.names;
    for (size_t i = 0; i < c->context_count; i++) {
        struct td_seen s = c->context[i];
        bool forked;

        TD_TRY(log_of(w, s.log, &s.log));
        TD_TRY(is_forked(w, s.log, &forked));
        if (forked && td_branch_listed(list, count, s.log)) {
            continue;
        }
        list[count++] =
            forked ? (struct td_seen){.log = s.log, .none = true} : s;
    }
    if (count > 1) {
        qsort(list, count, sizeof(*list), by_name);
    }
    c->context = list;
    c->context_count = count;
    return count > TD_CONTEXT_LOGS_MAX ? TANDEM_ELIMIT : TANDEM_OK;
}
