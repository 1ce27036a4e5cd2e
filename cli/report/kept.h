// SPDX-License-Identifier: Apache-2.0
// kept.h - records past the time that their class keeps them, as people and
// programs read it.
#ifndef TANDEM_CLI_KEPT_H
#define TANDEM_CLI_KEPT_H

#include "figures/keep.h"
#include "report/day.h"

/** Those of the day's view. 0 or an exit code. */
int kept_find(const struct cli *c, const struct day *d, struct pasts *out);
/** The first of them, and how many there are. */
void kept_print(
    const struct cli *c, const struct day *d, const struct pasts *p);
/** All of them. */
json_t *kept_json(
    const struct cli *c, const struct day *d, const struct pasts *p);

#endif
