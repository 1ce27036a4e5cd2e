// SPDX-License-Identifier: Apache-2.0
// text_name.c - from the ids of operations to local numbers and back.
//
// Per author: operations in order of arrival, and their order by id beside
// it. A log's changes of one record arrive in order, so both are the same
// and adding is at the end; anything else is correct and slower.
#include "crdt/text_node.h"

#include <string.h>

#include "base/fail.h"

tandem_err
td_text_room(
    const tandem_sys *sys, void **p, size_t *cap, size_t size, size_t need)
{
    size_t more;
    void *q;

    if (need <= *cap) {
        return TANDEM_OK;
    }
    if (need > SIZE_MAX / size / 2) {
        return TANDEM_ELIMIT;
    }
    more = *cap + *cap / 2 + 8;
    more = more < need ? need : more;
    q = td_grow(sys, *p, *cap * size, more * size);
    if (q == NULL) {
        return TANDEM_ENOMEM;
    }
    *p = q;
    *cap = more;
    return TANDEM_OK;
}

size_t
td_text_author_place(const struct td_text *t, const struct td_log_id *log)
{
    size_t lo = 0, hi = t->author_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (td_log_id_cmp(t->author[t->by_log[mid]].log, *log) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

uint32_t
td_text_author_find(const struct td_text *t, const struct td_log_id *log)
{
    size_t at = td_text_author_place(t, log);

    if (at < t->author_count &&
        td_log_id_cmp(t->author[t->by_log[at]].log, *log) == 0) {
        return t->by_log[at];
    }
    return TD_TEXT_NONE;
}

tandem_err
td_text_author_room(struct td_text *t)
{
    size_t need = t->author_count + 1;
    void *authors = t->author, *places = t->by_log;
    tandem_err err;

    err = td_text_room(
        &t->sys, &authors, &t->author_cap, sizeof *t->author, need);
    t->author = authors;
    if (err == TANDEM_OK) {
        err = td_text_room(
            &t->sys, &places, &t->by_log_cap, sizeof *t->by_log, need);
        t->by_log = places;
    }
    return err;
}

uint32_t
td_text_author_add(struct td_text *t, const struct td_log_id *log, size_t place)
{
    uint32_t a = (uint32_t)t->author_count;

    TD_ASSERT(t->author_count < t->author_cap);
    TD_ASSERT(t->author_count < t->by_log_cap);
    memset(&t->author[a], 0, sizeof t->author[a]);
    t->author[a].log = *log;
    memmove(t->by_log + place + 1, t->by_log + place,
        (t->author_count - place) * sizeof *t->by_log);
    t->by_log[place] = a;
    t->author_count++;
    for (size_t i = place; i < t->author_count; i++) {
        t->author[t->by_log[i]].place = (uint32_t)i;
    }
    return a;
}

static int
op_cmp(const struct td_text_op *o, uint64_t seq, uint16_t change, uint16_t op)
{
    if (o->seq != seq) {
        return o->seq < seq ? -1 : 1;
    }
    if (o->change != change) {
        return o->change < change ? -1 : 1;
    }
    return (o->op > op) - (o->op < op);
}

size_t
td_text_rank_of(const struct td_text_author *a, uint64_t seq, uint16_t change,
    uint16_t op, bool *found)
{
    size_t lo = 0, hi = a->op_count;

    *found = false;
    // The usual question is about the newest operation.
    if (hi > 0 && op_cmp(&a->op[a->rank[hi - 1]], seq, change, op) < 0) {
        return hi;
    }
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = op_cmp(&a->op[a->rank[mid]], seq, change, op);
        if (c == 0) {
            *found = true;
            return mid;
        }
        if (c < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

size_t
td_text_op_rank(const struct td_text_author *a, uint32_t op)
{
    const struct td_text_op *o = &a->op[op];
    bool found;
    size_t rank;

    if (a->rank[op] == op) {
        return op;
    }
    rank = td_text_rank_of(a, o->seq, o->change, o->op, &found);
    TD_ASSERT(found);
    return rank;
}

uint32_t
td_text_op_at(const struct td_text_author *a, uint32_t num)
{
    size_t lo = 0, hi = a->op_count;

    TD_ASSERT(num < a->chars);
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (a->op[mid].num <= num) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    return (uint32_t)lo;
}

uint32_t
td_text_op_end(const struct td_text_author *a, uint32_t op)
{
    return op + 1 < a->op_count ? a->op[op + 1].num : a->chars;
}

struct td_char
td_text_name(const struct td_text *t, struct td_text_ref r)
{
    const struct td_text_author *a = &t->author[r.author];
    const struct td_text_op *o = &a->op[td_text_op_at(a, r.num)];
    struct td_char c;

    memset(&c, 0, sizeof c);
    c.dot.log = a->log;
    c.dot.seq = o->seq;
    c.dot.change = o->change;
    c.dot.op = o->op;
    c.offset = r.num - o->num;
    return c;
}

enum td_text_known
td_text_resolve(
    const struct td_text *t, const struct td_char *c, struct td_text_ref *out)
{
    uint32_t who = td_text_author_find(t, &c->dot.log);
    const struct td_text_author *a;
    uint32_t op;
    size_t rank;
    bool found;

    if (who == TD_TEXT_NONE) {
        return TD_TEXT_UNKNOWN;
    }
    a = &t->author[who];
    rank = td_text_rank_of(a, c->dot.seq, c->dot.change, c->dot.op, &found);
    if (!found) {
        return TD_TEXT_UNKNOWN;
    }
    op = a->rank[rank];
    if (c->offset >= td_text_op_end(a, op) - a->op[op].num) {
        return TD_TEXT_BEYOND;
    }
    out->author = who;
    out->num = a->op[op].num + c->offset;
    return TD_TEXT_KNOWN;
}
