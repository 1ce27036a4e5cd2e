// SPDX-License-Identifier: Apache-2.0
// kinds.c - the kinds that figures need, and their columns.
#include "kinds.h"

#include <string.h>

#include "mark.h"

#define FACT_COLUMN(name, field, form) {field, FORM_##form},
#define FACT_KIND(name, id, map)                                               \
    static const struct column name##_columns[] = {map(FACT_COLUMN)};
FACT_KIND_MAP(FACT_KIND)
#undef FACT_KIND
#undef FACT_COLUMN

static const struct fact_table tables[FACT_KINDS] = {{"", NULL, 0},
#define FACT_KIND(name, id, map) {id, name##_columns, name##_SLOTS},
    FACT_KIND_MAP(FACT_KIND)
#undef FACT_KIND
};

const struct fact_table *
fact_table(enum fact_kind kind)
{
    return &tables[kind];
}

enum fact_kind
fact_kind_of(const char *name)
{
    for (int k = 1; k < FACT_KINDS; k++) {
        if (strcmp(tables[k].name, name) == 0) {
            return (enum fact_kind)k;
        }
    }
    return FACT_NOTHING;
}

uint64_t
fact_tables_sum(void)
{
    uint64_t sum = 0;

    for (int k = 1; k < FACT_KINDS; k++) {
        sum = mark_add(sum, tables[k].name, strlen(tables[k].name));
        for (size_t c = 0; c < tables[k].count; c++) {
            const struct column *column = &tables[k].columns[c];
            const uint8_t form = (uint8_t)column->form;

            sum = mark_add(sum, column->field, strlen(column->field));
            sum = mark_add(sum, &form, 1);
        }
    }
    return sum;
}
