// SPDX-License-Identifier: Apache-2.0
// head.h - the first bytes of a MessagePack value. Private to codec/.
#ifndef TD_CODEC_HEAD_H
#define TD_CODEC_HEAD_H

#include "base/reader.h"
#include "codec/cursor.h"

struct td_mp_head {
    enum td_mp_type type;
    uint64_t n;         // TD_MP_INT: two's complement; BOOL: 0 or 1
    tandem_slice bytes; // TD_MP_STR, TD_MP_BIN
};

// Consume one value's first bytes (of a str or bin: all of it). Holds every
// rule that reading needs too: shortest form, length or count within what is
// left.
enum td_mp_fault td_mp_head_read(struct td_reader *r, struct td_mp_head *h);

#endif
