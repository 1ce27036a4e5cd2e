// SPDX-License-Identifier: Apache-2.0
// exchange.h - how far a session is, and what it has to say at its end: the
// same on both sides.
#ifndef TANDEM_CLI_EXCHANGE_H
#define TANDEM_CLI_EXCHANGE_H

#include "core/cli.h"

/** How far the sessions under way are, in records by kind; on a terminal. */
void exchange_progress(const struct cli *c, tandem_node *n);
/** Print one finished session. @return its exit code. */
int exchange_print(struct cli *c, const tandem_event *ev, uint64_t took_ms);

/** Let what is queued for the peer leave before the node is freed. */
void exchange_linger(tandem_node *n);

#endif
