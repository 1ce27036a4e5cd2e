// SPDX-License-Identifier: Apache-2.0
// twin.h - two devices copied aside live the session that they are about to
// have, whole and under other clocks; then they have it, perhaps cut on the
// way and taken up again: nothing may come out otherwise.
#ifndef TD_TESTS_SIM_TWIN_H
#define TD_TESTS_SIM_TWIN_H

#include "sim/world.h"

// @return false: they do not talk to each other.
bool twin_meet(struct world *w, struct device *a, struct device *b, bool cut);

#endif
