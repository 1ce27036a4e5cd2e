// SPDX-License-Identifier: Apache-2.0
// session.c - a session handle: the state machine under the store's lock.

#include "session/session.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "api/handles.h"

_Static_assert(
    sizeof(tandem_session_opts) == offsetof(tandem_session_opts, zero) + 7,
    "no tail padding: a new field would read what old callers never set");

struct tandem_session {
    tandem_store *store;
    struct td_session *inner;
};

tandem_err
tandem_session_new(tandem_store *s, const tandem_session_opts *o,
    tandem_session **out, tandem_error *e)
{
    struct td_session_setup setup;
    tandem_session *x;
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL || o == NULL || out == NULL || o->size < sizeof(*o)) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    x = td_alloc(&s->sys, sizeof(*x));
    if (x == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    memset(&setup, 0, sizeof(setup));
    setup.peer = o->peer;
    setup.initiator = o->initiator;
    setup.rng = td_sys_rng(&s->sys);
    x->store = s;
    td_api_lock(s);
    err = td_session_new(s->replica, &setup, &x->inner, e);
    td_api_unlock(s, false);
    if (err != TANDEM_OK) {
        td_free(&s->sys, x, sizeof(*x));
        return td_fail_code(e, err);
    }
    *out = x;
    return TANDEM_OK;
}

void
tandem_session_free(tandem_session *x)
{
    tandem_store *s;

    if (x == NULL) {
        return;
    }
    s = x->store;
    td_api_lock(s);
    td_session_free(x->inner);
    td_api_unlock(s, false);
    td_free(&s->sys, x, sizeof(*x));
}

tandem_err
tandem_session_take(tandem_session *x, tandem_slice in)
{
    tandem_report before, after;
    tandem_err err;

    if (x == NULL) {
        return TANDEM_EMISUSE;
    }
    td_api_lock(x->store);
    td_session_report(x->inner, &before);
    err = td_session_take(x->inner, in, td_api_now(x->store));
    td_session_report(x->inner, &after);
    td_api_unlock(
        x->store, after.commits_received != before.commits_received ||
                      after.changes_received != before.changes_received ||
                      after.records_changed != before.records_changed);
    return err;
}

tandem_slice
tandem_session_give(tandem_session *x)
{
    tandem_slice out = {NULL, 0};

    if (x == NULL) {
        return out;
    }
    td_api_lock(x->store);
    out = td_session_give(x->inner, td_api_now(x->store));
    td_api_unlock(x->store, false);
    return out;
}

tandem_err
tandem_session_kind(const tandem_session *x, size_t i, char kind[64],
    uint64_t *received, uint64_t *sent)
{
    const tandem_kind_info *k;
    uint8_t pack[8];
    uint64_t n;
    bool found;

    if (x == NULL || kind == NULL) {
        return TANDEM_EMISUSE;
    }
    td_api_lock(x->store);
    found = td_session_kind(x->inner, i, pack, &n, received, sent);
    if (found) {
        k = n > UINT32_MAX ? NULL
                           : td_schema_kind_by_tag(
                                 x->store->replica->schema, pack, (uint32_t)n);
        (void)snprintf(kind, 64, "%s", k != NULL ? k->id : "");
    }
    td_api_unlock(x->store, false);
    return found ? TANDEM_OK : TANDEM_ENOTFOUND;
}

void
tandem_session_report(const tandem_session *x, tandem_report *out)
{
    if (x == NULL || out == NULL) {
        return;
    }
    td_api_lock(x->store);
    td_session_report(x->inner, out);
    td_api_unlock(x->store, false);
}
