// SPDX-License-Identifier: Apache-2.0
// context.c - effective contexts; see context.h.
#include "crdt/context.h"

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

// `base` overridden by the entries of `c` that name other logs.
static tandem_err
derive(const tandem_sys *sys, const struct td_vec *base,
    const struct td_change *c, struct td_vec **out)
{
    size_t base_count = base == NULL ? 0 : base->count;
    size_t skipped = skipped_sum(base);
    size_t i = 0;
    struct td_vec *v = NULL;
    uint64_t *room = NULL;

    for (size_t k = 0; k < c->context_count; k++) {
        skipped += c->context[k].skipped_count;
    }
    TD_TRY(td_vec_new(sys, base_count + c->context_count, skipped, &v, &room));
    for (size_t k = 0; k < c->context_count; k++) {
        const struct td_seen *s = &c->context[k];

        while (i < base_count && td_log_id_cmp(base->e[i].log, s->log) < 0) {
            append(v, &room, base->e[i].log, base->e[i].seq, base->e[i].skipped,
                base->e[i].skipped_count);
            i++;
        }
        if (i < base_count && td_log_id_cmp(base->e[i].log, s->log) == 0) {
            i++;
        }
        if (!s->none && td_log_id_cmp(s->log, c->log) != 0) {
            append(v, &room, s->log, s->seq, s->skipped, s->skipped_count);
        }
    }
    for (; i < base_count; i++) {
        append(v, &room, base->e[i].log, base->e[i].seq, base->e[i].skipped,
            base->e[i].skipped_count);
    }
    *out = v;
    return TANDEM_OK;
}

tandem_err
td_eff_init(const tandem_sys *sys, struct td_eff *out, struct td_vec *base,
    const struct td_change *c)
{
    struct td_eff e = {0};
    bool others = false;

    e.log = c->log;
    e.seq = c->seq;
    e.index = c->index;
    e.has_own = c->has_prev;
    e.own = c->prev;
    for (size_t i = 0; i < c->context_count; i++) {
        const struct td_seen *s = &c->context[i];

        if (td_log_id_cmp(s->log, c->log) != 0) {
            others = true;
        } else if (s->none) {
            e.has_own = false;
        } else if (c->has_prev && s->seq <= c->prev) {
            e.own = s->seq;
            e.skipped = s->skipped;
            e.skipped_count = s->skipped_count;
        }
    }
    if (others) {
        TD_TRY(derive(sys, base, c, &e.others));
    } else {
        e.others = td_vec_ref(base);
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
