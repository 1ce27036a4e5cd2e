// SPDX-License-Identifier: Apache-2.0
// dot.c - the one order of operations and characters.
#include "crdt/dot.h"

int
td_dot_cmp(const struct td_dot *a, const struct td_dot *b)
{
    int c = td_log_id_cmp(a->log, b->log);

    if (c != 0) {
        return c;
    }
    if (a->seq != b->seq) {
        return a->seq < b->seq ? -1 : 1;
    }
    if (a->change != b->change) {
        return a->change < b->change ? -1 : 1;
    }
    return (a->op > b->op) - (a->op < b->op);
}

int
td_char_cmp(const struct td_char *a, const struct td_char *b)
{
    int c = td_dot_cmp(&a->dot, &b->dot);

    if (c != 0) {
        return c;
    }
    return (a->offset > b->offset) - (a->offset < b->offset);
}
