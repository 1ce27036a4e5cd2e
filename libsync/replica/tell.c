// SPDX-License-Identifier: Apache-2.0
// tell.c - what is held, as it goes on the wire: opened payloads are sealed
// again with their salt, which gives the author's very bytes. What does not
// hash to what its header says is not sent, but said to be absent.
#include "replica/payload.h"

struct telling {
    struct td_work *w;
    const struct td_log_info *log;
    uint64_t changes;
};

static tandem_err
give(void *ctx, const struct td_header *h, uint16_t index, struct td_buf *out)
{
    struct telling *x = ctx;

    TD_TRY(td_payload_wire(x->w, x->log, h, index, out));
    x->changes++;
    return TANDEM_OK;
}

tandem_err
td_replica_tell(struct td_replica *r, struct td_txn *t,
    const struct td_log_info *log, bool from_start, uint64_t from, uint64_t to,
    struct td_buf *out, uint64_t *changes)
{
    struct td_work *w = td_alloc(r->sys, sizeof(*w));
    struct telling x = {.w = w, .log = log};
    tandem_err err;

    if (w == NULL) {
        return TANDEM_ENOMEM;
    }
    err = td_work_begin(w, r, t, false);
    if (err == TANDEM_OK) {
        err = td_segment_write(t, log, from_start, from, to, give, &x, out);
    }
    td_work_end(w);
    td_free(r->sys, w, sizeof(*w));
    if (err == TANDEM_OK) {
        *changes = x.changes;
    }
    return err;
}
