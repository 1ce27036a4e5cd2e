// SPDX-License-Identifier: Apache-2.0
// merge.h - from what a pack calls a merge to the operation that writes it,
// by which a state knows its cells.
#ifndef TD_CRDT_MERGE_H
#define TD_CRDT_MERGE_H

#include "crdt/change.h"
#include "tandem/schema.h"

// As td_record_field() says it; 0: nothing is held of such a field.
static inline uint64_t
td_merge_opcode(tandem_merge merge)
{
    switch (merge) {
    case TANDEM_MERGE_VIS:
    case TANDEM_MERGE_QUIET:
    case TANDEM_MERGE_ONCE:
        return TD_OP_SET;
    case TANDEM_MERGE_SET:
        return TD_OP_ADD;
    case TANDEM_MERGE_MAP:
        return TD_OP_PUT;
    case TANDEM_MERGE_COUNTER:
        return TD_OP_COUNT;
    case TANDEM_MERGE_TEXT:
        return TD_OP_INSERT;
    case TANDEM_MERGE_STATE:
        return TD_OP_MOVE;
    case TANDEM_MERGE_LOG:
        return TD_OP_LINE;
    case TANDEM_MERGE_LIST:
        return TD_OP_PLACE;
    case TANDEM_MERGE_DERIVED:
    case TANDEM_MERGE_UNKNOWN:
        break;
    }
    return 0;
}

#endif
