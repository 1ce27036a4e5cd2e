// SPDX-License-Identifier: Apache-2.0
// take.h - one heard payload: opened, judged, applied; or set apart with the
// reason why. Nothing in it is ever fatal.
#ifndef TD_REPLICA_TAKE_H
#define TD_REPLICA_TAKE_H

#include "replica/work.h"

// `sealed` as on the wire. Writes its PAYLOADS row; `arena` is scratch.
tandem_err td_take(struct td_work *w, const struct td_log_info *log,
    const struct td_header *h, const struct td_hash *chain, uint16_t index,
    tandem_slice sealed, struct td_arena *arena);
// It is absent: said in MISSING and WAITING.
tandem_err td_take_missing(struct td_work *w, const struct td_log_info *log,
    const struct td_header *h, uint16_t index);
// Try again what waits for a key, or for what its author had seen.
tandem_err td_take_again(
    struct td_work *w, const struct td_row_change *at, struct td_arena *arena);

#endif
