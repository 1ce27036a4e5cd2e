// SPDX-License-Identifier: Apache-2.0
// doubles.h - sheets that may be the same: a phone in common, or a name in one
// dwelling; not yet linked, and not said to be two. Hints, never more.
#ifndef FIGURES_DOUBLES_H
#define FIGURES_DOUBLES_H

#include "view.h"

// How many pairs, neighbours of those that share a hint. ENOMEM.
tandem_err doubles_count(const struct view *v, int64_t *out);

#endif
