// SPDX-License-Identifier: Apache-2.0
// damage.h - a payload that goes bad on a disk: it is noticed, asked of a peer
// who holds it, and as good as before.
#ifndef TD_TESTS_SIM_DAMAGE_H
#define TD_TESTS_SIM_DAMAGE_H

#include "sim/world.h"

void damage_payload(struct world *w, struct device *d, struct device *peer);

#endif
