// SPDX-License-Identifier: Apache-2.0
// history.h - the changes of a record, and what each wrote to.
#ifndef TD_API_HISTORY_H
#define TD_API_HISTORY_H

#include "api/handles.h"
#include "replica/history.h"
#include "tandem/history.h"

enum td_touch { TD_TOUCH_FIELD, TD_TOUCH_RECORD, TD_TOUCH_UNKNOWN };

struct td_touched_at {
    enum td_touch what;
    uint64_t field;
    tandem_slice key; // of a map; of a set the element; else empty
};

struct td_touches { // sorted, each once
    struct td_touched_at *at;
    size_t count;
};

struct tandem_history {
    tandem_store *store;
    struct td_arena arena;
    struct td_history all;
    struct td_touches *touches; // of each change
    tandem_record *now;
};

// In the arena. ENOMEM.
tandem_err td_touches_of(
    const struct td_change *c, struct td_arena *a, struct td_touches *out);
bool td_touches_have(
    const struct td_touches *t, const struct td_touched_at *at);
// NULL: no pack here knows it.
const tandem_field_info *td_history_field(const tandem_history *h, uint64_t n);
// A record around a state it takes over (also on failure).
tandem_err td_history_record(
    tandem_history *h, struct td_record *state, tandem_record **out);

#endif
