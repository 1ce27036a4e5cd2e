// SPDX-License-Identifier: Apache-2.0
// report_text.c - a report as text: plain tables, at most 80 columns.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "report.h"
#include "value.h"

enum { LABEL_WIDTH = 44, NUMBER_WIDTH = 10 };

// How many code points of UTF-8.
static int
width_of(const char *text)
{
    int n = 0;

    for (; *text != '\0'; text++) {
        n += ((unsigned char)*text & 0xc0u) != 0x80u;
    }
    return n;
}

// Cut to `width` and filled up to it.
static void
print_label(const char *text, int width)
{
    int n = 0;

    for (; *text != '\0'; text++) {
        if (((unsigned char)*text & 0xc0u) != 0x80u && ++n > width) {
            break;
        }
        (void)putchar(*text);
    }
    for (n = width_of(text) > 0 ? width : n; n < width; n++) {
        (void)putchar(' ');
    }
}

static void
print_right(const char *text, int width)
{
    for (int n = width_of(text); n < width; n++) {
        (void)putchar(' ');
    }
    cli_print("%s", text);
}

static void
day_text(const struct cli *c, int32_t day, char out[40])
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

// Tenths as people write them: 66,7 or 66.7.
static void
tenths_text(
    const struct cli *c, int64_t tenths, const char *after, char out[40])
{
    (void)snprintf(out, 40, "%" PRId64 "%c%" PRId64 "%s", tenths / 10,
        c->lang == TANDEM_FR ? ',' : '.', tenths % 10, after);
}

static void
number_text(const struct figure_row *row, char out[40])
{
    const uint64_t n = row->n < 0 ? 0 - (uint64_t)row->n : (uint64_t)row->n;
    const char *sign = row->n < 0 ? "-" : "";

    if (row->hidden) {
        (void)snprintf(out, 40, "%s", _("hidden"));
    } else if (row->unit == UNIT_CENTS) {
        (void)snprintf(out, 40, _("%s%llu.%02llu EUR"), sign,
            (unsigned long long)n / 100, (unsigned long long)n % 100);
    } else if (row->unit == UNIT_MINUTES) {
        (void)snprintf(out, 40, "%s%llu h %02llu", sign,
            (unsigned long long)n / 60, (unsigned long long)n % 60);
    } else {
        (void)snprintf(out, 40, "%s%llu", sign, (unsigned long long)n);
    }
}

static void
print_share(const struct cli *c, int64_t n, int64_t of, bool hidden)
{
    const int64_t permille = report_permille(n, of);
    char text[40] = "";

    if (!hidden && permille >= 0) {
        tenths_text(c, permille, " %", text);
    }
    print_right(text, NUMBER_WIDTH);
}

static void
print_head(const struct cli *c, const struct report *r)
{
    char when[64], sector[256], from[40] = "", to[40] = "";

    value_moment(c, r->ask.now_ms, when);
    cli_print(_("As of %s, sector: %s\n"), when,
        r->one_sector ? cli_sector_name(c, r->sector, sector) : _("all"));
    if (r->ask.from != NO_DAY) {
        day_text(c, r->ask.from, from);
    }
    if (r->ask.to != NO_DAY) {
        day_text(c, r->ask.to, to);
    }
    if (from[0] != '\0' || to[0] != '\0') {
        cli_print(_("Period: from %s to %s\n"),
            from[0] != '\0' ? from : _("the start"),
            to[0] != '\0' ? to : _("today"));
    }
    cli_print(_("Devices heard from: %u of %u; open conflicts: %llu\n"),
        (unsigned)r->heard, (unsigned)r->devices,
        (unsigned long long)r->conflicts);
    if (r->ask.outside) {
        cli_print("%s\n", _("Numbers below 5 of people and homes are hidden."));
    }
}

static void
print_inside(const struct cli *c, const struct report *r, uint64_t conflicts,
    uint64_t late)
{
    char day[40];

    if (conflicts > 0) {
        cli_print(_("  open conflicts inside: %llu\n"),
            (unsigned long long)conflicts);
    }
    if (late > 0 && r->checkpoint != NO_DAY) {
        day_text(c, r->checkpoint, day);
        cli_print(_("  late: %llu records came or changed since the checkpoint "
                    "of %s\n"),
            (unsigned long long)late, day);
    }
}

static void
print_funnel(const struct cli *c, const struct report *r)
{
    (void)putchar('\n');
    print_label("", 28);
    print_right(_("number"), NUMBER_WIDTH);
    print_right(_("share"), NUMBER_WIDTH);
    print_right(_("days"), NUMBER_WIDTH);
    (void)putchar('\n');
    for (int s = 0; s < FUNNEL_STAGES; s++) {
        const struct funnel_row *row = &r->funnel.row[s];
        const struct funnel_name *name = funnel_name((enum funnel_stage)s);
        const struct figure_row as = {.n = row->n, .hidden = row->hidden};
        char text[40] = "";

        print_label(term_of(c, name->fr, name->en), 28);
        number_text(&as, text);
        print_right(text, NUMBER_WIDTH);
        print_share(c, row->through, row->before, row->hidden);
        text[0] = '\0';
        if (!row->hidden && row->days >= 0) {
            tenths_text(c, row->days * 5, "", text);
        }
        print_right(text, NUMBER_WIDTH);
        (void)putchar('\n');
    }
    cli_print("%s\n", _("share: of those at the stage before; days: median"));
    print_inside(c, r, r->funnel.conflicts, r->funnel.late);
}

// What a row is called: its words, or the title of the record it is about.
static void
row_label(const struct cli *c, const struct figure_row *row, char out[256])
{
    size_t n = 0;

    out[0] = '\0';
    for (size_t i = 0; i < 3 && row->label[i].fr != NULL; i++) {
        n += (size_t)snprintf(out + n, 256 - n, "%s%s", i > 0 ? ", " : "",
            term_of(c, row->label[i].fr, row->label[i].en));
        if (n >= 256) {
            return;
        }
    }
}

static void
print_figure(
    const struct cli *c, const struct report *r, const struct figure *f)
{
    cli_print("\n%s  %s\n", f->info->id, term_of(c, f->info->fr, f->info->en));
    for (size_t i = 0; i < f->count; i++) {
        const struct figure_row *row = &f->rows[i];
        char label[256], text[40];

        row_label(c, row, label);
        cli_print("  ");
        print_label(label, LABEL_WIDTH);
        number_text(row, text);
        print_right(text, NUMBER_WIDTH + 4);
        if (row->of >= 0) {
            print_share(c, row->n, row->of, row->hidden);
        }
        (void)putchar('\n');
    }
    print_inside(c, r, f->conflicts, f->late);
}

void
report_print(const struct cli *c, const struct report *r)
{
    print_head(c, r);
    if ((r->ask.parts & REPORT_FUNNEL) != 0) {
        print_funnel(c, r);
    }
    for (size_t i = 0; i < r->figure_count; i++) {
        print_figure(c, r, &r->figures[i]);
    }
}
