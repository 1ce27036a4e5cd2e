// SPDX-License-Identifier: Apache-2.0
// doubt.h - payloads that were found damaged while reading: the next write
// notes them in MISSING, so that every peer is asked for them again. And the
// counts of what is missing, which it works out again.
//
// Kept in memory between the two: forgetting one costs another look. The row
// stays until a good one replaces it.
#ifndef TD_REPLICA_DOUBT_H
#define TD_REPLICA_DOUBT_H

#include "replica/work.h"

void td_doubt_note(struct td_work *w, const struct td_row_change *at);
void td_doubt_counts(struct td_doubts *doubts);
// Once; no more than TD_DOUBTS_MAX.
void td_doubt_add(struct td_doubts *doubts, const struct td_doubt *d);
// In a write transaction: what was noted before it.
tandem_err td_doubt_write(struct td_work *w, const struct td_doubts *noted);

#endif
