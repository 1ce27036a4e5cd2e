// SPDX-License-Identifier: Apache-2.0
// past.h - one change of a record shown: who, when, which fields, what stood
// there before and after for the one who made it.
#ifndef TANDEM_CLI_PAST_H
#define TANDEM_CLI_PAST_H

#include "record/record.h"

/** `field` NULL: all of it. What does not touch the field is passed over, what
 * is shown is added to `*shown`. 0 or an exit code. */
int past_show(const struct cli *c, tandem_history *h, size_t i,
    const tandem_field_info *field, size_t *shown);
/** What an undo did: how the fields that a change touched stand in `after`. */
void past_show_undone(const struct cli *c, tandem_history *h, size_t i,
    const tandem_record *before, const tandem_record *after);

#endif
