// SPDX-License-Identifier: Apache-2.0
// notice.h - what to look at again in a record, said beside the answer.
#ifndef TANDEM_CLI_NOTICE_H
#define TANDEM_CLI_NOTICE_H

#include "core/cli.h"

/** One line each to stderr. */
void notice_say(const struct cli *c, const tandem_record *r);
/** [{"what", "field", "message"}]. */
json_t *notice_json(const struct cli *c, const tandem_record *r);

#endif
