// SPDX-License-Identifier: Apache-2.0
// feed.c - what happened here, in the order it happened.
//
// FEED  lsn be64 -> [number, seq or nil, local bool,
//                   [[record 16, sector 16, pack 8, kind]...]]
//   number  the log's local number; 0 and seq nil when records changed without
//           a commit (a late payload or key, an acceptance, an erasure)
//   local   typed here
//   items   0..TD_COMMIT_CHANGES_MAX; the feed number of item i is
//           lsn * 128 + i
#include "log/log.h"

#include <string.h>

#include "base/limits.h"
#include "codec/cursor.h"
#include "codec/writer.h"
#include "log/row.h"

_Static_assert(TD_COMMIT_CHANGES_MAX <= 128, "a feed number is lsn * 128 + i");

tandem_err
td_feed_put(struct td_txn *t, const struct td_feed_row *row)
{
    uint8_t key[8];
    struct td_buf b;
    tandem_err err;

    if (row->count > TD_COMMIT_CHANGES_MAX) {
        return TANDEM_ELIMIT;
    }
    td_put_be64(key, row->lsn);
    td_row_buf(t, &b);
    td_mp_array(&b, 4);
    td_mp_uint(&b, row->number);
    if (row->has_seq) {
        td_mp_uint(&b, row->seq);
    } else {
        td_mp_nil(&b);
    }
    td_mp_bool(&b, row->local);
    td_mp_array(&b, row->count);
    for (size_t i = 0; i < row->count; i++) {
        const struct td_feed_item *item = &row->items[i];

        td_mp_array(&b, 4);
        td_mp_bin(&b, item->record.b, sizeof(item->record.b));
        td_mp_bin(&b, item->sector.b, sizeof(item->sector.b));
        td_mp_bin(&b, item->pack, sizeof(item->pack));
        td_mp_uint(&b, item->kind);
    }
    err = b.err;
    if (err == TANDEM_OK) {
        err = td_put(t, TD_T_FEED, (tandem_slice){key, sizeof(key)},
            TD_SEAL_TRANSIT, td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    return err;
}

static tandem_err
read_row(tandem_slice bytes, struct td_arena *arena, struct td_feed_row *out)
{
    struct td_feed_item *items;
    struct td_cur c;

    if (!td_cur_open(&c, bytes)) {
        return TANDEM_ECORRUPT;
    }
    td_cur_array_exact(&c, 4);
    out->number = (uint32_t)td_cur_uint_max(&c, UINT32_MAX);
    out->has_seq = !td_cur_nil(&c);
    out->seq = out->has_seq ? td_cur_uint(&c) : 0;
    out->local = td_cur_bool(&c);
    out->count = td_cur_array(&c, TD_COMMIT_CHANGES_MAX);
    items = td_arena_array(arena, out->count, sizeof(*items));
    if (items == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < out->count; i++) {
        td_cur_array_exact(&c, 4);
        td_cur_bin_exact(&c, items[i].record.b, sizeof(items[i].record.b));
        td_cur_bin_exact(&c, items[i].sector.b, sizeof(items[i].sector.b));
        td_cur_bin_exact(&c, items[i].pack, sizeof(items[i].pack));
        items[i].kind = td_cur_uint(&c);
    }
    out->items = items;
    return td_cur_done(&c) ? TANDEM_OK : TANDEM_ECORRUPT;
}

tandem_err
td_feed_get(struct td_txn *t, uint64_t lsn, struct td_arena *arena,
    struct td_feed_row *out)
{
    struct td_feed_row row = {.lsn = lsn};
    uint8_t key[8];
    struct td_buf b;
    tandem_err err;

    td_put_be64(key, lsn);
    td_row_buf(t, &b);
    err = td_get(t, TD_T_FEED, (tandem_slice){key, sizeof(key)}, &b);
    if (err == TANDEM_OK) {
        err = read_row(td_buf_slice(&b), arena, &row);
    }
    td_buf_deinit(&b);
    if (err == TANDEM_OK) {
        *out = row;
    }
    return err;
}

tandem_err
td_feed_after(struct td_txn *t, uint64_t lsn, struct td_arena *arena,
    struct td_feed_row *out)
{
    struct td_feed_row row = {0};
    struct td_iter *iter = NULL;
    tandem_slice key = {NULL, 0};
    tandem_slice bytes;
    uint8_t from[8];
    tandem_err err;

    if (lsn == UINT64_MAX) {
        return TANDEM_ENOTFOUND;
    }
    td_put_be64(from, lsn + 1);
    TD_TRY(
        td_iter_open(t, TD_T_FEED, (tandem_slice){from, sizeof(from)}, &iter));
    err = td_iter_next(iter, &key, &bytes);
    if (err != TANDEM_ENOTFOUND && key.len == 8) {
        row.lsn = td_be64(key.ptr);
        if (err == TANDEM_OK) {
            err = read_row(bytes, arena, &row);
        }
        if (err == TANDEM_ECORRUPT) {
            out->lsn = row.lsn;
        }
    } else if (err == TANDEM_OK) {
        err = TANDEM_ECORRUPT;
    }
    td_iter_close(iter);
    if (err == TANDEM_OK) {
        *out = row;
    }
    return err;
}

tandem_err
td_feed_put_commit(
    struct td_txn *t, uint64_t lsn, uint32_t number, uint64_t seq)
{
    return td_feed_put(
        t, &(struct td_feed_row){
               .lsn = lsn, .number = number, .has_seq = true, .seq = seq});
}

// A row holds at most 128 items of about 60 bytes.
#define FEED_ARENA_MAX ((size_t)64 << 10)

tandem_err
td_feed_put_records(struct td_txn *t, uint64_t lsn,
    const struct td_feed_item *items, size_t count, uint32_t log_number,
    bool local)
{
    struct td_feed_row row = {.lsn = lsn, .number = log_number};
    struct td_arena arena;
    tandem_err err;

    td_arena_init(&arena, td_store_sys(td_txn_store(t)), FEED_ARENA_MAX);
    err = td_feed_get(t, lsn, &arena, &row);
    if (err == TANDEM_OK || err == TANDEM_ENOTFOUND) {
        row.local = local;
        row.items = items;
        row.count = count;
        err = td_feed_put(t, &row);
    }
    td_arena_deinit(&arena);
    return err;
}
