// SPDX-License-Identifier: Apache-2.0
// audit_months.h - the lines of audit.c as the store keeps them, by month.
#ifndef TANDEM_CLI_AUDIT_MONTHS_H
#define TANDEM_CLI_AUDIT_MONTHS_H

#include <stddef.h>
#include <time.h>

#include <jansson.h>

#include "tandem/tandem.h"

struct audit_months {
    tandem_store *store;
    time_t now;
    size_t bytes_max; // of a month
};
#define AUDIT_MONTH_BYTES ((size_t)4 << 20)

/** When a line was written. */
json_int_t audit_time(const json_t *line);
/** How many lines it stands for that were dropped; 0: it is a line itself. */
json_int_t audit_dropped(const json_t *line);

/** Keep it, unless the same but for the hour stands there of that day. ENOMEM,
 *  and what reading and writing the store can say. */
tandem_err audit_months_add(
    const struct audit_months *m, json_t *line, tandem_error *e);

typedef void audit_line_fn(void *ctx, const json_t *line);
/** The lines of the last twelve months, the oldest first, borrowed. Where a
 *  month lost lines, one that says how many stands before the others, with the
 *  time of the last of them. */
tandem_err audit_months_each(const struct audit_months *m, audit_line_fn *fn,
    void *ctx, tandem_error *e);

#endif
