// SPDX-License-Identifier: Apache-2.0
// append.c - our own logs: opening one, appending to it, signing in time.
//
// Everything needed stands in the log's own row, so a store that was closed
// and opened again goes on with the same chain, epoch and `seen`.
#include "log/log.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "log/row.h"

// Our own logs of a sector: one for each time this device began anew.
#define LIST_BYTES_MAX ((size_t)64 << 20)

static int
compare_hash(const void *a, const void *b)
{
    return td_hash_cmp(a, b);
}

// Sorted, none twice. @return the count left.
static size_t
sort_seen(struct td_hash *out, const struct td_hash *seen, size_t count)
{
    size_t kept = 0;

    if (count == 0) {
        return 0;
    }
    memcpy(out, seen, count * sizeof(*out));
    qsort(out, count, sizeof(*out), compare_hash);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || !td_hash_eq(&out[kept - 1], &out[i])) {
            out[kept++] = out[i];
        }
    }
    return kept;
}

// ------------------------------------------------------------------- opening

static int
compare_recent(const void *a, const void *b)
{
    const struct td_log_info *x = a;
    const struct td_log_info *y = b;

    return x->head_lsn < y->head_lsn ? 1 : x->head_lsn > y->head_lsn ? -1 : 0;
}

static int
compare_head(const void *a, const void *b)
{
    const struct td_head *x = a;
    const struct td_head *y = b;

    int cmp = td_log_id_cmp(x->log, y->log);

    return cmp != 0 ? cmp : td_hash_cmp(&x->hash, &y->hash);
}

// The heads of this device's other logs in the sector; of more than
// TD_EARLIER_MAX those that grew last (each names those before it).
static tandem_err
find_earlier(struct td_txn *t, struct td_opening *o, struct td_arena *arena)
{
    struct td_log_info *logs = NULL;
    struct td_head *heads;
    size_t mine = 0;

    TD_TRY(td_log_list_of(t, &o->sector, &o->device, arena, &logs, &mine));
    if (mine > TD_EARLIER_MAX) {
        qsort(logs, mine, sizeof(*logs), compare_recent);
        mine = TD_EARLIER_MAX;
    }
    heads = td_arena_array(arena, mine, sizeof(*heads));
    if (heads == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < mine; i++) {
        heads[i] = (struct td_head){logs[i].id, logs[i].head_seq, logs[i].head};
    }
    if (mine > 1) {
        qsort(heads, mine, sizeof(*heads), compare_head);
    }
    o->earlier = heads;
    o->earlier_count = mine;
    return TANDEM_OK;
}

// Write a header's row and bring `log` up to it; the log's row is not written.
static tandem_err
put_entry(struct td_txn *t, struct td_log_info *log, const struct td_header *h,
    uint64_t *lsn)
{
    struct td_hash chain;
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, td_store_sys(td_txn_store(t)), TD_HEADER_BYTES_MAX);
    td_header_encode(h, &b);
    err = b.err;
    if (err == TANDEM_OK) {
        err = td_lsn_next(t, lsn);
    }
    if (err == TANDEM_OK) {
        chain = td_header_chain(td_buf_slice(&b));
        err = td_commits_put(t, log->number, h, &chain, 1, *lsn);
    }
    if (err == TANDEM_OK) {
        err = td_lsn_own_put(t, *lsn);
    }
    td_buf_deinit(&b);
    if (err != TANDEM_OK) {
        return err;
    }
    log->head_seq = h->seq;
    log->head = chain;
    log->head_lsn = *lsn;
    if (h->has_seen) {
        log->seen_mark = td_seen_mark(h->seen, h->seen_count);
        log->seen_seq = h->seq;
    }
    return TANDEM_OK;
}

static tandem_err
open_log(struct td_txn *t, const struct td_author *a, struct td_header *h,
    struct td_log_info *out)
{
    struct td_log_info log = {.id = h->log};
    uint64_t lsn;

    log.device = h->opening.device;
    log.sector = h->opening.sector;
    memcpy(log.incarnation, h->opening.incarnation, sizeof(log.incarnation));
    TD_TRY(td_log_add(t, &log));
    TD_TRY(put_entry(t, &log, h, &lsn));
    TD_TRY(td_head_make(t, a, &log));
    TD_TRY(td_feed_put(t,
        &(struct td_feed_row){
            .lsn = lsn, .number = log.number, .has_seq = true, .local = true}));
    TD_TRY(td_log_put(t, &log));
    *out = log;
    return TANDEM_OK;
}

tandem_err
td_log_own(struct td_txn *t, const struct td_author *a, tandem_id sector,
    const struct td_hash *seen, size_t seen_count, struct td_log_info *out)
{
    struct td_hash sorted[TD_SEEN_MAX];
    struct td_header h = {.has_seen = true, .seen = sorted};
    struct td_arena arena;
    tandem_err err;

    if (seen_count > TD_SEEN_MAX) {
        return TANDEM_ELIMIT;
    }
    h.opening.workspace = a->workspace;
    h.opening.device = a->keys->pub.sign;
    h.opening.sector = sector;
    memcpy(h.opening.incarnation, a->incarnation, 16);
    h.log = td_log_id_of(&h.opening);
    err = td_log_get(t, h.log, out);
    if (err != TANDEM_ENOTFOUND) {
        return err;
    }
    h.seen_count = sort_seen(sorted, seen, seen_count);
    td_arena_init(&arena, td_store_sys(td_txn_store(t)), LIST_BYTES_MAX);
    err = find_earlier(t, &h.opening, &arena);
    if (err == TANDEM_OK) {
        err = open_log(t, a, &h, out);
    }
    td_arena_deinit(&arena);
    return err;
}

// ----------------------------------------------------------------- appending

void
td_log_next(const struct td_log_info *log, uint64_t *seq, struct td_hash *prev)
{
    *seq = log->head_seq + 1;
    *prev = log->head;
}

// Invariant (3). Entry 0 is part of the first segment, which so ends at 255.
static bool
must_sign(const struct td_log_info *log)
{
    uint64_t commits = log->head_seq - log->signed_seq;

    return commits + (log->signed_seq == 0 ? 1u : 0u) >= TD_SIGN_COMMITS ||
           log->unsigned_bytes >= TD_SIGN_BYTES;
}

static tandem_err
refer(const tandem_slice *payloads, size_t count, struct td_payload_ref *refs)
{
    uint64_t sum = 0;

    if (count == 0 || count > TD_COMMIT_CHANGES_MAX) {
        return TANDEM_ELIMIT;
    }
    for (size_t i = 0; i < count; i++) {
        if (payloads[i].len == 0) {
            return TANDEM_EVALUE;
        }
        if (payloads[i].len > TD_PAYLOAD_BYTES_MAX) {
            return TANDEM_ELIMIT;
        }
        sum += payloads[i].len;
        if (sum > TD_COMMIT_BYTES_MAX) {
            return TANDEM_ELIMIT;
        }
        refs[i].length = (uint32_t)payloads[i].len;
        refs[i].hash = td_hash_of(payloads[i]);
    }
    return TANDEM_OK;
}

tandem_err
td_log_append(struct td_txn *t, const struct td_author *a,
    struct td_log_info *log, const struct td_epoch_id *epoch,
    const struct td_hash *seen, size_t seen_count, const tandem_slice *payloads,
    size_t count, uint64_t *seq, struct td_hash *hash, uint64_t *lsn)
{
    struct td_payload_ref refs[TD_COMMIT_CHANGES_MAX];
    struct td_hash sorted[TD_SEEN_MAX];
    struct td_header h = {.changes = refs, .change_count = count};
    struct td_log_info next = *log;
    struct td_hash mark;
    uint64_t taken;

    TD_ASSERT(log->number > 0);
    TD_ASSERT(td_device_cmp(a->keys->pub.sign, log->device) == 0);
    if (seen_count > TD_SEEN_MAX) {
        return TANDEM_ELIMIT;
    }
    TD_TRY(refer(payloads, count, refs));
    h.log = log->id;
    td_log_next(log, &h.seq, &h.prev);
    h.has_epoch = epoch != NULL;
    if (epoch != NULL) {
        h.epoch = *epoch;
    }
    h.seen_count = sort_seen(sorted, seen, seen_count);
    mark = td_seen_mark(sorted, h.seen_count);
    h.has_seen = !td_hash_eq(&mark, &log->seen_mark);
    h.seen = sorted;
    TD_TRY(put_entry(t, &next, &h, &taken));
    next.has_epoch = h.has_epoch;
    next.epoch = h.epoch;
    next.unsigned_bytes += td_header_weight(&h);
    if (must_sign(&next)) {
        TD_TRY(td_head_make(t, a, &next));
    }
    TD_TRY(td_log_put(t, &next));
    *log = next;
    *seq = h.seq;
    *hash = next.head;
    *lsn = taken;
    return TANDEM_OK;
}
