// SPDX-License-Identifier: Apache-2.0
// session.h - one exchange with one proven peer: a state machine without I/O.
//
// Messages (canonical MessagePack arrays, <= TD_MESSAGE_BYTES_MAX; lists of at
// most TD_MSG_ITEMS items, logs and sectors rising, but in ACK). root 16: of a
// set of heads (log/trie.h), but the data root. hash 16: the first 16 bytes of
// a chain hash.
//   1 HELLO   [1, proto min, proto max, store id 16, session 8, credit,
//              control root 16, data root 16, have lsn, mark 8 or nil,
//              lacks bool]
//             data root: BLAKE2b-128 of the (sector 16 || root 16) of the
//             sectors both may see, as the sender knows it. have lsn: "I hold
//             yours up to it"; mark: of which numbering and sectors: first 8 of
//             BLAKE2b-128(your store id 16 || sectors mark 16), nil with lsn 0;
//             sectors mark: BLAKE2b-128 of the shared sectors' ids, sorted
//   2 STATUS  [2, last, [[sector 16, root 16]...]]   shared sectors: compare
//   3 ADVERT  [3, last, [[log 16, seq, hash 16]...]] heads the peer may lack,
//             each signed; they rise by (log, hash)
//   4 WANT    [4, last, [[n] or [n, from, hash 16]...]]  the head you told as
//             number n (from 0, over all LEAF and ADVERT of this round): all
//             of it, or what lies after `from`, which has that hash here; or
//             [n, from or nil, hash or nil, seq, offset, part 16]: of the
//             segment up to seq I have the first bytes, which hash to `part`
//   5 HEAD    [5, n, seq or nil, signature 64, segment bytes, offset]   a
//   segment
//             up to that head (nil), or up to an earlier signed one; DATA
//             begins at offset
//   6 DATA    [6, offset, bytes]    <= TD_FRAME_BYTES_MAX of the segment
//   7 CREDIT  [7, total]            DATA bytes of this session allowed so far
//   8 ACK     [8, [[log 16, seq, hash 16]...]]  durable here, more under way
//   9 SENT    [9]                   all that was wanted in this round was sent
//  10 FIN     [10, session 8 of the receiver, data root 16 or nil, control
//              root 16 or nil, lsn, missing, moved, receipt 64 or nil]
//             a root nil: that of my HELLO. moved: commits I held from you
//             in this session; missing: payloads here, of what both may see.
//             A receipt where you sent commits (see fin.c)
//  11 BYE     [11, error]           the sender gives up (td_fail_tell)
//  12 NODE    [12, last, [[at, bitmap, hashes]...]]   of the trie (walk.c)
//  13 LEAF    [13, last, [[at, [[log 16, seq, hash 16]...]]...]]
//  14 APART   [14, n]               your `from` is not on the way to head n
//  15 LOCATE  [15, n, [[seq, hash 16]...]]    entries I hold of that log
//  16 FOUND   [16, n, [seq, hash 16] or nil]  before my last signed one that is
//             no further than these lead: I begin behind it, with that one
//             alone; nil: with entry 0
//  17 WANTPAYLOAD [17, [[log 16, seq, hash 16, index]...]]   missing here
//  18 PAYLOAD [18, i, size, bytes]  the i-th of them, in parts; size 0: I have
//             not got it (ask.c)
//  19 WANTEPOCH [19, [epoch 16...]]   whose keys are lacking here (key.c)
//  20 EPOCH   [20, [key 80 or nil...]]   of each of them, wrapped for the asker
//   `last` false: more messages of that list follow, and it is not empty.
//
// Order. The initiator says HELLO. The other one answers HELLO and, in the
// same flight, what is clear by then: FIN when both roots are equal and nobody
// lacks payloads or keys (then one round trip is all), else its part of the
// first round. Rounds: the control sector (only if its roots differ), then the
// data sectors. A round is, each way: heads told (round.c), WANT..., (HEAD,
// DATA...)..., SENT, overlapping; the answering side begins. After both SENT of
// the data round: FIN each way. Equal roots: cursors are saved, DONE. Unequal:
// another pass that trusts no cursor, at most two, then EPROTO (ECUT when
// entries were still moving). What one side sets apart counts on both, and ends
// nothing (aside.c).
//
// What is spoken of: the heads held when HELLO was made, and what came since
// (front.c). Others may write meanwhile; FIN's roots do not show it, and its
// lsn is the one of that moment, or of the last entry that came.
//
// Invariants
// (1) Nothing is said about a sector the peer may not see, nor whether we know
//     of a log in one: what was told is all that can be asked for.
// (2) A segment is applied only whole, after its signature was verified.
// (3) Memory: credit (two batches and a segment), 64 bytes a head of the
//     sectors both see (only where roots differ; 144 while they are listed),
//     and lists bounded in state.h.
// (4) ACK, CREDIT and FIN are said after the commit they speak of.
// (5) DATA beyond the peer's credit is never sent; the peer's excess is EPROTO.
// (6) A key goes only to a reader of its sector, sealed to that device.
// (7) Every list, loop and number of messages of one session is bounded by
//     what we asked for or told, or by a limit.
// (8) When a right in a sector of the session ends, the session does; one that
//     begins is for the next (view.c).
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
    // Also understood by itself while this device is no member yet.
    bool joining;
    // Take and give never write: the carrier does (td_session_write_begin).
    bool outside;
    struct td_rng rng;
};
// EWORKSPACE: no workspace yet. EAUTH: the peer is no member, or is us.
tandem_err td_session_new(struct td_replica *r,
    const struct td_session_setup *o, struct td_session **out, tandem_error *e);
void td_session_free(struct td_session *x);
// now_ms: wall clock, for commits only. Failure is sticky; EMISUSE after DONE.
tandem_err td_session_take(
    struct td_session *x, tandem_slice in, int64_t now_ms);
// The next message to send; empty: nothing now. Call until empty after each
// take, also when the session is over. Valid until the next call on `x`.
tandem_slice td_session_give(struct td_session *x, int64_t now_ms);

// What is to be written, one transaction at a time; only with `outside`. Begin
// and end under both locks of a store, run under the writer's alone (see
// td_hearing_begin); between begin and end the session takes and gives, but is
// not freed. End is due after every begin that succeeded. Look again after
// each end, take and give; a give that is empty may have something to say
// after it. Failure is the session's.
struct td_session_write;
bool td_session_write_ready(const struct td_session *x);
tandem_err td_session_write_begin(
    struct td_session *x, int64_t now_ms, struct td_session_write **out);
void td_session_write_run(struct td_session_write *w);
tandem_err td_session_write_end(struct td_session_write *w, int64_t now_ms);
// Write before anything more is taken or given: what the peer says next is
// about membership as it will be, or about heads that we have to sign first; a
// log of ours went on elsewhere, and we begin anew; or too much waits.
bool td_session_write_first(const struct td_session *x);
// Its link is gone: what came whole is all there will be, and is ready.
void td_session_cut(struct td_session *x);

// DONE once the last message was given.
void td_session_report(const struct td_session *x, tandem_report *out);
// Records of each kind that changed here, and that were in what was sent.
bool td_session_kind(const struct td_session *x, size_t i, uint8_t pack[8],
    uint64_t *kind, uint64_t *received, uint64_t *sent);

#endif
