// SPDX-License-Identifier: Apache-2.0
// liar.h - a peer that speaks the protocol well enough to lie: it holds what
// nobody wrote, wants what nobody has, and never agrees.
#ifndef TD_TESTS_SIM_LIAR_H
#define TD_TESTS_SIM_LIAR_H

#include "sim/world.h"

// It says it is `as`. The session ends in time, and nothing was believed.
void liar_visit(
    struct world *w, struct device *victim, const struct device *as);

#endif
