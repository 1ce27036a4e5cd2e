// SPDX-License-Identifier: Apache-2.0
// log.c - the logs held here: their rows, their numbers, the local lsn.
//
// Layouts in log.h. A log's number never changes and is never given twice:
// all rows of its commits begin with it.
#include "log/log.h"

#include <string.h>

#include "base/limits.h"
#include "codec/cursor.h"
#include "codec/writer.h"
#include "crypto/hash.h"
#include "log/row.h"

// Room for the largest row: a payload with its form byte, or a header.
#define ROW_BYTES_MAX ((size_t)TD_PAYLOAD_BYTES_MAX + 64)

void
td_row_buf(struct td_txn *t, struct td_buf *out)
{
    td_buf_init(out, td_store_sys(td_txn_store(t)), ROW_BYTES_MAX);
}

void
td_entry_key(uint32_t number, uint64_t seq, uint8_t out[TD_ENTRY_KEY])
{
    td_put_be32(out, number);
    td_put_be64(out + 4, seq);
}

void
td_payload_key(
    uint32_t number, uint64_t seq, uint16_t index, uint8_t out[TD_PAYLOAD_KEY])
{
    td_entry_key(number, seq, out);
    out[12] = (uint8_t)(index >> 8);
    out[13] = (uint8_t)index;
}

struct td_hash
td_seen_mark(const struct td_hash *seen, size_t count)
{
    return td_hash_of((tandem_slice){
        count > 0 ? seen[0].b : NULL, count * sizeof(struct td_hash)});
}

// -------------------------------------------------------------------- a row

static tandem_err
put_row(struct td_txn *t, const struct td_log_info *info)
{
    uint8_t key[TD_LOG_INFO_BRANCH_KEY];
    struct td_buf b;
    tandem_err err;

    TD_ASSERT(info->number > 0);
    td_row_buf(t, &b);
    td_log_info_write(info, &b);
    err = b.err;
    if (err == TANDEM_OK) {
        err = td_put(t, TD_T_LOGS,
            (tandem_slice){key, td_log_info_key(info, key)}, TD_SEAL_TRANSIT,
            td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    return err;
}

struct td_trie_head
td_log_trie_head(const struct td_log_info *info)
{
    return (struct td_trie_head){.head = {info->id, info->head_seq, info->head},
        .lsn = info->head_lsn,
        .number = info->number,
        .is_signed = info->signed_seq == info->head_seq};
}

tandem_err
td_log_put(struct td_txn *t, const struct td_log_info *info)
{
    const struct td_trie_head head = td_log_trie_head(info);

    TD_TRY(put_row(t, info));
    return info->cut ? td_trie_drop(t, &info->sector, &info->id, info->number)
                     : td_trie_put(t, &info->sector, &head);
}

tandem_err
td_log_get(struct td_txn *t, struct td_log_id id, struct td_log_info *out)
{
    tandem_slice key = {id.b, sizeof(id.b)};
    struct td_buf b;
    tandem_err err;

    td_row_buf(t, &b);
    err = td_get(t, TD_T_LOGS, key, &b);
    if (err == TANDEM_OK) {
        err = td_log_info_read(key, td_buf_slice(&b), out);
    }
    td_buf_deinit(&b);
    return err == TANDEM_ECORRUPT ? td_log_mend(t, id, out) : err;
}

static void
number_key(uint32_t number, uint8_t out[5])
{
    out[0] = 0;
    td_put_be32(out + 1, number);
}

tandem_err
td_log_number(struct td_txn *t, uint32_t number, struct td_log_info *out)
{
    uint8_t key[5];
    struct td_buf at;
    struct td_buf b;
    tandem_err err;

    number_key(number, key);
    td_row_buf(t, &at);
    td_row_buf(t, &b);
    err = td_get(t, TD_T_LOGS, (tandem_slice){key, sizeof(key)}, &at);
    if (err == TANDEM_OK) {
        err = td_get(t, TD_T_LOGS, td_buf_slice(&at), &b);
        err = err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
    }
    if (err == TANDEM_OK) {
        err = td_log_info_read(td_buf_slice(&at), td_buf_slice(&b), out);
    }
    td_buf_deinit(&b);
    td_buf_deinit(&at);
    return err == TANDEM_ECORRUPT ? td_log_mend_number(t, number, out) : err;
}

// --------------------------------------------------------------- the counters

tandem_err
td_counter_get(struct td_txn *t, tandem_slice key, size_t size, uint64_t *out)
{
    struct td_buf b;
    tandem_err err;

    td_row_buf(t, &b);
    err = td_get(t, TD_T_META, key, &b);
    if (err == TANDEM_ENOTFOUND) {
        err = TANDEM_OK;
        *out = 0;
    } else if (err == TANDEM_OK && b.len != size) {
        err = TANDEM_ECORRUPT;
    } else if (err == TANDEM_OK) {
        *out = size == 4 ? td_be32(b.ptr) : td_be64(b.ptr);
    }
    td_buf_deinit(&b);
    return err;
}

static const uint8_t lsn_name[] = {'l', 's', 'n'};
static const uint8_t own_name[] = {'o', 'w', 'n'};
static const uint8_t logs_name[] = {'l', 'o', 'g', 's'};
static const uint8_t branches_name[] = {'b', 'r', 'a', 'n', 'c', 'h', 'e', 's'};

tandem_err
td_log_last(struct td_txn *t, uint32_t *out)
{
    uint64_t last;

    TD_TRY(td_counter_get(
        t, (tandem_slice){logs_name, sizeof(logs_name)}, 4, &last));
    *out = (uint32_t)last;
    return TANDEM_OK;
}

tandem_err
td_log_branched(struct td_txn *t, uint32_t *out)
{
    uint64_t count;

    TD_TRY(td_counter_get(
        t, (tandem_slice){branches_name, sizeof(branches_name)}, 4, &count));
    *out = (uint32_t)count;
    return TANDEM_OK;
}

static tandem_err
count_branch(struct td_txn *t)
{
    const tandem_slice key = {branches_name, sizeof(branches_name)};
    uint8_t row[4];
    uint32_t count;

    TD_TRY(td_log_branched(t, &count));
    td_put_be32(row, count + 1);
    return td_put(
        t, TD_T_META, key, TD_SEAL_TRANSIT, (tandem_slice){row, sizeof(row)});
}

// 0x02 || BLAKE2b-128(device 32 || sector 16)
enum { COUNT_KEY = 17 };

static void
count_key(const struct td_log_info *info, uint8_t out[COUNT_KEY])
{
    const struct td_hash16 h = td_hash16_parts(
        (const tandem_slice[]){
            {info->device.b, sizeof(info->device.b)},
            {info->sector.b, sizeof(info->sector.b)},
        },
        2);

    out[0] = 2;
    memcpy(out + 1, h.b, sizeof(h.b));
}

tandem_err
td_log_count(struct td_txn *t, const struct td_log_info *like, uint32_t *out)
{
    uint8_t key[COUNT_KEY];
    struct td_buf b;
    tandem_err err;

    count_key(like, key);
    td_row_buf(t, &b);
    err = td_get(t, TD_T_LOGS, (tandem_slice){key, sizeof(key)}, &b);
    if (err == TANDEM_OK && b.len == 4) {
        *out = td_be32(b.ptr);
    } else if (err != TANDEM_ENOMEM && err != TANDEM_EIO) {
        *out = 0; // none yet, or damaged: counted from here
        err = TANDEM_OK;
    }
    td_buf_deinit(&b);
    return err;
}

static tandem_err
count_log(struct td_txn *t, const struct td_log_info *info)
{
    uint8_t key[COUNT_KEY];
    uint8_t row[4];
    uint32_t count;

    TD_TRY(td_log_count(t, info, &count));
    count_key(info, key);
    td_put_be32(row, count + 1);
    return td_put(t, TD_T_LOGS, (tandem_slice){key, sizeof(key)},
        TD_SEAL_TRANSIT, (tandem_slice){row, sizeof(row)});
}

tandem_err
td_log_add(struct td_txn *t, struct td_log_info *info)
{
    const tandem_slice key = {logs_name, sizeof(logs_name)};
    uint8_t at[TD_LOG_INFO_BRANCH_KEY];
    uint8_t row[5];
    uint32_t last;

    TD_TRY(td_log_last(t, &last));
    if (last >= TD_LOG_NUMBER_MAX) {
        return TANDEM_ELIMIT;
    }
    info->number = last + 1;
    number_key(info->number, row);
    TD_TRY(
        td_put(t, TD_T_META, key, TD_SEAL_TRANSIT, (tandem_slice){row + 1, 4}));
    TD_TRY(td_put(t, TD_T_LOGS, (tandem_slice){row, sizeof(row)},
        TD_SEAL_TRANSIT, (tandem_slice){at, td_log_info_key(info, at)}));
    TD_TRY(info->further ? count_branch(t) : count_log(t, info));
    return put_row(t, info); // its first entry follows
}

tandem_err
td_lsn(struct td_txn *t, uint64_t *out)
{
    return td_counter_get(
        t, (tandem_slice){lsn_name, sizeof(lsn_name)}, 8, out);
}

tandem_err
td_lsn_own(struct td_txn *t, uint64_t *out)
{
    return td_counter_get(
        t, (tandem_slice){own_name, sizeof(own_name)}, 8, out);
}

tandem_err
td_lsn_own_put(struct td_txn *t, uint64_t lsn)
{
    uint8_t row[8];

    td_put_be64(row, lsn);
    return td_put(t, TD_T_META, (tandem_slice){own_name, sizeof(own_name)},
        TD_SEAL_TRANSIT, (tandem_slice){row, sizeof(row)});
}

tandem_err
td_lsn_take(struct td_txn *t, uint64_t count, uint64_t *first)
{
    uint8_t row[8];
    uint64_t last;

    TD_TRY(td_lsn(t, &last));
    if (count > TD_LSN_MAX || last > TD_LSN_MAX - count) {
        return TANDEM_ELIMIT;
    }
    td_put_be64(row, last + count);
    TD_TRY(td_put(t, TD_T_META, (tandem_slice){lsn_name, sizeof(lsn_name)},
        TD_SEAL_TRANSIT, (tandem_slice){row, sizeof(row)}));
    *first = last + 1;
    return TANDEM_OK;
}

tandem_err
td_lsn_next(struct td_txn *t, uint64_t *out)
{
    return td_lsn_take(t, 1, out);
}

// ------------------------------------------------------------------- the list

struct list {
    struct td_log_info *at;
    size_t count, cap;
};

// Doubling in the arena: what is left behind is at most as much again.
static tandem_err
list_add(struct list *l, struct td_arena *arena, const struct td_log_info *i)
{
    size_t k;

    if (l->count == l->cap) {
        size_t cap = l->cap == 0 ? 16 : l->cap * 2;
        struct td_log_info *at = td_arena_array(arena, cap, sizeof(*at));

        if (at == NULL) {
            return TANDEM_ENOMEM;
        }
        if (l->count > 0) {
            memcpy(at, l->at, l->count * sizeof(*at));
        }
        l->at = at;
        l->cap = cap;
    }
    // Rows come by log, then number; the list is by log, then head.
    for (k = l->count; k > 0 && td_log_id_cmp(l->at[k - 1].id, i->id) == 0 &&
                       td_hash_cmp(&l->at[k - 1].head, &i->head) > 0;
         k--) {
        l->at[k] = l->at[k - 1];
    }
    l->at[k] = *i;
    l->count++;
    return TANDEM_OK;
}

// One row of the table. ECORRUPT: it cannot be made out, the others can.
static tandem_err
list_row(struct td_txn *t, tandem_slice key, tandem_slice row, tandem_err err,
    struct td_log_info *out)
{
    if (err == TANDEM_OK) {
        err = td_log_info_read(key, row, out);
    }
    if (err != TANDEM_ECORRUPT) {
        return err;
    }
    if (key.len == TD_LOG_INFO_BRANCH_KEY) {
        return td_log_mend_number(t, td_be32(key.ptr + TD_LOG_INFO_KEY), out);
    }
    memcpy(out->id.b, key.ptr, sizeof(out->id.b));
    return td_log_mend(t, out->id, out);
}

// Which rows are wanted; NULL: all.
struct which {
    const struct td_log_id *log;
    const tandem_id *sector;
    const tandem_device_id *device;
    bool cut; // these too
};

static bool
is_wanted(const struct which *which, const struct td_log_info *i)
{
    return (which->cut || !i->cut) &&
           (which->sector == NULL ||
               td_id_cmp(i->sector, *which->sector) == 0) &&
           (which->device == NULL ||
               td_device_cmp(i->device, *which->device) == 0);
}

static tandem_err
list(struct td_txn *t, const struct which *which, struct td_arena *arena,
    struct list *out)
{
    const struct td_log_id *only = which->log;
    tandem_slice from = {NULL, 0};
    struct td_iter *iter = NULL;
    tandem_slice key;
    tandem_slice row;
    tandem_err err;

    if (only != NULL) {
        from = (tandem_slice){only->b, sizeof(only->b)};
    }
    TD_TRY(td_iter_open(t, TD_T_LOGS, from, &iter));
    for (;;) {
        struct td_log_info info;

        key.len = 0;
        err = td_iter_next(iter, &key, &row);
        if (err == TANDEM_ENOTFOUND || key.len == 0) {
            break; // a bad page has no key: there is no way past it
        }
        if (!td_log_info_is(key)) {
            continue; // a number's row
        }
        if (only != NULL && memcmp(key.ptr, only->b, sizeof(only->b)) != 0) {
            err = TANDEM_ENOTFOUND;
            break;
        }
        err = list_row(t, key, row, err, &info);
        if (err == TANDEM_ECORRUPT) {
            continue; // set apart: the others go on
        }
        if (err == TANDEM_OK && is_wanted(which, &info)) {
            err = list_add(out, arena, &info);
        }
        if (err != TANDEM_OK) {
            break;
        }
    }
    td_iter_close(iter);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

tandem_err
td_log_list(struct td_txn *t, const tandem_id *sector, struct td_arena *arena,
    struct td_log_info **out, size_t *count)
{
    const struct which which = {.sector = sector};
    struct list all = {0};

    TD_TRY(list(t, &which, arena, &all));
    *out = all.at;
    *count = all.count;
    return TANDEM_OK;
}

tandem_err
td_log_list_of(struct td_txn *t, const tandem_id *sector,
    const tandem_device_id *device, struct td_arena *arena,
    struct td_log_info **out, size_t *count)
{
    const struct which which = {.sector = sector, .device = device};
    struct list all = {0};

    TD_TRY(list(t, &which, arena, &all));
    *out = all.at;
    *count = all.count;
    return TANDEM_OK;
}

tandem_err
td_log_rows(struct td_txn *t, struct td_log_id id, struct td_arena *arena,
    struct td_log_info **out, size_t *count)
{
    const struct which which = {.log = &id, .cut = true};
    struct list all = {0};

    TD_TRY(list(t, &which, arena, &all));
    *out = all.at;
    *count = all.count;
    return TANDEM_OK;
}

bool
td_log_has_further(struct td_txn *t, struct td_log_id id)
{
    uint8_t from[TD_LOG_INFO_BRANCH_KEY] = {0};
    struct td_iter *iter = NULL;
    tandem_slice key = {NULL, 0};
    tandem_slice row;
    bool has;

    memcpy(from, id.b, sizeof(id.b));
    if (td_iter_open(t, TD_T_LOGS, (tandem_slice){from, sizeof(from)}, &iter) !=
        TANDEM_OK) {
        return false;
    }
    (void)td_iter_next(iter, &key, &row);
    has = key.len == TD_LOG_INFO_BRANCH_KEY &&
          memcmp(key.ptr, id.b, sizeof(id.b)) == 0;
    td_iter_close(iter);
    return has;
}

tandem_err
td_log_damaged(struct td_txn *t, size_t *out)
{
    struct td_iter *iter = NULL;
    tandem_slice key = {NULL, 0};
    tandem_slice row;
    size_t damaged = 0;
    tandem_err err;

    TD_TRY(td_iter_open(t, TD_T_LOGS, (tandem_slice){NULL, 0}, &iter));
    while ((err = td_iter_next(iter, &key, &row)) == TANDEM_OK ||
           err == TANDEM_ECORRUPT) {
        struct td_log_info info;

        if (err == TANDEM_OK && td_log_info_is(key)) {
            err = td_log_info_read(key, row, &info);
        } else if (err == TANDEM_OK && !td_log_info_is(row) &&
                   !(key.len == COUNT_KEY && row.len == 4)) {
            err = TANDEM_ECORRUPT;
        }
        damaged += err == TANDEM_ECORRUPT;
    }
    td_iter_close(iter);
    if (err != TANDEM_ENOTFOUND) {
        return err;
    }
    *out = damaged;
    return TANDEM_OK;
}
