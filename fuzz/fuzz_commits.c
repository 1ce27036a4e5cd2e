// SPDX-License-Identifier: Apache-2.0
// fuzz_commits.c - any bytes as a row of COMMITS: refused, or a run of commits,
// each in its place, written again as the same bytes.
//
// Input: key (number be32, first seq be64), row.
#include <stdlib.h>

#include "base/limits.h"
#include "base/slice.h"
#include "crypto/hash.h"
#include "log/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
check(const struct td_commits *c, uint64_t first)
{
    size_t changes = 0;

    must(c->count > 0 && c->count <= TD_COMMIT_RUN);
    must(c->first == first && first <= UINT64_MAX - (c->count - 1));
    must(c->lsn <= TD_LSN_MAX - (c->count - 1));
    for (size_t i = 0; i < c->count; i++) {
        const struct td_header *h = &c->headers[i];

        must(h->seq == first + i);
        must(td_log_id_cmp(h->log, c->headers[0].log) == 0);
        must(i == 0 || td_hash_eq(&h->prev, &c->chains[i - 1]));
        must((h->seq == 0) == (h->change_count == 0));
        changes += h->change_count;
    }
    must(c->count == 1 || changes <= TD_COMMIT_RUN_CHANGES);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct td_commits c = {0};
    struct td_arena arena;
    tandem_slice key, row;
    struct td_buf b;
    tandem_err err;

    must(td_crypto_init() == TANDEM_OK);
    if (size < TD_ENTRY_KEY) {
        return 0;
    }
    key = (tandem_slice){data, TD_ENTRY_KEY};
    row = (tandem_slice){data + TD_ENTRY_KEY, size - TD_ENTRY_KEY};
    td_arena_init(&arena, NULL, TD_COMMITS_MAX);
    err = td_commits_read(key, row, &arena, &c);
    must(err == TANDEM_OK || err == TANDEM_ECORRUPT);
    if (err == TANDEM_OK) {
        check(&c, td_be64(key.ptr + 4));
        td_buf_init(&b, NULL, size);
        td_commits_write(c.headers, c.chains, c.count, c.lsn, &b);
        must(b.err == TANDEM_OK && td_slice_eq(row, td_buf_slice(&b)));
        td_buf_deinit(&b);
    }
    td_arena_deinit(&arena);
    return 0;
}
