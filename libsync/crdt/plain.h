// SPDX-License-Identifier: Apache-2.0
// plain.h - a change that makes a record by itself, of values that nothing
// competes with: most of what is ever received.
//
// What such a record shows outside itself follows from the operations: its
// registers and states have the one value that SET or MOVE writes, its sets the
// elements that ADD adds, it is live and has no conflict. So whoever only needs
// that (index rows, counts) is spared a state.
#ifndef TD_CRDT_PLAIN_H
#define TD_CRDT_PLAIN_H

#include "crdt/change.h"

// True: a new record to which this change alone is applied, admitted, settles
// it (TD_APPLIED), is live, and holds for each SET and MOVE its value as the
// one version of the field, for each ADD its element, and nothing else of
// theirs. False: perhaps.
bool td_change_plain(const struct td_change *c);

#endif
