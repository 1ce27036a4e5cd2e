// SPDX-License-Identifier: Apache-2.0
// counter.h - a sum of deltas.
//
// The sum is kept exact in 128 bits and saturates only when read: saturating
// additions would give another result in another order.
#ifndef TD_CRDT_COUNTER_H
#define TD_CRDT_COUNTER_H

#include <stdint.h>

struct td_counter {
    uint64_t hi, lo; // two's complement
};

void td_counter_add(struct td_counter *c, int64_t delta);
int64_t td_counter_read(const struct td_counter *c);

#endif
