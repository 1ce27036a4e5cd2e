// SPDX-License-Identifier: Apache-2.0
// text_load.c - a text's state from bytes; the layout is in text_blob.h.
//
// The items are taken in the order they stand in, then that order is checked
// against the tree they claim, and last the state is written again and
// compared: whatever is accepted is what encode() writes. Memory follows the
// input: every insertion and every item takes bytes of it, and an item makes
// two runs at most.
#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "base/reader.h"
#include "base/slice.h"
#include "codec/cursor.h"
#include "crdt/text_blob.h"
#include "crdt/text_node.h"

struct load {
    struct td_text *t;
    tandem_slice text; // not yet taken
    uint8_t *kind;     // per item: enum td_text_origin, or INSIDE
    size_t kind_cap;
    uint32_t item_count;
    uint32_t last_author; // of the item before
    uint32_t last_rank;
};

enum { INSIDE = TD_TEXT_O_COUNT };

static uint64_t
read_num(struct td_reader *r)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t b = td_read_u8(r);
        if (shift == 63 && b > 1) {
            break;
        }
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            return v;
        }
    }
    td_reader_fail(r);
    return 0;
}

static uint32_t
read_num_max(struct td_reader *r, uint64_t max)
{
    uint64_t v = read_num(r);

    TD_ASSERT(max <= UINT32_MAX);
    if (v > max) {
        td_reader_fail(r);
        return 0;
    }
    return (uint32_t)v;
}

static tandem_err
load_insertion(struct td_reader *r, struct td_text *t, struct td_text_author *a)
{
    struct td_text_op o = {0};
    const struct td_text_op *was;
    uint64_t head = read_num(r), step = head >> 2;
    void *ops = a->op, *ranks = a->rank;
    uint32_t len = 1;
    tandem_err err;

    was = a->op_count > 0 ? &a->op[a->op_count - 1] : &o;
    if (step == TD_TEXT_LONG_STEP) {
        step = read_num(r);
    }
    if (step > UINT64_MAX - was->seq) {
        return TANDEM_ECORRUPT;
    }
    o.seq = was->seq + step;
    if ((head & 2) != 0) {
        o.change = (uint16_t)read_num_max(r, UINT16_MAX);
        o.op = (uint16_t)read_num_max(r, UINT16_MAX);
    }
    if ((head & 1) != 0) {
        len = read_num_max(r, TD_TEXT_BYTES_MAX);
    }
    if (r->failed || len == 0 || t->chars > TD_TEXT_CHARS_MAX - len) {
        return TANDEM_ECORRUPT;
    }
    if (a->op_count > 0 && step == 0 &&
        (o.change < was->change ||
            (o.change == was->change && o.op <= was->op))) {
        return TANDEM_ECORRUPT;
    }
    err =
        td_text_room(&t->sys, &ops, &a->op_cap, sizeof *a->op, a->op_count + 1);
    a->op = ops;
    if (err == TANDEM_OK) {
        err = td_text_room(
            &t->sys, &ranks, &a->rank_cap, sizeof *a->rank, a->op_count + 1);
        a->rank = ranks;
    }
    if (err != TANDEM_OK) {
        return err;
    }
    o.num = a->chars;
    a->rank[a->op_count] = (uint32_t)a->op_count;
    a->op[a->op_count++] = o;
    a->chars += len;
    t->chars += len;
    return TANDEM_OK;
}

static tandem_err
load_authors(struct td_text *t, tandem_slice authors, tandem_slice insertions)
{
    struct td_reader names, r;
    struct td_log_id log, before = {{0}};

    td_reader_init(&names, authors);
    td_reader_init(&r, insertions);
    while (names.left > 0) {
        uint32_t who;
        uint64_t count;

        td_read_copy(&names, log.b, sizeof log.b);
        if (names.failed ||
            (t->author_count > 0 && td_log_id_cmp(before, log) >= 0)) {
            return TANDEM_ECORRUPT;
        }
        TD_TRY(td_text_author_room(t));
        who = td_text_author_add(t, &log, t->author_count);
        before = log;
        count = read_num(&r);
        if (count == 0 || count > r.left) {
            return TANDEM_ECORRUPT;
        }
        for (uint64_t i = 0; i < count; i++) {
            TD_TRY(load_insertion(&r, t, &t->author[who]));
        }
    }
    return td_reader_done(&r) ? TANDEM_OK : TANDEM_ECORRUPT;
}

// The next `count` code points of the text.
static bool
take_text(struct load *l, uint32_t count, tandem_slice *out)
{
    size_t i = 0;

    while (count > 0 && i < l->text.len) {
        i++;
        while (i < l->text.len && (l->text.ptr[i] & 0xc0) == 0x80) {
            i++;
        }
        count--;
    }
    out->ptr = l->text.ptr;
    out->len = i;
    l->text.len -= i;
    if (i > 0) {
        l->text.ptr += i;
    }
    return count == 0;
}

static tandem_err
load_live(struct load *l, struct td_text_node *x)
{
    struct td_text_author *a = &l->t->author[x->author];
    void *bytes = a->bytes;
    tandem_slice s;

    if (!take_text(l, x->len, &s) || a->byte_count > UINT32_MAX - s.len) {
        return TANDEM_ECORRUPT;
    }
    TD_TRY(td_text_room(
        &l->t->sys, &bytes, &a->byte_cap, 1, a->byte_count + s.len));
    a->bytes = bytes;
    memcpy(a->bytes + a->byte_count, s.ptr, s.len);
    x->byte = (uint32_t)a->byte_count;
    x->byte_count = (uint32_t)s.len;
    a->byte_count += s.len;
    return TANDEM_OK;
}

static struct td_text_ref
read_name(struct load *l, struct td_reader *r)
{
    struct td_text_ref null = {TD_TEXT_NONE, 0}, name;
    const struct td_text_author *a;
    uint32_t rank, offset;

    name.author = read_num_max(r, UINT32_MAX);
    rank = read_num_max(r, UINT32_MAX);
    offset = read_num_max(r, UINT32_MAX);
    if (r->failed || name.author >= l->t->author_count ||
        rank >= l->t->author[name.author].op_count) {
        td_reader_fail(r);
        return null;
    }
    a = &l->t->author[name.author];
    if (offset >= td_text_op_end(a, rank) - a->op[rank].num) {
        td_reader_fail(r);
        return null;
    }
    name.num = a->op[rank].num + offset;
    return name;
}

static void
read_origin(
    struct load *l, struct td_reader *r, uint8_t kind, struct td_text_node *x)
{
    x->side = TD_TEXT_RIGHT;
    switch (kind) {
    case TD_TEXT_O_ADRIFT:
        x->side = TD_TEXT_LEFT;
        x->hang = TD_TEXT_ADRIFT;
        break;
    case TD_TEXT_O_BEFORE:
        x->side = TD_TEXT_LEFT;
        x->parent = read_name(l, r);
        x->right = x->parent;
        break;
    case TD_TEXT_O_BEFORE_NEXT:
        x->side = TD_TEXT_LEFT;
        break;
    case TD_TEXT_O_NAMED_END:
    case TD_TEXT_O_NAMED_NEXT:
        x->parent = read_name(l, r);
        break;
    case TD_TEXT_O_NAMED_NAMED:
        x->parent = read_name(l, r);
        x->right = read_name(l, r);
        break;
    case TD_TEXT_O_PREV_NAMED:
        x->right = read_name(l, r);
        break;
    default:
        break;
    }
}

// Author, rank, offset, length: which code points the item is.
static bool
read_span(
    struct load *l, struct td_reader *r, unsigned flags, struct td_text_node *x)
{
    const struct td_text_author *a;
    uint64_t rank;
    uint32_t offset = 0;

    x->author = l->last_author;
    if ((flags & TD_TEXT_F_SAME) != 0) {
        uint64_t z = read_num(r);
        rank = l->last_rank + ((z >> 1) ^ (0 - (z & 1)));
    } else {
        x->author = read_num_max(r, UINT32_MAX);
        rank = read_num(r);
    }
    if ((flags & TD_TEXT_F_INSIDE) != 0) {
        offset = read_num_max(r, UINT32_MAX);
    }
    x->len = read_num_max(r, TD_TEXT_CHARS_MAX);
    if (r->failed || x->author >= l->t->author_count || x->len == 0) {
        return false;
    }
    a = &l->t->author[x->author];
    if (rank >= a->op_count ||
        offset >= td_text_op_end(a, (uint32_t)rank) - a->op[rank].num) {
        return false;
    }
    x->num = a->op[rank].num + offset;
    if (x->len > a->chars - x->num) {
        return false;
    }
    l->last_author = x->author;
    l->last_rank = td_text_op_at(a, x->num + x->len - 1);
    return true;
}

// Into both trees; false if a code point stands in the text already.
static bool
place(struct td_text *t, uint32_t n)
{
    const struct td_text_node *x = &t->node[n], *y;
    uint32_t at = td_text_tree_find(t, td_text_first(x)), after;
    int dir = 1;

    if (at == TD_TEXT_NONE) {
        after = td_text_tree_end(t, TD_TEXT_ID, 0);
        at = after;
        dir = 0;
    } else {
        y = &t->node[at];
        if (y->author == x->author && x->num - y->num < y->len) {
            return false;
        }
        after = td_text_tree_step(t, TD_TEXT_ID, at, 1);
    }
    if (after != TD_TEXT_NONE) {
        y = &t->node[after];
        if (y->author == x->author && y->num - x->num < x->len) {
            return false;
        }
    }
    td_text_tree_put(t, TD_TEXT_ID, at, dir, n);
    td_text_tree_put(t, TD_TEXT_DOC, TD_TEXT_ADRIFT, 0, n);
    return true;
}

static tandem_err
load_item(struct load *l, struct td_reader *r)
{
    struct td_text *t = l->t;
    unsigned flags = td_read_u8(r);
    uint8_t kind = (uint8_t)(flags >> 4);
    void *kinds = l->kind;
    struct td_text_node *x;
    tandem_err err;
    uint32_t n;

    if ((flags & TD_TEXT_F_INSIDE) != 0) {
        if (kind != 0) {
            return TANDEM_ECORRUPT;
        }
        kind = INSIDE;
    } else if (kind >= TD_TEXT_O_COUNT) {
        return TANDEM_ECORRUPT;
    }
    err = td_text_room(&t->sys, &kinds, &l->kind_cap, 1, l->item_count + 1);
    l->kind = kinds;
    if (err != TANDEM_OK) {
        return err;
    }
    l->kind[l->item_count++] = kind;
    TD_TRY(td_text_node_room(t, 1));
    n = td_text_node_new(t);
    x = &t->node[n];
    if (!read_span(l, r, flags, x)) {
        return TANDEM_ECORRUPT;
    }
    x->deleted = (flags & TD_TEXT_F_DELETED) != 0;
    if (!x->deleted) {
        TD_TRY(load_live(l, x));
    }
    read_origin(l, r, kind, x);
    return !r->failed && place(t, n) ? TANDEM_OK : TANDEM_ECORRUPT;
}

// A name of the own author has to be an earlier one.
static bool
earlier(const struct td_text_node *x, struct td_text_ref r)
{
    return r.author != x->author || r.num < x->num;
}

// Names that mean the items beside.
static bool
settle_beside(struct load *l)
{
    for (uint32_t i = 0; i < l->item_count; i++) {
        struct td_text_node *x = &l->t->node[TD_TEXT_FIRST + i];
        uint8_t kind = l->kind[i];

        if (kind == TD_TEXT_O_PREV_END || kind == TD_TEXT_O_PREV_NEXT ||
            kind == TD_TEXT_O_PREV_NAMED) {
            if (i == 0) {
                return false;
            }
            x->parent = td_text_last(x - 1);
        }
        if (kind == TD_TEXT_O_BEFORE_NEXT || kind == TD_TEXT_O_PREV_NEXT ||
            kind == TD_TEXT_O_NAMED_NEXT) {
            if (i + 1 == l->item_count) {
                return false;
            }
            x->right = td_text_first(x + 1);
        }
        if (kind == TD_TEXT_O_BEFORE_NEXT) {
            x->parent = x->right;
        }
        if (!earlier(x, x->parent) || !earlier(x, x->right)) {
            return false;
        }
    }
    return true;
}

// What continues a run has that run's right origin.
static bool
settle_runs(struct load *l)
{
    struct td_text *t = l->t;
    uint32_t before = TD_TEXT_NONE;

    for (uint32_t n = td_text_tree_end(t, TD_TEXT_ID, 0); n != TD_TEXT_NONE;
         n = td_text_tree_step(t, TD_TEXT_ID, n, 1)) {
        struct td_text_node *x = &t->node[n];
        uint8_t kind = l->kind[n - TD_TEXT_FIRST];

        if (kind == INSIDE || kind == TD_TEXT_O_FOLLOWS) {
            const struct td_text_node *y;
            if (before == TD_TEXT_NONE || t->node[before].author != x->author) {
                return false;
            }
            y = &t->node[before];
            if (y->num + y->len != x->num) {
                return false;
            }
            x->parent = td_text_last(y);
            x->right = y->right;
        }
        before = n;
    }
    return true;
}

// Cut the runs where others hang, then link the siblings: in document order
// each has to come behind the one before.
static tandem_err
link_all(struct load *l)
{
    struct td_text *t = l->t;
    uint32_t n;

    TD_TRY(td_text_node_room(t, l->item_count));
    for (uint32_t i = 0; i < l->item_count; i++) {
        const struct td_text_node *x = &t->node[TD_TEXT_FIRST + i];
        if (!td_text_ref_null(x->parent)) {
            (void)td_text_cut(t, x->parent, x->side);
        }
    }
    for (n = 0; n < t->node_count; n++) {
        struct td_text_node *x = &t->node[n];
        for (int i = 0; i < 2; i++) { // cutting linked the halves
            x->kids[i].first = TD_TEXT_NONE;
            x->kids[i].last = TD_TEXT_NONE;
        }
    }
    for (n = td_text_tree_end(t, TD_TEXT_DOC, 0); n != TD_TEXT_NONE;
         n = td_text_tree_step(t, TD_TEXT_DOC, n, 1)) {
        struct td_text_node *x = &t->node[n];
        struct td_text_list *list;

        if (n < TD_TEXT_FIRST) {
            continue;
        }
        list = &t->node[td_text_parent(t, x)].kids[x->side];
        x->prev = list->last;
        list->last = n;
        if (x->prev == TD_TEXT_NONE) {
            list->first = n;
            continue;
        }
        t->node[x->prev].next = n;
        if (td_text_sibling_cmp(t, &t->node[x->prev], x) >= 0) {
            return TANDEM_ECORRUPT;
        }
    }
    return TANDEM_OK;
}

static tandem_err
load_items(struct load *l, tandem_slice items)
{
    struct td_reader r;
    uint64_t chars = 0;

    td_reader_init(&r, items);
    l->last_author = TD_TEXT_NONE;
    while (r.left > 0) {
        TD_TRY(load_item(l, &r));
        chars += l->t->node[l->t->node_count - 1].len;
    }
    // No code point twice, so as many as there are is each one once.
    if (l->text.len != 0 || chars != l->t->chars || !settle_beside(l) ||
        !settle_runs(l)) {
        return TANDEM_ECORRUPT;
    }
    return link_all(l);
}

static tandem_err
compare(const struct td_text *t, tandem_slice in)
{
    struct td_buf again;
    tandem_err err;
    bool sound = false;

    TD_TRY(td_text_check(t, &sound));
    if (!sound) {
        return TANDEM_ECORRUPT;
    }
    td_buf_init(&again, &t->sys, in.len);
    td_text_encode(t, &again);
    err = again.err;
    if (err == TANDEM_ELIMIT ||
        (err == TANDEM_OK && !td_slice_eq(td_buf_slice(&again), in))) {
        err = TANDEM_ECORRUPT;
    }
    td_buf_deinit(&again);
    return err;
}

tandem_err
td_text_decode(const tandem_sys *sys, tandem_slice in, struct td_text **out)
{
    struct load l = {.t = NULL};
    struct td_cur c;
    tandem_slice authors, insertions, items;
    tandem_err err;

    if (!td_cur_open(&c, in)) {
        return TANDEM_ECORRUPT;
    }
    td_cur_array_exact(&c, 5);
    if (td_cur_uint(&c) != TD_TEXT_VERSION) {
        return TANDEM_ECORRUPT;
    }
    l.text = td_cur_str(&c, in.len);
    authors = td_cur_bin(&c, in.len);
    insertions = td_cur_bin(&c, in.len);
    items = td_cur_bin(&c, in.len);
    if (!td_cur_done(&c)) {
        return TANDEM_ECORRUPT;
    }
    TD_TRY(td_text_new(sys, &l.t));
    err = load_authors(l.t, authors, insertions);
    if (err == TANDEM_OK) {
        err = load_items(&l, items);
    }
    if (err == TANDEM_OK) {
        err = compare(l.t, in);
    }
    td_free(&l.t->sys, l.kind, l.kind_cap);
    if (err != TANDEM_OK) {
        td_text_free(l.t);
        return err;
    }
    *out = l.t;
    return TANDEM_OK;
}

tandem_err
td_text_peek(tandem_slice in, tandem_slice *text)
{
    struct td_cur c;
    tandem_slice s;

    if (!td_cur_open(&c, in)) {
        return TANDEM_ECORRUPT;
    }
    td_cur_array_exact(&c, 5);
    if (td_cur_uint(&c) != TD_TEXT_VERSION) {
        return TANDEM_ECORRUPT;
    }
    s = td_cur_str(&c, in.len);
    for (int i = 0; i < 3; i++) {
        (void)td_cur_bin(&c, in.len);
    }
    if (!td_cur_done(&c)) {
        return TANDEM_ECORRUPT;
    }
    *text = s;
    return TANDEM_OK;
}
