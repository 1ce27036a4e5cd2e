// SPDX-License-Identifier: Apache-2.0
// stats.c - how much stands here, and what waits. Counts are kept with every
// write (work.h), so that asking after each session costs a few rows.
#include <string.h>

#include "replica/doubt.h"
#include "replica/meta.h"
#include "replica/wait.h"

#define LOGS_ARENA_MAX ((size_t)64 << 20)

static tandem_err
count_logs(struct td_replica *r, struct td_txn *t, tandem_stats *s)
{
    struct td_log_info *logs;
    struct td_arena arena;
    size_t count;
    tandem_err err;

    td_arena_init(&arena, r->sys, LOGS_ARENA_MAX);
    err = td_log_list(t, NULL, &arena, &logs, &count);
    for (size_t i = 0; err == TANDEM_OK && i < count; i++) {
        bool again = i > 0 && td_log_id_cmp(logs[i - 1].id, logs[i].id) == 0;
        uint64_t first = 0;

        err = td_log_unshared(t, logs, i, &first);
        s->logs += !again;
        s->forks += logs[i].forked && !again;
        s->commits += logs[i].head_seq - first + 1;
    }
    td_arena_deinit(&arena);
    return err;
}

static tandem_err
count_open(struct td_replica *r, struct td_txn *t, tandem_stats *s)
{
    struct td_counts c;
    bool sound = true;

    TD_TRY(td_meta_counts(t, &c));
    s->records = c.records;
    s->trashed = c.trashed;
    s->conflicts = c.conflicts;
    s->changes = c.changes;
    s->waiting = c.waiting;
    s->quarantined = c.quarantined;
    TD_TRY(td_missing_count(t, NULL, NULL, &s->missing, &sound));
    if (!sound) {
        td_doubt_counts(&r->doubts);
    }
    return TANDEM_OK;
}

tandem_err
td_replica_stats_open(struct td_replica *r, tandem_stats *out)
{
    tandem_stats s = {0};
    struct td_txn *t;
    tandem_err err;

    TD_TRY(td_store_read(r->store, &t));
    err = count_open(r, t, &s);
    td_store_read_end(t);
    if (err == TANDEM_OK) {
        *out = s;
    }
    return err;
}

tandem_err
td_replica_stats(struct td_replica *r, tandem_stats *out)
{
    tandem_stats s = {0};
    struct td_txn *t;
    tandem_err err;

    TD_TRY(td_store_read(r->store, &t));
    err = td_lsn(t, &s.lsn);
    if (err == TANDEM_OK) {
        err = count_open(r, t, &s);
    }
    if (err == TANDEM_OK) {
        err = count_logs(r, t, &s);
    }
    td_store_read_end(t);
    TD_TRY(err);
    s.bytes_on_disk = td_store_bytes(r->store);
    *out = s;
    return TANDEM_OK;
}

static tandem_err
waiting_entry(struct td_work *w, tandem_slice key, tandem_slice value,
    tandem_waiting_entry *out)
{
    const struct td_row_change at = td_wait_place(key);
    const struct td_log_info *log;
    struct td_wait wait;
    tandem_err err = td_work_log(w, at.number, &log);

    *out = (tandem_waiting_entry){
        .reason = TANDEM_WAIT_DAMAGED, .seq = at.seq, .index = at.index};
    if (err == TANDEM_ENOTFOUND) {
        return TANDEM_OK; // a damaged row's key: whose it was is lost
    }
    TD_TRY(err);
    out->sector = log->sector;
    out->device = log->device;
    if (td_wait_decode(value, &wait) == TANDEM_OK) {
        out->reason = wait.reason == TD_WAIT_VERDICT
                          ? TANDEM_WAIT_RIGHT
                          : (tandem_wait_reason)wait.reason;
        if (wait.has_record) {
            memcpy(out->record.b, wait.key, 16);
        }
    }
    return TANDEM_OK;
}

tandem_err
td_replica_waiting(struct td_replica *r, uint64_t *at,
    tandem_waiting_entry *out, size_t max, size_t *n)
{
    tandem_slice key, value;
    struct td_work *w;
    struct td_iter *i;
    uint64_t row = 0;
    size_t count = 0;
    tandem_err err;

    TD_TRY(td_work_read(r, &w));
    err = td_iter_open(w->t, TD_T_WAITING, (tandem_slice){0}, &i);
    if (err == TANDEM_OK) {
        while (count < max) {
            err = td_iter_next(i, &key, &value);
            if (err == TANDEM_ECORRUPT) {
                value = (tandem_slice){0};
            } else if (err != TANDEM_OK) {
                break;
            }
            err = TANDEM_OK;
            if (key.len != TD_WAIT_KEY_BYTES) {
                break; // the links: behind all others
            }
            if (row++ < *at) {
                continue;
            }
            err = waiting_entry(w, key, value, &out[count]);
            if (err != TANDEM_OK) {
                break;
            }
            count++;
        }
        td_iter_close(i);
    }
    td_work_read_end(w);
    if (err != TANDEM_OK && err != TANDEM_ENOTFOUND) {
        return err;
    }
    *at += count;
    *n = count;
    return TANDEM_OK;
}
