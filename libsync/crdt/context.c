// SPDX-License-Identifier: Apache-2.0
// context.c - effective contexts; see context.h.
#include "crdt/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

bool
td_seqs_have(const uint64_t *seqs, size_t count, uint64_t seq)
{
    size_t lo = 0;
    size_t hi = count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (seqs[mid] < seq) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < count && seqs[lo] == seq;
}

struct td_vec *
td_vec_ref(struct td_vec *v)
{
    if (v != NULL) {
        v->refs++;
    }
    return v;
}

void
td_vec_free(const tandem_sys *sys, struct td_vec *v)
{
    if (v == NULL) {
        return;
    }
    TD_ASSERT(v->refs > 0);
    if (--v->refs == 0) {
        td_free(sys, v, v->bytes);
    }
}

tandem_err
td_vec_new(const tandem_sys *sys, size_t count, size_t skipped,
    struct td_vec **out, uint64_t **room)
{
    size_t bytes;
    struct td_vec *v;

    if (count > SIZE_MAX / 4 / sizeof(struct td_past) ||
        skipped > SIZE_MAX / 4 / sizeof(uint64_t)) {
        return TANDEM_ELIMIT;
    }
    bytes =
        sizeof *v + count * sizeof(struct td_past) + skipped * sizeof(uint64_t);
    v = td_alloc(sys, bytes);
    if (v == NULL) {
        return TANDEM_ENOMEM;
    }
    v->refs = 1;
    v->bytes = bytes;
    v->count = 0;
    *out = v;
    *room = (uint64_t *)(void *)(v->e + count);
    return TANDEM_OK;
}

static size_t
skipped_sum(const struct td_vec *v)
{
    size_t sum = 0;

    for (size_t i = 0; v != NULL && i < v->count; i++) {
        sum += v->e[i].skipped_count;
    }
    return sum;
}

// Append an entry; its seqs go to *room, which moves on.
static void
append(struct td_vec *v, uint64_t **room, struct td_log_id log, uint64_t seq,
    const uint64_t *skipped, size_t skipped_count)
{
    struct td_past *p = &v->e[v->count++];

    p->log = log;
    p->seq = seq;
    p->skipped = *room;
    p->skipped_count = skipped_count;
    if (skipped_count > 0) {
        memcpy(*room, skipped, skipped_count * sizeof *skipped);
        *room += skipped_count;
    }
}

tandem_err
td_vec_dup(const tandem_sys *sys, const struct td_vec *v, struct td_vec **out)
{
    uint64_t *room = NULL;
    struct td_vec *w = NULL;

    if (v == NULL) {
        *out = NULL;
        return TANDEM_OK;
    }
    TD_TRY(td_vec_new(sys, v->count, skipped_sum(v), &w, &room));
    for (size_t i = 0; i < v->count; i++) {
        append(w, &room, v->e[i].log, v->e[i].seq, v->e[i].skipped,
            v->e[i].skipped_count);
    }
    *out = w;
    return TANDEM_OK;
}

const struct td_past *
td_vec_find(const struct td_vec *v, struct td_log_id log)
{
    size_t lo = 0;
    size_t hi = v == NULL ? 0 : v->count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int cmp = td_log_id_cmp(v->e[mid].log, log);

        if (cmp == 0) {
            return &v->e[mid];
        }
        if (cmp < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return NULL;
}

bool
td_past_saw(const struct td_past *p, uint64_t seq)
{
    return p != NULL && seq <= p->seq &&
           !td_seqs_have(p->skipped, p->skipped_count, seq);
}

// ----------------------------------------------------------- what is named

// What a change names, and what the named logs continue; none of the own log.
struct named {
    struct td_past *at;
    size_t count, cap;
    uint64_t *seqs; // those that entries skip
    size_t seq_count, seq_cap;
};

// From entry `seq` of a log to the one that log continues, which is lower: the
// way ends, whatever a state says.
static bool
goes_on(const struct td_links *links, struct td_log_id *log, uint64_t *seq)
{
    struct td_log_id to;
    uint64_t prev;

    if (!links->of(links->ctx, *log, &to, &prev) || prev >= *seq) {
        return false;
    }
    *log = to;
    *seq = prev;
    return true;
}

static size_t
path_length(const struct td_links *links, const struct td_seen *s)
{
    struct td_log_id log = s->log;
    uint64_t seq = s->seq;
    size_t n = 0;

    do {
        n++;
    } while (!s->none && goes_on(links, &log, &seq));
    return n;
}

// How many entries and skipped seqs there may be.
static void
measure(const struct td_change *c, const struct td_seen *own,
    const struct td_links *links, size_t *entries, size_t *seqs)
{
    *entries = path_length(links, own);
    *seqs = 0;
    for (size_t i = 0; i < c->context_count; i++) {
        *entries += path_length(links, &c->context[i]);
        *seqs += c->context[i].skipped_count;
    }
}

// What was seen through either of two names: skipped is what both skip. The
// seqs of the result are some of the further one's, in their place.
static void
join(struct td_past *a, const struct td_past *b)
{
    const struct td_past *far = a->seq >= b->seq ? a : b;
    const struct td_past *near = far == a ? b : a;
    struct td_past out = *far;
    uint64_t *seqs = (uint64_t *)(uintptr_t)far->skipped; // of named.seqs

    out.skipped_count = 0;
    for (size_t i = 0; i < far->skipped_count; i++) {
        uint64_t seq = far->skipped[i];

        if (seq > near->seq ||
            td_seqs_have(near->skipped, near->skipped_count, seq)) {
            seqs[out.skipped_count++] = seq;
        }
    }
    *a = out;
}

// One entry, of what `s` skips those with low < seq <= high (or no low).
static void
add_named(struct named *n, const struct td_change *c, const struct td_seen *s,
    struct td_log_id log, uint64_t high, bool has_low, uint64_t low)
{
    struct td_past p = {
        .log = log, .seq = high, .skipped = n->seqs + n->seq_count};

    if (td_log_id_cmp(log, c->log) == 0) {
        return;
    }
    for (size_t i = 0; i < s->skipped_count; i++) {
        uint64_t seq = s->skipped[i];

        if (seq <= high && (!has_low || seq > low)) {
            TD_ASSERT(n->seq_count < n->seq_cap);
            n->seqs[n->seq_count++] = seq;
            p.skipped_count++;
        }
    }
    TD_ASSERT(n->count < n->cap);
    n->at[n->count++] = p;
}

static void
add_path(struct named *n, const struct td_change *c,
    const struct td_links *links, const struct td_seen *s)
{
    struct td_log_id log = s->log;
    uint64_t high = s->seq;
    bool more = !s->none;

    while (more) {
        struct td_log_id next = log;
        uint64_t low = high;

        more = goes_on(links, &next, &low);
        add_named(n, c, s, log, high, more, low);
        log = next;
        high = low;
    }
}

static int
by_log(const void *a, const void *b)
{
    const struct td_past *x = a;
    const struct td_past *y = b;

    return td_log_id_cmp(x->log, y->log);
}

// Sorted, one entry a log: two branches continue one log.
static void
finish_named(struct named *n)
{
    size_t kept = 0;

    if (n->count > 1) {
        qsort(n->at, n->count, sizeof *n->at, by_log);
    }
    for (size_t i = 0; i < n->count; i++) {
        if (kept > 0 && by_log(&n->at[kept - 1], &n->at[i]) == 0) {
            join(&n->at[kept - 1], &n->at[i]);
        } else {
            n->at[kept++] = n->at[i];
        }
    }
    n->count = kept;
}

static bool
is_named(const struct td_change *c, struct td_log_id log)
{
    size_t lo = 0;
    size_t hi = c->context_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int cmp = td_log_id_cmp(c->context[mid].log, log);

        if (cmp == 0) {
            return true;
        }
        if (cmp < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return false;
}

// What is inherited: the base, and a prev that stands in another log.
static tandem_err
inherit(const tandem_sys *sys, struct td_vec *base, const struct td_change *c,
    struct td_vec **out)
{
    const struct td_eff prev = {
        .log = c->prev_log, .others = base, .has_own = true, .own = c->prev};

    if (!c->has_prev || td_log_id_cmp(c->prev_log, c->log) == 0) {
        *out = td_vec_ref(base);
        return TANDEM_OK;
    }
    return td_eff_flatten(sys, &prev, out);
}

static tandem_err
merge(const tandem_sys *sys, const struct td_vec *base,
    const struct td_change *c, const struct named *n, struct td_vec **out)
{
    size_t base_count = base == NULL ? 0 : base->count;
    size_t i = 0;
    size_t k = 0;
    struct td_vec *v = NULL;
    uint64_t *room = NULL;

    TD_TRY(td_vec_new(sys, base_count + n->count,
        skipped_sum(base) + n->seq_count, &v, &room));
    while (i < base_count || k < n->count) {
        int cmp = i == base_count ? 1
                  : k == n->count ? -1
                                  : td_log_id_cmp(base->e[i].log, n->at[k].log);
        const struct td_past *p = cmp < 0 ? &base->e[i] : &n->at[k];

        i += cmp <= 0;
        k += cmp >= 0;
        // A log that is named is seen as named, or not at all.
        if (cmp >= 0 || !is_named(c, p->log)) {
            append(v, &room, p->log, p->seq, p->skipped, p->skipped_count);
        }
    }
    *out = v;
    return TANDEM_OK;
}

// Its own log, where it says nothing of it, is seen through prev: so are those
// that it continues, whatever its prev had seen of them.
static struct td_seen
own_path(const struct td_change *c)
{
    return (struct td_seen){.log = c->prev_log,
        .seq = c->prev,
        .none = !c->has_prev || is_named(c, c->log)};
}

// Does `base` say less of what its own log continues?
static bool
own_differs(const struct td_vec *base, const struct td_change *c,
    const struct td_links *links)
{
    const struct td_seen own = own_path(c);
    struct td_log_id log = own.log;
    uint64_t seq = own.seq;

    while (!own.none && goes_on(links, &log, &seq)) {
        const struct td_past *p = td_vec_find(base, log);

        if (p == NULL || p->seq < seq || p->skipped_count > 0) {
            return true;
        }
    }
    return false;
}

// `base` overridden by what `c` says of other logs.
static tandem_err
derive(const tandem_sys *sys, const struct td_vec *base,
    const struct td_change *c, const struct td_links *links,
    struct td_vec **out)
{
    const struct td_seen own = own_path(c);
    struct named n = {0};
    tandem_err err = TANDEM_ENOMEM;

    measure(c, &own, links, &n.cap, &n.seq_cap);
    n.at = td_alloc(sys, n.cap * sizeof *n.at);
    n.seqs = td_alloc(sys, (n.seq_cap + 1) * sizeof *n.seqs);
    if (n.at != NULL && n.seqs != NULL) {
        for (size_t i = 0; i < c->context_count; i++) {
            add_path(&n, c, links, &c->context[i]);
        }
        add_path(&n, c, links, &own);
        finish_named(&n);
        err = merge(sys, base, c, &n, out);
    }
    td_free(sys, n.at, n.cap * sizeof *n.at);
    td_free(sys, n.seqs, (n.seq_cap + 1) * sizeof *n.seqs);
    return err;
}

tandem_err
td_eff_init(const tandem_sys *sys, struct td_eff *out, struct td_vec *base,
    const struct td_change *c, const struct td_links *links)
{
    struct td_eff e = {0};
    struct td_vec *from = NULL;
    bool others = false;
    tandem_err err = TANDEM_OK;

    e.log = c->log;
    e.seq = c->seq;
    e.index = c->index;
    e.has_own = c->has_prev && td_log_id_cmp(c->prev_log, c->log) == 0;
    e.own = c->prev;
    for (size_t i = 0; i < c->context_count; i++) {
        const struct td_seen *s = &c->context[i];

        if (td_log_id_cmp(s->log, c->log) != 0) {
            others = true;
        } else if (s->none) {
            e.has_own = false;
        } else if (e.has_own && s->seq <= c->prev) {
            e.own = s->seq;
            e.skipped = s->skipped;
            e.skipped_count = s->skipped_count;
        }
    }
    TD_TRY(inherit(sys, base, c, &from));
    if (others || own_differs(from, c, links)) {
        err = derive(sys, from, c, links, &e.others);
        td_vec_free(sys, from);
        TD_TRY(err);
    } else {
        e.others = from;
    }
    *out = e;
    return TANDEM_OK;
}

void
td_eff_deinit(const tandem_sys *sys, struct td_eff *e)
{
    td_vec_free(sys, e->others);
    e->others = NULL;
}

tandem_err
td_eff_flatten(
    const tandem_sys *sys, const struct td_eff *e, struct td_vec **out)
{
    size_t count = e->others == NULL ? 0 : e->others->count;
    bool own = e->has_own;
    struct td_vec *v = NULL;
    uint64_t *room = NULL;

    if (count == 0 && !own) {
        *out = NULL;
        return TANDEM_OK;
    }
    TD_TRY(td_vec_new(
        sys, count + 1, skipped_sum(e->others) + e->skipped_count, &v, &room));
    for (size_t i = 0; i <= count; i++) {
        if (own &&
            (i == count || td_log_id_cmp(e->log, e->others->e[i].log) < 0)) {
            append(v, &room, e->log, e->own, e->skipped, e->skipped_count);
            own = false;
        }
        if (i < count) {
            const struct td_past *p = &e->others->e[i];

            append(v, &room, p->log, p->seq, p->skipped, p->skipped_count);
        }
    }
    *out = v;
    return TANDEM_OK;
}

static bool
same_change(const struct td_eff *e, const struct td_dot *d)
{
    return d->seq == e->seq && d->change == e->index;
}

bool
td_eff_saw(const struct td_eff *e, const struct td_dot *d)
{
    if (e->all) {
        return true;
    }
    if (td_log_id_cmp(d->log, e->log) == 0) {
        return same_change(e, d) ||
               (e->has_own && d->seq <= e->own &&
                   !td_seqs_have(e->skipped, e->skipped_count, d->seq));
    }
    return td_past_saw(td_vec_find(e->others, d->log), d->seq);
}

bool
td_eff_reached(const struct td_eff *e, const struct td_dot *d)
{
    const struct td_past *p;

    if (e->all) {
        return true;
    }
    if (td_log_id_cmp(d->log, e->log) == 0) {
        return same_change(e, d) || (e->has_own && d->seq <= e->own);
    }
    p = td_vec_find(e->others, d->log);
    return p != NULL && d->seq <= p->seq;
}
