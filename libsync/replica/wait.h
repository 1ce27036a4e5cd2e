// SPDX-License-Identifier: Apache-2.0
// wait.h - held changes without effect: why, and who waits for whom.
//
// WAITING
//   number be32 || seq be64 || index be16
//     -> [1, reason, record 16 or nil, tag 8 or nil, log 16 or nil, seq]
//        record and tag where the body could be read; log and seq name the
//        change it waits for (reason 1), else nil and 0
//   0xff || record 16 || tag 8 || log 16 || seq be64
//        || number be32 || seq be64 || index be16 -> ""
//        who of a record waits for (log, seq); log numbers stay below
//        0xff000000
#ifndef TD_REPLICA_WAIT_H
#define TD_REPLICA_WAIT_H

#include "replica/work.h"

// Reasons beyond enum tandem_wait_reason: shown as TANDEM_WAIT_RIGHT.
#define TD_WAIT_VERDICT 6 // what its author had seen is not held yet

#define TD_WAIT_KEY_BYTES 14

struct td_wait {
    uint64_t reason;
    bool has_record;
    uint8_t key[TD_ROW_KEY_BYTES]; // record || tag
    struct td_wait_for what;       // reason TANDEM_WAIT_CHANGE
};

void td_wait_key(
    const struct td_row_change *at, uint8_t out[TD_WAIT_KEY_BYTES]);
struct td_row_change td_wait_place(tandem_slice key); // of that length
tandem_err td_wait_decode(tandem_slice in, struct td_wait *out); // ECORRUPT
void td_wait_encode(const struct td_wait *wait, struct td_buf *out);
// ENOTFOUND: it does not wait.
tandem_err td_wait_get(
    struct td_work *w, const struct td_row_change *at, struct td_wait *out);
// Replaces what stood there; keeps the counts.
tandem_err td_wait_put(struct td_work *w, const struct td_row_change *at,
    const struct td_wait *wait);
tandem_err td_wait_clear(struct td_work *w, const struct td_row_change *at);
// A change of the record `key` settled in `log`: queue what waits for it, or
// for an earlier one of that log that is not the record's.
tandem_err td_wait_wake(struct td_work *w, const struct td_log_id *log,
    const struct td_row_change *settled, const uint8_t key[TD_ROW_KEY_BYTES]);
tandem_err td_queue_push(struct td_work *w, const struct td_row_change *at);
bool td_queue_pop(struct td_work *w, struct td_row_change *out);

#endif
