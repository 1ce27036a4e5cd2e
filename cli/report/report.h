// SPDX-License-Identifier: Apache-2.0
// report.h - a report as text, as JSON, as a page and as a table; what any way
// to show it needs.
#ifndef TANDEM_CLI_REPORT_H
#define TANDEM_CLI_REPORT_H

#include "core/cli.h"
#include "figures/report.h"

/** Tables of at most 80 columns, to stdout. */
void report_print(const struct cli *c, const struct report *r);
/** One object; its names are the same in both languages. */
json_t *report_json(const struct cli *c, const struct report *r);

/** One page, written whole into `path`. 0 or an exit code. */
int report_page(const struct cli *c, const struct report *r, const char *path);

/** Its figures, whole or divided, as one long table of CSV, whole into `path`.
 *  0 or an exit code. */
int report_table(const struct cli *c, const struct report *r, const char *path);

/** What a row is called: its words, its day, what its record says. */
void report_row_label(
    const struct cli *c, const struct figure_row *row, char out[256]);
/** What the q-th question asks. Freed by the caller; NULL: no memory. */
char *report_question_text(
    const struct cli *c, const struct report *r, size_t q);
/** How it stands, in a word; what is known of it by now: NULL when nothing is
 *  said, or not outside. Freed by the caller. */
char *report_question_state(
    const struct cli *c, const struct report *r, size_t q);
char *report_question_answer(
    const struct cli *c, const struct report *r, size_t q);
/** What is to be reached, and where. */
void report_objective_label(
    const struct cli *c, const struct objective *o, char out[128]);
/** What else is to be said of it, or "". */
const char *report_objective_note(const struct objective *o);
/** A day as people write it in their language. */
void report_day(const struct cli *c, int32_t day, char out[40]);
/** The day that an option names, or `open`. 0 or an exit code. */
int report_day_option(
    const struct cli *c, const char *option, int32_t open, int32_t *out);
/** One table by sector, week or month: figures below each other, of those that
 *  were named every row; blocks of a few periods side by side. Nothing where
 *  it was not asked for. */
void report_print_series(
    const struct cli *c, const struct report *r, enum series_by by);
/** That table; NULL: not asked for. */
const struct series *report_series(const struct report *r, enum series_by by);
/** Were its figures named, so that every row is shown? */
bool report_all_rows(const struct report *r);
/** The places of its rows that are shown: of periods those in which anything
 *  was counted. Freed by the caller; NULL: no memory. */
size_t *report_series_rows(
    const struct series *s, enum series_by by, size_t *count);
/** "Nothing in 12 more periods.", when some are not shown. */
void report_empty(size_t count, size_t shown,
    void (*line)(void *ctx, const char *text), void *ctx);
/** A figure's row in it, its label as text and what a cell says: "12", "3/4".
 */
void report_series_cell(const struct cli *c, const struct series *s, size_t row,
    size_t k, const struct figure_row *line, char out[40]);
/** "F31 ...: one list for the whole trial" of each figure that is not divided
 *  so. */
void report_wholes(const struct cli *c, const struct report *r,
    enum series_by by, void (*line)(void *ctx, const char *text), void *ctx);
/** Which period or sector a row of a table is of. */
void report_series_label(
    const struct cli *c, const struct series_row *row, char out[256]);
/** A number in its unit, or that it is hidden. */
void report_number(const struct figure_row *row, char out[40]);
/** "66.7 %", or nothing. */
void report_share(
    const struct cli *c, int64_t n, int64_t of, bool hidden, char out[40]);
/** The median days of a stage, or nothing. */
void report_days(
    const struct cli *c, const struct funnel_row *row, char out[40]);

/** What the whole report is of, line by line: when, where, who was heard. */
void report_head(const struct cli *c, const struct report *r,
    void (*line)(void *ctx, const char *text), void *ctx);
/** What is to be known of a part's numbers: open conflicts, late data. */
void report_inside(const struct cli *c, const struct report *r,
    uint64_t conflicts, uint64_t late,
    void (*line)(void *ctx, const char *text), void *ctx);

#endif
