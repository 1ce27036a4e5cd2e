// SPDX-License-Identifier: Apache-2.0
// record.h - the state of one record: a pure function of the set of settled
// changes (and of which of them are admitted).
//
// The state knows no schema: which merge a field has is told by the operation
// that writes it. (field, merge) pairs are apart, so that a hostile change
// with another merge for a field disturbs nobody.
//
//   register  SET     versions; a write replaces what its context saw of it
//   state     MOVE    the same; which of them counts, a pack's order says
//   set       ADD,    per element the add-dots not removed by somebody who
//             REMOVE  saw them; add wins
//   map       PUT,    per key a register; DROP removes the versions it saw
//             DROP
//   counter   COUNT   sum of deltas, saturating at int64
//   text      INSERT, text.h
//             ERASE
//   log       LINE    lines, each with its author; none is ever removed
//   list      PLACE,  list.h
//             LEAVE
//   mark      MARK    versions of {live, deleted}, each with what it had seen
//
// Per log that changed the record the state keeps its tip: the last settled
// change, the effective context of that change, the last change with content,
// and the seqs held in quarantine. "Seen by C" = reached through C's effective
// context, minus skipped.
//
// Two changes of one record in one commit: only the lowest index counts, also
// while it waits. A caller that knows of a lower one does not offer the other
// to td_record_apply; td_record_build sees to it by itself and tells the other
// as applied (settled, without effect). The same holds for two branches that
// would bear one (log, seq): one of them counts, so branches that shall both
// count need log ids of their own.
#ifndef TD_CRDT_RECORD_H
#define TD_CRDT_RECORD_H

#include "crdt/change.h"
#include "crdt/list.h"

struct td_record;

tandem_err td_record_new(const tandem_sys *sys, tandem_id id,
    const uint8_t pack[8], uint64_t kind, struct td_record **out);
void td_record_free(struct td_record *r);
tandem_err td_record_dup(const struct td_record *r, struct td_record **out);

// Canonical bytes; equal sets of changes give equal bytes. Layout:
// record_encode.c. Not for a record that td_record_type() was called on.
tandem_err td_record_encode(const struct td_record *r, struct td_buf *out);
// ECORRUPT; EVERSION (a newer state: rebuild it from the changes).
tandem_err td_record_decode(
    const tandem_sys *sys, tandem_slice in, struct td_record **out);

enum td_applied {
    TD_APPLIED,     // the state includes it now
    TD_APPLIED_OLD, // it did already; nothing changed
    TD_APPLY_WAITS, // *wait names what it waits for; nothing changed
    // Only td_record_build can place it; nothing changed. Also said of any
    // change below its log's tip: the state does not list what is settled.
    TD_APPLY_REBUILD
};
struct td_wait_for {
    struct td_log_id log;
    uint64_t seq;
};

// Apply one change. `admitted` false: its context counts, its operations do
// not (quarantine). Operations we do not know, or that do not fit (a value
// nested deeper than an array of scalars; text naming characters the change
// had not seen), have no effect and set td_record_unread(). Failure (ENOMEM,
// ELIMIT): *r unusable.
tandem_err td_record_apply(struct td_record *r, const struct td_change *c,
    bool admitted, enum td_applied *how, struct td_wait_for *wait);

struct td_held { // one change of a set
    const struct td_change *change;
    bool admitted;
    bool applied;            // out: settled; false = it waits
    struct td_wait_for wait; // out: for this, when it waits
};
// From any set in any order (sorted in place): applies all that is settled.
tandem_err td_record_build(const tandem_sys *sys, struct td_held *set,
    size_t count, tandem_id id, const uint8_t pack[8], uint64_t kind,
    struct td_record **out);

// Which changes of a set one of them, `of`, had seen. The set is sorted in
// place; `out` has room for as many answers, in that order.
enum td_sight {
    TD_UNSEEN, // also itself, and what waits
    TD_SEEN,
    TD_REACHED // seen, but held in quarantine where `of` was written
};
tandem_err td_record_seen_by(const tandem_sys *sys, struct td_held *set,
    size_t count, const struct td_change *of, enum td_sight *out);

// ------------------------------------------------------------------ reading

tandem_id td_record_id(const struct td_record *r);
const uint8_t *td_record_pack(const struct td_record *r); // 8 bytes
uint64_t td_record_kind(const struct td_record *r);
bool td_record_unread(const struct td_record *r); // holds unknown operations
uint64_t td_record_changes(const struct td_record *r); // settled, admitted

struct td_version { // borrowed from the record
    struct td_dot dot;
    tandem_id person;
    uint64_t clock;
    tandem_slice value; // canonical bytes; one nil byte (0xc0) = cleared
    tandem_slice why;   // its own reason, else its change's; may be empty
};
// All live versions: latest clock first, then dot. `merge` TD_OP_SET, _MOVE,
// or _PUT and the encoded key of an entry in `key`, empty for the others. With
// TD_OP_LINE the lines of a log: earliest clock first, then dot.
size_t td_record_versions(const struct td_record *r, uint64_t field,
    uint64_t merge, tandem_slice key);
bool td_record_version(const struct td_record *r, uint64_t field,
    uint64_t merge, tandem_slice key, size_t i, struct td_version *out);
// How many distinct values stand there.
size_t td_record_distinct(const struct td_record *r, uint64_t field,
    uint64_t merge, tandem_slice key);
// Set elements / map keys in order of their bytes.
size_t td_record_elements(const struct td_record *r, uint64_t field);
tandem_slice td_record_element(
    const struct td_record *r, uint64_t field, size_t i);
size_t td_record_keys(const struct td_record *r, uint64_t field);
tandem_slice td_record_key(const struct td_record *r, uint64_t field, size_t i);
bool td_record_counter(const struct td_record *r, uint64_t field, int64_t *out);
// The list; NULL = never written.
const struct td_list *td_record_list(const struct td_record *r, uint64_t field);
const struct td_text *td_record_text(const struct td_record *r,
    uint64_t field); // NULL = never written
// Fields that hold anything, rising; `merge` as the opcode that writes it
// (TD_OP_SET, _ADD, _PUT, _COUNT, _INSERT, _MOVE, _LINE, _PLACE). false beyond
// the last.
bool td_record_field(
    const struct td_record *r, size_t i, uint64_t *field, uint64_t *merge);

enum td_deletion { TD_LIVE, TD_TRASHED, TD_DISPUTED };
// Trashed: live marks say deleted and every change with content was seen by
// one of them. Disputed: some was not, or a live mark says restored.
enum td_deletion td_record_deletion(const struct td_record *r);
size_t td_record_marks(const struct td_record *r);
bool td_record_mark(const struct td_record *r, size_t i,
    struct td_version *out); // value: canonical bool

// The first and the latest admitted change, by (clock, dot).
void td_record_origin(const struct td_record *r, bool latest, tandem_id *person,
    struct td_dot *dot, uint64_t *clock);

// What a snapshot of this state has seen: one entry a log, sorted, borrowed.
size_t td_record_seen(const struct td_record *r, const struct td_seen **out);

// ------------------------------------------------------------------ writing

// The context of a change that `own` would write, having seen `snapshot`,
// when `now` (may be NULL: nothing held) is the present state: prev = own's tip
// in `now`; entries where the snapshot differs from prev's effective context.
// Filled into `c` (has_prev, prev_log, prev, context, refs), memory from
// `arena`. ELIMIT: more than TD_CONTEXT_LOGS_MAX logs differ.
tandem_err td_record_context(const struct td_record *snapshot,
    const struct td_record *now, struct td_log_id own, struct td_arena *arena,
    struct td_change *c);
// Apply operations of an edit being typed to its private copy, with dots
// (own, TD_SEQ_SELF, 0, first_op...). All it has is seen. EVALUE: an operation
// that does not fit. The copy is read and thrown away, never applied to.
tandem_err td_record_type(struct td_record *r, struct td_log_id own,
    const struct td_op *ops, size_t count, size_t first_op, tandem_id person,
    uint64_t clock);

#endif
