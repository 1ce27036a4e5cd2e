// SPDX-License-Identifier: Apache-2.0
// change.h - the body of a change: what one commit did to one record.
//
// Body (canonical MessagePack, then ISO 7816-4 padding to 32 bytes, which the
// sealer adds and removes):
//   [1, record 16, pack tag 8, kind n, person 16, clock,
//    prev (seq or nil), context, operations, refs]
//   context    [[log 16, seq or nil, hash16 or nil, [skipped seq...]]...]
//              sorted by log, seq, hash; only logs that differ from prev's
//              context, each whole: an entry for every branch seen of it
//   operations [[opcode, field n, ...]...]          see enum td_opcode
//   refs       [log 16 or [log 16, seq, hash16]...]  logs named by text
//              operations, sorted: the own log, or another one as the path
//              that ends in that entry
//
// A name on the wire is an entry of one branch, pinned by its hash. In a state
// every branch has log ids of its own (replica/branch.h translates, both
// ways), so that crdt/ never meets two entries of one (log, seq): there a
// change's prev may stand in another log, which its own continues.
//
// Bodies of a newer version (first element > 1) and unknown opcodes are kept,
// passed on and reported, never fatal.
#ifndef TD_CRDT_CHANGE_H
#define TD_CRDT_CHANGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "crdt/dot.h"
#include "crdt/text.h"

#define TD_BODY_VERSION 1

// One entry of a context: what was seen of one log, for this record.
struct td_seen {
    struct td_log_id log;
    bool none;               // nothing of that log (lowers prev's context)
    uint64_t seq;            // the last seen entry of this record
    struct td_hash16 hash;   // of its chain hash
    const uint64_t *skipped; // seqs at or below, held in quarantine; rising
    size_t skipped_count;
    bool unheld; // its branch is not held: whoever names it waits
};

// A log that text operations name, and how that is written.
struct td_ref {
    struct td_log_id name; // as in the operations' characters
    struct td_log_id log;  // the path that ends in this entry of this log
    uint64_t seq;
    struct td_hash16 hash;
};

enum td_opcode {
    TD_OP_SET = 1,    // [1, field, value, why or nil]   register
    TD_OP_ADD = 2,    // [2, field, value]               set
    TD_OP_REMOVE = 3, // [3, field, value]               set element
    TD_OP_PUT = 4,    // [4, field, key, value, why/nil] map, a register a key
    TD_OP_DROP = 5,   // [5, field, key]                 map key
    TD_OP_COUNT = 6,  // [6, field, delta]               counter
    TD_OP_INSERT = 7, // [7, field, left, right, utf8]   text
    TD_OP_ERASE = 8,  // [8, field, [[char, len]...]]    text
    TD_OP_MARK = 9,   // [9, 0, deleted bool]            the record
    TD_OP_WHY = 10,   // [10, 0, text]                   reason of the change
    TD_OP_MOVE = 11,  // [11, field, value, why or nil]  state
    TD_OP_LINE = 12,  // [12, field, value]              log
    TD_OP_PLACE = 13, // [13, field, element, left, right, value]  list
    TD_OP_LEAVE = 14  // [14, field, element]            list
};
#define TD_OP_LAST TD_OP_LEAVE
// A character on the wire: [ref index, seq, change, op, offset], or
// [op, offset] inside the same change; nil = the text's begin or end. Places
// and elements of a list are named in the same way, offset 0: a PLACE's own
// dot; element nil = a new one.

struct td_op {
    uint64_t code; // enum td_opcode, or one we do not know
    uint64_t field;
    tandem_slice value; // canonical bytes; the set element, the register value
    tandem_slice key;   // map
    tandem_slice why;   // str bytes; empty = none
    int64_t delta;
    bool deleted;
    bool has_left, has_right, has_element;
    struct td_char left, right, element;
    tandem_slice utf8;
    const struct td_char_range *ranges;
    size_t range_count;
    tandem_slice raw; // an unknown operation, whole
};

struct td_change {
    // Where it stands (given, not in the body).
    struct td_log_id log;
    uint64_t seq;
    uint16_t index;
    struct td_hash16 hash; // chain hash of its commit
    // The body.
    uint64_t version;
    tandem_id record, person;
    uint8_t pack[8];
    uint64_t kind;
    uint64_t clock;
    bool has_prev;
    struct td_log_id prev_log; // `log`, or the one it continues
    uint64_t prev;
    const struct td_seen *context;
    size_t context_count;
    const struct td_op *ops;
    size_t op_count;
    const struct td_ref *refs; // of other logs than the own one; sorted
    size_t ref_count;
};

// Which log holds entry `seq` of the path that `ref` names, or (NULL) of the
// change's own.
struct td_names {
    tandem_err (*of)(void *ctx, const struct td_ref *ref, uint64_t seq,
        struct td_log_id *out);
    void *ctx;
};

// `at` has the first four members set. Everything is copied into or borrowed
// from `arena` and `body`: both outlive `out`. ECORRUPT: not canonical, wrong
// shape, unsorted, a character of a later change; EVERSION: a newer body
// (record, pack, kind are still filled when readable); ENOMEM, ELIMIT. The
// characters of operations are named by `names` (NULL: by the log written);
// context and prev as written.
tandem_err td_change_decode(tandem_slice body, const struct td_change *at,
    const struct td_names *names, struct td_arena *arena,
    struct td_change *out);
// Canonical. Characters whose dot.seq is TD_SEQ_SELF or equal to c's own
// place are written as self references; those of other logs by `refs`, which
// may hold more than is used.
tandem_err td_change_encode(const struct td_change *c, struct td_buf *out);

#endif
