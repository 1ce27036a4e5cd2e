// SPDX-License-Identifier: Apache-2.0
// csv.h - rows of a table that somebody else wrote: every byte is hostile.
//
// RFC 4180 quotes, `;` or `,` (the first row decides), LF or CRLF, UTF-8
// with or without its mark. One row takes at most CSV_ROW_BYTES_MAX bytes and
// CSV_CELLS_MAX cells; a row that breaks a rule is named by its line and
// passed over, and what follows is read as if it had not been there.
#ifndef TANDEM_CLI_CSV_H
#define TANDEM_CLI_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    CSV_ROW_BYTES_MAX = 1 << 20,
    CSV_CELLS_MAX = 1024,
};

enum csv_result {
    CSV_ROW,
    CSV_END,
    CSV_TOO_LONG,   // the row passes CSV_ROW_BYTES_MAX
    CSV_TOO_MANY,   // cells
    CSV_BAD_UTF8,   // or a NUL byte
    CSV_BAD_QUOTES, // opened and never closed, or text after the closing one
    CSV_IO
};

struct csv {
    /** Like read(2): bytes into `p`, 0 at the end, -1 when it fails. */
    long (*read)(void *ctx, void *p, size_t n);
    void *ctx;
    char *window; // what was read and not yet consumed: [at, end)
    size_t at, end;
    bool ended, failed, begun;
    bool skipping; // inside a row too long to hold
    char separator;
    uint64_t line; // of the next byte, from 1

    // The row of the last call, valid until the next one.
    uint64_t row_line;
    const char *raw; // as it stood, without its line end
    size_t raw_len;
    char *cells[CSV_CELLS_MAX];
    size_t cell_count;
    char *text; // where the cells' characters are
};

/** False: out of memory. Release with csv_deinit() either way. */
bool csv_init(
    struct csv *t, long (*read)(void *ctx, void *p, size_t n), void *ctx);
void csv_deinit(struct csv *t);

/** The next row that is not blank. Faults leave `raw` (not of TOO_LONG) and
 *  `row_line`, and the next call goes on after the row. */
enum csv_result csv_next(struct csv *t);

/** Write one cell, quoted where it must be. What a spreadsheet would take for
 *  a formula (a cell that begins with = + - @, a tab or a line end) gets a `'`
 *  before it, which csv_next() takes away again; a `'` before anything else is
 *  the writer's own and stays. */
void csv_put(FILE *f, const char *cell);

#endif
