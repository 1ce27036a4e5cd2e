// SPDX-License-Identifier: Apache-2.0
// fuzz_csv.c - the table reader on hostile bytes, in pieces of any size.
//
// Rows and their cells must lie within what was given, cells must be ended
// text, and every call must move on.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/csv.h"

static void
must(bool x) // also where NDEBUG is set
{
    if (!x) {
        abort();
    }
}

struct source {
    const uint8_t *p;
    size_t left, piece;
};

static long
give(void *ctx, void *p, size_t n)
{
    struct source *s = ctx;
    size_t now = s->piece < n ? s->piece : n;

    if (now > s->left) {
        now = s->left;
    }
    if (now > 0) {
        memcpy(p, s->p, now);
        s->p += now;
        s->left -= now;
    }
    return (long)now;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source s = {data, size, 1 + (size > 0 ? data[size - 1] : 0)};
    struct csv t;
    uint64_t line = 0;
    size_t rows = 0;

    if (csv_init(&t, give, &s)) {
        for (;;) {
            enum csv_result got = csv_next(&t);

            if (got == CSV_END || got == CSV_IO) {
                must(s.left == 0);
                break;
            }
            must(t.row_line > line || line == 0);
            must(t.raw_len <= size);
            line = t.row_line;
            for (size_t i = 0; got == CSV_ROW && i < t.cell_count; i++) {
                must(strlen(t.cells[i]) <= t.raw_len);
            }
            must(++rows <= size);
        }
    }
    csv_deinit(&t);
    return 0;
}
