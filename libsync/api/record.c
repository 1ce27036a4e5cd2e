// SPDX-License-Identifier: Apache-2.0
// record.c - a copied, immutable snapshot and how it is read.

#include "api/handles.h"
#include "api/shown.h"

#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "codec/writer.h"
#include "schema/value.h"

enum { RECORD_ARENA_MAX = 64 << 20, SEEN_TOKEN_MAX = 1 << 20 };

// Live texts are read once, so that the record stays immutable afterwards.
static tandem_err
read_texts(tandem_record *r)
{
    struct td_buf text;
    uint64_t field, merge;
    size_t n = 0;
    tandem_err err = TANDEM_OK;

    for (size_t i = 0; td_record_field(r->snap.state, i, &field, &merge); i++) {
        n += merge == TD_OP_INSERT;
    }
    if (n == 0) {
        return TANDEM_OK;
    }
    r->texts = td_arena_array(&r->arena, n, sizeof(*r->texts));
    if (r->texts == NULL) {
        return TANDEM_ENOMEM;
    }
    td_buf_init(&text, &r->store->sys, RECORD_ARENA_MAX);
    for (size_t i = 0;
         err == TANDEM_OK && td_record_field(r->snap.state, i, &field, &merge);
         i++) {
        struct td_read_text *t = &r->texts[r->text_count];

        if (merge != TD_OP_INSERT) {
            continue;
        }
        td_buf_reset(&text);
        err = td_text_read(td_record_text(r->snap.state, field), &text);
        if (err == TANDEM_OK) {
            t->field = field;
            t->text = td_arena_dup(&r->arena, td_buf_slice(&text));
            r->text_count++;
            err = t->text.ptr == NULL ? TANDEM_ENOMEM : TANDEM_OK;
        }
    }
    td_buf_deinit(&text);
    return err;
}

// The order of lists too.
static tandem_err
read_list(tandem_record *r, uint64_t field, struct td_buf *all)
{
    struct td_read_list *l = &r->lists[r->list_count];
    tandem_slice kept;

    td_buf_reset(all);
    TD_TRY(td_list_read(td_record_list(r->snap.state, field), all));
    kept = td_arena_dup(&r->arena, td_buf_slice(all));
    if (kept.ptr == NULL) {
        return TANDEM_ENOMEM;
    }
    l->field = field;
    l->at = (const struct td_listed *)(const void *)kept.ptr;
    l->count = kept.len / sizeof(*l->at);
    r->list_count++;
    return TANDEM_OK;
}

static tandem_err
read_lists(tandem_record *r)
{
    struct td_buf all;
    uint64_t field, merge;
    size_t n = 0;
    tandem_err err = TANDEM_OK;

    for (size_t i = 0; td_record_field(r->snap.state, i, &field, &merge); i++) {
        n += merge == TD_OP_PLACE;
    }
    if (n == 0) {
        return TANDEM_OK;
    }
    r->lists = td_arena_array(&r->arena, n, sizeof(*r->lists));
    if (r->lists == NULL) {
        return TANDEM_ENOMEM;
    }
    td_buf_init(&all, &r->store->sys, RECORD_ARENA_MAX);
    for (size_t i = 0;
         err == TANDEM_OK && td_record_field(r->snap.state, i, &field, &merge);
         i++) {
        if (merge == TD_OP_PLACE) {
            err = read_list(r, field, &all);
        }
    }
    td_buf_deinit(&all);
    return err;
}

// The names of what its state has seen.
static tandem_err
names_seen(tandem_record *r, const struct td_seen **seen, size_t *count)
{
    if (r->snap.unbranched) {
        *count = td_record_seen(r->snap.state, seen);
        return TANDEM_OK;
    }
    return td_replica_seen(
        r->store->replica, r->snap.state, &r->arena, seen, count);
}

// Token: hex of [[log 16, seq, hash 16, [skipped...]]...].
static tandem_err
write_seen(tandem_record *r)
{
    const struct td_seen *seen;
    struct td_buf b;
    size_t count;
    tandem_err err;
    char *hex;

    TD_TRY(names_seen(r, &seen, &count));

    td_buf_init(&b, &r->store->sys, SEEN_TOKEN_MAX);
    td_mp_array(&b, count);
    for (size_t i = 0; i < count; i++) {
        td_mp_array(&b, 4);
        td_mp_bin(&b, seen[i].log.b, sizeof(seen[i].log.b));
        td_mp_uint(&b, seen[i].seq);
        td_mp_bin(&b, seen[i].hash.b, sizeof(seen[i].hash.b));
        td_mp_array(&b, seen[i].skipped_count);
        for (size_t k = 0; k < seen[i].skipped_count; k++) {
            td_mp_uint(&b, seen[i].skipped[k]);
        }
    }
    err = b.err;
    if (err == TANDEM_OK) {
        hex = td_arena_alloc(&r->arena, 2 * b.len + 1);
        if (hex == NULL) {
            err = TANDEM_ENOMEM;
        } else {
            td_hex(td_buf_slice(&b), hex);
            r->seen = hex;
        }
    }
    td_buf_deinit(&b);
    return err;
}

tandem_err
td_api_record_new(
    tandem_store *s, struct td_snapshot *snap, tandem_record **out)
{
    tandem_record *r = td_alloc(&s->sys, sizeof(*r));
    tandem_err err;

    if (r == NULL) {
        td_snapshot_deinit(snap);
        return TANDEM_ENOMEM;
    }
    r->store = s;
    r->snap = *snap;
    r->schema = td_schema_retain(s->replica->schema);
    r->kind =
        td_record_kind(snap->state) > UINT32_MAX
            ? NULL
            : td_schema_kind_by_tag(r->schema, td_record_pack(snap->state),
                  (uint32_t)td_record_kind(snap->state));
    td_arena_init(&r->arena, &s->sys, RECORD_ARENA_MAX);
    err = read_texts(r);
    if (err == TANDEM_OK) {
        err = read_lists(r);
    }
    if (err == TANDEM_OK) {
        err = td_shown_fill(r);
    }
    if (err == TANDEM_OK) {
        err = write_seen(r);
    }
    if (err != TANDEM_OK) {
        tandem_record_free(r);
        return err;
    }
    *out = r;
    return TANDEM_OK;
}

static tandem_err
open_with(tandem_store *s, tandem_id id, const struct td_seen *seen,
    size_t count, bool at, tandem_record **out, tandem_error *e)
{
    struct td_snapshot snap;
    tandem_err err;

    td_api_lock(s);
    err = at ? td_replica_read_seen(s->replica, id, seen, count, &snap)
             : td_replica_read(s->replica, id, &snap);
    if (err == TANDEM_OK) {
        err = td_api_record_new(s, &snap, out);
    }
    td_api_unlock(s);
    if (err != TANDEM_OK) {
        td_fail_record(e, id);
    }
    return td_fail_code(e, err);
}

tandem_err
tandem_record_open(
    tandem_store *s, tandem_id id, tandem_record **out, tandem_error *e)
{
    td_fail_clear(e);
    if (s == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    return open_with(s, id, NULL, 0, false, out, e);
}

// The token back into entries; false when it is not one.
static bool
read_seen(
    tandem_slice token, struct td_arena *a, struct td_seen **out, size_t *count)
{
    struct td_cur c;
    size_t n;

    if (!td_cur_open(&c, token)) {
        return false;
    }
    n = td_cur_array(&c, TD_CONTEXT_LOGS_MAX);
    *out = td_arena_array(a, n + 1, sizeof(**out));
    for (size_t i = 0; *out != NULL && i < n && !td_cur_failed(&c); i++) {
        struct td_seen *s = &(*out)[i];
        uint64_t *skipped;

        td_cur_array_exact(&c, 4);
        td_cur_bin_exact(&c, s->log.b, sizeof(s->log.b));
        s->seq = td_cur_uint(&c);
        td_cur_bin_exact(&c, s->hash.b, sizeof(s->hash.b));
        s->skipped_count = td_cur_array(&c, TD_SKIPPED_MAX);
        skipped = td_arena_array(a, s->skipped_count + 1, sizeof(*skipped));
        for (size_t k = 0; skipped != NULL && k < s->skipped_count; k++) {
            skipped[k] = td_cur_uint(&c);
        }
        s->skipped = skipped;
        if (skipped == NULL) {
            td_cur_fail(&c);
        }
    }
    *count = n;
    return *out != NULL && td_cur_done(&c);
}

tandem_err
tandem_record_open_seen(tandem_store *s, tandem_id id, const char *seen,
    tandem_record **out, tandem_error *e)
{
    struct td_arena a;
    struct td_seen *list = NULL;
    uint8_t *bytes = NULL;
    size_t len, count = 0;
    bool good = false;
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL || seen == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    td_arena_init(&a, &s->sys, 4 * (size_t)SEEN_TOKEN_MAX);
    len = strlen(seen);
    if (len % 2 == 0 && len / 2 <= SEEN_TOKEN_MAX) {
        bytes = td_arena_alloc(&a, len / 2 + 1);
    }
    if (bytes != NULL && td_unhex(seen, bytes, len / 2)) {
        good = read_seen((tandem_slice){bytes, len / 2}, &a, &list, &count);
    }
    if (good) {
        err = open_with(s, id, list, count, true, out, e);
    } else {
        err = td_fail(e, TANDEM_EVALUE, "the 'seen' token is damaged",
            "le jeton « seen » est abîmé");
    }
    td_arena_deinit(&a);
    return err;
}

void
tandem_record_free(tandem_record *r)
{
    tandem_sys sys;

    if (r == NULL) {
        return;
    }
    sys = r->store->sys;
    td_snapshot_deinit(&r->snap);
    tandem_schema_free(r->schema);
    td_arena_deinit(&r->arena);
    td_free(&sys, r, sizeof(*r));
}

tandem_id
tandem_record_id(const tandem_record *r)
{
    return r->snap.id;
}

tandem_id
tandem_record_sector(const tandem_record *r)
{
    return r->snap.sector;
}

const tandem_kind_info *
tandem_record_kind(const tandem_record *r)
{
    return r->kind;
}

tandem_deletion
tandem_record_deleted(const tandem_record *r)
{
    switch (td_record_deletion(r->snap.state)) {
    case TD_TRASHED:
        return TANDEM_TRASHED;
    case TD_DISPUTED:
        return TANDEM_DISPUTED;
    case TD_LIVE:
        break;
    }
    return TANDEM_LIVE;
}

const char *
tandem_record_seen(const tandem_record *r)
{
    return r->seen;
}

static void
origin(const tandem_record *r, bool latest, tandem_origin *out)
{
    struct td_dot dot;
    uint64_t clock = 0;

    memset(out, 0, sizeof(*out));
    memset(&dot, 0, sizeof(dot));
    td_record_origin(r->snap.state, latest, &out->person, &dot, &clock);
    out->wall_ms = td_clock_ms(clock);
    td_api_lock(r->store);
    // An unknown log leaves the device zero: it says "not known here".
    if (td_replica_log_device(r->store->replica, dot.log, &out->device) !=
        TANDEM_OK) {
        memset(&out->device, 0, sizeof(out->device));
    }
    td_api_unlock(r->store);
}

void
tandem_record_created(const tandem_record *r, tandem_origin *out)
{
    origin(r, false, out);
}

void
tandem_record_changed(const tandem_record *r, tandem_origin *out)
{
    origin(r, true, out);
}

void
tandem_record_times(
    const tandem_record *r, int64_t *created_ms, int64_t *changed_ms)
{
    struct td_dot dot;
    tandem_id person;
    uint64_t clock = 0;

    td_record_origin(r->snap.state, false, &person, &dot, &clock);
    *created_ms = td_clock_ms(clock);
    td_record_origin(r->snap.state, true, &person, &dot, &clock);
    *changed_ms = td_clock_ms(clock);
}
