// SPDX-License-Identifier: Apache-2.0
// face.h - what a record's state shows outside itself: index rows, conflicts
// and counts. A pure function of state, sector and schema, so the rows are
// the difference between two faces and verify can compute them again.
#ifndef TD_REPLICA_FACE_H
#define TD_REPLICA_FACE_H

#include "replica/work.h"

struct td_face {
    bool visible; // it has a settled, admitted change
    bool trashed;
    uint64_t conflicts, changes;
    struct td_hash16 *blinds; // sorted; in the arena
    size_t blind_count;
};

tandem_err td_face_of(const struct td_work *w, const struct td_schema *schema,
    const struct td_record *state, tandem_id sector, struct td_arena *arena,
    struct td_face *out);
// `before` zeroed for a record that was not there.
tandem_err td_face_change(struct td_work *w,
    const uint8_t key[TD_ROW_KEY_BYTES], const struct td_face *before,
    const struct td_face *after);
// The schema changed from `before` to the work's: write again the faces of
// the records whose pack differs.
tandem_err td_face_recount(struct td_work *w, const struct td_schema *before);

// Note every record's index rows anew: some may be lacking. Time grows with the
// number of records.
tandem_err td_face_reindex(struct td_work *w);

#endif
