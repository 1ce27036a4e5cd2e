// SPDX-License-Identifier: Apache-2.0
// tell.c - held commits become a segment again.
//
// The bytes are a function of the headers and of which payloads are held: two
// stores that hold the same send the same. A payload that its holder does not
// vouch for any more is sent as absent: the receiver notes it as missing and
// asks somebody else, and the rest goes on.
#include "log/log.h"

#include "base/limits.h"
#include "codec/writer.h"
#include "log/row.h"

struct telling {
    const struct td_log_info *log;
    tandem_err (*payload)(void *ctx, const struct td_header *h, uint16_t index,
        struct td_buf *out);
    void *ctx;
    struct td_commits commits;
    struct td_buf all; // the payloads of one commit
    tandem_slice payloads[TD_COMMIT_CHANGES_MAX];
    bool has_before;
    struct td_header before; // its epoch counts
    struct td_buf *out;
};

// One payload behind the others in `all`. *here: it is held.
static tandem_err
ask(struct telling *w, const struct td_header *h, size_t i, bool *here)
{
    const size_t was = w->all.len;
    tandem_err err;

    *here = false;
    if (w->payload == NULL) {
        return TANDEM_OK;
    }
    err = w->payload(w->ctx, h, (uint16_t)i, &w->all);
    TD_TRY(w->all.err);
    *here = err == TANDEM_OK && w->all.len - was == h->changes[i].length;
    if (!*here) {
        w->all.len = was;
    }
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

static tandem_err
tell_commit(struct telling *w, uint64_t seq)
{
    bool here[TD_COMMIT_CHANGES_MAX];
    const struct td_header *h;
    size_t at = 0;
    tandem_err err;

    td_buf_reset(&w->all);
    err = td_commits_get(&w->commits, w->log->number, seq, &h, NULL, NULL);
    if (err != TANDEM_OK) {
        return err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
    }
    for (size_t i = 0; i < h->change_count; i++) {
        TD_TRY(ask(w, h, i, &here[i]));
    }
    for (size_t i = 0; i < h->change_count; i++) {
        size_t len = h->changes[i].length;

        w->payloads[i] = (tandem_slice){NULL, 0};
        if (here[i]) {
            w->payloads[i] = (tandem_slice){w->all.ptr + at, len};
            at += len;
        }
    }
    td_wire_encode(h, w->has_before ? &w->before : NULL, w->payloads, w->out);
    w->before = *h; // what it points to is not looked at again
    w->has_before = true;
    return w->out->err;
}

tandem_err
td_segment_write(struct td_txn *t, const struct td_log_info *log,
    bool from_start, uint64_t from, uint64_t to,
    tandem_err (*payload)(void *ctx, const struct td_header *h, uint16_t index,
        struct td_buf *out),
    void *ctx, struct td_buf *out)
{
    const tandem_sys *sys = td_store_sys(td_txn_store(t));
    struct telling w = {.log = log, .payload = payload, .ctx = ctx, .out = out};
    size_t was = out->len;
    uint64_t first = from_start ? 0 : from + 1;
    tandem_err err;

    if (to > log->head_seq) {
        return TANDEM_ENOTFOUND;
    }
    if ((!from_start && from >= to) || to - first >= TD_SIGN_COMMITS) {
        return TANDEM_ELIMIT;
    }
    td_commits_init(&w.commits, t);
    td_buf_init(&w.all, sys, TD_COMMIT_BYTES_MAX);
    td_mp_array(out, (size_t)(to - first) + 1);
    err = out->err;
    for (uint64_t seq = first; err == TANDEM_OK && seq <= to; seq++) {
        err = tell_commit(&w, seq);
    }
    td_buf_deinit(&w.all);
    td_commits_deinit(&w.commits);
    if (err != TANDEM_OK) {
        out->len = was;
    }
    return err;
}
