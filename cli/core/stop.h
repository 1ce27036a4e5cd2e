// SPDX-License-Identifier: Apache-2.0
// stop.h - being interrupted, running out of time, and a store whose file is
// damaged below LMDB's pages.
#ifndef TANDEM_CLI_STOP_H
#define TANDEM_CLI_STOP_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/node.h"

/** From now on SIGINT and SIGTERM only raise a flag and wake `n` (or NULL). */
void stop_catch(tandem_node *n);
bool stop_asked(void);

/** LMDB has no page checksums: a damaged page can raise SIGSEGV, SIGBUS or
 *  SIGABRT. Ends with exit code 7 and one prepared sentence. */
void stop_guard(const char *line);
void stop_unguard(void);

/** "90s", "5m", "2h", "500ms", or plain seconds. False when malformed. */
bool stop_duration(const char *text, uint64_t *ms);
uint64_t stop_mono_ms(void);

#endif
