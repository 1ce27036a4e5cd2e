// SPDX-License-Identifier: Apache-2.0
// report_html_series.c - the tables by sector, week and month of a page, and
// the charts above them.
#include <stdlib.h>
#include <string.h>

#include "page/html_chart.h"
#include "record/record.h"
#include "report/report.h"
#include "report/report_html.h"

// What has a chart when no figure was named: a column chart of each figure
// there is would be many pages.
static bool
has_chart(const struct report *r, const struct figure_info *info)
{
    static const char *const main_ones[] = {
        "F01", "F06", "F08", "F09", "F12", "F19", "F20"};

    for (size_t i = 0; i < sizeof(main_ones) / sizeof(*main_ones); i++) {
        if (strcmp(main_ones[i], info->id) == 0) {
            return true;
        }
    }
    return report_all_rows(r);
}

// One figure's numbers, period by period. NULL: no memory.
static struct chart_bar *
bars_of(const struct series *s, size_t k)
{
    struct chart_bar *bars = calloc(s->count + 1, sizeof(*bars));

    for (size_t i = 0; bars != NULL && i < s->count; i++) {
        const struct figure *f = &s->rows[i].figures[k];

        bars[i].n = f->count == 0 || f->rows[0].hidden ? -1 : f->rows[0].n;
        (void)snprintf(
            bars[i].label, sizeof(bars[i].label), "%s", s->rows[i].name);
    }
    return bars;
}

static bool
put_column_chart(const struct cli *c, struct html *h, const struct series *s,
    const char *id, size_t k)
{
    const struct figure_info *info = s->infos[k];
    struct chart_bar *bars = bars_of(s, k);
    char chart[48], title[256], desc[256];

    if (bars == NULL) {
        return false;
    }
    (void)snprintf(chart, sizeof(chart), "%s-%s", id, info->id);
    (void)snprintf(title, sizeof(title), "%s  %s", info->id,
        term_of(c, info->fr, info->en));
    (void)snprintf(desc, sizeof(desc),
        _("A column for each of %zu periods, from %s to %s; their numbers are "
          "in the "
          "table."),
        s->count, s->rows[0].name, s->rows[s->count - 1].name);
    html_element(h, "h3", title);
    chart_columns(h, chart, title, desc, bars, s->count);
    free(bars);
    return true;
}

// As many side by side as a sheet of paper has room for.
enum { PERIODS_SIDE_BY_SIDE = 6 };

struct block {
    const struct cli *c;
    const struct series *s;
    const size_t *rows; // their places
    size_t count;
    bool outside; // what is inside is not told
};

static void
put_line(struct html *h, const struct block *b, size_t k,
    const struct figure_row *line, const char *label)
{
    html_row(h, label);
    for (size_t i = 0; i < b->count; i++) {
        char text[40];

        report_series_cell(b->c, b->s, b->rows[i], k, line, text);
        html_number(h, text);
    }
    html_put(h, "</tr>\n");
}

static bool
put_lines(struct html *h, const struct block *b, size_t k, bool all_rows)
{
    const struct figure_info *info = b->s->infos[k];
    size_t count;
    const struct figure_row **lines = series_lines(b->s, k, &count);
    char label[256 + 8], text[256];

    for (size_t i = 0; lines != NULL && i < count && (i == 0 || all_rows);
         i++) {
        report_row_label(b->c, lines[i], text);
        if (i == 0) {
            (void)snprintf(
                text, sizeof(text), "%s", term_of(b->c, info->fr, info->en));
        }
        (void)snprintf(label, sizeof(label), "%s  %s", info->id, text);
        put_line(h, b, k, lines[i], label);
    }
    free(lines);
    return lines != NULL;
}

// What is to be known of all that happened there and then.
static void
put_counts(struct html *h, const struct block *b, const char *label, bool late)
{
    html_row(h, label);
    for (size_t i = 0; i < b->count; i++) {
        const struct series_row *row = &b->s->rows[b->rows[i]];
        char text[40];

        (void)snprintf(text, sizeof(text), "%llu",
            (unsigned long long)(late ? row->late : row->conflicts));
        html_number(h, text);
    }
    html_put(h, "</tr>\n");
}

static bool
put_block(
    struct html *h, const struct block *b, const char *heading, bool all_rows)
{
    const char *heads[PERIODS_SIDE_BY_SIDE + 2] = {_("figure")};
    char labels[PERIODS_SIDE_BY_SIDE][256], caption[640];
    bool good = true;

    for (size_t i = 0; i < b->count; i++) {
        report_series_label(b->c, &b->s->rows[b->rows[i]], labels[i]);
        heads[i + 1] = labels[i];
    }
    (void)snprintf(caption, sizeof(caption), _("%s, from %s to %s"), heading,
        labels[0], labels[b->count - 1]);
    html_table(h, caption, heads);
    for (size_t k = 0; k < b->s->info_count; k++) {
        good = put_lines(h, b, k, all_rows) && good;
    }
    if (!b->outside) {
        put_counts(h, b, _("open conflicts inside"), false);
        put_counts(h, b, _("late since the checkpoint"), true);
    }
    html_table_end(h);
    return good;
}

static bool
put_blocks(struct html *h, const struct cli *c, const struct report *r,
    enum series_by by, const char *heading)
{
    struct block b = {
        .c = c, .s = report_series(r, by), .outside = r->ask.outside};
    size_t count;
    size_t *rows = report_series_rows(b.s, by, &count);
    bool good = rows != NULL;

    for (size_t from = 0; rows != NULL && from < count; from += b.count) {
        b.rows = rows + from;
        b.count = count - from < PERIODS_SIDE_BY_SIDE ? count - from
                                                      : PERIODS_SIDE_BY_SIDE;
        good = put_block(h, &b, heading, report_all_rows(r)) && good;
    }
    if (rows != NULL) {
        report_empty(b.s->count, count, report_note_line, h);
    }
    free(rows);
    return good;
}

bool
report_put_series(const struct cli *c, struct html *h, const struct report *r,
    enum series_by by, const char *id, const char *heading)
{
    const struct series *s = report_series(r, by);
    bool good = true;

    html_section(h, id, heading);
    if (s->count == 0) {
        html_element(h, "p", _("nothing yet"));
    }
    for (size_t k = 0;
         by != SERIES_SECTORS && s->count > 0 && k < s->info_count; k++) {
        if (has_chart(r, s->infos[k])) {
            good = put_column_chart(c, h, s, id, k) && good;
        }
    }
    good = put_blocks(h, c, r, by, heading) && good;
    report_wholes(c, r, by, report_note_line, h);
    if (s->cut) {
        html_element(h, "p", _("Earlier ones are left out; ask with --to."));
    }
    html_put(h, "</section>\n");
    return good;
}
