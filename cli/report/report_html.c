// SPDX-License-Identifier: Apache-2.0
// report_html.c - a report as a page: charts, and every number in a table. The
// tables by sector, week and month: report_html_series.c.
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "page/html_chart.h"
#include "record/record.h"
#include "report/report.h"
#include "report/report_html.h"

void
report_note_line(void *ctx, const char *text)
{
    html_element(ctx, "p", text);
}

// ------------------------------------------------------------------- figures

static void
put_share(
    const struct cli *c, struct html *h, int64_t n, int64_t of, bool hidden)
{
    char text[40];

    report_share(c, n, of, hidden, text);
    html_number(h, text);
}

static void
put_row(const struct cli *c, struct html *h, const struct figure_row *row)
{
    char label[256], text[40];

    report_row_label(c, row, label);
    html_row(h, label);
    report_number(row, text);
    html_number(h, text);
    put_share(c, h, row->n, row->of > 0 ? row->of : -1, row->hidden);
    html_put(h, "</tr>\n");
}

// The rows whose names begin so; NULL: all of them, "": the first.
static void
put_rows(const struct cli *c, struct html *h, const struct figure *f,
    const char *prefix)
{
    const char *const heads[] = {
        _("what is counted"), _("number"), _("share"), NULL};
    char caption[512];
    size_t shown = 0;

    (void)snprintf(caption, sizeof(caption), "%s  %s", f->info->id,
        term_of(c, f->info->fr, f->info->en));
    html_table(h, caption, heads);
    for (size_t i = 0; i < f->count; i++) {
        const char *name = f->rows[i].name;

        if (prefix == NULL || (prefix[0] == '\0' && i == 0) ||
            (prefix[0] != '\0' && strncmp(name, prefix, strlen(prefix)) == 0)) {
            put_row(c, h, &f->rows[i]);
            shown++;
        }
    }
    if (shown == 0) {
        html_row(h, _("nothing yet"));
        html_put(h, "<td></td><td></td></tr>\n");
    }
    html_table_end(h);
}

static void
put_figures(const struct cli *c, struct html *h, const struct report *r)
{
    html_section(h, "figures", _("Figures"));
    for (size_t i = 0; i < r->figure_count; i++) {
        const struct figure *f = &r->figures[i];
        const char *note = term_of(c, f->info->note_fr, f->info->note_en);

        html_mark(h, "<h3 id=\"%s\">", f->info->id);
        html_say(
            h, "%s  %s", f->info->id, term_of(c, f->info->fr, f->info->en));
        html_put(h, "</h3>\n");
        if (note != NULL && note[0] != '\0') {
            html_element(h, "p", note);
        }
        put_rows(c, h, f, NULL);
        report_inside(c, r, f->conflicts, f->late, report_note_line, h);
    }
    html_put(h, "</section>\n");
}

// -------------------------------------------------------------------- funnel

static void
put_stage(const struct cli *c, struct html *h, const struct funnel_row *row,
    const struct chart_bar *bar)
{
    char text[40];

    html_row(h, bar->label);
    html_number(h, bar->number);
    put_share(c, h, row->through, row->before, row->share_hidden);
    report_days(c, row, text);
    html_number(h, text);
    html_put(h, "</tr>\n");
}

static void
put_funnel(const struct cli *c, struct html *h, const struct report *r)
{
    const char *const heads[] = {
        _("stage"), _("number"), _("share"), _("days"), NULL};
    struct chart_bar bars[FUNNEL_STAGES];

    for (int s = 0; s < FUNNEL_STAGES; s++) {
        const struct funnel_row *row = &r->funnel.row[s];
        const struct funnel_name *name = funnel_name((enum funnel_stage)s);
        const struct figure_row as = {.n = row->n, .hidden = row->hidden};

        bars[s] = (struct chart_bar){.n = row->hidden ? -1 : row->n};
        (void)snprintf(bars[s].label, sizeof(bars[s].label), "%s",
            term_of(c, name->fr, name->en));
        report_number(&as, bars[s].number);
    }
    html_section(h, "funnel", _("Funnel"));
    chart_bars(h, "funnel-chart", _("Funnel, from doors to files"), bars,
        FUNNEL_STAGES);
    html_table(h, _("Funnel, from doors to files"), heads);
    for (int s = 0; s < FUNNEL_STAGES; s++) {
        put_stage(c, h, &r->funnel.row[s], &bars[s]);
    }
    html_table_end(h);
    html_element(h, "p",
        _("share: of those at the stage before, how many reached this one; who "
          "enters later\n"
          "is in the number alone; days: median"));
    report_inside(
        c, r, r->funnel.conflicts, r->funnel.late, report_note_line, h);
    html_put(h, "</section>\n");
}

// ---------------------------------------------------------------- objectives

static void
put_objective(const struct cli *c, struct html *h, const struct objective *o,
    const struct chart_bar *bar)
{
    const bool known = !o->hidden && o->n >= 0;
    const struct figure_row n = {.n = o->n, .hidden = !known};
    const struct figure_row beside = {
        .n = o->beside, .hidden = o->beside_hidden};
    char text[40];

    html_row(h, bar->label);
    report_number(&n, text);
    html_number(h, text);
    (void)snprintf(text, sizeof(text), "%lld", (long long)o->at_least);
    html_number(h, text);
    html_element(h, "td", known && o->n >= o->at_least ? _("reached") : "");
    text[0] = '\0';
    if (o->due != NO_DAY) {
        report_day(c, o->due, text);
    }
    html_element(h, "td", text);
    html_put(h, "<td>");
    if (o->beside >= 0) {
        report_number(&beside, text);
        html_say(h, "%s%s%s", term_of(c, o->beside_name.fr, o->beside_name.en),
            _(": "), text);
    }
    html_text(h, report_objective_note(o));
    html_put(h, "</td></tr>\n");
}

static void
put_objectives(const struct cli *c, struct html *h, const struct report *r)
{
    const char *const heads[] = {_("objective"), _("number"), _("to reach"),
        _("state"), _("due"), _("read otherwise"), NULL};
    struct chart_bar bars[OBJECTIVES_MAX];
    uint64_t conflicts = 0;

    for (size_t i = 0; i < r->objective_count; i++) {
        const struct objective *o = &r->objectives[i];
        const struct figure_row n = {
            .n = o->n, .hidden = o->hidden || o->n < 0};
        char label[128], number[40];

        bars[i] =
            (struct chart_bar){.n = n.hidden ? -1 : o->n, .goal = o->at_least};
        report_objective_label(c, o, label);
        (void)snprintf(bars[i].label, sizeof(bars[i].label), "%s", label);
        report_number(&n, number);
        (void)snprintf(bars[i].number, sizeof(bars[i].number), "%.15s / %lld",
            number, (long long)o->at_least);
        conflicts += o->conflicts;
    }
    html_section(h, "objectives", _("Objectives"));
    chart_bars(h, "objectives-chart",
        _("Objectives, each by its own goal: the mark"), bars,
        r->objective_count);
    html_table(h, _("Objectives"), heads);
    for (size_t i = 0; i < r->objective_count; i++) {
        put_objective(c, h, &r->objectives[i], &bars[i]);
    }
    html_table_end(h);
    report_inside(c, r, conflicts, 0, report_note_line, h);
    html_put(h, "</section>\n");
}

// ----------------------------------------------------------------- questions

static void
put_question(
    const struct cli *c, struct html *h, const struct report *r, size_t q)
{
    char *text = report_question_text(c, r, q);
    char *state = report_question_state(c, r, q);
    char *answer = report_question_answer(c, r, q);

    html_put(h, "<h3>");
    html_say(h, "%zu. %s", q + 1, text != NULL ? text : "");
    html_put(h, "</h3>\n");
    html_element(h, "p", state != NULL ? state : _("not written down yet"));
    if (answer != NULL) {
        html_element(h, "p", answer);
    }
    free(text);
    free(state);
    free(answer);
}

static void
put_written(
    const struct cli *c, struct html *h, const struct question_said *said)
{
    const char *const heads[] = {_("what is counted"), _("number"), NULL};
    const struct question_written *w;
    char text[40];

    if (question_written(said, 0) == NULL) {
        return;
    }
    html_table(h, _("What people wrote about it"), heads);
    for (size_t i = 0; (w = question_written(said, i)) != NULL; i++) {
        const int64_t n = said->written[i];
        const struct figure_row row = {
            .n = n, .of = -1, .hidden = n == QUESTION_HIDDEN};

        html_row(h, term_of(c, w->text.fr, w->text.en));
        report_number(&row, text);
        html_number(h, text);
        html_put(h, "</tr>\n");
    }
    html_table_end(h);
}

static void
put_questions(const struct cli *c, struct html *h, const struct report *r)
{
    html_section(h, "questions", _("Open questions"));
    for (size_t q = 0; q < r->questions.count; q++) {
        const struct question_said *said = &r->questions.at[q];
        const char *id, *rows;

        put_question(c, h, r, q);
        report_inside(c, r, said->conflicts, 0, report_note_line, h);
        for (size_t i = 0; (id = question_figure(said, i, &rows)) != NULL;
             i++) {
            const struct figure *f = report_answer(r, id);

            // None said: the first row; an empty beginning: all of them.
            put_rows(c, h, f,
                rows == NULL      ? ""
                : rows[0] == '\0' ? NULL
                                  : rows);
            report_inside(c, r, f->conflicts, f->late, report_note_line, h);
        }
        put_written(c, h, said);
    }
    html_put(h, "</section>\n");
}

// ---------------------------------------------------------------------- page

struct part {
    uint32_t bit;
    const char *id, *heading;
};

static void
put_contents(struct html *h, const struct part *parts, uint32_t asked)
{
    html_put(h, "<nav aria-label=\"");
    html_text(h, _("Contents"));
    html_put(h, "\">\n<ul>\n");
    for (; parts->id != NULL; parts++) {
        if ((asked & parts->bit) != 0) {
            html_mark(h, "<li><a href=\"#%s\">", parts->id);
            html_text(h, parts->heading);
            html_put(h, "</a></li>\n");
        }
    }
    html_put(h, "</ul>\n</nav>\n");
}

static bool
put_parts(const struct cli *c, struct html *h, const struct report *r)
{
    const uint32_t asked = r->ask.parts;
    const struct part parts[] = {{REPORT_FUNNEL, "funnel", _("Funnel")},
        {REPORT_OBJECTIVES, "objectives", _("Objectives")},
        {REPORT_SECTORS, "sectors", _("Sectors")},
        {REPORT_WEEKS, "weeks", _("Weeks")},
        {REPORT_MONTHS, "months", _("Months")},
        {REPORT_QUESTIONS, "questions", _("Open questions")},
        {REPORT_FIGURES, "figures", _("Figures")}, {0, NULL, NULL}};
    bool good = true;

    put_contents(h, parts, asked);
    if ((asked & REPORT_FUNNEL) != 0) {
        put_funnel(c, h, r);
    }
    if ((asked & REPORT_OBJECTIVES) != 0) {
        put_objectives(c, h, r);
    }
    if ((asked & REPORT_SECTORS) != 0) {
        good = report_put_series(
                   c, h, r, SERIES_SECTORS, "sectors", _("Sectors")) &&
               good;
    }
    if ((asked & REPORT_WEEKS) != 0) {
        good = report_put_series(c, h, r, SERIES_WEEKS, "weeks", _("Weeks")) &&
               good;
    }
    if ((asked & REPORT_MONTHS) != 0) {
        good =
            report_put_series(c, h, r, SERIES_MONTHS, "months", _("Months")) &&
            good;
    }
    if ((asked & REPORT_QUESTIONS) != 0) {
        put_questions(c, h, r);
    }
    if ((asked & REPORT_FIGURES) != 0) {
        put_figures(c, h, r);
    }
    return good;
}

int
report_page(const struct cli *c, const struct report *r, const char *path)
{
    struct html h;
    bool good;
    int rc;

    html_begin(&h, term_of(c, "fr", "en"), _("What the service counts"));
    html_element(&h, "h1", _("What the service counts"));
    report_head(c, r, report_note_line, &h);
    good = put_parts(c, &h, r);
    good = html_end(&h) && good;
    rc = good ? file_write_own(
                    c, path, (tandem_slice){(const uint8_t *)h.text, h.len})
              : cli_fail_with(c, TANDEM_ENOMEM, "%s", _("out of memory"));
    html_free(&h);
    return rc;
}
