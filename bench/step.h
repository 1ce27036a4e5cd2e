// SPDX-License-Identifier: Apache-2.0
// step.h - what the steps of an exchange are measured on: a sender's store
// with N contact sheets, its log as segments, and a receiver's store that
// knows the workspace but no sheet yet. One process; linked with the rooms.
#ifndef TANDEM_BENCH_STEP_H
#define TANDEM_BENCH_STEP_H

#include "post.h"
#include "sheet.h"

#include "api/handles.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "replica/work.h"

struct step_segment {
    struct td_log_id log;
    struct td_signed_head head;
    bool fresh; // begins with entry 0
    uint64_t from;
    struct td_hash from_hash;
    struct td_buf bytes;
};

struct step_store {
    char dir[64];
    tandem_store *store;
    tandem_error e;
};

struct step_world {
    struct step_store sender;
    tandem_id sector;
    struct step_segment *segments; // the control sector's first
    size_t count, cap;
    size_t data; // the first of the sheets' log
    size_t n;    // sheets
};

static inline tandem_err
step_key(void *ctx, uint8_t out[32])
{
    (void)ctx;
    memset(out, 9, 32);
    return TANDEM_OK;
}

static inline tandem_err
step_open(struct step_store *s)
{
    tandem_store_opts o = TANDEM_STORE_OPTS_INIT;

    o.key = step_key;
    s->e = (tandem_error)TANDEM_ERROR_INIT(TANDEM_EN);
    return folder_new(s->dir) ? tandem_store_open(s->dir, &o, &s->store, &s->e)
                              : TANDEM_EIO;
}

static inline void
step_close(struct step_store *s)
{
    tandem_store_close(s->store);
    s->store = NULL;
    if (s->dir[0] != '\0') {
        folder_remove(s->dir);
        s->dir[0] = '\0';
    }
}

// The sender: a workspace, a sector, N sheets.
static inline tandem_err
step_sender(struct step_world *w, const char *path, size_t per_commit)
{
    struct step_store *s = &w->sender;
    tandem_pack *pack = NULL;
    uint64_t json;
    tandem_err err = step_open(s);

    if (err == TANDEM_OK) {
        err = tandem_workspace_create(s->store, "Nord", "bureau", &s->e);
    }
    if (err == TANDEM_OK) {
        err = tandem_sector_add(s->store, "FIVES", &w->sector, &s->e);
    }
    if (err == TANDEM_OK) {
        err = tandem_pack_load(path, &pack, &s->e);
    }
    if (err == TANDEM_OK) {
        err = tandem_pack_publish(s->store, pack, &s->e);
    }
    tandem_pack_free(pack);
    if (err == TANDEM_OK) {
        err = sheets_write(
            s->store, w->sector, 0, w->n, per_commit, &json, &s->e);
    }
    return err;
}

// ------------------------------------------------------------------ segments

struct step_signing {
    struct td_author author;
    struct td_log_id id;
    struct td_log_info log;
};

static inline tandem_err
step_sign(struct td_txn *t, void *ctx)
{
    struct step_signing *x = ctx;
    struct td_signed_head head;

    TD_TRY(td_log_get(t, x->id, &x->log));
    return td_head_sign(t, &x->author, &x->log, &head);
}

static inline struct step_segment *
step_segment_new(struct step_world *w, const tandem_sys *sys)
{
    struct step_segment *s;

    if (w->count == w->cap) {
        w->cap = w->cap == 0 ? 64 : w->cap * 2;
        w->segments = realloc(w->segments, w->cap * sizeof(*w->segments));
    }
    if (w->segments == NULL) {
        return NULL;
    }
    s = &w->segments[w->count++];
    memset(s, 0, sizeof(*s));
    td_buf_init(&s->bytes, sys, TD_SEGMENT_BYTES_MAX);
    return s;
}

// A log as it goes on the wire, segment by segment.
static inline tandem_err
step_cut(struct step_world *w, struct td_replica *r,
    const struct td_log_info *log, struct td_txn *t)
{
    bool fresh = true;
    uint64_t from = 0, changes;
    struct td_hash hash = {{0}};

    while (fresh || from < log->head_seq) {
        struct step_segment *s = step_segment_new(w, r->sys);

        if (s == NULL) {
            return TANDEM_ENOMEM;
        }
        s->log = log->id;
        s->fresh = fresh;
        s->from = from;
        s->from_hash = hash;
        TD_TRY(td_head_reach(t, log, fresh, from, &s->head));
        TD_TRY(td_replica_tell(r, t, log, fresh, from, s->head.head.seq,
            &s->bytes, &changes, NULL));
        fresh = false;
        from = s->head.head.seq;
        hash = s->head.head.hash;
    }
    return TANDEM_OK;
}

static inline void
step_uncut(struct step_world *w)
{
    for (size_t i = 0; i < w->count; i++) {
        td_buf_deinit(&w->segments[i].bytes);
    }
    w->count = 0;
}

static inline tandem_err
step_cut_logs(struct step_world *w, struct td_replica *r, bool control)
{
    struct step_signing x = {.author = td_replica_author(r)};
    struct td_log_info *logs = NULL;
    struct td_arena arena;
    struct td_txn *t;
    size_t count = 0;
    tandem_err err;

    td_arena_init(&arena, r->sys, (size_t)1 << 20);
    err = td_store_read(r->store, &t);
    if (err == TANDEM_OK) {
        err = td_log_list(t, control ? &td_sector_control : &w->sector, &arena,
            &logs, &count);
        td_store_read_end(t);
    }
    for (size_t i = 0; err == TANDEM_OK && i < count; i++) {
        x.id = logs[i].id;
        err = td_store_write(r->store, step_sign, &x, NULL);
        if (err == TANDEM_OK) {
            err = td_store_read(r->store, &t);
        }
        if (err == TANDEM_OK) {
            err = step_cut(w, r, &x.log, t);
            td_store_read_end(t);
        }
    }
    td_arena_deinit(&arena);
    return err;
}

// All that the receiver is to hear, anew.
static inline tandem_err
step_segments(struct step_world *w)
{
    struct td_replica *r = w->sender.store->replica;

    step_uncut(w);
    TD_TRY(step_cut_logs(w, r, true));
    w->data = w->count;
    return step_cut_logs(w, r, false);
}

// Segments first..last as a session reads them: verified, in `out`.
static inline tandem_err
step_read(const struct step_world *w, const struct td_hash *workspace,
    size_t first, size_t last, struct td_arena *arena, struct td_segment *out)
{
    struct td_log_info log;

    memset(&log, 0, sizeof(log));
    for (size_t i = first; i < last; i++) {
        const struct step_segment *s = &w->segments[i];

        log.head_seq = s->from;
        log.head = s->from_hash;
        TD_TRY(td_segment_read(td_buf_slice(&s->bytes), workspace,
            s->fresh ? NULL : &log, &s->head, arena, &out[i - first]));
        log = out[i - first].log;
    }
    return TANDEM_OK;
}

// A receiver enrolled by the sender, which has heard the control sector.
static inline tandem_err
step_receiver(struct step_world *w, struct step_store *s, int64_t now_ms)
{
    struct td_replica *from = w->sender.store->replica, *r;
    struct td_segment segments[64];
    struct td_heard heard;
    struct td_arena arena;
    tandem_err err = step_open(s);

    if (err != TANDEM_OK) {
        return err;
    }
    r = s->store->replica;
    TD_TRY(td_replica_join(r, &from->workspace, &s->e));
    TD_TRY(td_replica_enrol(from, &td_store_device(r->store)->pub,
        TANDEM_RIGHT_AGENT, &w->sector, 1, now_ms, &s->e));
    TD_TRY(step_segments(w));
    td_arena_init(&arena, r->sys, (size_t)64 << 20);
    err = w->data > 64
              ? TANDEM_ELIMIT
              : step_read(w, &r->workspace, 0, w->data, &arena, segments);
    if (err == TANDEM_OK) {
        err = td_replica_hear(r, segments, w->data, now_ms, &heard, &s->e);
    }
    td_arena_deinit(&arena);
    return err;
}

static inline void
step_world_free(struct step_world *w)
{
    step_uncut(w);
    free(w->segments);
    step_close(&w->sender);
}

#endif
