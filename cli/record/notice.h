// SPDX-License-Identifier: Apache-2.0
// notice.h - what to look at again in a record, said beside the answer.
#ifndef TANDEM_CLI_NOTICE_H
#define TANDEM_CLI_NOTICE_H

#include "core/cli.h"

/** What a verb that wrote says: the record as people find it again, or its
 *  answer in JSON, with what to look at; `before` NULL: it is new. */
int notice_answer(struct cli *c, tandem_edit *d, const tandem_record *before);
/** One line each to stderr; nothing of what is in the bin. */
void notice_say(const struct cli *c, const tandem_record *r);
/** [{"what", "field", "message"}]. */
json_t *notice_json(const struct cli *c, const tandem_record *r);

#endif
