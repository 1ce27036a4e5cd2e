// SPDX-License-Identifier: Apache-2.0
// lies.h - the table of lies: what each does, and what becomes of it. The
// table of docs/sync.md ("What a liar gets") is compared with this one.
#ifndef TD_TESTS_HOSTILE_LIES_H
#define TD_TESTS_HOSTILE_LIES_H

#include "hostile/driver.h"
#include "session/state.h"

// What the honest session takes at most while it lasts.
enum lie_room {
    LIE_LITTLE, // its buffers, a list heard, a list told
    LIE_TOLD,   // ... a segment told, its commits, a payload as it is kept
    LIE_LISTS,  // as many heads as are asked for in one round
    LIE_CREDIT, // what comes: credit, and what decoding adds
    LIE_ROOMS
};
struct lie_bound {
    size_t bytes;
    const char *words;
};
extern const struct lie_bound lie_bounds[LIE_ROOMS];

struct lie {
    const char *name;
    void (*tell)(struct driver *d);
    tandem_err code; // of the honest session; OK: it is DONE
    enum lie_room room;
    bool keeps;      // what a member signed stays, whatever it is
    size_t branches; // of the log it told, in the end
    bool waits;      // only where what comes waits to be written
};

extern const struct lie lies[];
extern const size_t lie_count;

#endif
