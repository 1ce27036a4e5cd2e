// SPDX-License-Identifier: Apache-2.0
// day.c - what is due, as people and programs read it.
#include "report/day.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record/record.h"
#include "report/report.h"

enum { WHEN_WIDTH = 11, WHAT_WIDTH = 32 };

// ------------------------------------------------------------------------ open

static int64_t
now_of(int32_t day)
{
    return day != NO_DAY ? ((int64_t)day * 24 + 11) * 3600000
                         : (int64_t)time(NULL) * 1000;
}

static tandem_err
find_dues(struct day *d, const tandem_id *sector)
{
    if (sector != NULL) {
        view_in(d->view, *sector);
    }
    return due_find(d->view, &d->ways, &d->charter, &d->dues);
}

static tandem_err
read_ways(struct cli *c, int32_t day, struct day *d, tandem_error *e)
{
    tandem_err err = facts_open(c->store, &d->facts, e);

    if (err == TANDEM_OK) {
        err = facts_refresh(d->facts, e);
    }
    if (err == TANDEM_OK) {
        // Only saves time the next time: a full disk is no reason to stop.
        (void)facts_save(d->facts, NULL);
        err = view_open(d->facts, now_of(day), &d->view);
    }
    if (err == TANDEM_OK) {
        err = ways_find(d->view, &d->ways);
    }
    return err == TANDEM_OK ? charter_read(d->view, &d->charter) : err;
}

static int
opened(struct cli *c, tandem_err err, tandem_error *e, struct day *d,
    struct day *out)
{
    if (err != TANDEM_OK) {
        day_close(d);
        e->code = err;
        return cli_fail(c, e);
    }
    *out = *d;
    return CLI_DONE;
}

int
day_open(struct cli *c, int32_t day, const tandem_id *sector, struct day *out)
{
    tandem_error e = cli_no_error(c);
    struct day d = {.facts = NULL};
    tandem_err err = read_ways(c, day, &d, &e);

    if (err == TANDEM_OK) {
        err = find_dues(&d, sector);
    }
    return opened(c, err, &e, &d, out);
}

int
day_open_ways(struct cli *c, struct day *out)
{
    tandem_error e = cli_no_error(c);
    struct day d = {.facts = NULL};

    return opened(c, read_ways(c, NO_DAY, &d, &e), &e, &d, out);
}

void
day_close(struct day *d)
{
    due_free(&d->dues);
    charter_free(&d->charter);
    ways_free(&d->ways);
    view_free(d->view);
    facts_free(d->facts);
}

// --------------------------------------------------------------------- charter

static tandem_record *
record_of(const struct cli *c, const struct day *d, uint32_t handle)
{
    tandem_record *r = NULL;

    return handle != 0 && tandem_record_open(c->store, d->facts->ids[handle],
                              &r, NULL) == TANDEM_OK
               ? r
               : NULL;
}

// "20:00-09:00", or "".
static void
quiet_hours(const struct cli *c, const struct day *d, char out[64])
{
    tandem_record *r = record_of(c, d, d->charter.in_force);
    tandem_value v;

    out[0] = '\0';
    if (r != NULL && tandem_record_get(r, "quiet_hours", &v) == TANDEM_OK &&
        v.type == TANDEM_STR) {
        (void)snprintf(
            out, 64, "%.*s", (int)v.u.s.len, (const char *)v.u.s.ptr);
    }
    tandem_record_free(r);
}

void
day_print_charter(const struct cli *c, const struct day *d)
{
    char quiet[64];

    quiet_hours(c, d, quiet);
    cli_print(_("Charter: at most %lld contacts a month, %lld days between "
                "two\n"),
        (long long)d->charter.max_per_month, (long long)d->charter.min_days);
    if (quiet[0] != '\0') {
        cli_print(_("No calls: %s\n"), quiet);
    }
}

json_t *
day_charter_json(const struct cli *c, const struct day *d)
{
    char quiet[64];

    quiet_hours(c, d, quiet);
    return json_pack("{s:I,s:I,s:s}", "max_per_month",
        (json_int_t)d->charter.max_per_month, "min_days_between",
        (json_int_t)d->charter.min_days, "quiet_hours", quiet);
}

// -------------------------------------------------------------------- one row

static void
hour_text(int64_t at_ms, char out[16])
{
    const time_t when = (time_t)(at_ms / 1000);
    struct tm tm;

    out[0] = '\0';
    if (localtime_r(&when, &tm) != NULL) {
        (void)strftime(out, 16, "%H:%M", &tm);
    }
}

static void
print_note(const char *text)
{
    cli_print("%*s%s\n", 2 + WHEN_WIDTH, "", text);
}

static void
note_charter(const struct cli *c, const struct day *d, const struct due *x)
{
    char line[160], day[40];

    if (x->stopped) {
        print_note(_("does not want to be contacted any more"));
    } else if (x->contacts && x->allowed == NO_DAY) {
        print_note(_("the charter allows no contact"));
    } else if (x->contacts && x->allowed > d->view->today &&
               x->allowed > x->day) {
        report_day(c, x->allowed, day);
        (void)snprintf(
            line, sizeof(line), _("the charter allows it from %s"), day);
        print_note(line);
    }
}

// The times that stand side by side, and how one is chosen.
static void
note_times(const struct cli *c, const struct due *x)
{
    tandem_record *r = NULL;
    const tandem_field_info *f;
    tandem_field_version v;
    char id[37];

    if (tandem_record_open(c->store, x->id, &r, NULL) != TANDEM_OK) {
        return;
    }
    f = tandem_record_kind(r) != NULL
            ? tandem_kind_field(tandem_record_kind(r), "starts_at")
            : NULL;
    cli_print("%*s%s", 2 + WHEN_WIDTH, "", _("several times side by side: "));
    for (size_t i = 0;
         f != NULL && tandem_record_version(r, f->id, NULL, i, &v) == TANDEM_OK;
         i++) {
        char *text = record_value_text(c, &f->value, &v.value);

        cli_print("%s%s", i > 0 ? " | " : "", text != NULL ? text : "");
        free(text);
    }
    record_short_id(c, x->id, id);
    cli_print("\n%*s", 2 + WHEN_WIDTH, "");
    cli_print(_("to choose: tandem resolve %s starts_at VERSION\n"), id);
    tandem_record_free(r);
}

static void
note_rest(const struct cli *c, const struct due *x)
{
    char line[160], day[40];

    if (x->kind == DUE_KNOCK) {
        (void)snprintf(line, sizeof(line),
            x->noticed ? _("%d in vain, a notice waits; another half-day")
                       : _("%d in vain, no notice left; another half-day"),
            (int)x->knocks);
        print_note(line);
    } else if (x->until != NO_DAY) {
        report_day(c, x->until, day);
        (void)snprintf(line, sizeof(line), _("rests from %s on"), day);
        print_note(line);
    }
    if (x->quiet) {
        print_note(_("at an hour without calls, says the charter"));
    }
    if (x->disputed) {
        note_times(c, x);
    }
}

// A field as people read it; freed by the caller, NULL: nothing is there.
static char *
field_text(const struct cli *c, const tandem_record *r, const char *field)
{
    const tandem_kind_info *k = r != NULL ? tandem_record_kind(r) : NULL;
    const tandem_field_info *f = k != NULL ? tandem_kind_field(k, field) : NULL;
    tandem_value v;

    return f != NULL && tandem_record_get(r, field, &v) == TANDEM_OK &&
                   v.type != TANDEM_NONE
               ? record_value_text(c, &f->value, &v)
               : NULL;
}

// What an appointment or a follow-up is for, and the place agreed on, or where
// they live.
static void
note_what(const struct cli *c, const struct due *x, const tandem_record *about)
{
    const bool meets = x->kind == DUE_APPOINTMENT;
    tandem_record *r = NULL;
    char *what = NULL, *place = NULL, line[512];

    if ((!meets && x->kind != DUE_FOLLOW_UP) ||
        tandem_record_open(c->store, x->id, &r, NULL) != TANDEM_OK) {
        return;
    }
    what = field_text(c, r, meets ? "appointment_kind" : "follow_up_kind");
    place = meets ? field_text(c, r, "place") : NULL;
    if (meets && place == NULL) {
        place = field_text(c, about, "dwelling");
    }
    (void)snprintf(line, sizeof(line), "%s%s%s", what != NULL ? what : "",
        what != NULL && place != NULL ? ", " : "", place != NULL ? place : "");
    if (line[0] != '\0') {
        print_note(line);
    }
    free(what);
    free(place);
    tandem_record_free(r);
}

// By which numbers they can be called, where a call may be what is due.
static void
note_phones(
    const struct cli *c, const struct due *x, const tandem_record *about)
{
    const tandem_kind_info *k =
        about != NULL ? tandem_record_kind(about) : NULL;
    const tandem_field_info *f =
        k != NULL ? tandem_kind_field(k, "phones") : NULL;
    tandem_value v;

    if (f == NULL || x->stopped || x->kind == DUE_CLOSE ||
        tandem_record_items(about, f->id) == 0) {
        return;
    }
    cli_print("%*s", 2 + WHEN_WIDTH, "");
    for (size_t i = 0;
         tandem_record_item(about, f->id, i, &v, NULL) == TANDEM_OK; i++) {
        char *text = value_text(c, &f->value, &v);

        cli_print("%s%s", i > 0 ? " | " : "", text != NULL ? text : "");
        free(text);
    }
    cli_print("\n");
}

tandem_id
day_about(const struct day *d, const struct due *x)
{
    return d->facts->ids[x->household != 0 ? x->household : x->record];
}

static void
when_text(
    const struct cli *c, const struct day *d, const struct due *x, char out[40])
{
    if (x->kind == DUE_APPOINTMENT && x->day == d->view->today) {
        hour_text(x->at_ms, out);
    } else {
        report_day(c, x->day, out);
    }
}

void
day_words(const struct cli *c, const struct day *d, const struct due *x,
    char when[40], char who[RECORD_NAME])
{
    tandem_record *r =
        record_of(c, d, x->household != 0 ? x->household : x->record);

    when_text(c, d, x, when);
    record_name(c, r, who);
    tandem_record_free(r);
}

void
day_print(const struct cli *c, const struct day *d, const struct due *x,
    const tandem_record *about)
{
    const struct due_name *name = due_name(x->kind);
    char when[40], who[RECORD_NAME], id[37];

    when_text(c, d, x, when);
    record_name(c, about, who);
    cli_print("  ");
    page_cell(when, WHEN_WIDTH);
    page_cell(term_of(c, name->fr, name->en), WHAT_WIDTH);
    cli_print(" ");
    page_cut(who, page_left());
    cli_print("\n");
    if (x->kind == DUE_APPOINTMENT && x->day != d->view->today) {
        hour_text(x->at_ms, when);
        print_note(when);
    }
    note_what(c, x, about);
    note_phones(c, x, about);
    note_rest(c, x);
    note_charter(c, d, x);
    record_short_id(c, x->id, id);
    print_note(id);
}

json_t *
day_date_json(int32_t day)
{
    const struct date d = calendar_date(day);
    char text[40];

    if (day == NO_DAY) {
        return json_null();
    }
    (void)snprintf(text, sizeof(text), "%04d-%02d-%02d", (int)d.year,
        (int)d.month, (int)d.day);
    return json_string(text);
}

static void
set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value);
}

static void
set_household(const struct day *d, const struct due *x,
    const tandem_record *about, json_t *o)
{
    const struct stand *s =
        x->household != 0 ? ways_of(&d->ways, x->household) : NULL;
    char code[64];

    set(o, "household",
        x->household != 0 ? cli_json_id(d->facts->ids[x->household])
                          : json_null());
    set(o, "way",
        s != NULL ? json_string(way_name(s->way)->code) : json_null());
    if (x->household != 0 && about != NULL && record_code(about, code)) {
        set(o, "short_code", cli_json_text(code));
    }
}

// The times that stand side by side.
static void
set_times(const struct cli *c, const struct due *x, json_t *o)
{
    tandem_record *r = NULL;
    const tandem_field_info *f;

    if (!x->disputed ||
        tandem_record_open(c->store, x->id, &r, NULL) != TANDEM_OK) {
        return;
    }
    f = tandem_record_kind(r) != NULL
            ? tandem_kind_field(tandem_record_kind(r), "starts_at")
            : NULL;
    if (f != NULL) {
        set(o, "times", record_versions_json(c, r, f, NULL));
    }
    tandem_record_free(r);
}

json_t *
day_json(const struct cli *c, const struct day *d, const struct due *x,
    const tandem_record *about)
{
    json_t *o = json_object();

    set(o, "what", json_string(due_name(x->kind)->id));
    set(o, "record", cli_json_id(x->id));
    set_household(d, x, about, o);
    set(o, "day", day_date_json(x->day));
    if (x->at_ms != FACT_NONE) {
        set(o, "at", value_moment_json(x->at_ms));
        set(o, "disputed", json_boolean(x->disputed));
        set(o, "quiet", json_boolean(x->quiet));
        set_times(c, x, o);
    }
    if (x->until != NO_DAY) {
        set(o, "until", day_date_json(x->until));
    }
    if (x->kind == DUE_KNOCK) {
        set(o, "knocks", json_integer(x->knocks));
        set(o, "notice", json_boolean(x->noticed));
    }
    set(o, "stopped", json_boolean(x->stopped));
    if (x->contacts) {
        set(o, "allowed_from", day_date_json(x->allowed));
    }
    return o;
}
