// SPDX-License-Identifier: Apache-2.0
// plan.h - what happens in a world, from its seed to its rest.
#ifndef TD_TESTS_SIM_PLAN_H
#define TD_TESTS_SIM_PLAN_H

#include "sim/world.h"

// A whole life: founded, lived through, brought to rest, looked at.
void plan_run(struct world *w);

#endif
