// SPDX-License-Identifier: Apache-2.0
// rows.h - what facts of one kind hold, column by column.
//
// A figure looks at a column or two of all facts of a kind: in a block of 64
// rows those of one column stand together, so what is fetched is what is
// wanted. Words, days, links and counts have 4 bytes, all else 8.
#ifndef FIGURES_ROWS_H
#define FIGURES_ROWS_H

#include <string.h>

#include "kinds.h"
#include "tandem/tandem.h"

#define ROWS_BLOCK 64

struct rows_column {
    uint16_t place; // in a row of 4-byte units
    bool wide;      // two of them
    int64_t none;   // without a value
};

struct rows {
    int32_t *at;
    uint32_t count, cap;
    uint16_t units; // of a row
    uint16_t width; // columns
    struct rows_column columns[FACT_COLUMNS_MAX];
};

// No rows yet of this kind.
void rows_init(struct rows *r, enum fact_kind kind);
// One more, no column of it set. ENOMEM; ELIMIT.
tandem_err rows_add(struct rows *r, uint32_t *out);
void rows_clear(struct rows *r); // keeps the memory
void rows_free(struct rows *r);

static inline int32_t *
rows_place(const struct rows *r, uint32_t row, int column)
{
    const struct rows_column *c = &r->columns[column];

    return r->at + (size_t)(row / ROWS_BLOCK) * r->units * ROWS_BLOCK +
           (size_t)c->place * ROWS_BLOCK +
           (size_t)(row % ROWS_BLOCK) * (c->wide ? 2 : 1);
}

static inline int64_t
rows_get(const struct rows *r, uint32_t row, int column)
{
    const int32_t *at = rows_place(r, row, column);
    int64_t v;

    if (!r->columns[column].wide) {
        return *at == INT32_MIN ? FACT_NONE : *at;
    }
    memcpy(&v, at, sizeof(v));
    return v;
}

static inline bool
rows_fits(const struct rows *r, int column, int64_t v)
{
    return r->columns[column].wide || (v >= -INT32_MAX && v <= INT32_MAX);
}

// What has no place in four bytes is none: no pack says such a thing.
static inline void
rows_set(struct rows *r, uint32_t row, int column, int64_t v)
{
    int32_t *at = rows_place(r, row, column);

    if (!r->columns[column].wide) {
        *at = rows_fits(r, column, v) ? (int32_t)v : INT32_MIN;
        return;
    }
    memcpy(at, &v, sizeof(v));
}

#endif
