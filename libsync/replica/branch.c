// SPDX-License-Identifier: Apache-2.0
// branch.c - the names of the wire and those of a record's state. The model:
// branch.h.
#include "replica/branch.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
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

static tandem_err
tree_of(struct td_work *w, struct td_log_id log, const struct td_tree **out)
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

// The stretch of a branch in which `seq` lies; the last one grows.
static const struct td_stretch *
stretch_at(const struct td_branch *b, uint64_t seq)
{
    const struct td_stretch *s = td_branch_stretch(b, seq);

    return s != NULL ? s : &b->path[b->count - 1];
}

// ------------------------------------------------------------- by its rows

// NULL in *out: the log has one branch, or (ENOTFOUND) this one is cut.
static tandem_err
own_branch(struct td_work *w, uint32_t number, uint64_t seq,
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
    TD_TRY(tree_of(w, *log, &tree));
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

    TD_TRY(own_branch(w, number, seq, out, &b));
    if (b != NULL) {
        *out = stretch_at(b, seq)->id;
    }
    return TANDEM_OK;
}

// -------------------------------------------------------------- by its name

// How a name stands to what is held.
struct resolved {
    bool unheld; // another entry stands there: its branch is not here
    const struct td_branch *branch; // NULL: the log has one, or none yet
};

static tandem_err
same_entry(struct td_work *w, uint32_t number, uint64_t seq,
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
    const struct td_hash16 *hash, struct resolved *out)
{
    const struct td_tree *tree;

    TD_TRY(tree_of(w, log, &tree));
    for (size_t i = 0; i < tree->count; i++) {
        bool same = false;

        if (reaches(w, &tree->at[i], seq)) {
            TD_TRY(same_entry(w, tree->at[i].log.number, seq, hash, &same));
        }
        if (same) {
            out->branch = &tree->at[i];
            return TANDEM_OK;
        }
    }
    out->unheld = true;
    return TANDEM_OK;
}

static tandem_err
resolve(struct td_work *w, struct td_log_id log, uint64_t seq,
    const struct td_hash16 *hash, struct resolved *out)
{
    struct td_log_info info;
    bool same = true;
    tandem_err err = td_log_get(w->t, log, &info);

    *out = (struct resolved){0};
    if (err == TANDEM_ENOTFOUND) {
        return TANDEM_OK; // nothing of it is held: it is waited for anyway
    }
    TD_TRY(err);
    if (info.forked) {
        return resolve_forked(w, log, seq, hash, out);
    }
    if (seq <= info.head_seq) {
        TD_TRY(same_entry(w, info.number, seq, hash, &same));
    }
    out->unheld = !same;
    return TANDEM_OK;
}

tandem_err
td_branch_of(struct td_work *w, struct td_log_id log, uint64_t seq,
    const struct td_hash16 *hash, struct td_log_id *out)
{
    struct resolved r;

    TD_TRY(resolve(w, log, seq, hash, &r));
    if (r.unheld) {
        return TANDEM_ENOTFOUND;
    }
    *out = r.branch == NULL ? log : stretch_at(r.branch, seq)->id;
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
    TD_TRY(tree_of(w, log, &tree));
    for (size_t i = 0; i < tree->count; i++) {
        const struct td_branch *b = &tree->at[i];

        if (reaches(w, b, seq) &&
            td_log_id_cmp(stretch_at(b, seq)->id, id) == 0) {
            uint64_t last;

            return td_log_owner(w->t, b->log.number, seq, number, &last);
        }
    }
    return TANDEM_ENOTFOUND;
}

// ------------------------------------------------------------ a body heard

struct reading {
    struct td_work *w;
    struct td_log_id log;        // as written
    const struct td_branch *own; // NULL: its log has one branch
    struct td_ref ref;           // the last one asked for
    bool has_ref;
    struct resolved at;    // where that stands
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
        *out = r->own == NULL ? r->log : stretch_at(r->own, seq)->id;
        return TANDEM_OK;
    }
    if (!r->has_ref || td_log_id_cmp(ref->log, r->ref.log) != 0 ||
        ref->seq != r->ref.seq ||
        memcmp(&ref->hash, &r->ref.hash, sizeof(ref->hash)) != 0) {
        TD_TRY(resolve(r->w, ref->log, ref->seq, &ref->hash, &r->at));
        r->ref = *ref;
        r->has_ref = true;
    }
    if (r->at.unheld) {
        r->unheld = (struct td_seen){.log = ref->log,
            .seq = ref->seq,
            .hash = ref->hash,
            .unheld = true};
    }
    *out = r->at.branch == NULL ? ref->log : stretch_at(r->at.branch, seq)->id;
    return TANDEM_OK;
}

static bool
is_listed(const struct td_seen *list, size_t count, struct td_log_id id)
{
    for (size_t i = 0; i < count; i++) {
        if (td_log_id_cmp(list[i].log, id) == 0) {
            return true;
        }
    }
    return false;
}

// Of a log that is named, what no name says was not seen.
static void
add_none(struct reading *r, const struct td_tree *tree, size_t from)
{
    for (size_t i = 0; i < tree->count; i++) {
        for (size_t k = 0; k < tree->at[i].count; k++) {
            const struct td_log_id id = tree->at[i].path[k].id;

            if (!is_listed(r->out + from, r->count - from, id)) {
                r->out[r->count++] = (struct td_seen){.log = id, .none = true};
            }
        }
    }
}

// Does the path to `b` go through `a`? Then naming `a` says nothing.
static bool
goes_through(const struct td_seen *a, const struct td_branch *on_a,
    const struct td_seen *b, const struct td_branch *on_b)
{
    return a->seq <= b->seq && td_log_id_cmp(stretch_at(on_a, a->seq)->id,
                                   stretch_at(on_b, a->seq)->id) == 0;
}

// The names of one forked log.
static tandem_err
read_names(struct reading *r, const struct td_tree *tree,
    const struct td_seen *names, size_t count)
{
    const size_t from = r->count;
    struct resolved at[TD_BRANCHES_MAX];

    for (size_t i = 0; i < count && !names[0].none; i++) {
        TD_TRY(resolve(r->w, tree->log, names[i].seq, &names[i].hash,
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
            passed = k != i && goes_through(&names[i], at[i].branch, &names[k],
                                   at[k].branch);
        }
        if (!passed) {
            r->out[r->count] = names[i];
            r->out[r->count++].log = stretch_at(at[i].branch, names[i].seq)->id;
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

    TD_TRY(tree_of(r->w, r->log, &tree));
    if (!s->none) {
        TD_TRY(td_commit_chain(r->w->t, r->own->log.number, s->seq, &chain));
        r->out[r->count] = *s;
        r->out[r->count].log = stretch_at(r->own, s->seq)->id;
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
        TD_TRY(tree_of(r->w, log, &tree));
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
                TD_TRY(same_entry(
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

    TD_TRY(own_branch(w, number, place->seq, &r.log, &r.own));
    TD_TRY(td_change_decode(body, place, &names, arena, out));
    TD_TRY(read_context(&r, arena, out));
    if (r.own != NULL) {
        out->log = stretch_at(r.own, out->seq)->id;
        out->prev_log = stretch_at(r.own, out->prev)->id;
    }
    return TANDEM_OK;
}

// ------------------------------------------------------------ a body typed

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
    struct resolved *at = td_arena_array(n->arena, n->count, sizeof(*at));
    bool *through = td_arena_array(n->arena, n->count, sizeof(*through));

    if (at == NULL || through == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < n->count; i++) {
        if (td_log_id_cmp(n->log[i], log) == 0) {
            TD_TRY(
                resolve(n->w, log, n->seen[i].seq, &n->seen[i].hash, &at[i]));
            n->named[i] = true;
        }
    }
    for (size_t i = 0; i < n->count; i++) {
        bool passed = at[i].branch == NULL;

        for (size_t k = 0; k < n->count && !passed; k++) {
            through[k] = k != i && at[k].branch != NULL &&
                         goes_through(&n->seen[k], at[k].branch, &n->seen[i],
                             at[i].branch);
            passed = k != i && at[k].branch != NULL &&
                     goes_through(
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
        struct resolved r = {0};

        list[i] = seen[i];
        if (seen[i].none) {
            continue;
        }
        TD_TRY(resolve(w, seen[i].log, seen[i].seq, &seen[i].hash, &r));
        if (r.unheld) {
            return TANDEM_ENOTFOUND;
        }
        for (size_t k = 0; r.branch != NULL && k < r.branch->count; k++) {
            const struct td_stretch *s = &r.branch->path[k];

            if (s == stretch_at(r.branch, seen[i].seq)) {
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
        if (forked && is_listed(list, count, s.log)) {
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
