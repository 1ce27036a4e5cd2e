// SPDX-License-Identifier: Apache-2.0
// change.c - one held change, decoded, for whoever builds a snapshot itself.
#include "replica/payload.h"

static tandem_err
read_change(struct td_work *w, struct td_log_id log, uint64_t seq,
    uint16_t index, struct td_arena *a, struct td_change *out)
{
    struct td_row_change place = {.seq = seq, .index = index};
    struct td_log_info info;
    struct td_change *change;

    TD_TRY(td_log_get(w->t, log, &info));
    place.number = info.number;
    TD_TRY(td_payload_change(w, &place, a, &change));
    *out = *change;
    return TANDEM_OK;
}

tandem_err
td_replica_change(struct td_replica *r, struct td_log_id log, uint64_t seq,
    uint16_t index, struct td_arena *a, struct td_change *out)
{
    struct td_work *w;
    tandem_err err;

    TD_TRY(td_work_read(r, &w));
    err = read_change(w, log, seq, index, a, out);
    td_work_read_end(w);
    return err;
}
