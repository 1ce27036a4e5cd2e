// SPDX-License-Identifier: Apache-2.0
// pages.c - the shape of an LMDB 0.9 data file (mdb.c: MDB_page, MDB_meta,
// MDB_db, MDB_node), read with pread, trusting nothing.
//
// W = size of a machine word. All numbers are the machine's own.
//   page    number W, pad u16, flags u16, then lower u16, upper u16 or, on
//           the first of several overflow pages, their count u32
//   meta    (pages 0 and 1, after the page's head) magic u32, version u32,
//           address W, map size W, two trees (free, main), last page W,
//           transaction W; the higher transaction counts
//   tree    page size u32 (used in the free tree only), flags u16, depth u16,
//           branch, leaf, overflow pages W each, entries W, root W
//   node    lo u16, hi u16, flags u16, key size u16, key, data. Branch: the
//           child is lo | hi << 16 | flags << 32. Leaf: lo | hi << 16 is the
//           data size; flag 1: the data is the number of an overflow page;
//           flag 2: the data is a tree
//
// The walk keeps a list of pages still to visit and a bit per page, so it
// needs no recursion and ends on any input.
#include "store/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/file.h"

enum {
    W = sizeof(size_t),
    PAGE_HEAD = W + 8,
    TREE = 8 + 5 * W,
    META = 8 + 2 * W + 2 * TREE + 2 * W,
    AT_TREES = 8 + 2 * W,
    NODE = 8,
    PAGE_MIN = 256,
    PAGE_MAX = 32768,
    DEPTH_MAX = 32,
    DIRTY_MAX = 1 << 17, // pages one transaction may leave unwritten
    P_BRANCH = 1,
    P_LEAF = 2,
    P_OVERFLOW = 4,
    P_META = 8,
    N_BIG = 1,
    N_TREE = 2
};

#define MAGIC   0xbeefc0deU
#define VERSION 1
#define NO_PAGE SIZE_MAX

enum tree_kind { TREE_FREE, TREE_MAIN, TREE_NAMED };

struct todo {
    size_t page;
    uint16_t depth; // levels down to and with the leaves
    uint8_t kind;
};

struct meta {
    uint32_t page_bytes;
    size_t last, txn;
    uint8_t trees[2 * TREE];
};

struct walk {
    int fd;
    int raw;
    uint32_t psize;
    size_t pages; // in use, from the meta page
    uint64_t have;
    uint8_t *seen;
    struct td_buf todo;
    uint8_t *page;
    const tandem_sys *sys;
};

static size_t
word(const uint8_t *p)
{
    size_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static uint32_t
u32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static uint16_t
u16(const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static bool
parse_meta(const uint8_t *b, size_t len, struct meta *m)
{
    const uint8_t *p = b + PAGE_HEAD;

    if (len < PAGE_HEAD + META || (u16(b + W + 2) & P_META) == 0 ||
        u32(p) != MAGIC || u32(p + 4) != VERSION) {
        return false;
    }
    memcpy(m->trees, p + AT_TREES, sizeof(m->trees));
    m->page_bytes = u32(m->trees);
    m->last = word(p + AT_TREES + 2 * TREE);
    m->txn = word(p + AT_TREES + 2 * TREE + W);
    return m->page_bytes >= PAGE_MIN && m->page_bytes <= PAGE_MAX &&
           (m->page_bytes & (m->page_bytes - 1)) == 0 && m->last >= 1 &&
           m->last < SIZE_MAX / PAGE_MAX;
}

// The meta page that counts, after a look at both.
static tandem_err
read_meta(int fd, struct meta *m, int *raw)
{
    uint8_t b[PAGE_HEAD + META];
    struct meta second;
    size_t got;

    if (!td_file_at(fd, 0, b, sizeof(b), &got)) {
        *raw = errno;
        return TANDEM_EIO;
    }
    if (!parse_meta(b, got, m)) {
        return TANDEM_ECORRUPT;
    }
    if (!td_file_at(fd, m->page_bytes, b, sizeof(b), &got)) {
        *raw = errno;
        return TANDEM_EIO;
    }
    if (!parse_meta(b, got, &second) || second.page_bytes != m->page_bytes) {
        return TANDEM_ECORRUPT;
    }
    if (second.txn > m->txn) {
        *m = second;
    }
    return TANDEM_OK;
}

// Mark `count` pages from `at`; false when out of range, beyond the file or
// reached before.
static bool
mark(struct walk *w, size_t at, size_t count)
{
    if (at < 2 || count == 0 || at >= w->pages || count > w->pages - at ||
        (at + count) * (uint64_t)w->psize > w->have) {
        return false;
    }
    for (size_t i = at; i < at + count; i++) {
        uint8_t bit = (uint8_t)(1U << (i % 8));

        if ((w->seen[i / 8] & bit) != 0) {
            return false;
        }
        w->seen[i / 8] |= bit;
    }
    return true;
}

static bool
push(struct walk *w, size_t page, uint16_t depth, enum tree_kind kind)
{
    struct todo t = {.page = page, .depth = depth, .kind = (uint8_t)kind};

    if (depth == 0 || depth > DEPTH_MAX || !mark(w, page, 1)) {
        return false;
    }
    td_buf_put(&w->todo, &t, sizeof(t));
    return true;
}

static bool
push_tree(struct walk *w, const uint8_t *tree, enum tree_kind kind)
{
    size_t root = word(tree + 8 + 4 * W);

    return root == NO_PAGE || push(w, root, u16(tree + 6), kind);
}

// A value on pages of its own: the first tells how many there are.
static bool
overflow(struct walk *w, size_t at, size_t size)
{
    uint8_t head[PAGE_HEAD];
    size_t got, count;

    if (at >= w->pages ||
        !td_file_at(w->fd, at * (uint64_t)w->psize, head, sizeof(head), &got) ||
        got != sizeof(head)) {
        return false;
    }
    count = u32(head + W + 4);
    return word(head) == at && (u16(head + W + 2) & P_OVERFLOW) != 0 &&
           mark(w, at, count) && size <= count * (uint64_t)w->psize - PAGE_HEAD;
}

static bool
leaf_node(
    struct walk *w, const struct todo *t, const uint8_t *node, size_t left)
{
    size_t size = u16(node) | (size_t)u16(node + 2) << 16;
    size_t ksize = u16(node + 6);
    unsigned flags = u16(node + 4);
    const uint8_t *data = node + NODE + ksize;

    if (ksize > left - NODE) {
        return false;
    }
    left -= NODE + ksize;
    if (flags == N_BIG) {
        return left >= W && overflow(w, word(data), size);
    }
    if (flags == N_TREE) {
        return t->kind == TREE_MAIN && size == TREE && left >= TREE &&
               push_tree(w, data, TREE_NAMED);
    }
    return flags == 0 && size <= left;
}

static bool
branch_node(
    struct walk *w, const struct todo *t, const uint8_t *node, size_t left)
{
    uint64_t child = u16(node) | (uint64_t)u16(node + 2) << 16;

    if (W > 4) {
        child |= (uint64_t)u16(node + 4) << 32;
    }
    return u16(node + 6) <= left - NODE &&
           push(w, (size_t)child, (uint16_t)(t->depth - 1),
               (enum tree_kind)t->kind);
}

// The page in w->page, already known to be whole.
static bool
visit(struct walk *w, const struct todo *t)
{
    const uint8_t *p = w->page;
    unsigned flags = u16(p + W + 2);
    size_t lower = u16(p + W + 4);
    size_t upper = u16(p + W + 6);
    bool leaf = flags == P_LEAF;
    size_t count;

    if (word(p) != t->page || (!leaf && flags != P_BRANCH) ||
        leaf != (t->depth == 1) || lower < PAGE_HEAD || lower > upper ||
        upper > w->psize || (lower - PAGE_HEAD) % 2 != 0) {
        return false;
    }
    count = (lower - PAGE_HEAD) / 2;
    if (count < (leaf ? 1 : 2)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        size_t at = u16(p + PAGE_HEAD + 2 * i);

        if (at < upper || at > w->psize - NODE || at % 2 != 0) {
            return false;
        }
        if (!(leaf ? leaf_node(w, t, p + at, w->psize - at)
                   : branch_node(w, t, p + at, w->psize - at))) {
            return false;
        }
    }
    return true;
}

static tandem_err
walk_all(struct walk *w, const struct meta *m)
{
    size_t got;

    if (!push_tree(w, m->trees, TREE_FREE) ||
        !push_tree(w, m->trees + TREE, TREE_MAIN)) {
        return TANDEM_ECORRUPT;
    }
    // Each page is pushed once at most, so this ends.
    while (w->todo.len > 0) {
        struct todo t;

        if (w->todo.err != TANDEM_OK) {
            return w->todo.err;
        }
        w->todo.len -= sizeof(t);
        memcpy(&t, w->todo.ptr + w->todo.len, sizeof(t));
        if (!td_file_at(
                w->fd, t.page * (uint64_t)w->psize, w->page, w->psize, &got)) {
            w->raw = errno;
            return TANDEM_EIO;
        }
        if (got != w->psize || !visit(w, &t)) {
            return w->todo.err != TANDEM_OK ? w->todo.err : TANDEM_ECORRUPT;
        }
    }
    return w->todo.err;
}

static tandem_err
walk_file(int fd, const tandem_sys *sys, const struct meta *m, uint64_t have,
    int *raw)
{
    struct walk w = {.fd = fd,
        .psize = m->page_bytes,
        .pages = m->last + 1,
        .have = have,
        .sys = sys};
    uint64_t real = have / m->page_bytes;
    size_t bits;
    tandem_err err = TANDEM_ENOMEM;

    // Pages beyond the file cannot be reached without damage: the bits cover
    // what is there, not what a damaged meta page claims.
    if (w.pages > real + 1) {
        w.pages = (size_t)real + 1;
    }
    bits = w.pages / 8 + 1;
    td_buf_init(&w.todo, sys, (w.pages + 1) * sizeof(struct todo));
    w.seen = td_alloc(sys, bits);
    w.page = td_alloc(sys, w.psize);
    if (w.seen != NULL && w.page != NULL) {
        err = walk_all(&w, m);
        *raw = w.raw;
    }
    td_buf_deinit(&w.todo);
    td_free(sys, w.seen, bits);
    td_free(sys, w.page, w.psize);
    return err;
}

static tandem_err
open_data(int dir, int flags, int *fd, uint64_t *have, int *raw)
{
    struct stat st;

    *fd = openat(dir, "data.mdb", flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (*fd < 0) {
        *raw = errno;
        return td_file_err(*raw);
    }
    if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0) {
        (void)close(*fd);
        return TANDEM_ECORRUPT;
    }
    *have = (uint64_t)st.st_size;
    return TANDEM_OK;
}

tandem_err
td_pages_look(int dir, const tandem_sys *sys, struct td_pages *out, int *raw)
{
    struct meta m;
    tandem_err err;
    int fd;

    *out = (struct td_pages){0};
    err = open_data(dir, O_RDWR, &fd, &out->have_bytes, raw);
    if (err != TANDEM_OK) {
        return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
    }
    if (out->have_bytes == 0) {
        goto close;
    }
    out->present = true;
    err = read_meta(fd, &m, raw);
    if (err != TANDEM_OK) {
        goto close;
    }
    out->page_bytes = m.page_bytes;
    out->need_bytes = (m.last + 1) * (uint64_t)m.page_bytes;
    if (out->have_bytes < out->need_bytes) {
        if (out->need_bytes - out->have_bytes >
            (uint64_t)DIRTY_MAX * m.page_bytes) {
            err = TANDEM_ECORRUPT;
            goto close;
        }
        err = walk_file(fd, sys, &m, out->have_bytes, raw);
        if (err == TANDEM_OK && ftruncate(fd, (off_t)out->need_bytes) != 0) {
            *raw = errno;
            err = td_file_err(*raw);
        }
    }

close:
    (void)close(fd);
    return err;
}

tandem_err
td_pages_walk(int dir, const tandem_sys *sys, int *raw)
{
    uint64_t have = 0;
    struct meta m;
    tandem_err err;
    int fd;

    TD_TRY(open_data(dir, O_RDONLY, &fd, &have, raw));
    err = read_meta(fd, &m, raw);
    if (err == TANDEM_OK) {
        err = walk_file(fd, sys, &m, have, raw);
    }
    (void)close(fd);
    return err;
}
