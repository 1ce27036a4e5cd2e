// SPDX-License-Identifier: Apache-2.0
// store.c - the store handle: open, close, and what needs no record.

#include "api/handles.h"

#include <stddef.h>
#include <string.h>

#include "base/opts.h"
#include "crypto/hash.h"
#include "replica/run.h"

_Static_assert(sizeof(tandem_store_opts) ==
                   offsetof(tandem_store_opts, flags) + sizeof(uint64_t),
    "no tail padding: a new field would read what old callers never set");

static void
lock(pthread_mutex_t *m)
{
    int rc = pthread_mutex_lock(m);

    TD_ASSERT(rc == 0);
}

static void
unlock(pthread_mutex_t *m)
{
    int rc = pthread_mutex_unlock(m);

    TD_ASSERT(rc == 0);
}

void
td_api_lock(tandem_store *s)
{
    lock(&s->lock);
}

void
td_api_unlock(tandem_store *s)
{
    unlock(&s->lock);
}

tandem_err
td_api_index(tandem_store *s, bool *more)
{
    tandem_err err;

    td_api_lock_writing(s);
    err = td_run_merge(s->replica, more, NULL);
    td_api_unlock_writing(s, false);
    return err;
}

tandem_err
td_api_lock_searching(tandem_store *s)
{
    tandem_err err = TANDEM_OK;
    bool more;

    td_api_lock(s);
    while (s->replica->runs_left && err == TANDEM_OK) {
        td_api_unlock(s);
        err = td_api_index(s, &more);
        td_api_lock(s); // another reception may have ended meanwhile
    }
    return err;
}

void
td_api_lock_writing(tandem_store *s)
{
    lock(&s->writer);
    lock(&s->lock);
}

void
td_api_unlock_writing(tandem_store *s, bool committed)
{
    void (*notify)(void *ctx) = s->notify;
    void *ctx = s->notify_ctx;

    unlock(&s->lock);
    unlock(&s->writer);
    if (committed && notify != NULL) {
        notify(ctx);
    }
}

int64_t
td_api_now(const tandem_store *s)
{
    return s->sys.wall_ms(s->sys.ctx);
}

// ------------------------------------------------------- the host's keeping

static tandem_err
keeper_load(void *ctx, struct td_buf *out)
{
    const tandem_store_opts *o = ctx;
    uint8_t room[TD_SENT_BYTES_MAX];
    size_t len = 0;

    TD_TRY(o->sent_load(o->sent_ctx, room, sizeof(room), &len));
    if (len > sizeof(room)) {
        return TANDEM_ECORRUPT;
    }
    td_buf_put(out, room, len);
    return out->err;
}

static tandem_err
keeper_save(void *ctx, tandem_slice bytes)
{
    const tandem_store_opts *o = ctx;

    return o->sent_save(o->sent_ctx, bytes.ptr, bytes.len);
}

static tandem_err
open_layers(tandem_store *s, const char *dir, const tandem_store_opts *o,
    tandem_error *e)
{
    const struct td_keeper keeper = {keeper_load, keeper_save, &s->opts};
    struct td_store_opts so;
    struct td_key master;
    tandem_err err;

    s->opts = *o; // its callbacks are called later
    err = o->key(o->key_ctx, master.b);
    if (err != TANDEM_OK) {
        td_wipe(&master, sizeof(master));
        return td_fail_code(e, err);
    }
    memset(&so, 0, sizeof(so));
    so.sys = &s->sys;
    so.master = &master;
    so.dir = dir;
    so.sent = o->sent == NULL ? "" : o->sent;
    so.keeper = o->sent_load != NULL ? &keeper : NULL;
    so.create = (o->flags & TANDEM_OPEN_EXISTING) == 0;
    err = td_store_open(&so, &s->store, e);
    td_wipe(&master, sizeof(master));
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    err = td_replica_open(s->store, &s->replica, e);
    if (err != TANDEM_OK) {
        td_store_close(s->store);
        return td_fail_code(e, err);
    }
    return TANDEM_OK;
}

tandem_err
tandem_store_open(const char *dir, const tandem_store_opts *o,
    tandem_store **out, tandem_error *e)
{
    tandem_store_opts opts;
    tandem_store *s;
    tandem_sys sys;
    tandem_err err;

    td_fail_clear(e);
    if (dir == NULL || dir[0] == '\0' ||
        !td_opts_take(&opts, sizeof(opts), o) || out == NULL ||
        opts.key == NULL ||
        (opts.sent_load == NULL) != (opts.sent_save == NULL)) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(td_fail_code(e, td_crypto_init()));
    td_sys_fill(&sys, opts.sys);
    s = td_alloc(&sys, sizeof(*s));
    if (s == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    s->sys = sys;
    if (pthread_mutex_init(&s->lock, NULL) != 0) {
        td_free(&sys, s, sizeof(*s));
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    if (pthread_mutex_init(&s->writer, NULL) != 0) {
        (void)pthread_mutex_destroy(&s->lock);
        td_free(&sys, s, sizeof(*s));
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    err = open_layers(s, dir, &opts, e);
    if (err != TANDEM_OK) {
        (void)pthread_mutex_destroy(&s->writer);
        (void)pthread_mutex_destroy(&s->lock);
        td_free(&sys, s, sizeof(*s));
        return err;
    }
    *out = s;
    return TANDEM_OK;
}

void
tandem_store_close(tandem_store *s)
{
    tandem_sys sys;

    if (s == NULL) {
        return;
    }
    sys = s->sys;
    td_replica_close(s->replica);
    td_store_close(s->store);
    (void)pthread_mutex_destroy(&s->writer);
    (void)pthread_mutex_destroy(&s->lock);
    td_free(&sys, s, sizeof(*s));
}

void
tandem_store_notify(tandem_store *s, void (*fn)(void *ctx), void *ctx)
{
    if (s == NULL) {
        return;
    }
    td_api_lock(s);
    s->notify = fn;
    s->notify_ctx = ctx;
    td_api_unlock(s);
}

tandem_err
tandem_feed_read(tandem_store *s, uint64_t after, tandem_change *out,
    size_t max, size_t *n, tandem_error *e)
{
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL || out == NULL || n == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    td_api_lock(s);
    err = td_replica_feed(s->replica, after, out, max, n);
    td_api_unlock(s);
    return td_fail_code(e, err);
}

tandem_err
tandem_waiting(tandem_store *s, uint64_t *at, tandem_waiting_entry *out,
    size_t max, size_t *n, tandem_error *e)
{
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL || at == NULL || out == NULL || n == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    td_api_lock(s);
    err = td_replica_waiting(s->replica, at, out, max, n);
    td_api_unlock(s);
    return td_fail_code(e, err);
}

tandem_err
tandem_store_stats(tandem_store *s, tandem_stats *out, tandem_error *e)
{
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    td_api_lock(s);
    err = td_replica_stats(s->replica, out);
    td_api_unlock(s);
    return td_fail_code(e, err);
}

tandem_err
tandem_digest(tandem_store *s, const tandem_id *sector, uint8_t out[32],
    uint64_t *records, tandem_error *e)
{
    struct td_hash digest;
    uint64_t count = 0;
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    td_api_lock(s);
    err = td_replica_digest(s->replica, sector, &digest, &count);
    td_api_unlock(s);
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    memcpy(out, digest.b, 32);
    if (records != NULL) {
        *records = count;
    }
    return TANDEM_OK;
}

tandem_err
tandem_verify(tandem_store *s, tandem_lang lang,
    void (*problem)(void *ctx, const char *sentence), void *ctx,
    tandem_verify_report *out, tandem_error *e)
{
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    // As a writer: what it compares with the rows must not lag behind them.
    td_api_lock_writing(s);
    err = td_replica_verify(s->replica, lang, problem, ctx, out, e);
    td_api_unlock_writing(s, false);
    return td_fail_code(e, err);
}

tandem_err
tandem_store_schema(tandem_store *s, tandem_schema **out)
{
    if (s == NULL || out == NULL) {
        return TANDEM_EMISUSE;
    }
    td_api_lock(s);
    *out = td_schema_retain(s->replica->schema);
    td_api_unlock(s);
    return TANDEM_OK;
}

tandem_err
tandem_pack_publish(tandem_store *s, const tandem_pack *p, tandem_error *e)
{
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL || p == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    td_api_lock_writing(s);
    err = td_replica_pack_publish(s->replica, tandem_pack_bytes(p), e);
    td_api_unlock_writing(s, err == TANDEM_OK);
    return td_fail_code(e, err);
}
