// SPDX-License-Identifier: Apache-2.0
// look.h - looks at whole stores: chains walked, states built again, sectors
// compared across devices.
#ifndef TD_TESTS_SIM_LOOK_H
#define TD_TESTS_SIM_LOOK_H

#include "sim/world.h"

// Every log from genesis to a verified signature; every record against a
// rebuild; what it holds was written by the one it names.
void look_at(struct world *w, struct device *d);
// Sectors of one set here and there: same root, same bytes of state.
void look_across(struct world *w, struct device *a, struct device *b);
// The same heads of a sector, branches included.
bool look_same_heads(struct device *a, struct device *b, tandem_id sector);
// Two copies of one device: the same entries, judged alike.
void look_alike(struct world *w, struct device *a, struct device *b);
// Is a change held here without effect for want of a key, payload or verdict?
bool look_waits(struct device *d);
// Is that entry listed as waiting for another change?
bool look_lists(struct device *d, uint64_t seq, const tandem_device_id *author,
    const tandem_id *record);
void look_say_waiting(struct device *d); // for a failure's sentence

#endif
