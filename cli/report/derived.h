// SPDX-License-Identifier: Apache-2.0
// derived.h - what is computed of a record when it is shown.
#ifndef TANDEM_CLI_DERIVED_H
#define TANDEM_CLI_DERIVED_H

#include "core/cli.h"

/** After the record: its computed fields, and where its household stands. Says
 *  nothing of kinds that have neither. */
void derived_print(struct cli *c, const tandem_record *r);
/** {"way", field...} or NULL. */
json_t *derived_json(struct cli *c, const tandem_record *r);

#endif
