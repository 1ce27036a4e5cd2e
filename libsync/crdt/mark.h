// SPDX-License-Identifier: Apache-2.0
// mark.h - deleted or not: the rule of the marks.
//
// A live mark "deleted" hides the record only if every change with content
// was seen by a live mark; what a deleter had not seen keeps the record
// visible until a person decides. The state knows per log the last change with
// content that does not itself delete (what such a one wrote, it saw; what
// came before it in its own log, perhaps not); one that some mark's author
// skipped (it was in quarantine there) and that is admitted here was not seen
// either, whatever it did.
#ifndef TD_CRDT_MARK_H
#define TD_CRDT_MARK_H

#include "crdt/record_state.h"

enum td_deletion td_marks_judge(const struct td_record *r);

#endif
