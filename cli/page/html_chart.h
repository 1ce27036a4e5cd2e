// SPDX-License-Identifier: Apache-2.0
// html_chart.h - charts as inline SVG. Each has a name and a description that
// says its numbers or where they stand; a table beside it is the caller's.
#ifndef TANDEM_CLI_HTML_CHART_H
#define TANDEM_CLI_HTML_CHART_H

#include <stdint.h>

#include "page/html.h"

struct chart_bar {
    char label[256], number[40];
    int64_t n;    // below 0: no bar
    int64_t goal; // a mark, and what the bar is measured by; 0: none
};

/** `id`: of this program, once in a page. Bars lie below each other, each with
 *  its label and number. */
void chart_bars(struct html *h, const char *id, const char *title,
    const struct chart_bar *bars, size_t count);

/** Columns side by side; a label at the first and the last. `desc` says where
 *  the numbers are. */
void chart_columns(struct html *h, const char *id, const char *title,
    const char *desc, const struct chart_bar *bars, size_t count);

#endif
