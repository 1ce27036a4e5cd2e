// SPDX-License-Identifier: Apache-2.0
// writer.h - canonical MessagePack into a td_buf, through msgpack-c.
//
// Map keys must be written in order by the caller (debug builds check the
// finished value with td_mp_check). Failure is the buffer's sticky `err`: also
// EVALUE for a str that is not UTF-8, ELIMIT beyond 2^32 - 1.
#ifndef TD_CODEC_WRITER_H
#define TD_CODEC_WRITER_H

#include "base/buf.h"

void td_mp_nil(struct td_buf *b);
void td_mp_bool(struct td_buf *b, bool v);
void td_mp_int(struct td_buf *b, int64_t v);
void td_mp_uint(struct td_buf *b, uint64_t v);
void td_mp_str(struct td_buf *b, tandem_slice utf8);
void td_mp_bin(struct td_buf *b, const void *p, size_t n);
void td_mp_array(struct td_buf *b, size_t n);
void td_mp_map(struct td_buf *b, size_t n);
void td_mp_raw(struct td_buf *b, tandem_slice canonical);

#endif
