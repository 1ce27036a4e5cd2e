// SPDX-License-Identifier: Apache-2.0
// set.h - elements with the additions that nobody who saw them removed.
//
// Add wins: a removal takes the add-dots it had seen, an addition made at the
// same time keeps the element.
#ifndef TD_CRDT_SET_H
#define TD_CRDT_SET_H

#include "crdt/context.h"

struct td_elem {
    uint8_t *bytes; // canonical
    size_t len;
    struct td_dot *dots; // rising, at least one
    size_t count, cap;
};

struct td_set { // rising by bytes
    struct td_elem *e;
    size_t count, cap;
};

void td_set_deinit(const tandem_sys *sys, struct td_set *s);
tandem_err td_set_dup(
    const tandem_sys *sys, const struct td_set *s, struct td_set *out);
// The new dot stands in place of those of the same element that `e` saw.
tandem_err td_set_add(const tandem_sys *sys, struct td_set *s,
    tandem_slice element, const struct td_dot *dot, const struct td_eff *e);
void td_set_remove(const tandem_sys *sys, struct td_set *s,
    tandem_slice element, const struct td_eff *e);
// For decoding: append an element beyond the last.
tandem_err td_set_append(
    const tandem_sys *sys, struct td_set *s, tandem_slice element);
tandem_err td_elem_append(
    const tandem_sys *sys, struct td_elem *e, const struct td_dot *dot);

#endif
