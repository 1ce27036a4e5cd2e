// SPDX-License-Identifier: Apache-2.0
// wake.h - a pipe to oneself: ends a wait from any thread or signal handler.
#ifndef TD_NODE_WAKE_H
#define TD_NODE_WAKE_H

#include <stdbool.h>

struct td_wake {
    int fd[2]; // to wait on; to write to
};
bool td_wake_open(struct td_wake *w); // false: errno
void td_wake_close(struct td_wake *w);
void td_wake(const struct td_wake *w);
void td_wake_nudge(const struct td_wake *w); // ends a wait, tells nobody
bool td_wake_take(struct td_wake *w); // woken, not nudged, since the last call?

#endif
