// SPDX-License-Identifier: Apache-2.0
// walk.c - two tries compared in turns, where no cursor says what is new.
//
// After STATUS the turns alternate. A turn answers each node of the peer's last
// turn: for every child that differs it tells its own node there (NODE: the
// hashes of its children) or, at 64 heads or fewer, the heads (LEAF). Whoever
// has no node to answer ends the walk with ADVERT: the heads it has found that
// the other lacks.
//
// (1) Each turn is one level deeper: at most TD_TRIE_DEPTH_MAX + 1 of them.
// (2) A turn has at most one item for each child of a node told in the turn
//     before, so a peer is told no more than we hold, whatever it asks, and
//     can ask no more than 64 times what it was told.
// (3) Heads of a turn are compared with the set and the store, not kept.
#include "session/state.h"

#include <string.h>

#include "base/limits.h"
#include "log/trie.h"

enum { PLACES = 1200 }; // of one LEAF: they fit with a thousand items

_Static_assert(PLACES * 46 + TD_MSG_ITEMS * 8 + 16 <= TD_MESSAGE_BYTES_MAX,
    "a full LEAF fits a message");

void
td_walk_deinit(struct td_session *x)
{
    struct td_walk *w = &x->walk;

    td_free(x->sys, w->told, w->told_cap * sizeof(*w->told));
    td_free(x->sys, w->next, w->next_cap * sizeof(*w->next));
    td_free(x->sys, w->node, TD_MSG_NODES * sizeof(*w->node));
    td_free(x->sys, w->hashes, TD_MSG_NODES * sizeof(*w->hashes));
    td_free(x->sys, w->leaf, TD_MSG_ITEMS * sizeof(*w->leaf));
    td_free(x->sys, w->place, PLACES * sizeof(*w->place));
    td_buf_deinit(&w->out);
    memset(w, 0, sizeof(*w));
}

static tandem_err
walk_init(struct td_session *x)
{
    struct td_walk *w = &x->walk;

    td_walk_deinit(x);
    w->node = td_alloc(x->sys, TD_MSG_NODES * sizeof(*w->node));
    w->hashes = td_alloc(x->sys, TD_MSG_NODES * sizeof(*w->hashes));
    w->leaf = td_alloc(x->sys, TD_MSG_ITEMS * sizeof(*w->leaf));
    w->place = td_alloc(x->sys, PLACES * sizeof(*w->place));
    td_buf_init(&w->out, x->sys, TD_SESSION_QUEUE_MAX);
    return w->node == NULL || w->hashes == NULL || w->leaf == NULL ||
                   w->place == NULL
               ? TANDEM_ENOMEM
               : TANDEM_OK;
}

// ------------------------------------------------------------------- our turn

static void
flush_nodes(struct td_walk *w, bool last)
{
    size_t mark = w->out.len;

    td_buf_put_be32(&w->out, 0);
    td_msg_put_node(&w->out, last, w->node, w->node_count);
    if (w->out.err == TANDEM_OK) {
        td_put_be32(w->out.ptr + mark, (uint32_t)(w->out.len - mark - 4));
    }
    w->node_count = 0;
}

static void
flush_leaves(struct td_walk *w, bool last)
{
    size_t mark = w->out.len;

    td_buf_put_be32(&w->out, 0);
    td_msg_put_leaf(&w->out, last, w->leaf, w->leaf_count, w->place);
    if (w->out.err == TANDEM_OK) {
        td_put_be32(w->out.ptr + mark, (uint32_t)(w->out.len - mark - 4));
    }
    w->leaf_count = w->place_count = 0;
}

// The part of a node's heads that takes this step.
static void
child_of(const struct td_front *s, const struct td_walk_node *n, unsigned step,
    struct td_walk_node *out)
{
    size_t low = n->from;
    size_t high = n->to;

    *out = (struct td_walk_node){.sector = n->sector, .depth = n->depth + 1};
    memcpy(out->path, n->path, sizeof(out->path));
    out->path[n->depth] = (uint8_t)step;
    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (td_trie_step(&s->heads[mid].log, n->depth) < step) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    out->from = out->to = low;
    while (out->to < n->to &&
           td_trie_step(&s->heads[out->to].log, n->depth) == step) {
        out->to++;
    }
}

static struct td_hash16
hash_of(const struct td_front *s, const struct td_walk_node *n)
{
    return td_trie_hash(s->heads + n->from, n->to - n->from, n->depth);
}

static tandem_err
tell_node(struct td_session *x, uint64_t at, const struct td_walk_node *n)
{
    const struct td_front *s = td_front_of(x);
    struct td_walk *w = &x->walk;
    struct td_msg_node *item;
    uint8_t *hashes;
    size_t count = 0;

    if (w->node_count == TD_MSG_NODES) {
        flush_nodes(w, false);
    }
    TD_TRY(td_session_room(x, &w->next, &w->next_cap, w->next_count,
        TD_SESSION_HEADS_MAX, sizeof(*w->next)));
    w->next[w->next_count++] = *n;
    hashes = w->hashes[w->node_count];
    item = &w->node[w->node_count++];
    *item = (struct td_msg_node){.at = at};
    for (unsigned i = 0; i < TD_TRIE_FANOUT; i++) {
        struct td_walk_node child;
        struct td_hash16 hash;

        child_of(s, n, i, &child);
        if (child.from == child.to) {
            continue;
        }
        hash = hash_of(s, &child);
        memcpy(hashes + 16 * count++, hash.b, 16);
        item->bitmap |= UINT64_C(1) << i;
    }
    item->hashes = (tandem_slice){hashes, 16 * count};
    return w->out.err;
}

static tandem_err
tell_leaf(struct td_session *x, uint64_t at, const struct td_walk_node *n)
{
    const struct td_front *s = td_front_of(x);
    struct td_walk *w = &x->walk;

    if (w->leaf_count == TD_MSG_ITEMS ||
        w->place_count + (n->to - n->from) > PLACES) {
        flush_leaves(w, false);
    }
    w->leaf[w->leaf_count++] =
        (struct td_msg_leaf){.at = at, .count = n->to - n->from};
    for (size_t i = n->from; i < n->to; i++) {
        const struct td_head *h = &s->heads[i];

        w->place[w->place_count++] =
            (struct td_msg_place){h->log, h->seq, td_hash_short(&h->hash)};
        TD_TRY(td_round_told(x, i));
    }
    return w->out.err;
}

static tandem_err
tell(struct td_session *x, uint64_t at, const struct td_walk_node *n)
{
    return td_trie_is_leaf(n->to - n->from, n->depth) ? tell_leaf(x, at, n)
                                                      : tell_node(x, at, n);
}

tandem_err
td_walk_say(struct td_session *x, bool *over)
{
    struct td_walk *w = &x->walk;
    struct td_walk_node *told = w->told;
    size_t cap = w->told_cap;

    *over = w->node_count == 0 && w->leaf_count == 0;
    if (*over) {
        return TANDEM_OK;
    }
    if (w->node_count > 0) {
        flush_nodes(w, w->leaf_count == 0);
    }
    if (w->leaf_count > 0) {
        flush_leaves(w, true);
    }
    TD_TRY(w->out.err);
    td_buf_put_slice(&x->queue, td_buf_slice(&w->out));
    td_buf_reset(&w->out);
    w->told = w->next;
    w->told_count = w->next_count;
    w->told_cap = w->next_cap;
    w->next = told;
    w->next_cap = cap;
    w->next_count = 0;
    w->heard = 0;
    w->nodes = w->leaves = 0;
    w->mine = w->roots = false;
    return x->queue.err;
}

// ---------------------------------------------------------------------- begin

// Each sector of a STATUS that we share and of which we hold something else.
static tandem_err
answer_status(struct td_session *x)
{
    const struct td_front *s = td_front_of(x);

    for (size_t i = 0; i < x->status_count; i++) {
        const struct td_msg_sector *theirs = &x->status[i];
        struct td_walk_node n = {.depth = 0};
        struct td_hash16 mine;

        if (!td_view_scope(x, theirs->sector)) {
            continue;
        }
        n.sector = td_view_place(x, theirs->sector);
        n.from = s->starts[n.sector];
        n.to = s->starts[n.sector + 1];
        mine = hash_of(s, &n);
        if (memcmp(mine.b, theirs->root.b, sizeof(mine.b)) != 0) {
            TD_TRY(tell(x, i, &n));
        }
    }
    return TANDEM_OK;
}

tandem_err
td_walk_begin(struct td_session *x)
{
    const struct td_front *s = td_front_of(x);
    struct td_walk *w = &x->walk;

    TD_TRY(walk_init(x));
    x->walked = true;
    w->on = true;
    w->mine = x->status_in;
    w->roots = !w->mine;
    if (w->mine) {
        return answer_status(x);
    }
    for (size_t i = 0; i < s->sectors; i++) {
        TD_TRY(td_session_room(x, &w->told, &w->told_cap, w->told_count,
            TD_SECTORS_MAX + 1, sizeof(*w->told)));
        w->told[w->told_count++] = (struct td_walk_node){
            .sector = i, .from = s->starts[i], .to = s->starts[i + 1]};
    }
    return TANDEM_OK;
}

// ---------------------------------------------------------------- their turn

// What we hold where the peer's item stands. EPROTO: nowhere, or once more.
static tandem_err
locate(struct td_session *x, uint64_t at, struct td_walk_node *out)
{
    struct td_walk *w = &x->walk;
    const uint64_t parent = w->roots ? at : at / TD_TRIE_FANOUT;
    const unsigned step = w->roots ? 0 : (unsigned)(at % TD_TRIE_FANOUT);
    const uint64_t bit = UINT64_C(1) << step;
    struct td_walk_node *n;

    if (parent >= w->told_count) {
        return TANDEM_EPROTO;
    }
    n = &w->told[parent];
    if ((n->answered & bit) != 0) {
        return TANDEM_EPROTO;
    }
    n->answered |= bit;
    if (w->roots) {
        *out = *n;
        out->answered = 0;
    } else {
        child_of(td_front_of(x), n, step, out);
    }
    return TANDEM_OK;
}

static tandem_err
lacks_all(struct td_session *x, const struct td_walk_node *n)
{
    for (size_t i = n->from; i < n->to; i++) {
        TD_TRY(td_round_tell(x, i));
    }
    return TANDEM_OK;
}

static tandem_err
take_node(struct td_session *x, const struct td_msg_node *item)
{
    const struct td_front *s = td_front_of(x);
    const uint64_t base = x->walk.heard++ * TD_TRIE_FANOUT;
    const uint8_t *theirs = item->hashes.ptr;
    struct td_walk_node n;

    TD_TRY(locate(x, item->at, &n));
    if (n.depth >= TD_TRIE_DEPTH_MAX) {
        return TANDEM_EPROTO;
    }
    for (unsigned i = 0; i < TD_TRIE_FANOUT; i++) {
        struct td_walk_node child;
        struct td_hash16 mine;

        child_of(s, &n, i, &child);
        if ((item->bitmap >> i & 1) == 0) {
            TD_TRY(lacks_all(x, &child));
            continue;
        }
        mine = hash_of(s, &child);
        if (memcmp(mine.b, theirs, sizeof(mine.b)) != 0) {
            TD_TRY(tell(x, base + i, &child));
        }
        theirs += 16;
    }
    return TANDEM_OK;
}

static bool
may_take(struct td_session *x)
{
    return x->walk.on && !x->walk.mine && !x->advert_in &&
           td_front_of(x)->loaded;
}

// Items of a turn rise over its messages.
static bool
rises(size_t *count, uint64_t *last, uint64_t at)
{
    bool ok = *count == 0 || *last < at;

    (*count)++;
    *last = at;
    return ok;
}

tandem_err
td_walk_node(struct td_session *x, struct td_msg *m)
{
    struct td_walk *w = &x->walk;

    if (!may_take(x) || w->leaves > 0) {
        return TANDEM_EPROTO;
    }
    for (size_t i = 0; i < m->count; i++) {
        struct td_msg_node item;

        td_msg_next_node(m, &item);
        if (!rises(&w->nodes, &w->last_node, item.at)) {
            return TANDEM_EPROTO;
        }
        TD_TRY(take_node(x, &item));
    }
    w->mine = m->u.last;
    return TANDEM_OK;
}

// A log stands at one place, so none is heard of many times in a walk.
static bool
lies_there(const struct td_walk_node *n, const struct td_log_id *log)
{
    for (size_t i = 0; i < n->depth; i++) {
        if (td_trie_step(log, i) != n->path[i]) {
            return false;
        }
    }
    return true;
}

// Our heads there that the peer did not list, unless it listed a later one of
// the same log: then it has ours, or the log was written twice, which the next
// pass finds. Of the control sector that would be too late: it goes first.
static tandem_err
take_leaf(struct td_session *x, struct td_txn *t, struct td_msg *m,
    const struct td_msg_leaf *item)
{
    const struct td_front *s = td_front_of(x);
    struct td_msg_place places[TD_TRIE_LEAF_MAX];
    struct td_walk_node n;

    TD_TRY(locate(x, item->at, &n));
    for (size_t i = 0; i < item->count; i++) {
        td_msg_next_place(m, &places[i]);
        if (!lies_there(&n, &places[i].log)) {
            return TANDEM_EPROTO;
        }
        TD_TRY(td_lack_compare(x, t, &places[i]));
    }
    for (size_t i = n.from; i < n.to; i++) {
        const struct td_head *h = &s->heads[i];
        bool has = false;

        for (size_t k = 0; k < item->count && !has; k++) {
            const struct td_msg_place *p = &places[k];

            has = td_log_id_cmp(p->log, h->log) == 0 &&
                  (memcmp(p->hash.b, h->hash.b, sizeof(p->hash.b)) == 0 ||
                      (x->pass == 0 && !x->control && p->seq > h->seq));
        }
        if (!has) {
            TD_TRY(td_round_tell(x, i));
        }
    }
    return TANDEM_OK;
}

tandem_err
td_walk_leaf(struct td_session *x, struct td_msg *m)
{
    struct td_walk *w = &x->walk;
    struct td_txn *t;
    tandem_err err = TANDEM_OK;

    if (!may_take(x)) {
        return TANDEM_EPROTO;
    }
    TD_TRY(td_store_read(x->r->store, &t));
    for (size_t i = 0; i < m->count && err == TANDEM_OK; i++) {
        struct td_msg_leaf item;

        td_msg_next_leaf(m, &item);
        if (!rises(&w->leaves, &w->last_leaf, item.at)) {
            err = TANDEM_EPROTO;
            break;
        }
        err = take_leaf(x, t, m, &item);
    }
    td_store_read_end(t);
    w->mine = m->u.last;
    return err;
}
