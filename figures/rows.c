// SPDX-License-Identifier: Apache-2.0
// rows.c - what facts of one kind hold, column by column.
#include "rows.h"

#include <stdlib.h>

#define ROWS_MAX (UINT32_MAX / 4)

static bool
is_wide(enum column_form form)
{
    switch (form) {
    case FORM_WORD:
    case FORM_YES:
    case FORM_SPLIT:
    case FORM_DAY:
    case FORM_REF:
    case FORM_COUNT:
    case FORM_ITEM:
    case FORM_POINTS:
        return false;
    case FORM_TIME:
    case FORM_LATEST:
    case FORM_INT:
    case FORM_SUM:
    case FORM_SET:
    case FORM_FIGURES:
    case FORM_STEPS:
    case FORM_HOURS:
    case FORM_MARK:
    case FORM_HINTS:
        break;
    }
    return true;
}

static int64_t
none_of(enum column_form form)
{
    return form == FORM_DAY || form == FORM_TIME || form == FORM_LATEST ||
                   form == FORM_INT
               ? FACT_NONE
               : 0;
}

void
rows_init(struct rows *r, enum fact_kind kind)
{
    const struct fact_table *table = fact_table(kind);

    memset(r, 0, sizeof(*r));
    r->width = (uint16_t)table->count;
    for (size_t i = 0; i < table->count; i++) {
        r->columns[i].place = r->units;
        r->columns[i].wide = is_wide(table->columns[i].form);
        r->columns[i].none = none_of(table->columns[i].form);
        r->units = (uint16_t)(r->units + (r->columns[i].wide ? 2 : 1));
    }
}

static tandem_err
grow(struct rows *r)
{
    const size_t cap = r->cap == 0 ? ROWS_BLOCK
                                   : r->cap + (r->cap / 2 + ROWS_BLOCK - 1) /
                                                  ROWS_BLOCK * ROWS_BLOCK;
    int32_t *more;

    if (cap > ROWS_MAX) {
        return TANDEM_ELIMIT;
    }
    more = realloc(r->at, cap * r->units * sizeof(*more));
    if (more == NULL) {
        return TANDEM_ENOMEM;
    }
    r->at = more;
    r->cap = (uint32_t)cap;
    return TANDEM_OK;
}

// The block that begins at the row: no column of it set.
static void
begin_block(struct rows *r, uint32_t row)
{
    for (int i = 0; i < r->width; i++) {
        for (uint32_t k = 0; k < ROWS_BLOCK; k++) {
            rows_set(r, row + k, i, r->columns[i].none);
        }
    }
}

tandem_err
rows_add(struct rows *r, uint32_t *out)
{
    tandem_err err = r->count < r->cap ? TANDEM_OK : grow(r);

    if (err != TANDEM_OK) {
        return err;
    }
    if (r->count % ROWS_BLOCK == 0) {
        begin_block(r, r->count);
    }
    *out = r->count++;
    return TANDEM_OK;
}

void
rows_clear(struct rows *r)
{
    r->count = 0;
}

void
rows_free(struct rows *r)
{
    free(r->at);
    r->at = NULL;
    r->count = r->cap = 0;
}
