// SPDX-License-Identifier: Apache-2.0
// plain.c - a change that makes a record by itself. See plain.h.
#include "crdt/plain.h"

#include "base/limits.h"

// Neither array nor map (nor anything else with parts): see is_flat in
// record_operate.c, of which this is the simpler half.
static bool
is_scalar(tandem_slice value)
{
    const uint8_t first = value.len > 0 ? value.ptr[0] : 0xdc;

    return !(first >= 0x80 && first < 0xa0) && !(first >= 0xdc && first < 0xe0);
}

// One SET or MOVE a field: of two the later would replace the earlier.
static bool
is_first(const struct td_change *c, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (c->ops[i].code == c->ops[at].code &&
            c->ops[i].field == c->ops[at].field) {
            return false;
        }
    }
    return true;
}

enum { PLAIN_OPS_MAX = 64 }; // the search above is quadratic

bool
td_change_plain(const struct td_change *c)
{
    if (c->has_prev || c->context_count > 0 || c->op_count > PLAIN_OPS_MAX) {
        return false;
    }
    for (size_t i = 0; i < c->op_count; i++) {
        const struct td_op *op = &c->ops[i];

        switch (op->code) {
        case TD_OP_SET:
        case TD_OP_MOVE:
            if (!is_scalar(op->value) || !is_first(c, i)) {
                return false;
            }
            break;
        case TD_OP_ADD:
            if (!is_scalar(op->value)) {
                return false;
            }
            break;
        case TD_OP_PUT: // fields of their own: of no concern to the others
        case TD_OP_COUNT:
        case TD_OP_INSERT:
        case TD_OP_LINE:
        case TD_OP_PLACE:
        case TD_OP_WHY:
            break;
        default:
            return false; // takes something away, or is not known
        }
    }
    return true;
}
