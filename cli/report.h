// SPDX-License-Identifier: Apache-2.0
// report.h - a report as text and as JSON.
#ifndef TANDEM_CLI_REPORT_H
#define TANDEM_CLI_REPORT_H

#include "cli.h"
#include "figures/report.h"

/** Tables of at most 80 columns, to stdout. */
void report_print(const struct cli *c, const struct report *r);
/** One object; its names are the same in both languages. */
json_t *report_json(const struct cli *c, const struct report *r);

#endif
