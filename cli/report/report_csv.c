// SPDX-License-Identifier: Apache-2.0
// report_csv.c - the figures of a report as one long table, for a spreadsheet
// that pivots it: a line for each row of each figure, there and then.
//
// Every line says what it is of: as of when, how many devices were heard from
// of those expected, which sector (empty: all) and days (empty: open). Money is
// in cents. What is hidden is empty.
#include <inttypes.h>
#include <stdlib.h>

#include "core/csv.h"
#include "core/file.h"
#include "record/value.h"
#include "report/report.h"

static const char heads[] =
    "as_of;heard;devices;sector;period;from;to;figure;row;label;n;of;unit;"
    "conflicts;late\n";

struct table {
    const struct cli *c;
    const struct report *r;
    FILE *f;
    // Where and when the next lines are of.
    char sector[256];
    const char *period;
    int32_t from, to;
};

static void
put_text(const struct table *t, const char *text)
{
    csv_put(t->f, text != NULL ? text : "");
    (void)fputc(';', t->f);
}

static void
put_day(const struct table *t, int32_t day)
{
    const struct date d = calendar_date(day == NO_DAY ? 0 : day);

    if (day != NO_DAY) {
        (void)fprintf(
            t->f, "%04d-%02d-%02d", (int)d.year, (int)d.month, (int)d.day);
    }
    (void)fputc(';', t->f);
}

static void
put_number(const struct table *t, int64_t n, bool is_there)
{
    if (is_there) {
        (void)fprintf(t->f, "%" PRId64, n);
    }
    (void)fputc(';', t->f);
}

static void
put_what_it_is_of(const struct table *t)
{
    json_t *when = value_moment_json(t->r->ask.now_ms);

    put_text(t, json_string_value(when));
    json_decref(when);
    put_number(t, t->r->standing.heard, true);
    put_number(t, t->r->standing.devices, true);
    put_text(t, t->sector);
    put_text(t, t->period);
    put_day(t, t->from);
    put_day(t, t->to);
}

static void
put_figure(const struct table *t, const struct figure *f)
{
    static const char *const units[] = {"count", "cents", "minutes"};
    const bool hides = t->r->ask.outside && f->info->households;

    for (size_t i = 0; i < f->count; i++) {
        const struct figure_row *row = &f->rows[i];
        char label[256];

        put_what_it_is_of(t);
        put_text(t, f->info->id);
        put_text(t, row->name);
        report_row_label(t->c, row, label);
        put_text(t, label);
        put_number(t, row->n, !row->hidden);
        put_number(t, row->of, !row->hidden && row->of >= 0);
        put_text(t, units[row->unit]);
        put_number(t, (int64_t)f->conflicts, !hides);
        if (!hides) {
            (void)fprintf(t->f, "%" PRIu64, f->late);
        }
        (void)fputc('\n', t->f);
    }
}

static void
name_sector(struct table *t, const tandem_id *sector)
{
    t->sector[0] = '\0';
    if (sector != NULL) {
        (void)cli_sector_name(t->c, *sector, t->sector);
    }
}

static void
put_series(struct table *t, enum series_by by)
{
    const struct series *s = report_series(t->r, by);

    for (size_t i = 0; i < s->count; i++) {
        const struct series_row *row = &s->rows[i];

        if (by != SERIES_SECTORS) {
            t->period = row->name;
            t->from = row->first;
            t->to = row->last;
        } else if (!tandem_id_is_none(row->sector)) {
            name_sector(t, &row->sector);
        } else {
            name_sector(t, t->r->one_sector ? &t->r->sector : NULL);
        }
        for (size_t k = 0; k < s->info_count; k++) {
            put_figure(t, &row->figures[k]);
        }
    }
}

static void
put_all(struct table *t)
{
    (void)fputs(heads, t->f);
    for (size_t i = 0; i < t->r->figure_count; i++) {
        put_figure(t, &t->r->figures[i]);
    }
    for (int by = 0; by < SERIES_BYS; by++) {
        if (report_series(t->r, (enum series_by)by) != NULL) {
            put_series(t, (enum series_by)by);
        }
    }
}

int
report_table(const struct cli *c, const struct report *r, const char *path)
{
    struct table t = {
        .c = c, .r = r, .period = "", .from = r->ask.from, .to = r->ask.to};
    char *text = NULL;
    size_t len = 0;
    bool good;
    int rc;

    t.f = open_memstream(&text, &len);
    if (t.f == NULL) {
        return cli_fail_with(c, TANDEM_ENOMEM, "%s", _("out of memory"));
    }
    name_sector(&t, r->one_sector ? &r->sector : NULL);
    put_all(&t);
    good = ferror(t.f) == 0;
    good = fclose(t.f) == 0 && good;
    rc = good ? file_write_own(
                    c, path, (tandem_slice){(const uint8_t *)text, len})
              : cli_fail_with(c, TANDEM_ENOMEM, "%s", _("out of memory"));
    free(text);
    return rc;
}
