// SPDX-License-Identifier: Apache-2.0
// report_json.c - a report as JSON. What is hidden is null.
#include <stdio.h>
#include <stdlib.h>

#include "record/value.h"
#include "report/report.h"

static json_t *
number(int64_t n, bool hidden)
{
    return hidden || n < 0 ? json_null() : json_integer((json_int_t)n);
}

static json_t *
day_json(int32_t day)
{
    const struct date d = calendar_date(day == NO_DAY ? 0 : day);
    char text[40];

    if (day == NO_DAY) {
        return json_null();
    }
    (void)snprintf(text, sizeof(text), "%04d-%02d-%02d", (int)d.year,
        (int)d.month, (int)d.day);
    return json_string(text);
}

static void
set(json_t *o, const char *name, json_t *value)
{
    (void)json_object_set_new(o, name, value);
}

// How many conflicts or late records are inside: not told outside.
static json_t *
inside(uint64_t n, bool outside)
{
    return outside ? json_null() : json_integer((json_int_t)n);
}

static json_t *
funnel_json(const struct funnel *f, bool outside)
{
    json_t *stages = json_array();

    for (int s = 0; s < FUNNEL_STAGES; s++) {
        const struct funnel_row *row = &f->row[s];
        json_t *o = json_object();

        set(o, "stage", json_string(funnel_name((enum funnel_stage)s)->id));
        set(o, "n", number(row->n, row->hidden));
        set(o, "before", number(row->before, row->share_hidden));
        set(o, "through", number(row->through, row->share_hidden));
        set(o, "median_days",
            row->share_hidden || row->days < 0
                ? json_null()
                : json_real((double)row->days / 2));
        if (row->hidden) {
            set(o, "hidden", json_true());
        }
        (void)json_array_append_new(stages, o);
    }
    return json_pack("{s:o,s:o,s:o}", "stages", stages, "conflicts",
        inside(f->conflicts, outside), "late", inside(f->late, outside));
}

static json_t *
row_json(const struct figure_row *row)
{
    static const char *const units[] = {"count", "cents", "minutes"};
    json_t *o = json_object();

    set(o, "name", cli_json_text(row->name));
    // Money and stock may be below zero: there is no "none" among numbers.
    set(o, "n", row->hidden ? json_null() : json_integer((json_int_t)row->n));
    if (row->of >= 0) {
        set(o, "of", number(row->of, row->hidden));
    }
    if (row->rank > 0) {
        set(o, "rank", json_integer(row->rank));
    }
    if (row->unit != UNIT_COUNT) {
        set(o, "unit", json_string(units[row->unit]));
    }
    if (!tandem_id_is_none(row->record)) {
        set(o, "record", cli_json_id(row->record));
    }
    if (row->hidden) {
        set(o, "hidden", json_true());
    }
    return o;
}

static json_t *
figure_json(const struct figure *f, bool outside)
{
    const bool hides = outside && f->info->households;
    json_t *rows = json_array();

    for (size_t i = 0; i < f->count; i++) {
        (void)json_array_append_new(rows, row_json(&f->rows[i]));
    }
    return json_pack("{s:s,s:s,s:s,s:o,s:o,s:o}", "id", f->info->id, "fr",
        f->info->fr, "en", f->info->en, "rows", rows, "conflicts",
        inside(f->conflicts, hides), "late", inside(f->late, hides));
}

// The devices nothing was heard from; what they are called does not leave.
static json_t *
silent_json(const struct report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; !r->ask.outside && i < r->standing.silent_count; i++) {
        (void)json_array_append_new(
            list, cli_json_text(r->standing.silent[i].name));
    }
    return list;
}

static void
set_what_it_is_of(const struct cli *c, const struct report *r, json_t *o)
{
    char sector[256];

    set(o, "as_of", value_moment_json(r->ask.now_ms));
    set(o, "sector",
        r->one_sector ? cli_json_text(cli_sector_name(c, r->sector, sector))
                      : json_null());
    set(o, "from", day_json(r->ask.from));
    set(o, "to", day_json(r->ask.to));
    set(o, "devices", json_integer((json_int_t)r->standing.devices));
    set(o, "heard", json_integer((json_int_t)r->standing.heard));
    set(o, "silent", silent_json(r));
    set(o, "conflicts", json_integer((json_int_t)r->standing.conflicts));
    set(o, "records", json_integer((json_int_t)r->records));
    set(o, "checkpoint", day_json(r->checkpoint));
    set(o, "outside", json_boolean(r->ask.outside));
}

static json_t *
figures_json(const struct figure *figures, size_t count, bool outside)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, figure_json(&figures[i], outside));
    }
    return list;
}

static json_t *
objectives_json(const struct cli *c, const struct report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->objective_count; i++) {
        const struct objective *at = &r->objectives[i];
        json_t *o = json_object();
        char sector[256];

        set(o, "metric", json_string(at->id));
        set(o, "figure", json_string(at->figure));
        set(o, "n", number(at->n, at->hidden));
        set(o, "at_least", json_integer((json_int_t)at->at_least));
        set(o, "reached",
            at->hidden || at->n < 0 ? json_null()
                                    : json_boolean(at->n >= at->at_least));
        set(o, "beside", number(at->beside, at->beside_hidden));
        set(o, "record", cli_json_id(at->record));
        set(o, "sector",
            at->one_sector && !at->astray
                ? cli_json_text(cli_sector_name(c, at->sector, sector))
                : json_null());
        if (at->astray) {
            set(o, "astray", json_true());
        }
        set(o, "due", day_json(at->due));
        set(o, "conflicts", inside(at->conflicts, r->ask.outside));
        (void)json_array_append_new(list, o);
    }
    return list;
}

// The word of a question's state.
static json_t *
state_json(const struct cli *c, tandem_id record)
{
    tandem_record *r = NULL;
    const tandem_field_info *f;
    json_t *word = NULL;
    tandem_value v;

    if (tandem_id_is_none(record) ||
        tandem_record_open(c->store, record, &r, NULL) != TANDEM_OK) {
        return json_null();
    }
    f = tandem_record_kind(r) != NULL
            ? tandem_kind_field(tandem_record_kind(r), "state")
            : NULL;
    if (f != NULL && tandem_record_get(r, "state", &v) == TANDEM_OK) {
        word = value_json(&f->value, &v);
    }
    tandem_record_free(r);
    return word != NULL ? word : json_null();
}

static json_t *
text_or_null(char *text)
{
    json_t *o = text != NULL ? cli_json_text(text) : json_null();

    free(text);
    return o;
}

// [{"kind", "field", "records"}]; null: hidden.
static json_t *
written_json(const struct question_said *said)
{
    const struct question_written *w;
    json_t *list = json_array();

    for (size_t i = 0; (w = question_written(said, i)) != NULL; i++) {
        const int64_t n = said->written[i];

        (void)json_array_append_new(
            list, json_pack("{s:s,s:s,s:o}", "kind", w->list, "field", w->field,
                      "records",
                      n == QUESTION_HIDDEN ? json_null()
                                           : json_integer((json_int_t)n)));
    }
    return list;
}

// The sixteen in both languages, another as its record has it.
static json_t *
question_json(const struct cli *c, const struct report *r, size_t q)
{
    const struct question_said *said = &r->questions.at[q];
    const struct question *of = question_at(said->of);
    json_t *figures = json_array(), *o = json_object();
    const char *id, *rows;

    for (size_t i = 0; (id = question_figure(said, i, &rows)) != NULL; i++) {
        (void)json_array_append_new(figures, json_string(id));
    }
    set(o, "question", of != NULL ? json_string(of->id) : json_null());
    if (of != NULL) {
        set(o, "fr", json_string(of->text.fr));
        set(o, "en", json_string(of->text.en));
    } else {
        set(o, "text", text_or_null(report_question_text(c, r, q)));
    }
    set(o, "record",
        tandem_id_is_none(said->record) ? json_null()
                                        : cli_json_id(said->record));
    set(o, "state", state_json(c, said->record));
    set(o, "answer", text_or_null(report_question_answer(c, r, q)));
    set(o, "conflicts", json_integer((json_int_t)said->conflicts));
    set(o, "figures", figures);
    set(o, "written", written_json(said));
    return o;
}

static json_t *
questions_json(const struct cli *c, const struct report *r)
{
    json_t *list = json_array();

    for (size_t q = 0; q < r->questions.count; q++) {
        (void)json_array_append_new(list, question_json(c, r, q));
    }
    return list;
}

// Which sector, or which days, and every figure there.
static json_t *
series_row_json(
    const struct cli *c, const struct report *r, enum series_by by, size_t i)
{
    const struct series *s = report_series(r, by);
    const struct series_row *row = &s->rows[i];
    json_t *o = json_object();
    char name[256];

    if (by == SERIES_SECTORS) {
        set(o, "sector",
            tandem_id_is_none(row->sector)
                ? json_null()
                : cli_json_text(cli_sector_name(c, row->sector, name)));
    } else {
        set(o, "period", json_string(row->name));
        set(o, "from", day_json(row->first));
        set(o, "to", day_json(row->last));
    }
    set(o, "conflicts", inside(row->conflicts, r->ask.outside));
    set(o, "late", inside(row->late, r->ask.outside));
    set(o, "figures",
        figures_json(row->figures, s->info_count, r->ask.outside));
    return o;
}

static json_t *
series_json(const struct cli *c, const struct report *r, enum series_by by)
{
    json_t *list = json_array();

    for (size_t i = 0; i < report_series(r, by)->count; i++) {
        (void)json_array_append_new(list, series_row_json(c, r, by, i));
    }
    return list;
}

static json_t *
wholes_json(const struct report *r, enum series_by by)
{
    json_t *list = json_array();

    for (size_t i = 0; !report_all_rows(r) && i < figure_count(); i++) {
        const struct figure_words *why = series_whole(figure_at(i), by);

        if (why != NULL) {
            (void)json_array_append_new(
                list, json_pack("{s:s,s:s,s:s}", "id", figure_at(i)->id, "fr",
                          why->fr, "en", why->en));
        }
    }
    return list;
}

static void
set_series(const struct cli *c, const struct report *r, json_t *o)
{
    static const struct {
        enum series_by by;
        const char *name, *wholes;
    } all[SERIES_BYS] = {
        {SERIES_SECTORS, "sectors", "sectors_whole"},
        {SERIES_WEEKS, "weeks", "weeks_whole"},
        {SERIES_MONTHS, "months", "months_whole"},
    };

    for (size_t i = 0; i < SERIES_BYS; i++) {
        if (report_series(r, all[i].by) != NULL) {
            set(o, all[i].name, series_json(c, r, all[i].by));
            set(o, all[i].wholes, wholes_json(r, all[i].by));
        }
    }
}

json_t *
report_json(const struct cli *c, const struct report *r)
{
    const uint32_t parts = r->ask.parts;
    json_t *o = json_object();

    set_what_it_is_of(c, r, o);
    if ((parts & REPORT_FUNNEL) != 0) {
        set(o, "funnel", funnel_json(&r->funnel, r->ask.outside));
    }
    if ((parts & REPORT_OBJECTIVES) != 0) {
        set(o, "objectives", objectives_json(c, r));
        set(o, "objectives_more", json_integer((json_int_t)r->objectives_more));
    }
    if ((parts & REPORT_QUESTIONS) != 0) {
        set(o, "questions", questions_json(c, r));
        set(o, "answers",
            figures_json(r->answers, r->answer_count, r->ask.outside));
    }
    if ((parts & REPORT_FIGURES) != 0) {
        set(o, "figures",
            figures_json(r->figures, r->figure_count, r->ask.outside));
    }
    set_series(c, r, o);
    return o;
}
