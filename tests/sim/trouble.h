// SPDX-License-Identifier: Apache-2.0
// trouble.h - what happens to devices: they die, are put back as they were,
// forget each other, have their clocks set.
#ifndef TD_TESTS_SIM_TROUBLE_H
#define TD_TESTS_SIM_TROUBLE_H

#include "sim/world.h"

// Its links and what stands on its screen go.
void trouble_before_death(struct world *w, struct device *d);
// All that others hold of its logs, it holds.
void trouble_nothing_beyond(struct world *w, struct device *d);
void trouble_crash(struct world *w, struct device *d);
// The same right behind a message of this link that names entries of its own.
void trouble_crash_behind(struct world *w, struct link *l);
// Keep a copy of the folder; put it back: what was typed since is lost where
// nobody else holds it.
void trouble_keep(struct world *w, struct device *d);
void trouble_put_back(struct world *w, struct device *d);
// From now on two write as one device.
void trouble_copy(struct world *w, struct device *d);
// It, and its copies, may have written their logs twice.
void trouble_rewritten(struct world *w, struct device *d);
// What it knew of a peer is lost, as it was once, or too good to be true.
void trouble_forget(struct world *w, struct device *d, struct device *peer);
// A session of theirs ended otherwise than in what is remembered of it.
void trouble_unmet(
    struct world *w, const struct device *a, const struct device *b);
void trouble_clock(struct world *w, struct device *d);

#endif
