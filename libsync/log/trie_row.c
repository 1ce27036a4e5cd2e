// SPDX-License-Identifier: Apache-2.0
// trie_row.c - one row of table TRIE: key, bytes, and what it says of all that
// stands below it. Layout: trie.h.
#include "log/trie_row.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "codec/writer.h"
#include "log/row.h"

// ------------------------------------------------------------------------ key

struct td_trie_key
td_trie_key(const tandem_id *sector)
{
    struct td_trie_key k = {.len = 16};

    memcpy(k.b, sector->b, 16);
    return k;
}

size_t
td_trie_depth(const struct td_trie_key *k)
{
    return k->len - 16;
}

void
td_trie_down(struct td_trie_key *k, unsigned step)
{
    TD_ASSERT(k->len < sizeof(k->b));
    k->b[k->len++] = (uint8_t)step;
}

// ----------------------------------------------------------------------- read

// Lsns begin with 1: a head that says 0 would be in no list (td_trie_list).
static uint64_t
get_lsn(struct td_cur *c)
{
    const uint64_t lsn = td_cur_uint(c);

    if (lsn == 0) {
        td_cur_fail(c);
    }
    return lsn;
}

static void
get_head(struct td_cur *c, struct td_trie_head *h)
{
    td_cur_array_exact(c, 6);
    td_cur_bin_exact(c, h->head.log.b, sizeof(h->head.log.b));
    h->head.seq = td_cur_uint(c);
    td_cur_bin_exact(c, h->head.hash.b, sizeof(h->head.hash.b));
    h->lsn = get_lsn(c);
    h->number = (uint32_t)td_cur_uint_max(c, TD_LOG_NUMBER_MAX);
    h->is_signed = td_cur_bool(c);
}

static tandem_err
get_leaf(struct td_cur *c, struct td_arena *arena, struct td_trie_row *out)
{
    out->count = td_cur_array(c, TD_TRIE_LEAF_MAX);
    out->heads = td_arena_array(arena, out->count + 1, sizeof(*out->heads));
    if (out->heads == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < out->count && !td_cur_failed(c); i++) {
        get_head(c, &out->heads[i]);
        if (i > 0 &&
            td_trie_order(&out->heads[i - 1].head, &out->heads[i].head) >= 0) {
            td_cur_fail(c);
        }
    }
    if (out->count == 0) {
        td_cur_fail(c);
    }
    return TANDEM_OK;
}

static void
get_branch(struct td_cur *c, struct td_trie_row *out)
{
    size_t count;

    out->bitmap = td_cur_uint(c);
    count = td_cur_array(c, TD_TRIE_FANOUT);
    for (unsigned i = 0; i < TD_TRIE_FANOUT && !td_cur_failed(c); i++) {
        struct td_trie_child *child = &out->child[i];

        if ((out->bitmap >> i & 1) == 0) {
            continue;
        }
        td_cur_array_exact(c, 3);
        td_cur_bin_exact(c, child->hash.b, sizeof(child->hash.b));
        child->count = td_cur_uint(c);
        child->lsn = get_lsn(c);
        count--; // more bits than children: the array ends first
    }
    if (count != 0 || out->bitmap == 0) {
        td_cur_fail(c);
    }
}

tandem_err
td_trie_row_read(
    tandem_slice in, struct td_arena *arena, struct td_trie_row *out)
{
    struct td_cur c;

    memset(out, 0, sizeof(*out));
    if (!td_cur_open(&c, in)) {
        return TANDEM_ECORRUPT;
    }
    if (td_cur_array(&c, 3) == 3) {
        out->branch = true;
        td_cur_uint_exact(&c, 1);
        get_branch(&c, out);
    } else {
        td_cur_uint_exact(&c, 0);
        if (!td_cur_failed(&c)) {
            TD_TRY(get_leaf(&c, arena, out));
        }
    }
    return td_cur_done(&c) ? TANDEM_OK : TANDEM_ECORRUPT;
}

tandem_err
td_trie_row_get(struct td_txn *t, const struct td_trie_key *k,
    struct td_arena *arena, struct td_trie_row *out)
{
    struct td_buf b;
    tandem_err err;

    td_row_buf(t, &b);
    err = td_get(t, TD_T_TRIE, (tandem_slice){k->b, k->len}, &b);
    if (err == TANDEM_OK) {
        err = td_trie_row_read(td_buf_slice(&b), arena, out);
    }
    td_buf_deinit(&b);
    return err;
}

// ---------------------------------------------------------------------- write

static void
put_leaf(struct td_buf *b, const struct td_trie_row *r)
{
    td_mp_array(b, 2);
    td_mp_uint(b, 0);
    td_mp_array(b, r->count);
    for (size_t i = 0; i < r->count; i++) {
        const struct td_trie_head *h = &r->heads[i];

        td_mp_array(b, 6);
        td_mp_bin(b, h->head.log.b, sizeof(h->head.log.b));
        td_mp_uint(b, h->head.seq);
        td_mp_bin(b, h->head.hash.b, sizeof(h->head.hash.b));
        td_mp_uint(b, h->lsn);
        td_mp_uint(b, h->number);
        td_mp_bool(b, h->is_signed);
    }
}

static void
put_branch(struct td_buf *b, const struct td_trie_row *r)
{
    size_t count = 0;

    for (unsigned i = 0; i < TD_TRIE_FANOUT; i++) {
        count += r->bitmap >> i & 1;
    }
    td_mp_array(b, 3);
    td_mp_uint(b, 1);
    td_mp_uint(b, r->bitmap);
    td_mp_array(b, count);
    for (unsigned i = 0; i < TD_TRIE_FANOUT; i++) {
        if ((r->bitmap >> i & 1) == 0) {
            continue;
        }
        td_mp_array(b, 3);
        td_mp_bin(b, r->child[i].hash.b, sizeof(r->child[i].hash.b));
        td_mp_uint(b, r->child[i].count);
        td_mp_uint(b, r->child[i].lsn);
    }
}

void
td_trie_row_write(const struct td_trie_row *r, struct td_buf *out)
{
    if (r->branch) {
        put_branch(out, r);
    } else {
        put_leaf(out, r);
    }
}

tandem_err
td_trie_row_put(
    struct td_txn *t, const struct td_trie_key *k, const struct td_trie_row *r)
{
    struct td_buf b;
    tandem_err err;

    td_row_buf(t, &b);
    td_trie_row_write(r, &b);
    err = b.err;
    if (err == TANDEM_OK) {
        err = td_put(t, TD_T_TRIE, (tandem_slice){k->b, k->len},
            TD_SEAL_TRANSIT, td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    return err;
}

tandem_err
td_trie_rows_del(struct td_txn *t, const struct td_trie_key *k)
{
    struct td_iter *iter = NULL;
    tandem_slice key, value;
    tandem_err err;

    TD_TRY(td_iter_open(t, TD_T_TRIE, (tandem_slice){k->b, k->len}, &iter));
    for (;;) {
        uint8_t at[TD_TRIE_KEY_MAX];

        key.len = 0;
        err = td_iter_next(iter, &key, &value);
        if ((err != TANDEM_OK && err != TANDEM_ECORRUPT) || key.len < k->len ||
            key.len > sizeof(at) || memcmp(key.ptr, k->b, k->len) != 0) {
            break;
        }
        memcpy(at, key.ptr, key.len);
        err = td_del(t, TD_T_TRIE, (tandem_slice){at, key.len});
        if (err != TANDEM_OK) {
            break;
        }
    }
    td_iter_close(iter);
    return err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT ? TANDEM_OK : err;
}

// ------------------------------------------------------------------------ sum

static struct td_trie_child
sum_leaf(const struct td_trie_row *r, size_t depth)
{
    struct td_trie_child sum = {.count = r->count};
    struct td_head heads[TD_TRIE_LEAF_MAX];

    TD_ASSERT(r->count <= TD_TRIE_LEAF_MAX);
    for (size_t i = 0; i < r->count; i++) {
        heads[i] = r->heads[i].head;
        sum.lsn = r->heads[i].lsn > sum.lsn ? r->heads[i].lsn : sum.lsn;
    }
    sum.hash = td_trie_hash(heads, r->count, depth);
    return sum;
}

struct td_trie_child
td_trie_row_sum(const struct td_trie_row *r, size_t depth)
{
    struct td_hash16 hashes[TD_TRIE_FANOUT];
    struct td_trie_child sum = {.count = 0};

    if (!r->branch) {
        return sum_leaf(r, depth);
    }
    for (unsigned i = 0; i < TD_TRIE_FANOUT; i++) {
        if ((r->bitmap >> i & 1) != 0) {
            hashes[i] = r->child[i].hash;
            sum.count += r->child[i].count;
            sum.lsn = r->child[i].lsn > sum.lsn ? r->child[i].lsn : sum.lsn;
        }
    }
    sum.hash = td_trie_branch(r->bitmap, hashes);
    return sum;
}
