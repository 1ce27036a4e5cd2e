// SPDX-License-Identifier: Apache-2.0
// hostile.h - a carrier that changes what it carries: bits flipped, messages
// cut short, told twice, out of order, of another session, or lost.
#ifndef TD_TESTS_SIM_HOSTILE_H
#define TD_TESTS_SIM_HOSTILE_H

#include "sim/link.h"

enum { STASH = 48 };
struct stash { // messages of sessions long over
    struct {
        size_t from, to; // devices
        size_t len;
        uint8_t bytes[2048];
    } of[STASH];
    size_t count;
};

void hostile_carry(
    struct world *w, struct link *l, size_t from, const struct letter *x);
// A message that is under way never arrives.
void hostile_lose(struct world *w, struct link *l);
// Remember a message of an honest link.
void hostile_keep(
    struct world *w, const struct link *l, size_t from, tandem_slice m);

#endif
