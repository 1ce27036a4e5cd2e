// SPDX-License-Identifier: Apache-2.0
// history.c - the changes of a record: opened, listed, looked through.

#include "api/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/slice.h"
#include "schema/value.h"

// ------------------------------------------------------------------ touches

static int
compare_touches(const void *a, const void *b)
{
    const struct td_touched_at *x = a;
    const struct td_touched_at *y = b;

    if (x->what != y->what) {
        return x->what < y->what ? -1 : 1;
    }
    if (x->field != y->field) {
        return x->field < y->field ? -1 : 1;
    }
    return td_slice_cmp(x->key, y->key);
}

// false: it says something of the change, not of the record.
static bool
touch_of(const struct td_op *op, struct td_touched_at *out)
{
    *out = (struct td_touched_at){.what = TD_TOUCH_FIELD, .field = op->field};
    switch (op->code) {
    case TD_OP_WHY:
        return false;
    case TD_OP_MARK:
        out->what = TD_TOUCH_RECORD;
        out->field = 0;
        break;
    case TD_OP_ADD:
    case TD_OP_REMOVE:
        out->key = op->value;
        break;
    case TD_OP_PUT:
    case TD_OP_DROP:
        out->key = op->key;
        break;
    default:
        if (op->code == 0 || op->code > TD_OP_LAST) {
            *out = (struct td_touched_at){.what = TD_TOUCH_UNKNOWN};
        }
        break;
    }
    return true;
}

tandem_err
td_touches_of(
    const struct td_change *c, struct td_arena *a, struct td_touches *out)
{
    size_t n = 0;

    out->at = td_arena_array(a, c->op_count + 1, sizeof(*out->at));
    out->count = 0;
    if (out->at == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < c->op_count; i++) {
        n += touch_of(&c->ops[i], &out->at[n]);
    }
    qsort(out->at, n, sizeof(*out->at), compare_touches);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || compare_touches(&out->at[i], &out->at[i - 1]) != 0) {
            out->at[out->count++] = out->at[i];
        }
    }
    return TANDEM_OK;
}

bool
td_touches_have(const struct td_touches *t, const struct td_touched_at *at)
{
    return bsearch(at, t->at, t->count, sizeof(*at), compare_touches) != NULL;
}

// --------------------------------------------------------------------- open

tandem_err
td_history_record(
    tandem_history *h, struct td_record *state, tandem_record **out)
{
    struct td_snapshot snap = {
        .id = h->all.id, .sector = h->all.sector, .state = state};
    tandem_err err;

    td_api_lock(h->store);
    err = td_api_record_new(h->store, &snap, out);
    td_api_unlock(h->store);
    return err;
}

static tandem_err
read_all(tandem_history *h, tandem_id id)
{
    const tandem_sys *sys = &h->store->sys;
    struct td_record *state = NULL;

    td_api_lock(h->store);
    {
        const tandem_err err =
            td_replica_history(h->store->replica, id, &h->arena, &h->all);

        td_api_unlock(h->store);
        TD_TRY(err);
    }
    h->touches =
        td_arena_array(&h->arena, h->all.count + 1, sizeof(*h->touches));
    if (h->touches == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < h->all.count; i++) {
        if (h->all.at[i].change != NULL) {
            TD_TRY(
                td_touches_of(h->all.at[i].change, &h->arena, &h->touches[i]));
        }
    }
    TD_TRY(td_history_now(sys, &h->all, &state));
    return td_history_record(h, state, &h->now);
}

tandem_err
tandem_history_open(
    tandem_store *s, tandem_id id, tandem_history **out, tandem_error *e)
{
    tandem_history *h;
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    h = td_alloc(&s->sys, sizeof(*h));
    if (h == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    h->store = s;
    td_arena_init(&h->arena, &s->sys, TD_REPLICA_ARENA_MAX);
    err = read_all(h, id);
    if (err != TANDEM_OK) {
        tandem_history_free(h);
        td_fail_record(e, id);
        return td_fail_code(e, err);
    }
    *out = h;
    return TANDEM_OK;
}

void
tandem_history_free(tandem_history *h)
{
    tandem_sys sys;

    if (h == NULL) {
        return;
    }
    sys = h->store->sys;
    tandem_record_free(h->now);
    td_arena_deinit(&h->arena);
    td_free(&sys, h, sizeof(*h));
}

// ------------------------------------------------------------------ reading

size_t
tandem_history_count(const tandem_history *h)
{
    return h == NULL ? 0 : h->all.count;
}

const tandem_record *
tandem_history_record(const tandem_history *h)
{
    return h == NULL ? NULL : h->now;
}

// Its own: what stands in the first WHY; else the first that one of its
// operations has, as the choice in a conflict does.
static tandem_slice
why_of(const struct td_change *c)
{
    tandem_slice of_one = {NULL, 0};

    for (size_t i = 0; i < c->op_count; i++) {
        if (c->ops[i].code == TD_OP_WHY) {
            return c->ops[i].why;
        }
        if (of_one.len == 0) {
            of_one = c->ops[i].why;
        }
    }
    return of_one;
}

static void
name_of(const struct td_history_entry *entry, char out[48])
{
    const tandem_slice hash = {entry->hash.b, sizeof(entry->hash.b)};

    td_hex(hash, out);
    if (entry->index > 0) {
        (void)snprintf(out + 2 * hash.len, 48 - 2 * hash.len, ".%u",
            (unsigned)entry->index);
    }
}

tandem_err
tandem_history_at(const tandem_history *h, size_t i, tandem_past *out)
{
    const struct td_history_entry *entry;

    if (h == NULL || out == NULL) {
        return TANDEM_EMISUSE;
    }
    if (i >= h->all.count) {
        return TANDEM_ENOTFOUND;
    }
    entry = &h->all.at[i];
    memset(out, 0, sizeof(*out));
    out->device = entry->device;
    out->seq = entry->seq;
    out->counts = entry->settled && entry->admitted;
    out->reason = out->counts ? 0 : (tandem_wait_reason)entry->reason;
    if (entry->change == NULL) {
        return TANDEM_OK;
    }
    out->read = true;
    name_of(entry, out->name);
    out->made = !entry->change->has_prev && entry->change->context_count == 0;
    out->person = entry->change->person;
    out->wall_ms = td_clock_ms(entry->change->clock);
    out->why = why_of(entry->change);
    out->touched = h->touches[i].count;
    return TANDEM_OK;
}

tandem_err
tandem_history_touched(
    const tandem_history *h, size_t i, size_t k, tandem_touched *out)
{
    const struct td_touched_at *at;
    const tandem_field_info *f;

    if (h == NULL || out == NULL) {
        return TANDEM_EMISUSE;
    }
    if (i >= h->all.count || k >= h->touches[i].count) {
        return TANDEM_ENOTFOUND;
    }
    at = &h->touches[i].at[k];
    *out = (tandem_touched){.field = NULL, .key = tandem_none()};
    if (at->what == TD_TOUCH_RECORD) {
        out->field = "";
    }
    f = at->what != TD_TOUCH_FIELD ? NULL : td_history_field(h, at->field);
    if (f != NULL) {
        out->field = f->id;
        if (at->key.len > 0 &&
            td_value_decode(f->merge == TANDEM_MERGE_MAP ? &f->key : &f->value,
                at->key, &out->key) != TANDEM_OK) {
            out->key = tandem_none();
        }
    }
    return TANDEM_OK;
}

const tandem_field_info *
td_history_field(const tandem_history *h, uint64_t n)
{
    const tandem_kind_info *k = h->now->kind;

    for (size_t i = 0; k != NULL && i < k->field_count; i++) {
        if (k->fields[i].n == n) {
            return &k->fields[i];
        }
    }
    return NULL;
}

tandem_err
tandem_history_seen(tandem_history *h, size_t i, uint64_t flags,
    tandem_record **out, tandem_error *e)
{
    const struct td_history_entry *entry;
    struct td_record *state = NULL;
    tandem_err err;

    td_fail_clear(e);
    if (h == NULL || out == NULL ||
        (flags & ~(uint64_t)TANDEM_WITH_CHANGE) != 0) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    entry = i < h->all.count ? &h->all.at[i] : NULL;
    if (entry == NULL || entry->change == NULL || !entry->settled) {
        return td_fail_code(e, TANDEM_ENOTFOUND);
    }
    err = td_history_state(
        &h->store->sys, &h->all, entry->change, flags != 0, &state);
    if (err == TANDEM_OK) {
        err = td_history_record(h, state, out);
    }
    return td_fail_code(e, err);
}
