// SPDX-License-Identifier: Apache-2.0
// session.c - a session handle: the state machine under the store's lock, what
// it writes under the writer's.

#include "session/session.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "api/handles.h"
#include "base/opts.h"

_Static_assert(
    sizeof(tandem_session_opts) == offsetof(tandem_session_opts, zero) + 7,
    "no tail padding: a new field would read what old callers never set");

struct tandem_session {
    tandem_store *store;
    struct td_session *inner;
};

static bool
moved(const tandem_report *before, const tandem_report *after)
{
    return after->commits_received != before->commits_received ||
           after->changes_received != before->changes_received ||
           after->records_changed != before->records_changed;
}

bool
td_api_session_write(tandem_store *s, struct td_session *x)
{
    tandem_report before, after;
    struct td_session_write *w;
    bool ready;

    td_api_lock_writing(s);
    td_session_report(x, &before);
    ready = td_session_write_ready(x);
    if (ready && td_session_write_begin(x, td_api_now(s), &w) == TANDEM_OK) {
        td_api_unlock(s); // the writer's stays
        td_session_write_run(w);
        td_api_lock(s);
        // Failure is sticky and in the report.
        (void)td_session_write_end(w, td_api_now(s));
    }
    td_session_report(x, &after);
    td_api_unlock_writing(s, moved(&before, &after));
    return ready;
}

static void
write_all(tandem_session *x)
{
    while (td_api_session_write(x->store, x->inner)) {
    }
}

tandem_err
tandem_session_new(tandem_store *s, const tandem_session_opts *o,
    tandem_session **out, tandem_error *e)
{
    struct td_session_setup setup;
    tandem_session_opts opts;
    tandem_session *x;
    tandem_err err;

    td_fail_clear(e);
    if (s == NULL || !td_opts_take(&opts, sizeof(opts), o) || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    x = td_alloc(&s->sys, sizeof(*x));
    if (x == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    memset(&setup, 0, sizeof(setup));
    setup.peer = opts.peer;
    setup.initiator = opts.initiator;
    setup.outside = true;
    setup.rng = td_sys_rng(&s->sys);
    x->store = s;
    td_api_lock(s);
    err = td_session_new(s->replica, &setup, &x->inner, e);
    td_api_unlock(s);
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
    td_session_cut(x->inner);
    td_api_unlock(s);
    write_all(x);
    td_api_lock(s);
    td_session_free(x->inner);
    td_api_unlock(s);
    td_free(&s->sys, x, sizeof(*x));
}

tandem_err
tandem_session_take(tandem_session *x, tandem_slice in)
{
    tandem_report r;
    tandem_err err;
    bool ready;

    if (x == NULL) {
        return TANDEM_EMISUSE;
    }
    td_api_lock(x->store);
    err = td_session_take(x->inner, in, td_api_now(x->store));
    ready = td_session_write_ready(x->inner);
    td_api_unlock(x->store);
    if (ready) {
        write_all(x);
        tandem_session_report(x, &r);
        if (r.state == TANDEM_SESSION_FAILED) {
            err = r.error.code;
        }
    }
    return err;
}

tandem_slice
tandem_session_give(tandem_session *x)
{
    tandem_slice out = {NULL, 0};
    bool ready = x != NULL, first;

    while (ready && out.len == 0) {
        td_api_lock(x->store);
        out = td_session_give(x->inner, td_api_now(x->store));
        ready = td_session_write_ready(x->inner);
        first = td_session_write_first(x->inner);
        td_api_unlock(x->store);
        if (first || (ready && out.len == 0)) {
            write_all(x); // leaves `out` as it is
        }
    }
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
    td_api_unlock(x->store);
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
    td_api_unlock(x->store);
}
