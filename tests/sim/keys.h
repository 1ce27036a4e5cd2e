// SPDX-License-Identifier: Apache-2.0
// keys.h - keys of epochs, asked of peers: who holds one gives it to every
// reader who asks, and at rest no reader lacks what another could give.
#ifndef TD_TESTS_SIM_KEYS_H
#define TD_TESTS_SIM_KEYS_H

#include "sim/world.h"

// WANTEPOCH, as the asking side says it.
void keys_asked(struct side *s, struct td_msg *m);
// EPOCH, as side i says it: what it has and may give, and nothing else.
void keys_told(struct world *w, struct link *l, size_t i, struct td_msg *m);
// The session ended well: what was given is held.
void keys_done(struct world *w, struct link *l);
// Everybody met everybody.
void keys_rest(struct world *w, struct device *d);

#endif
