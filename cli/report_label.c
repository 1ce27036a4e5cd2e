// SPDX-License-Identifier: Apache-2.0
// report_label.c - what rows are called, days as people write them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "report.h"

void
report_day(const struct cli *c, int32_t day, char out[40])
{
    const struct date d = calendar_date(day);

    if (c->lang == TANDEM_FR) {
        (void)snprintf(
            out, 40, "%02d/%02d/%04d", (int)d.day, (int)d.month, (int)d.year);
    } else {
        (void)snprintf(
            out, 40, "%04d-%02d-%02d", (int)d.year, (int)d.month, (int)d.day);
    }
}

int
report_day_option(
    const struct cli *c, const char *option, int32_t open, int32_t *out)
{
    static const tandem_value_type date = {.base = TANDEM_FIELD_DATE};
    const char *text = args_option(&c->args, option);
    char room[TANDEM_PARSE_ROOM];
    tandem_value v;

    *out = open;
    if (text == NULL) {
        return CLI_DONE;
    }
    if (tandem_value_parse(&date, text, TANDEM_NO_OFFSET, room, &v, NULL) !=
            TANDEM_OK ||
        v.type != TANDEM_DATE || calendar_day_or_none(v.u.i) == NO_DAY) {
        return cli_bad_use(
            c, _("--%s takes a day: 2026-03-31 or 31/03/2026"), option);
    }
    *out = (int32_t)v.u.i;
    return CLI_DONE;
}

// A field as text, or the record's title. Freed by the caller; NULL: nothing.
static char *
record_says(const struct cli *c, tandem_id id, const char *field)
{
    tandem_record *r = NULL;
    const tandem_field_info *f;
    tandem_value v;
    char *text = NULL;

    if (tandem_record_open(c->store, id, &r, NULL) != TANDEM_OK) {
        return NULL;
    }
    f = field != NULL && tandem_record_kind(r) != NULL
            ? tandem_kind_field(tandem_record_kind(r), field)
            : NULL;
    if (f != NULL && tandem_record_get(r, field, &v) == TANDEM_OK &&
        v.type != TANDEM_NONE) {
        text = value_text(c, &f->value, &v);
    } else if (field == NULL) {
        text = record_title(c, r);
    }
    tandem_record_free(r);
    return text;
}

void
report_row_label(
    const struct cli *c, const struct figure_row *row, char out[256])
{
    char *about = tandem_id_is_none(row->record)
                      ? NULL
                      : record_says(c, row->record, row->field);
    char day[40] = "";
    size_t n;

    if (row->day != 0) {
        report_day(c, row->day, day);
    }
    n = (size_t)snprintf(out, 256, "%.120s%s", about != NULL ? about : "", day);
    free(about);
    for (size_t i = 0; n < 256 && i < 3 && row->label[i].fr != NULL; i++) {
        n += (size_t)snprintf(out + n, 256 - n, "%s%s", n > 0 ? ", " : "",
            term_of(c, row->label[i].fr, row->label[i].en));
    }
    for (char *p = out; *p != '\0'; p++) { // a text's lines in one
        *p = *p == '\n' ? ' ' : *p;
    }
}
