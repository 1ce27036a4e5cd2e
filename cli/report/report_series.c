// SPDX-License-Identifier: Apache-2.0
// report_series.c - the tables by sector, week and month as text, and what the
// page shares with it.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page/columns.h"
#include "page/page.h"
#include "record/record.h"
#include "report/report.h"

enum { LABEL_WIDTH = 32, CELL_WIDTH = 12, CELL_TEXT = 11 };

const struct series *
report_series(const struct report *r, enum series_by by)
{
    const struct {
        uint32_t part;
        const struct series *series;
    } all[SERIES_BYS] = {[SERIES_SECTORS] = {REPORT_SECTORS, &r->sectors},
        [SERIES_WEEKS] = {REPORT_WEEKS, &r->weeks},
        [SERIES_MONTHS] = {REPORT_MONTHS, &r->months}};

    return (r->ask.parts & all[by].part) != 0 ? all[by].series : NULL;
}

bool
report_all_rows(const struct report *r)
{
    return r->ask.figure_count > 0;
}

void
report_series_cell(const struct cli *c, const struct series *s, size_t row,
    size_t k, const struct figure_row *line, char out[40])
{
    const struct figure_row at = series_cell(s, row, k, line);

    if (at.hidden || at.of < 0 || at.unit != UNIT_COUNT) {
        report_number(&at, out);
        return;
    }
    if (snprintf(out, 40, "%" PRId64 "/%" PRId64, at.n, at.of) > CELL_TEXT) {
        report_share(c, at.n, at.of, false, out);
    }
}

void
report_wholes(const struct cli *c, const struct report *r, enum series_by by,
    void (*line)(void *ctx, const char *text), void *ctx)
{
    for (size_t i = 0; !report_all_rows(r) && i < figure_count(); i++) {
        const struct figure_info *info = figure_at(i);
        const struct figure_words *why = series_whole(info, by);
        char text[512];

        if (why != NULL) {
            (void)snprintf(text, sizeof(text), _("Not divided: %s %s: %s."),
                info->id, term_of(c, info->fr, info->en),
                term_of(c, why->fr, why->en));
            line(ctx, text);
        }
    }
}

size_t *
report_series_rows(const struct series *s, enum series_by by, size_t *count)
{
    size_t *rows = calloc(s->count + 1, sizeof(*rows));

    *count = 0;
    for (size_t i = 0; rows != NULL && i < s->count; i++) {
        if (by == SERIES_SECTORS || !series_is_empty(s, i)) {
            rows[(*count)++] = i;
        }
    }
    return rows;
}

void
report_empty(size_t count, size_t shown,
    void (*line)(void *ctx, const char *text), void *ctx)
{
    char text[128];

    if (shown < count) {
        (void)snprintf(text, sizeof(text),
            ngettext("Nothing in %zu more period.",
                "Nothing in %zu more periods.", (unsigned long)(count - shown)),
            count - shown);
        line(ctx, text);
    }
}

// ------------------------------------------------------------------------ text

// Some of its rows, side by side.
struct block {
    const struct cli *c;
    const struct series *s;
    const size_t *rows; // their places
    size_t count;
};

static void
print_heads(const struct block *b)
{
    cli_print("\n");
    page_cell("", LABEL_WIDTH);
    for (size_t i = 0; i < b->count; i++) {
        char label[256];
        size_t took;

        report_series_label(b->c, &b->s->rows[b->rows[i]], label);
        label[columns_fit(label, CELL_TEXT, &took)] = '\0';
        page_right(label, CELL_WIDTH);
    }
    cli_print("\n");
}

static void
print_line(const struct block *b, size_t k, const struct figure_row *line,
    const char *label)
{
    page_cell(label, LABEL_WIDTH);
    for (size_t i = 0; i < b->count; i++) {
        char text[40];

        report_series_cell(b->c, b->s, b->rows[i], k, line, text);
        page_right(text, CELL_WIDTH);
    }
    cli_print("\n");
}

static bool
print_figure(const struct block *b, size_t k, bool all_rows)
{
    const struct figure_info *info = b->s->infos[k];
    size_t count;
    const struct figure_row **lines = series_lines(b->s, k, &count);
    char label[256 + 8];

    for (size_t i = 0; lines != NULL && i < count && (i == 0 || all_rows);
         i++) {
        if (i == 0) {
            (void)snprintf(label, sizeof(label), "%s %s", info->id,
                term_of(b->c, info->fr, info->en));
        } else {
            char text[256];

            report_row_label(b->c, lines[i], text);
            (void)snprintf(label, sizeof(label), "  %s", text);
        }
        print_line(b, k, lines[i], label);
    }
    free(lines);
    return lines != NULL;
}

// What is to be known of all that happened there and then.
static void
print_inside(const struct block *b, const char *label, bool late)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < b->count; i++) {
        const struct series_row *row = &b->s->rows[b->rows[i]];

        sum += late ? row->late : row->conflicts;
    }
    if (sum == 0) {
        return;
    }
    page_cell(label, LABEL_WIDTH);
    for (size_t i = 0; i < b->count; i++) {
        const struct series_row *row = &b->s->rows[b->rows[i]];
        char text[40];

        (void)snprintf(
            text, sizeof(text), "%" PRIu64, late ? row->late : row->conflicts);
        page_right(text, CELL_WIDTH);
    }
    cli_print("\n");
}

static bool
print_block(const struct block *b, bool all_rows)
{
    bool good = true;

    print_heads(b);
    for (size_t k = 0; k < b->s->info_count; k++) {
        good = print_figure(b, k, all_rows) && good;
    }
    print_inside(b, _("open conflicts inside"), false);
    print_inside(b, _("late since the checkpoint"), true);
    return good;
}

static void
print_text(void *ctx, const char *text)
{
    (void)ctx;
    cli_print("%s\n", text);
}

static bool
print_blocks(const struct cli *c, const struct report *r,
    const struct series *s, const size_t *rows, size_t count)
{
    const size_t most = page_width() < LABEL_WIDTH + 2 * CELL_WIDTH
                            ? 1
                            : (page_width() - LABEL_WIDTH) / CELL_WIDTH;
    struct block b = {.c = c, .s = s};
    bool good = true;

    for (size_t from = 0; from < count; from += b.count) {
        b.rows = rows + from;
        b.count = count - from < most ? count - from : most;
        good = print_block(&b, report_all_rows(r)) && good;
    }
    return good;
}

void
report_print_series(
    const struct cli *c, const struct report *r, enum series_by by)
{
    const struct series *s = report_series(r, by);
    size_t count;
    size_t *rows;
    bool good;

    if (s == NULL) {
        return;
    }
    rows = report_series_rows(s, by, &count);
    good = rows != NULL && print_blocks(c, r, s, rows, count);
    if (s->count == 0) {
        cli_print("\n%s\n", _("nothing yet"));
    }
    cli_print("\n");
    if (rows != NULL) {
        report_empty(s->count, count, print_text, NULL);
    }
    report_wholes(c, r, by, print_text, NULL);
    if (s->cut) {
        cli_print("%s\n", _("Earlier ones are left out; ask with --to."));
    }
    if (!good) {
        cli_say("%s", _("out of memory"));
    }
    free(rows);
}
