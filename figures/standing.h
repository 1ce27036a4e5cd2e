// SPDX-License-Identifier: Apache-2.0
// standing.h - what a report stands on: which devices were heard from of those
// that are expected, what is open and what waits; of the whole store or of one
// sector.
#ifndef FIGURES_STANDING_H
#define FIGURES_STANDING_H

#include "view.h"

struct standing {
    // Devices with a right to write there; those of which this store holds what
    // they wrote in a sector, or which it met since they were enrolled.
    uint32_t devices, heard;
    tandem_device *silent; // the others, by name, or the beginning of the id
    size_t silent_count;
    uint64_t conflicts; // open, in whatever record
    // Held without effect; their authors had no right; to be asked for. What
    // is to be asked for is of a log, not yet of a sector: -1 there.
    int64_t waiting, quarantined, missing;
    int64_t met_ms; // when any device was last met; 0 never
};

// Of the filter's sector, or of all. ENOMEM, and what reading the store can
// say; nothing is held then.
tandem_err standing_make(
    const struct view *v, struct standing *out, tandem_error *e);
void standing_free(struct standing *s);

#endif
