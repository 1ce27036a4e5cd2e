// SPDX-License-Identifier: Apache-2.0
// record_state.h - what a record's state consists of; for record*.c and
// mark.c only.
#ifndef TD_CRDT_RECORD_STATE_H
#define TD_CRDT_RECORD_STATE_H

#include "crdt/counter.h"
#include "crdt/list.h"
#include "crdt/map.h"
#include "crdt/record.h"
#include "crdt/set.h"

#define TD_RECORD_VERSION 1

struct td_field {
    uint64_t field;
    uint64_t merge; // as td_record_field() says it
    union {
        struct td_reg reg; // _SET, _MOVE; _LINE, rising
        struct td_set set;
        struct td_map map;
        struct td_counter counter;
        struct td_text *text;
        struct td_list list;
    } u;
};

// What is kept of a log besides its td_seen (log, seq, hash, skipped).
struct td_tip {
    uint16_t index; // of the last settled change in its commit
    bool continues; // the first settled change has its prev in another log
    struct td_log_id prev_log;
    uint64_t prev;
    bool has_content;
    uint64_t content;      // the last admitted change with content
    struct td_vec *others; // effective context of the last settled change
    uint64_t *held;        // seqs in quarantine, rising; seen.skipped
    size_t held_cap;
};

struct td_origin {
    tandem_id person;
    struct td_dot dot; // op 0
    uint64_t clock;
};

struct td_record {
    tandem_sys seams;
    const tandem_sys *sys; // = &seams
    tandem_id id;
    uint8_t pack[8];
    uint64_t kind;
    bool unread;
    uint64_t changes;             // settled and admitted
    struct td_origin first, last; // when changes > 0
    struct td_seen *seen;         // per log, sorted; tips[i] goes with seen[i]
    struct td_tip *tips;
    size_t tip_count, seen_cap, tip_cap;
    struct td_field *fields; // by (field, merge)
    size_t field_count, field_cap;
    struct td_reg marks;
    bool typed; // holds operations of an edit being typed
    struct td_buf typed_why;
};

// Index of the log, or where it would stand.
size_t td_record_tip(
    const struct td_record *r, struct td_log_id log, bool *found);
// NULL when the record has no such field (or, with `make`, no memory).
struct td_field *td_record_slot(
    struct td_record *r, uint64_t field, uint64_t merge, bool make);
const struct td_field *td_record_have(
    const struct td_record *r, uint64_t field, uint64_t merge);
// What the record's logs continue.
struct td_links td_record_links(const struct td_record *r);
// Let go of a field that holds nothing.
void td_record_unslot(struct td_record *r, struct td_field *f);

// Apply a change whose place is known: operations, then its log's tip. `e` is
// its effective context. Within a log, in order of seq.
tandem_err td_record_place(struct td_record *r, const struct td_change *c,
    const struct td_eff *e, bool admitted);
// One operation; *fits false: without effect.
struct td_writer_of {
    tandem_id person;
    uint64_t clock;
    tandem_slice why; // of the whole change
    bool hidden;      // in quarantine: only inserted text leaves a trace
};
tandem_err td_record_operate(struct td_record *r, const struct td_op *op,
    const struct td_dot *dot, const struct td_writer_of *by,
    const struct td_eff *e, bool *fits);
// The reason a change gives for all it does: its first WHY.
tandem_slice td_change_why(const struct td_op *ops, size_t count);

// Order of the set: log, seq, change, then hash.
int td_change_order(const struct td_change *a, const struct td_change *b);
// Add a tip for a log that has none; it stands at *at.
tandem_err td_record_add_tip(
    struct td_record *r, struct td_log_id log, size_t at);

#endif
