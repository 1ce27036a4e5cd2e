// SPDX-License-Identifier: Apache-2.0
// tap.h - looks at every message of a link, at how its session ends, and at
// what it costs the device in memory and clock.
#ifndef TD_TESTS_SIM_TAP_H
#define TD_TESTS_SIM_TAP_H

#include "sim/world.h"

void tap_said(struct world *w, struct link *l, size_t i, tandem_slice m);
// Before the other side takes it: is it DATA that does not go on where the
// segment stands? Then, afterwards, it is to be refused.
bool tap_gap(const struct link *l, size_t from, tandem_slice m);
void tap_refused(struct world *w, const struct link *l, size_t i);
// After the other side took it.
void tap_heard(struct world *w, struct link *l, size_t from, tandem_slice m);
void tap_end(struct world *w, struct link *l);

// A link that grants less than the receiver does: HELLO's credit made small,
// CREDIT kept back. @return true when the message was dealt with.
bool tap_thrift(struct world *w, struct link *l, size_t from, tandem_slice m);
// ... and more of it when the sender has used it up. @return false: no need.
bool tap_grant(struct world *w, struct link *l, size_t from);

void tap_clock(struct world *w, struct device *d);
void tap_memory_begin(struct world *w, struct device *d);
void tap_memory(struct world *w, struct device *d);

#endif
