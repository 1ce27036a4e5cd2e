// SPDX-License-Identifier: Apache-2.0
// text_read.c - what a text says, and what an edit of it would name.
#include "base/fail.h"
#include "crdt/text_node.h"

size_t
td_text_count(const struct td_text *t)
{
    return t->node[t->root[TD_TEXT_DOC]].sum_live;
}

bool
td_text_adrift(const struct td_text *t)
{
    return t->node[TD_TEXT_ADRIFT].kids[TD_TEXT_LEFT].first != TD_TEXT_NONE;
}

// The next run in document order, the sentinels left out.
static uint32_t
step(const struct td_text *t, uint32_t n)
{
    do {
        n = td_text_tree_step(t, TD_TEXT_DOC, n, 1);
    } while (n != TD_TEXT_NONE && n < TD_TEXT_FIRST);
    return n;
}

tandem_err
td_text_read(const struct td_text *t, struct td_buf *out)
{
    for (uint32_t n = step(t, TD_TEXT_ROOT); n != TD_TEXT_NONE;
         n = step(t, n)) {
        const struct td_text_node *x = &t->node[n];
        if (!x->deleted) {
            td_buf_put(
                out, t->author[x->author].bytes + x->byte, x->byte_count);
        }
    }
    return out->err;
}

tandem_err
td_text_neighbours(const struct td_text *t, size_t at, bool *has_left,
    struct td_char *left, bool *has_right, struct td_char *right)
{
    struct td_text_ref r;
    uint32_t n = TD_TEXT_ROOT;
    size_t inside;

    if (at > td_text_count(t)) {
        return TANDEM_EVALUE;
    }
    *has_left = at > 0;
    *has_right = true;
    if (at > 0) {
        inside = at - 1;
        n = td_text_tree_live(t, &inside);
        r = td_text_first(&t->node[n]);
        r.num += (uint32_t)inside;
        *left = td_text_name(t, r);
        if (inside + 1 < t->node[n].len) {
            r.num++;
            *right = td_text_name(t, r);
            return TANDEM_OK;
        }
    }
    n = step(t, n);
    if (n == TD_TEXT_NONE) {
        *has_right = false;
    } else {
        *right = td_text_name(t, td_text_first(&t->node[n]));
    }
    return TANDEM_OK;
}

// Appends code points [from, from + len) of a run as ranges of insertions,
// the first joining the last range of `out` where it follows.
static void
put_ranges(const struct td_text *t, const struct td_text_node *x, uint32_t from,
    uint32_t len, struct td_char_range *open, struct td_buf *out)
{
    const struct td_text_author *a = &t->author[x->author];
    uint32_t num = x->num + from, end = num + len;

    while (num < end) {
        uint32_t op = td_text_op_at(a, num);
        uint32_t stop = td_text_op_end(a, op);
        struct td_char c =
            td_text_name(t, (struct td_text_ref){x->author, num});

        stop = stop < end ? stop : end;
        if (open->len > 0 && td_dot_cmp(&open->first.dot, &c.dot) == 0 &&
            open->first.offset + open->len == c.offset) {
            open->len += stop - num;
        } else {
            if (open->len > 0) {
                td_buf_put(out, open, sizeof *open);
            }
            open->first = c;
            open->len = stop - num;
        }
        num = stop;
    }
}

tandem_err
td_text_ranges(const struct td_text *t, size_t at, size_t n, struct td_buf *out)
{
    struct td_char_range open = {.len = 0};
    size_t inside = at;
    uint32_t run;

    if (at > td_text_count(t) || n > td_text_count(t) - at) {
        return TANDEM_EVALUE;
    }
    if (n == 0) {
        return TANDEM_OK;
    }
    run = td_text_tree_live(t, &inside);
    while (n > 0) {
        const struct td_text_node *x = &t->node[run];
        if (!x->deleted) {
            size_t len = x->len - inside;
            len = len < n ? len : n;
            put_ranges(t, x, (uint32_t)inside, (uint32_t)len, &open, out);
            inside = 0;
            n -= len;
        }
        run = step(t, run);
        TD_ASSERT(n == 0 || run != TD_TEXT_NONE);
    }
    td_buf_put(out, &open, sizeof open);
    return out->err;
}

tandem_err
td_text_passages(const struct td_text *t, struct td_buf *out)
{
    return td_text_ranges(t, 0, td_text_count(t), out);
}

tandem_err
td_text_order(const struct td_text *t, struct td_buf *out)
{
    for (uint32_t n = step(t, TD_TEXT_ROOT); n != TD_TEXT_NONE;
         n = step(t, n)) {
        const struct td_text_node *x = &t->node[n];
        for (uint32_t i = 0; i < x->len; i++) {
            struct td_char c =
                td_text_name(t, (struct td_text_ref){x->author, x->num + i});
            td_buf_put(out, &c, sizeof c);
        }
    }
    return out->err;
}
