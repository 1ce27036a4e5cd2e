// SPDX-License-Identifier: Apache-2.0
// context.h - effective contexts: what the author of a change had seen of the
// record, with everything inherited resolved.
//
// A change names only what differs from its `prev`. Resolved it is
//   others   every other log: (seq, skipped); shared between the changes of
//            one log for as long as they name nothing new
//   own      the own log, through `prev` unless it is named (lower); and
//            what it continues, whole, unless it is named
// The names' hashes are checked when a change settles and are not kept: the
// state holds one change for each (log, seq).
//
// A log may continue another: its first settled change of the record has its
// prev there (a branch of a log that was written twice). Whoever saw an entry
// of it saw what it continues, up to that prev; whoever's prev stands there
// saw what that one had seen, and that one.
#ifndef TD_CRDT_CONTEXT_H
#define TD_CRDT_CONTEXT_H

#include "crdt/change.h"

struct td_past { // what was seen of one log
    struct td_log_id log;
    uint64_t seq;
    const uint64_t *skipped; // rising; inside the same allocation
    size_t skipped_count;
};

// Sorted by log, immutable, counted references (one thread: a record's own).
struct td_vec {
    size_t refs;
    size_t bytes; // of this allocation
    size_t count;
    struct td_past e[];
};

// Which entry a log of the record continues. false: none.
struct td_links {
    bool (*of)(const void *ctx, struct td_log_id log,
        struct td_log_id *prev_log, uint64_t *prev);
    const void *ctx;
};

struct td_eff {
    bool all;             // an edit being typed: it sees all there is
    struct td_log_id log; // where the change stands
    uint64_t seq;
    uint16_t index;
    struct td_vec *others; // one reference held; NULL = nothing
    bool has_own;          // in the log the change stands in
    uint64_t own;
    const uint64_t *skipped; // of the own log; borrowed from the change
    size_t skipped_count;
};

struct td_vec *td_vec_ref(struct td_vec *v);
void td_vec_free(const tandem_sys *sys, struct td_vec *v); // drops one
tandem_err td_vec_dup(
    const tandem_sys *sys, const struct td_vec *v, struct td_vec **out);
// An unfilled one with room for `count` entries and `skipped` seqs in all;
// *room is where the seqs go.
tandem_err td_vec_new(const tandem_sys *sys, size_t count, size_t skipped,
    struct td_vec **out, uint64_t **room);
const struct td_past *td_vec_find(const struct td_vec *v, struct td_log_id log);
bool td_past_saw(const struct td_past *p, uint64_t seq);

// The effective context of `c`, whose prev's `others` is `base` (NULL when
// it has no prev). All it names is settled. deinit it.
tandem_err td_eff_init(const tandem_sys *sys, struct td_eff *out,
    struct td_vec *base, const struct td_change *c,
    const struct td_links *links);
void td_eff_deinit(const tandem_sys *sys, struct td_eff *e);
// Own log and others in one; NULL in *out when nothing was seen.
tandem_err td_eff_flatten(
    const tandem_sys *sys, const struct td_eff *e, struct td_vec **out);

// Did the change see this operation (an earlier one of its own included)?
bool td_eff_saw(const struct td_eff *e, const struct td_dot *d);
// The same, quarantined ones included: is it settled before this change?
bool td_eff_reached(const struct td_eff *e, const struct td_dot *d);

bool td_seqs_have(const uint64_t *seqs, size_t count, uint64_t seq);

#endif
