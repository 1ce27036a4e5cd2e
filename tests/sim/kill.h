// SPDX-License-Identifier: Apache-2.0
// kill.h - a device that lives in a process of its own for one session, and is
// killed at one of its system calls.
#ifndef TD_TESTS_SIM_KILL_H
#define TD_TESTS_SIM_KILL_H

#include "sim/world.h"

// It adds names while it talks to the peer. Opened again, it holds all that
// the peer has of its logs, and its store is whole.
void kill_amid(struct world *w, struct device *d, struct device *peer);

#endif
