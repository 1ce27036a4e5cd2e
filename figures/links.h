// SPDX-License-Identifier: Apache-2.0
// links.h - records that are "the same": merge links decided so, and not
// undone. Nothing is merged: a link taken back makes two of one again.
#ifndef FIGURES_LINKS_H
#define FIGURES_LINKS_H

#include "view.h"

// Fills `next` and `kept`, which are there. A link counts while it is live, is
// decided "same" and joins two live records of one kind. Of those that are the
// same the one is kept that no link calls a double; of several, or none, the
// one with the smallest id.
tandem_err links_join(struct view *v);

#endif
