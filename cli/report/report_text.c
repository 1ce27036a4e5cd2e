// SPDX-License-Identifier: Apache-2.0
// report_text.c - a report as text: plain tables, at most 80 columns.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page/columns.h"
#include "record/record.h"
#include "record/value.h"
#include "report/report.h"

enum { LABEL_WIDTH = 52, NUMBER_WIDTH = 10, OBJECTIVE_WIDTH = 26 };

static void
print_share(const struct cli *c, int64_t n, int64_t of, bool hidden)
{
    char text[40];

    report_share(c, n, of, hidden, text);
    page_right(text, NUMBER_WIDTH);
}

// A line of what the report, or a part of it, is of.
static void
print_line(void *ctx, const char *line)
{
    (void)ctx;
    cli_print("%s\n", line);
}

static void
print_inside_line(void *ctx, const char *line)
{
    (void)ctx;
    cli_print("  %s\n", line);
}

static void
print_inside(const struct cli *c, const struct report *r, uint64_t conflicts,
    uint64_t late)
{
    report_inside(c, r, conflicts, late, print_inside_line, NULL);
}

static void
print_funnel(const struct cli *c, const struct report *r)
{
    cli_print("\n");
    page_cell("", 28);
    page_right(_("number"), NUMBER_WIDTH);
    page_right(_("share"), NUMBER_WIDTH);
    page_right(_("days"), NUMBER_WIDTH);
    cli_print("\n");
    for (int s = 0; s < FUNNEL_STAGES; s++) {
        const struct funnel_row *row = &r->funnel.row[s];
        const struct funnel_name *name = funnel_name((enum funnel_stage)s);
        const struct figure_row as = {.n = row->n, .hidden = row->hidden};
        char text[40] = "";

        page_cell(term_of(c, name->fr, name->en), 28);
        report_number(&as, text);
        page_right(text, NUMBER_WIDTH);
        print_share(c, row->through, row->before, row->share_hidden);
        report_days(c, row, text);
        page_right(text, NUMBER_WIDTH);
        cli_print("\n");
    }
    cli_print("%s\n", _("share: of those at the stage before, how many reached "
                        "this one; who enters later\n"
                        "is in the number alone; days: median"));
    print_inside(c, r, r->funnel.conflicts, r->funnel.late);
}

// What does not fit is cut before its last part: rows of one market session,
// one place or one situation differ in that alone.
static void
print_label(const char *label)
{
    const char *last = label;
    char head[256];
    size_t columns;

    for (const char *at = label; (at = strstr(at, ", ")) != NULL; at++) {
        last = at;
    }
    columns = columns_of(last);
    if (columns_of(label) <= LABEL_WIDTH || columns > LABEL_WIDTH / 2) {
        page_cell(label, LABEL_WIDTH);
        return;
    }
    (void)snprintf(head, sizeof(head), "%.*s", (int)(last - label), label);
    page_cell(head, LABEL_WIDTH - columns);
    page_cell(last, columns);
}

static void
print_row(const struct cli *c, const struct figure_row *row)
{
    char label[256], text[40];

    report_row_label(c, row, label);
    cli_print("  ");
    print_label(label);
    report_number(row, text);
    page_right(text, NUMBER_WIDTH + 4);
    if (row->of > 0) {
        print_share(c, row->n, row->of, row->hidden);
    }
    cli_print("\n");
}

static void
print_figure(
    const struct cli *c, const struct report *r, const struct figure *f)
{
    cli_print("\n%s  %s\n", f->info->id, term_of(c, f->info->fr, f->info->en));
    for (size_t i = 0; i < f->count; i++) {
        print_row(c, &f->rows[i]);
    }
    print_inside(c, r, f->conflicts, f->late);
}

// ------------------------------------------------------------------ objectives

static void
print_objective(const struct cli *c, const struct objective *o)
{
    const struct figure_row n = {.n = o->n, .hidden = o->hidden || o->n < 0};
    const struct figure_row beside = {
        .n = o->beside, .hidden = o->beside_hidden};
    char text[40], day[40], label[128];

    report_objective_label(c, o, label);
    page_cell(label, OBJECTIVE_WIDTH);
    report_number(&n, text);
    page_right(o->n >= 0 ? text : "", NUMBER_WIDTH);
    cli_print(_(" of %lld"), (long long)o->at_least);
    cli_print("  %s", n.hidden ? "" : o->n >= o->at_least ? _("reached") : "");
    if (o->due != NO_DAY) {
        report_day(c, o->due, day);
        cli_print(_("  due %s"), day);
    }
    cli_print("\n");
    if (o->beside >= 0) {
        cli_print("  ");
        page_cell(term_of(c, o->beside_name.fr, o->beside_name.en),
            OBJECTIVE_WIDTH - 2);
        report_number(&beside, text);
        page_right(text, NUMBER_WIDTH);
        cli_print("\n");
    }
    if (report_objective_note(o)[0] != '\0') {
        cli_print("  %s\n", report_objective_note(o));
    }
}

static void
print_objectives(const struct cli *c, const struct report *r)
{
    cli_print("\n%s\n", _("Objectives"));
    for (size_t i = 0; i < r->objective_count; i++) {
        print_objective(c, &r->objectives[i]);
    }
    if (r->objectives_more > 0) {
        cli_print(_("%zu more are left out; ask with --sector.\n"),
            r->objectives_more);
    }
}

// ------------------------------------------------------------------- questions

enum { ROWS_OF_AN_ANSWER = 6 };

// The rows that the question is about, the first few.
static void
print_answer(const struct cli *c, const struct figure *f, const char *prefix)
{
    size_t shown = 0;

    cli_print("  %s  %s\n", f->info->id, term_of(c, f->info->fr, f->info->en));
    for (size_t i = 0; i < f->count; i++) {
        const bool is = prefix == NULL ? i == 0
                                       : strncmp(f->rows[i].name, prefix,
                                             strlen(prefix)) == 0;

        if (is && shown == ROWS_OF_AN_ANSWER) {
            cli_print(
                _("    ... more: tandem report figures %s\n"), f->info->id);
            return;
        }
        if (is) {
            cli_print("  ");
            print_row(c, &f->rows[i]);
            shown++;
        }
    }
    if (shown == 0) {
        cli_print("    %s\n", _("nothing yet"));
    }
}

static void
print_question(const struct cli *c, const struct report *r, size_t q)
{
    char *text = report_question_text(c, r, q);
    char *state = report_question_state(c, r, q);
    char *answer = report_question_answer(c, r, q);
    char line[640];

    (void)snprintf(
        line, sizeof(line), "%zu. %s", q + 1, text != NULL ? text : "");
    cli_print("\n");
    cli_print("%s\n", line);
    cli_print("  %s\n", state != NULL ? state : _("not written down yet"));
    if (answer != NULL) {
        page_text(answer, strlen(answer), 2);
    }
    free(text);
    free(state);
    free(answer);
}

// How many wrote of it, and where that is to be read.
static void
print_written(const struct cli *c, const struct question_said *said)
{
    const struct question_written *w;
    const char *list = NULL;

    for (size_t i = 0; (w = question_written(said, i)) != NULL; i++) {
        const int64_t n = said->written[i];
        const struct figure_row row = {.label = {w->text},
            .n = n,
            .of = -1,
            .hidden = n == QUESTION_HIDDEN};

        cli_print("  ");
        print_row(c, &row);
        list = w->list;
    }
    if (list != NULL) {
        cli_print(_("    to be read: tandem list %s\n"), list);
    }
}

static void
print_questions(const struct cli *c, const struct report *r)
{
    for (size_t q = 0; q < r->questions.count; q++) {
        const struct question_said *said = &r->questions.at[q];
        const char *id, *rows;

        print_question(c, r, q);
        for (size_t i = 0; (id = question_figure(said, i, &rows)) != NULL;
             i++) {
            print_answer(c, report_answer(r, id), rows);
        }
        print_written(c, said);
        print_inside(c, r, said->conflicts, 0);
    }
}

void
report_print(const struct cli *c, const struct report *r)
{
    const uint32_t parts = r->ask.parts;

    report_head(c, r, print_line, NULL);
    if ((parts & REPORT_FUNNEL) != 0) {
        print_funnel(c, r);
    }
    if ((parts & REPORT_OBJECTIVES) != 0) {
        print_objectives(c, r);
    }
    if ((parts & REPORT_QUESTIONS) != 0) {
        print_questions(c, r);
    }
    for (size_t i = 0; i < r->figure_count; i++) {
        print_figure(c, r, &r->figures[i]);
    }
    for (int by = 0; by < SERIES_BYS; by++) {
        report_print_series(c, r, (enum series_by)by);
    }
}
