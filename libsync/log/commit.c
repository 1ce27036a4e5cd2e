// SPDX-License-Identifier: Apache-2.0
// commit.c - the rows of held commits: one row for a run of them.
//
// COMMITS  number be32 || first seq be64
//            -> [1, log 16, lsn, prev 32, chain hashes bin, [commit...]]
//   lsn           of the first; the others' follow
//   prev          the chain hash before the first
//   chain hashes  32 bytes each: the n-th commit's header follows the n-1st
//   commit        its header as it travels (header.h), every payload absent
// A row holds 1..TD_COMMIT_RUN commits, of at most TD_COMMIT_RUN_CHANGES
// changes if it is more than one: reading one reads all. Those typed here have
// a row each, for a row is never written twice; those heard come by the
// segment, and a row of their own would cost each as much as its payload does.
#include "log/log.h"

#include <string.h>

#include "base/limits.h"
#include "codec/writer.h"
#include "log/row.h"

enum { ROW_VERSION = 1 };

void
td_commits_write(const struct td_header *headers, const struct td_hash *chains,
    size_t count, uint64_t lsn, struct td_buf *b)
{
    td_mp_array(b, 6);
    td_mp_uint(b, ROW_VERSION);
    td_mp_bin(b, headers[0].log.b, sizeof(headers[0].log.b));
    td_mp_uint(b, lsn);
    td_mp_bin(b, headers[0].prev.b, sizeof(headers[0].prev.b));
    td_mp_bin(b, chains[0].b, count * sizeof(chains[0].b));
    td_mp_array(b, count);
    for (size_t i = 0; i < count; i++) {
        td_wire_encode(&headers[i], i > 0 ? &headers[i - 1] : NULL, NULL, b);
    }
}

// How many of them the next row takes.
static size_t
run_of(const struct td_header *headers, size_t count)
{
    size_t changes = 0;
    size_t n = 0;

    while (n < count && n < TD_COMMIT_RUN) {
        changes += headers[n].change_count;
        if (n > 0 && changes > TD_COMMIT_RUN_CHANGES) {
            break;
        }
        n++;
    }
    return n;
}

tandem_err
td_commits_put(struct td_txn *t, uint32_t number,
    const struct td_header *headers, const struct td_hash *chains, size_t count,
    uint64_t lsn)
{
    uint8_t key[TD_ENTRY_KEY];
    tandem_err err = TANDEM_OK;

    while (count > 0 && err == TANDEM_OK) {
        const size_t n = run_of(headers, count);
        struct td_buf *b;

        td_entry_key(number, headers[0].seq, key);
        b = td_txn_room(t);
        td_commits_write(headers, chains, n, lsn, b);
        err = b->err;
        if (err == TANDEM_OK) {
            err = td_put(t, TD_T_COMMITS, (tandem_slice){key, sizeof(key)},
                TD_SEAL_TRANSIT, td_buf_slice(b));
        }
        headers += n;
        chains += n;
        lsn += n;
        count -= n;
    }
    return err;
}

// -------------------------------------------------------------------- reading

// A row up to its commits.
struct row {
    uint64_t first, lsn;
    struct td_log_id log;
    struct td_hash prev;
    tandem_slice chains; // borrowed
    struct td_cur rest;  // at the commits
};

static tandem_err
read_row(tandem_slice key, tandem_slice bytes, struct row *out)
{
    struct td_cur c;
    size_t count;

    if (key.len != TD_ENTRY_KEY || !td_cur_open(&c, bytes)) {
        return TANDEM_ECORRUPT;
    }
    out->first = td_be64(key.ptr + 4);
    td_cur_array_exact(&c, 6);
    td_cur_uint_exact(&c, ROW_VERSION);
    td_cur_bin_exact(&c, out->log.b, sizeof(out->log.b));
    out->lsn = td_cur_uint(&c);
    td_cur_bin_exact(&c, out->prev.b, sizeof(out->prev.b));
    out->chains = td_cur_bin(&c, TD_COMMIT_RUN * sizeof(struct td_hash));
    count = out->chains.len / sizeof(struct td_hash);
    // The last one's seq and lsn are numbers too.
    if (td_cur_failed(&c) || count == 0 ||
        out->chains.len % sizeof(struct td_hash) != 0 ||
        out->first > UINT64_MAX - (count - 1) ||
        out->lsn > TD_LSN_MAX - (count - 1)) {
        return TANDEM_ECORRUPT;
    }
    out->rest = c;
    return TANDEM_OK;
}

static size_t
row_count(const struct row *r)
{
    return r->chains.len / sizeof(struct td_hash);
}

static struct td_hash
chain_at(const struct row *r, size_t i)
{
    struct td_hash h;

    memcpy(h.b, r->chains.ptr + i * sizeof(h.b), sizeof(h.b));
    return h;
}

// The row that has the commit, in `b`. ENOTFOUND.
static tandem_err
find_row(struct td_txn *t, uint32_t number, uint64_t seq, struct td_buf *key,
    struct td_buf *b, struct row *out)
{
    uint8_t want[TD_ENTRY_KEY];

    td_entry_key(number, seq, want);
    TD_TRY(td_floor(
        t, TD_T_COMMITS, (tandem_slice){want, sizeof(want)}, 4, key, b));
    TD_TRY(read_row(td_buf_slice(key), td_buf_slice(b), out));
    return seq - out->first < row_count(out) ? TANDEM_OK : TANDEM_ENOTFOUND;
}

static tandem_err
read_commits(struct row *r, struct td_arena *arena, struct td_commits *out)
{
    const size_t count = row_count(r);
    size_t changes = 0;
    struct td_header *headers;
    tandem_slice *payloads;
    struct td_hash *chains;

    headers = td_arena_array(arena, count, sizeof(*headers));
    chains = td_arena_array(arena, count, sizeof(*chains));
    if (headers == NULL || chains == NULL) {
        return TANDEM_ENOMEM;
    }
    td_cur_array_exact(&r->rest, count);
    for (size_t i = 0; i < count && !td_cur_failed(&r->rest); i++) {
        tandem_err err;

        headers[i].log = r->log;
        headers[i].seq = r->first + i;
        headers[i].prev = i > 0 ? chains[i - 1] : r->prev;
        chains[i] = chain_at(r, i);
        err = td_wire_decode(&r->rest, i > 0 ? &headers[i - 1] : NULL, arena,
            &headers[i], &payloads);
        if (err != TANDEM_OK) {
            return err == TANDEM_EPROTO ? TANDEM_ECORRUPT : err;
        }
        changes += headers[i].change_count;
        for (size_t k = 0; k < headers[i].change_count; k++) {
            if (payloads[k].ptr != NULL) {
                return TANDEM_ECORRUPT; // it has a row of its own
            }
        }
    }
    if (!td_cur_done(&r->rest) ||
        (count > 1 && changes > TD_COMMIT_RUN_CHANGES)) {
        return TANDEM_ECORRUPT;
    }
    out->first = r->first;
    out->count = count;
    out->lsn = r->lsn;
    out->headers = headers;
    out->chains = chains;
    return TANDEM_OK;
}

tandem_err
td_commits_read(tandem_slice key, tandem_slice row, struct td_arena *arena,
    struct td_commits *out)
{
    struct row r;

    TD_TRY(read_row(key, row, &r));
    return read_commits(&r, arena, out);
}

void
td_commits_init(struct td_commits *c, struct td_txn *t)
{
    *c = (struct td_commits){.t = t};
    td_arena_init(&c->arena, td_store_sys(td_txn_store(t)), TD_COMMITS_MAX);
    td_row_buf(t, &c->row);
    td_row_buf(t, &c->key);
}

void
td_commits_deinit(struct td_commits *c)
{
    td_buf_deinit(&c->key);
    td_buf_deinit(&c->row);
    td_arena_deinit(&c->arena);
}

tandem_err
td_commits_row_get(struct td_commits *c, uint32_t number, uint64_t seq,
    const struct td_header **out, struct td_hash *chain, uint64_t *lsn)
{
    struct row r;

    if (c->number != number || seq - c->first >= c->count) {
        c->count = 0;
        TD_TRY(find_row(c->t, number, seq, &c->key, &c->row, &r));
        td_arena_reset(&c->arena);
        TD_TRY(read_commits(&r, &c->arena, c));
        c->number = number;
    }
    *out = &c->headers[seq - c->first];
    if (chain != NULL) {
        *chain = c->chains[seq - c->first];
    }
    if (lsn != NULL) {
        *lsn = c->lsn + (seq - c->first);
    }
    return TANDEM_OK;
}

tandem_err
td_commit_row_get(struct td_txn *t, uint32_t number, uint64_t seq,
    struct td_arena *arena, struct td_header *out, struct td_hash *chain,
    uint64_t *lsn)
{
    struct td_commits c = {0};
    struct td_buf key, b;
    struct row r;
    tandem_err err;

    td_row_buf(t, &key);
    td_row_buf(t, &b);
    err = find_row(t, number, seq, &key, &b, &r);
    if (err == TANDEM_OK) {
        err = read_commits(&r, arena, &c);
    }
    td_buf_deinit(&b);
    td_buf_deinit(&key);
    TD_TRY(err);
    *out = c.headers[seq - c.first];
    if (chain != NULL) {
        *chain = c.chains[seq - c.first];
    }
    if (lsn != NULL) {
        *lsn = c.lsn + (seq - c.first);
    }
    return TANDEM_OK;
}

tandem_err
td_commit_row_chain(
    struct td_txn *t, uint32_t number, uint64_t seq, struct td_hash *chain)
{
    struct td_buf key, b;
    struct row r;
    tandem_err err;

    td_row_buf(t, &key);
    td_row_buf(t, &b);
    err = find_row(t, number, seq, &key, &b, &r);
    if (err == TANDEM_OK) {
        *chain = chain_at(&r, (size_t)(seq - r.first));
    }
    td_buf_deinit(&b);
    td_buf_deinit(&key);
    return err;
}
