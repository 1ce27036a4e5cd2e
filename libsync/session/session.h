// SPDX-License-Identifier: Apache-2.0
// session.h - one exchange with one proven peer: a state machine without I/O.
//
// Messages (canonical MessagePack arrays, <= TD_MESSAGE_BYTES_MAX):
//   1 HELLO   [1, proto min, proto max, store id 16, boot 8, session 8,
//              credit, control root 16, data root 16, have lsn]
//             data root: hash over (sector, root) of the sectors both may see,
//             as the sender knows it; have lsn: "I hold yours up to it" (0 none)
//   2 STATUS  [2, lsn, [[sector 16, root 16]...]]   shared sectors, sorted;
//             in the control phase: the control sector alone
//   3 ADVERT  [3, last, [[log 16, seq, hash 32]...]] heads the peer may lack;
//             last false: more follow
//   4 WANT    [4, last, [[log 16, seq or nil]...]]   what lies after seq
//   5 HEAD    [5, log 16, seq, hash 32, signature 64, segment bytes]
//   6 DATA    [6, offset, bytes]    <= TD_FRAME_BYTES_MAX of the segment
//   7 CREDIT  [7, total]            DATA bytes of this session allowed so far
//   8 ACK     [8, [[log 16, seq, hash 32]...]]  durable here
//   9 SENT    [9]                   all that was wanted in this round was sent
//  10 FIN     [10, data root 16, control root 16, lsn, missing, moved,
//              receipt 64 or nil]
//  11 BYE     [11, error code]      the sender gives up; a code, no detail
//
// Rounds: the control sector first (only if its roots differ), then the data
// sectors. A round is ADVERT, WANT, HEAD+DATA..., SENT each way, overlapping.
// After both SENT and commit: FIN. Equal roots: cursors are saved, DONE.
// Unequal: another round with full lists of heads, at most two, then EPROTO.
//
// Invariants
// (1) Nothing is said about a sector the peer may not see.
// (2) A segment is applied only whole, after its signature was verified.
// (3) Memory: at most one segment under way and TD_SEGMENT_BYTES_MAX of whole
//     ones waiting for their common transaction.
// (4) ACK, CREDIT and FIN are said after the commit they speak of.
// (5) DATA beyond the peer's credit is never sent; the peer's excess is EPROTO.
#ifndef TD_SESSION_SESSION_H
#define TD_SESSION_SESSION_H

#include "replica/replica.h"
#include "tandem/session.h"

struct td_session;

struct td_session_setup {
    tandem_device_id peer;
    bool initiator;
    // A newcomer's first exchange: the inviter is trusted for the control
    // sector only as far as it hashes to our workspace; then membership rules.
    bool joining;
    struct td_rng rng;
};
tandem_err td_session_new(struct td_replica *r,
    const struct td_session_setup *o, struct td_session **out,
    tandem_error *e);
void td_session_free(struct td_session *x);
// now_ms: wall clock, for commits only. Failure is sticky.
tandem_err td_session_take(struct td_session *x, tandem_slice in,
    int64_t now_ms);
tandem_slice td_session_give(struct td_session *x, int64_t now_ms);
void td_session_report(const struct td_session *x, tandem_report *out);
bool td_session_kind(const struct td_session *x, size_t i, uint8_t pack[8],
    uint64_t *kind, uint64_t *received, uint64_t *sent);

#endif
