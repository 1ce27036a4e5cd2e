// SPDX-License-Identifier: Apache-2.0
// report_html.h - what the files of a report's page share.
#ifndef TANDEM_CLI_REPORT_HTML_H
#define TANDEM_CLI_REPORT_HTML_H

#include "page/html.h"
#include "report/report.h"

/** A paragraph; `ctx` is the page. */
void report_note_line(void *ctx, const char *text);
/** A section with one table by sector, week or month. False: no memory. */
bool report_put_series(const struct cli *c, struct html *h,
    const struct report *r, enum series_by by, const char *id,
    const char *heading);

#endif
