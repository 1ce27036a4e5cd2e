// SPDX-License-Identifier: Apache-2.0
// rank.h - which of the values that stand side by side count, by the pack.
//
// A field of merge `state` has an order: of words, what the pack writes under
// "after"; of yes and no, no first; nothing at all before everything. A stop
// (a word, or yes where the field says so) beats what is written beside it,
// in a state as in a register or under a map's key. The state of a record
// knows nothing of this: it holds what nobody replaced.
#ifndef TD_SCHEMA_RANK_H
#define TD_SCHEMA_RANK_H

#include "schema/pack.h"

// Can one value of this field beat another at all?
bool td_field_ranked(const tandem_field_info *f);
// Which of `n` values are beaten by another of them. Not all are. Time n times
// the words of the field.
void td_rank(const tandem_field_info *f, const tandem_value *values, size_t n,
    bool *beaten);

#endif
