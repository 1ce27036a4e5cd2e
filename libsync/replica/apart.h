// SPDX-License-Identifier: Apache-2.0
// apart.h - logs that are set apart: what a peer gave of them is whole and
// signed, and is not held. Everything else goes on.
//
//   EFORK     the log was written over more often than this store follows
//   ELIMIT    its device has as many logs in that sector as are held of one; or
//             as much of the control sector is held as a membership is made of
//   ECORRUPT  what is held of it cannot be read where that matters
//
// The first two last: nothing that comes later changes them here. Such heads
// are remembered with the peer that has them, so that a session can count them
// on both sides without asking again; with them (why: OK) those that are held
// on a branch which counts there and was cut here. What is damaged is asked for
// each time.
#ifndef TD_REPLICA_APART_H
#define TD_REPLICA_APART_H

#include "base/limits.h"
#include "codec/cursor.h"
#include "log/log.h"

struct td_apart {
    tandem_id sector;
    struct td_head head;
    tandem_err why;
};

// What td_segment_hold answered, as a reason: OK where it is none; ENOTFOUND
// where the segment follows what is not held, whose reason is its own.
tandem_err td_apart_why(tandem_err held);
bool td_apart_lasts(tandem_err why);

// A list of them in a row, rising by log, then hash: [[sector 16, log 16, seq,
// hash 32, minus why]...]. Of reasons those that last.
void td_apart_write(
    const struct td_apart *at, size_t count, struct td_buf *out);
// At most TD_PEER_APART_MAX into `at`; the cursor fails for any other list.
size_t td_apart_read(struct td_cur *c, struct td_apart *at);

#endif
