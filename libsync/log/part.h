// SPDX-License-Identifier: Apache-2.0
// part.h - what a header and its wire form have in common. Private to log/.
#ifndef TD_LOG_PART_H
#define TD_LOG_PART_H

#include "log/header.h"

void td_part_seen_put(struct td_buf *out, const struct td_header *h);
void td_part_opening_put(struct td_buf *out, const struct td_opening *o);
// The readers fail the cursor for bytes that break the layout; ENOMEM.
tandem_err td_part_seen_get(
    struct td_cur *c, struct td_arena *arena, struct td_header *h);
tandem_err td_part_opening_get(
    struct td_cur *c, struct td_arena *arena, struct td_opening *o);
tandem_err td_part_ref_get(struct td_cur *c, struct td_payload_ref *ref);
// What must hold between the fields of one header.
bool td_part_rules(const struct td_header *h);

#endif
