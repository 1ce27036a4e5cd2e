// SPDX-License-Identifier: Apache-2.0
// node_help.h - a device with a store of logs: writes, tells, hears.
#ifndef TESTS_LOG_NODE_HELP_H
#define TESTS_LOG_NODE_HELP_H

#include "log/log_help.h"

struct node {
    struct help_dir dir;
    struct td_store *s;
    struct td_device_keys keys;
    struct td_author author;
};

static inline void
node_open(struct node *n)
{
    assert_err(TANDEM_OK, help_open(n->dir.path, true, 1 << 20, &n->s));
}

static inline void
node_init(struct node *n, uint8_t seed)
{
    memset(n, 0, sizeof(*n));
    help_dir_new(&n->dir);
    help_keys(seed, &n->keys);
    n->author.keys = &n->keys;
    memset(n->author.workspace.b, 0x11, 32);
    memset(n->author.incarnation, seed, 16);
    node_open(n);
}

static inline void
node_deinit(struct node *n)
{
    td_store_close(n->s);
    help_dir_free(&n->dir);
}

static inline void
node_reopen(struct node *n)
{
    td_store_close(n->s);
    node_open(n);
}

static inline tandem_id
node_sector(uint8_t i)
{
    tandem_id id = {{0}};

    id.b[0] = 0x20;
    id.b[15] = i;
    return id;
}

// ------------------------------------------------------------------- writing

struct write {
    struct node *n;
    tandem_id sector;
    struct td_hash seen[4];
    size_t seen_count;
    bool plain; // no epoch
    uint8_t epoch;
    size_t commits;   // how many
    uint64_t state;   // of the random payloads
    size_t count_max; // changes of one commit
    size_t len_max;   // bytes of one payload
    size_t absent;    // 1 of so many payloads is not held; 0 = all held
    bool sign;        // at the end
    // out
    struct td_log_info log;
    struct td_signed_head head;
    uint64_t lsn;
};

static inline tandem_err
help_feed_commit(struct td_txn *t, uint64_t lsn, uint32_t number, uint64_t seq)
{
    const struct td_feed_row row = {
        .lsn = lsn, .number = number, .has_seq = true, .seq = seq};

    return td_feed_put(t, &row);
}

// What one lsn did. ENOTFOUND. Items are not kept.
static inline tandem_err
help_feed_get(struct td_txn *t, uint64_t lsn, struct td_feed_row *out)
{
    struct td_feed f;
    tandem_err err;

    td_feed_init(&f, t);
    err = td_feed_after(&f, lsn - 1, out);
    td_feed_deinit(&f);
    return err == TANDEM_OK && out->lsn != lsn ? TANDEM_ENOTFOUND : err;
}

static inline tandem_err
write_one(struct td_txn *t, struct write *w, uint64_t *state)
{
    static uint8_t bytes[1 << 20];
    tandem_slice payloads[TD_COMMIT_CHANGES_MAX];
    size_t count = 1 + help_next(state) % w->count_max;
    struct td_epoch_id epoch;
    struct td_hash hash;
    uint64_t seq;

    memset(epoch.b, w->epoch, sizeof(epoch.b));
    for (size_t i = 0; i < count; i++) {
        size_t len = 1 + help_next(state) % w->len_max;
        size_t at = help_next(state) % (sizeof(bytes) - len);

        bytes[at] = (uint8_t)help_next(state);
        bytes[at + len / 2] = (uint8_t)help_next(state);
        payloads[i].ptr = bytes + at;
        payloads[i].len = len;
    }
    TD_TRY(td_log_append(t, &w->n->author, &w->log, w->plain ? NULL : &epoch,
        w->seen, w->seen_count, payloads, count, &seq, &hash, &w->lsn));
    assert_int_equal(seq, w->log.head_seq);
    assert_memory_equal(hash.b, w->log.head.b, 32);
    TD_TRY(help_feed_commit(t, w->lsn, w->log.number, seq));
    for (size_t i = 0; i < count; i++) {
        struct td_payload_ref ref = {td_hash_of(payloads[i]), 0};

        ref.length = (uint32_t)payloads[i].len;
        if (w->absent > 0 && help_next(state) % w->absent == 0) {
            TD_TRY(
                td_payload_missing(t, w->log.number, seq, (uint16_t)i, &ref));
            continue;
        }
        TD_TRY(
            td_payload_put(t, w->log.number, seq, (uint16_t)i, TD_SEAL_TRANSIT,
                &(struct td_payload){.hash = ref.hash, .bytes = payloads[i]}));
    }
    return TANDEM_OK;
}

static inline tandem_err
write_all(struct td_txn *t, void *ctx)
{
    struct write *w = ctx;
    uint64_t state = w->state; // again the same when run again

    TD_TRY(td_log_own(
        t, &w->n->author, w->sector, w->seen, w->seen_count, &w->log));
    for (size_t i = 0; i < w->commits; i++) {
        TD_TRY(write_one(t, w, &state));
    }
    return w->sign ? td_head_sign(t, &w->n->author, &w->log, &w->head)
                   : TANDEM_OK;
}

static inline void
node_write(struct write *w)
{
    if (w->count_max == 0) {
        w->count_max = 3;
    }
    if (w->len_max == 0) {
        w->len_max = 300;
    }
    assert_err(TANDEM_OK, td_store_write(w->n->s, write_all, w, NULL));
    (void)help_next(&w->state);
}

// ------------------------------------------------------------------- telling

struct tell {
    struct td_txn *t;
    uint32_t number;
};

static inline tandem_err
tell_payload(
    void *ctx, const struct td_header *h, uint16_t index, struct td_buf *out)
{
    struct tell *w = ctx;
    struct td_payload p;
    struct td_buf row;
    tandem_err err;

    td_buf_init(&row, NULL, 1 << 21);
    err = td_payload_get(w->t, w->number, h->seq, index, &row, &p);
    if (err == TANDEM_OK) {
        td_buf_put_slice(out, p.bytes);
    }
    td_buf_deinit(&row);
    return err;
}

// The segment behind `from` (or from entry 0) up to a head. `known` NULL =
// from the start.
static inline void
node_tell(struct node *n, const struct td_log_info *log, bool from_start,
    uint64_t from, uint64_t to, struct td_buf *out)
{
    struct tell w = {.number = log->number};

    assert_err(TANDEM_OK, td_store_read(n->s, &w.t));
    assert_err(TANDEM_OK, td_segment_write(w.t, log, from_start, from, to,
                              tell_payload, &w, out));
    td_store_read_end(w.t);
}

// ------------------------------------------------------------------- hearing

struct hear {
    struct td_segment *s;
    uint64_t lsns[TD_SIGN_COMMITS];
    tandem_err err; // of td_segment_hold; a fork is kept
};

static inline tandem_err
hear_all(struct td_txn *t, void *ctx)
{
    struct hear *w = ctx;
    struct td_segment *s = w->s;

    w->err = td_segment_hold(t, s, w->lsns);
    if (w->err != TANDEM_OK) {
        return w->err == TANDEM_EFORK ? TANDEM_OK : w->err;
    }
    for (size_t i = 0; i < s->count; i++) {
        const struct td_header *h = &s->headers[i];

        if (w->lsns[i] == 0) {
            continue;
        }
        TD_TRY(help_feed_commit(t, w->lsns[i], s->log.number, h->seq));
        for (size_t k = 0; k < h->change_count; k++) {
            tandem_err err = TANDEM_OK;

            if (s->payloads[i][k].ptr != NULL) {
                const struct td_payload p = td_payload_of(
                    h, &s->chains[i], (uint16_t)k, s->payloads[i][k]);

                err = td_payload_put(
                    t, s->log.number, h->seq, (uint16_t)k, TD_SEAL_TRANSIT, &p);
            } else {
                err = td_payload_missing(
                    t, s->log.number, h->seq, (uint16_t)k, &h->changes[k]);
            }
            if (err != TANDEM_OK) {
                return err;
            }
        }
    }
    return TANDEM_OK;
}

static inline tandem_err
node_hold(struct node *n, struct td_segment *s)
{
    static struct hear w; // large
    tandem_err err;

    w.s = s;
    err = td_store_write(n->s, hear_all, &w, NULL);
    return err == TANDEM_OK ? w.err : err;
}

static inline tandem_err
node_log(struct node *n, struct td_log_id id, struct td_log_info *out)
{
    struct td_txn *t;
    tandem_err err;

    assert_err(TANDEM_OK, td_store_read(n->s, &t));
    err = td_log_get(t, id, out);
    td_store_read_end(t);
    return err;
}

// Read a segment as the node would: against what it holds of the log.
static inline tandem_err
node_hear(struct node *n, tandem_slice bytes, const struct td_signed_head *head)
{
    struct td_log_info known;
    struct td_segment s;
    struct td_arena arena;
    bool held = node_log(n, head->head.log, &known) == TANDEM_OK;
    tandem_err err;

    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    err = td_segment_read(
        bytes, &n->author.workspace, held ? &known : NULL, head, &arena, &s);
    if (err == TANDEM_OK) {
        err = node_hold(n, &s);
    }
    td_arena_deinit(&arena);
    return err;
}

// All that `from` holds signed of a log and `to` does not, segment by segment.
static inline tandem_err
node_sync_log(struct node *from, struct node *to, struct td_log_id id)
{
    struct td_log_info theirs, ours;
    tandem_err err = TANDEM_OK;

    assert_err(TANDEM_OK, node_log(from, id, &theirs));
    while (err == TANDEM_OK) {
        bool held = node_log(to, id, &ours) == TANDEM_OK;
        struct td_signed_head head;
        struct td_txn *t;
        struct td_buf b;

        assert_err(TANDEM_OK, td_store_read(from->s, &t));
        err = td_head_reach(t, &theirs, !held, held ? ours.head_seq : 0, &head);
        td_store_read_end(t);
        if (err == TANDEM_ENOTFOUND) {
            return TANDEM_OK;
        }
        assert_err(TANDEM_OK, err);
        td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
        node_tell(
            from, &theirs, !held, held ? ours.head_seq : 0, head.head.seq, &b);
        err = node_hear(to, td_buf_slice(&b), &head);
        td_buf_deinit(&b);
    }
    return err;
}

static inline void
node_sync(struct node *from, struct node *to)
{
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_txn *t;
    size_t count;

    td_arena_init(&arena, NULL, 1 << 22);
    assert_err(TANDEM_OK, td_store_read(from->s, &t));
    assert_err(TANDEM_OK, td_log_list(t, NULL, &arena, &logs, &count));
    td_store_read_end(t);
    for (size_t i = 0; i < count; i++) {
        assert_err(TANDEM_OK, node_sync_log(from, to, logs[i].id));
    }
    td_arena_deinit(&arena);
}

static inline struct td_hash16
node_root(struct node *n, size_t *count)
{
    struct td_head heads[512];
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_txn *t;

    td_arena_init(&arena, NULL, 1 << 22);
    assert_err(TANDEM_OK, td_store_read(n->s, &t));
    assert_err(TANDEM_OK, td_log_list(t, NULL, &arena, &logs, count));
    td_store_read_end(t);
    assert_true(*count <= 512);
    for (size_t i = 0; i < *count; i++) {
        heads[i] = (struct td_head){logs[i].id, logs[i].head_seq, logs[i].head};
    }
    td_arena_deinit(&arena);
    return td_heads_root(heads, *count);
}

#endif
