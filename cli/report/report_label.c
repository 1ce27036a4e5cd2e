// SPDX-License-Identifier: Apache-2.0
// report_label.c - what rows are called, numbers and days as people write them,
// and what a report says of itself.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"
#include "record/value.h"
#include "report/report.h"

enum { SILENT_NAMED = 10 };

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
    if (row->nth > 0) {
        n += (size_t)snprintf(out + n, 256 - n, "%s %d",
            term_of(c, row->noun.fr, row->noun.en), (int)row->nth);
    }
    for (size_t i = 0; n < 256 && i < 3 && row->label[i].fr != NULL; i++) {
        n += (size_t)snprintf(out + n, 256 - n, "%s%s", n > 0 ? ", " : "",
            term_of(c, row->label[i].fr, row->label[i].en));
    }
    for (char *p = out; *p != '\0'; p++) { // a text's lines in one
        *p = *p == '\n' ? ' ' : *p;
    }
}

char *
report_question_text(const struct cli *c, const struct report *r, size_t q)
{
    const struct question_said *said = &r->questions.at[q];
    const struct question *question = question_at(said->of);
    char *own = NULL;

    if (question != NULL) {
        return strdup(term_of(c, question->text.fr, question->text.en));
    }
    if (!r->ask.outside) {
        own = record_says(c, said->record, "question");
    }
    return own != NULL ? own : strdup(_("Another question"));
}

char *
report_question_state(const struct cli *c, const struct report *r, size_t q)
{
    const tandem_id record = r->questions.at[q].record;

    return tandem_id_is_none(record) ? NULL : record_says(c, record, "state");
}

char *
report_question_answer(const struct cli *c, const struct report *r, size_t q)
{
    const tandem_id record = r->questions.at[q].record;
    char *text = tandem_id_is_none(record) || r->ask.outside
                     ? NULL
                     : record_says(c, record, "answer");

    if (text != NULL && text[0] == '\0') {
        free(text);
        text = NULL;
    }
    return text;
}

void
report_objective_label(
    const struct cli *c, const struct objective *o, char out[128])
{
    const char *name = term_of(c, o->name.fr, o->name.en);
    char sector[256];

    (void)snprintf(out, 128, "%s%s%.60s", name,
        o->one_sector && !o->astray ? ", " : "",
        o->one_sector && !o->astray ? cli_sector_name(c, o->sector, sector)
                                    : "");
}

const char *
report_objective_note(const struct objective *o)
{
    return o->astray ? _("said for a sector that is none of this store's: not "
                         "counted")
                     : "";
}

void
report_series_label(
    const struct cli *c, const struct series_row *row, char out[256])
{
    if (row->name[0] != '\0') {
        (void)snprintf(out, 256, "%s", row->name);
    } else if (tandem_id_is_none(row->sector)) {
        (void)snprintf(out, 256, "%s", _("all"));
    } else {
        (void)cli_sector_name(c, row->sector, out);
    }
}

// ------------------------------------------------------------------- numbers

// Tenths as people write them: 66,7 or 66.7.
static void
tenths_text(
    const struct cli *c, int64_t tenths, const char *after, char out[40])
{
    (void)snprintf(out, 40, "%" PRId64 "%c%" PRId64 "%s", tenths / 10,
        c->lang == TANDEM_FR ? ',' : '.', tenths % 10, after);
}

void
report_number(const struct figure_row *row, char out[40])
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

void
report_share(
    const struct cli *c, int64_t n, int64_t of, bool hidden, char out[40])
{
    const int64_t permille = report_permille(n, of);

    out[0] = '\0';
    if (!hidden && permille >= 0) {
        tenths_text(c, permille, " %", out);
    }
}

void
report_days(const struct cli *c, const struct funnel_row *row, char out[40])
{
    out[0] = '\0';
    if (!row->share_hidden && row->days >= 0) {
        tenths_text(c, row->days * 5, "", out);
    }
}

// ------------------------------------------------------------ what it is of

static void
head_period(const struct cli *c, const struct report *r,
    void (*line)(void *ctx, const char *text), void *ctx)
{
    char text[256], from[40] = "", to[40] = "";

    if (r->ask.from != NO_DAY) {
        report_day(c, r->ask.from, from);
    }
    if (r->ask.to != NO_DAY) {
        report_day(c, r->ask.to, to);
    }
    if (from[0] != '\0' || to[0] != '\0') {
        (void)snprintf(text, sizeof(text), _("Period: from %s to %s"),
            from[0] != '\0' ? from : _("the start"),
            to[0] != '\0' ? to : _("today"));
        line(ctx, text);
    }
}

// Who is missing, by name; of very many the first ones.
static void
head_silent(const struct report *r, void (*line)(void *ctx, const char *text),
    void *ctx)
{
    const struct standing *s = &r->standing;

    for (size_t i = 0; i < s->silent_count && i < SILENT_NAMED; i++) {
        char text[256 + 80];

        (void)snprintf(
            text, sizeof(text), _("  not heard from: %s"), s->silent[i].name);
        line(ctx, text);
    }
    if (s->silent_count > SILENT_NAMED) {
        char text[128];

        (void)snprintf(text, sizeof(text), _("  and %zu more"),
            s->silent_count - SILENT_NAMED);
        line(ctx, text);
    }
}

void
report_head(const struct cli *c, const struct report *r,
    void (*line)(void *ctx, const char *text), void *ctx)
{
    char when[64], sector[256], text[512];

    value_moment(c, r->ask.now_ms, when);
    (void)snprintf(text, sizeof(text), _("As of %s, sector: %s"), when,
        r->one_sector ? cli_sector_name(c, r->sector, sector) : _("all"));
    line(ctx, text);
    head_period(c, r, line, ctx);
    (void)snprintf(text, sizeof(text),
        _("Devices heard from: %u of %u; open conflicts: %llu"),
        (unsigned)r->standing.heard, (unsigned)r->standing.devices,
        (unsigned long long)r->standing.conflicts);
    line(ctx, text);
    if (!r->ask.outside) { // names are typed texts
        head_silent(r, line, ctx);
    }
    if (r->ask.outside) {
        line(ctx,
            _("Numbers below 5 of people and homes are hidden, and what would "
              "give them away within a table. Two reports of different days or "
              "sectors can still be taken off each other: whoever publishes "
              "both adds them up first."));
        if (r->weeks_out) {
            line(ctx, _("Weeks are left out: they would be taken off the "
                        "months."));
        }
    }
}

void
report_inside(const struct cli *c, const struct report *r, uint64_t conflicts,
    uint64_t late, void (*line)(void *ctx, const char *text), void *ctx)
{
    char text[256], day[40];

    if (conflicts > 0) {
        (void)snprintf(text, sizeof(text), _("open conflicts inside: %llu"),
            (unsigned long long)conflicts);
        line(ctx, text);
    }
    if (late > 0 && r->checkpoint != NO_DAY) {
        report_day(c, r->checkpoint, day);
        (void)snprintf(text, sizeof(text),
            ngettext(
                "late: %llu record came or changed since the checkpoint of "
                "%s",
                "late: %llu records came or changed since the checkpoint of %s",
                (unsigned long)late),
            (unsigned long long)late, day);
        line(ctx, text);
    }
}
