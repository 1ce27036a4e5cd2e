// SPDX-License-Identifier: Apache-2.0
// dot.h - the id of an operation, and of a character.
//
// Order: log, seq, change, op (then offset): the one order every tie breaks
// by. Inside the change being made, operations are named with TD_SEQ_SELF.
#ifndef TD_CRDT_DOT_H
#define TD_CRDT_DOT_H

#include "base/id.h"

#define TD_SEQ_SELF UINT64_MAX // only in an edit not yet committed

struct td_dot {
    struct td_log_id log;
    uint64_t seq;
    uint16_t change;
    uint16_t op;
};

struct td_char {       // one code point of an insertion
    struct td_dot dot; // the insertion
    uint32_t offset;   // 0 = its first code point
};

struct td_char_range { // `len` code points of one insertion
    struct td_char first;
    uint32_t len;
};

int td_dot_cmp(const struct td_dot *a, const struct td_dot *b);
int td_char_cmp(const struct td_char *a, const struct td_char *b);

#endif
