// SPDX-License-Identifier: Apache-2.0
// report.h - a report as text and as JSON; what any way to show it needs.
#ifndef TANDEM_CLI_REPORT_H
#define TANDEM_CLI_REPORT_H

#include "cli.h"
#include "figures/report.h"

/** Tables of at most 80 columns, to stdout. */
void report_print(const struct cli *c, const struct report *r);
/** One object; its names are the same in both languages. */
json_t *report_json(const struct cli *c, const struct report *r);

/** What a row is called: its words, its day, what its record says. */
void report_row_label(
    const struct cli *c, const struct figure_row *row, char out[256]);
/** A day as people write it in their language. */
void report_day(const struct cli *c, int32_t day, char out[40]);
/** The day that an option names, or `open`. 0 or an exit code. */
int report_day_option(
    const struct cli *c, const char *option, int32_t open, int32_t *out);
/** Cut to `width` columns and filled up to it. */
void report_cell(const char *text, int width);

#endif
