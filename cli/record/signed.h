// SPDX-License-Identifier: Apache-2.0
// signed.h - what was changed in a record after it was signed off: allowed,
// and marked.
#ifndef TANDEM_CLI_SIGNED_H
#define TANDEM_CLI_SIGNED_H

#include "record/record.h"

/** A line for each such change: who, on which device, when. */
void signed_print(const struct cli *c, const tandem_record *r);
/** The same as a list; NULL: none, or not signed off. */
json_t *signed_json(const struct cli *c, const tandem_record *r);

#endif
