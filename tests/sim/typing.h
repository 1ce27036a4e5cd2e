// SPDX-License-Identifier: Apache-2.0
// typing.h - a person at a device: new sheets, edits from what the screen
// showed, deletions, restorals, conflicts resolved.
#ifndef TD_TESTS_SIM_TYPING_H
#define TD_TESTS_SIM_TYPING_H

#include "sim/world.h"

// One commit, of whatever the seed says; nothing where the device may not.
void typing_any(struct world *w, struct device *d);
// A new sheet with `bytes` of note. @return false: it may not.
bool typing_new(struct world *w, struct device *d, size_t sector, size_t bytes);
// Look at a sheet and leave it on the screen; a later typing_any saves it.
void typing_look(struct world *w, struct device *d);
void typing_forget(struct device *d); // what stands on the screen
// The number in a value: "v12", "<12>", "w12". false: none behind that letter.
bool typing_number(tandem_slice value, char lead, uint32_t *out);

#endif
