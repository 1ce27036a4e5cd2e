// SPDX-License-Identifier: Apache-2.0
// today.c - today: a pair's day; due: what the office has to see to.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"
#include "report/kept.h"
#include "report/report.h"
#include "words/verbs.h"

enum {
    DAYS_AHEAD = 14, // so far `due` looks for appointments and follow-ups
    ROWS_AT_ONCE = 128
};

// ------------------------------------------------------------------- whose day

// Is the record an agent of the name of who types, or the person itself?
static bool
is_person(const struct cli *c, tandem_id id)
{
    tandem_record *r = NULL;
    tandem_value v;
    char name[256];
    bool is = tandem_id_equal(id, c->person);

    if (!is && tandem_record_open(c->store, id, &r, NULL) == TANDEM_OK) {
        (void)cli_person_name(c, c->person, name);
        is = tandem_record_get(r, "display_name", &v) == TANDEM_OK &&
             v.type == TANDEM_STR && v.u.s.len == strlen(name) &&
             memcmp(v.u.s.ptr, name, v.u.s.len) == 0;
        tandem_record_free(r);
    }
    return is;
}

// Without --as, everybody's; with it, theirs and nobody's.
static bool
is_theirs(const struct cli *c, tandem_id record, const char *field)
{
    tandem_record *r = NULL;
    tandem_value v;
    bool is;

    if (!args_has(&c->args, "as") ||
        tandem_record_open(c->store, record, &r, NULL) != TANDEM_OK) {
        return true;
    }
    is = tandem_record_items(r, field) == 0;
    for (size_t i = 0;
         !is && tandem_record_item(r, field, i, &v, NULL) == TANDEM_OK; i++) {
        is = v.type == TANDEM_REF && is_person(c, v.u.id);
    }
    tandem_record_free(r);
    return is;
}

static bool
is_their_tour(const struct cli *c, tandem_id tour)
{
    tandem_record *r = NULL;
    tandem_value v = tandem_none();

    if (!args_has(&c->args, "as") ||
        tandem_record_open(c->store, tour, &r, NULL) != TANDEM_OK) {
        return true;
    }
    if (tandem_record_get(r, "pair_ref", &v) != TANDEM_OK ||
        v.type != TANDEM_REF) {
        v = tandem_none();
    }
    tandem_record_free(r);
    return v.type == TANDEM_NONE || is_theirs(c, v.u.id, "members");
}

static bool
is_of_the_day(const struct cli *c, const struct day *d, const struct due *x)
{
    if (x->kind == DUE_APPOINTMENT) {
        return x->day == d->view->today && is_theirs(c, x->id, "with_agents");
    }
    return x->day <= d->view->today;
}

// ----------------------------------------------------------------------- today

// Who walks it ends the line.
static void
print_pair(const struct cli *c, const tandem_record *tour)
{
    const tandem_kind_info *k = tandem_record_kind(tour);
    const tandem_field_info *f =
        k != NULL ? tandem_kind_field(k, "pair_ref") : NULL;
    tandem_value v;
    char *text = NULL;

    if (f != NULL && tandem_record_get(tour, f->id, &v) == TANDEM_OK &&
        v.type == TANDEM_REF) {
        text = record_value_text(c, &f->value, &v);
    }
    cli_print("%s", text != NULL ? "  " : "");
    page_cut(text != NULL ? text : "", page_left());
    cli_print("\n");
    free(text);
}

static void
print_tour(const struct cli *c, tandem_id id)
{
    tandem_record *r = NULL;
    tandem_value v;
    char text[37];

    if (tandem_record_open(c->store, id, &r, NULL) != TANDEM_OK) {
        return;
    }
    record_short_id(c, id, text);
    cli_print("  %s", text);
    print_pair(c, r);
    for (size_t i = 0;
         tandem_record_item(r, "streets", i, &v, NULL) == TANDEM_OK; i++) {
        if (v.type == TANDEM_STR) {
            page_text((const char *)v.u.s.ptr, v.u.s.len, 4);
        }
    }
    tandem_record_free(r);
}

static bool
has_tour(const struct cli *c, const struct day *d, uint32_t h)
{
    return d->view->day[h] == d->view->today && view_passes(d->view, h) &&
           is_their_tour(c, d->facts->ids[h]);
}

static size_t
show_tours(const struct cli *c, const struct day *d, json_t *into)
{
    const struct handles *all = &d->view->of[FACT_TOUR];
    size_t n = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (!has_tour(c, d, all->at[i])) {
            continue;
        }
        if (into != NULL) {
            (void)json_array_append_new(
                into, cli_json_id(d->facts->ids[all->at[i]]));
        } else {
            if (n == 0) {
                cli_print("\n%s\n", _("Planned tours"));
            }
            print_tour(c, d->facts->ids[all->at[i]]);
        }
        n++;
    }
    return n;
}

// What a part of the page shows, in its order.
struct part {
    enum due_kind first, last;
    const char *title;
};

static const struct part parts[] = {
    {DUE_APPOINTMENT, DUE_APPOINTMENT, N_("Appointments")},
    {DUE_OUTCOME, DUE_CLOSE, N_("To say how it ended")},
    {DUE_REQUEST, DUE_MISSED, N_("Requests")},
    {DUE_COURTESY, DUE_CALL_BACK, N_("To call or to visit")},
    {DUE_KNOCK, DUE_ANSWER, N_("Notices and answers to look after")},
};

typedef bool shows_fn(
    const struct cli *c, const struct day *d, const struct due *x);

// What is shown, in its order.
struct shown {
    const struct due **at;
    size_t count;
};

typedef void row_fn(const struct cli *c, const struct day *d,
    const struct due *x, const tandem_record *about, void *ctx);

// Whom the rows are about is opened so many at once.
static void
each_row(const struct cli *c, const struct day *d, const struct shown *s,
    row_fn *row, void *ctx)
{
    for (size_t from = 0; from < s->count; from += ROWS_AT_ONCE) {
        const size_t n =
            s->count - from < ROWS_AT_ONCE ? s->count - from : ROWS_AT_ONCE;
        tandem_id ids[ROWS_AT_ONCE];
        tandem_page *page = NULL;

        for (size_t i = 0; i < n; i++) {
            ids[i] = day_about(d, s->at[from + i]);
        }
        if (tandem_open_some(c->store, ids, n, &page, NULL) != TANDEM_OK) {
            page = NULL; // the rows say the rest
        }
        for (size_t i = 0; i < n; i++) {
            row(c, d, s->at[from + i], tandem_page_record(page, i), ctx);
        }
        tandem_page_free(page);
    }
}

// Of the kinds first to last.
static void
add_shown(const struct cli *c, const struct day *d, enum due_kind first,
    enum due_kind last, shows_fn *shows, struct shown *out)
{
    for (size_t i = 0; i < d->dues.count; i++) {
        const struct due *x = &d->dues.at[i];

        if (x->kind >= first && x->kind <= last && shows(c, d, x)) {
            out->at[out->count++] = x;
        }
    }
}

// Is it the first of its part? Then the title stands before it.
static const char *
title_before(const struct due *x, const struct due *before)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        if (x->kind >= parts[i].first && x->kind <= parts[i].last) {
            return before == NULL || before->kind < parts[i].first ||
                           before->kind > parts[i].last
                       ? parts[i].title
                       : NULL;
        }
    }
    return NULL;
}

static void
print_row(const struct cli *c, const struct day *d, const struct due *x,
    const tandem_record *about, void *ctx)
{
    const struct due **before = ctx;
    const char *title = title_before(x, *before);

    if (title != NULL) {
        cli_print("\n%s\n", _(title));
    }
    day_print(c, d, x, about);
    *before = x;
}

static size_t
print_dues(const struct cli *c, const struct day *d, shows_fn *shows,
    struct shown *room)
{
    const struct due *before = NULL;

    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        add_shown(c, d, parts[i].first, parts[i].last, shows, room);
    }
    each_row(c, d, room, print_row, &before);
    return room->count;
}

static void
add_row(const struct cli *c, const struct day *d, const struct due *x,
    const tandem_record *about, void *ctx)
{
    (void)json_array_append_new(ctx, day_json(c, d, x, about));
}

static json_t *
dues_json(const struct cli *c, const struct day *d, shows_fn *shows,
    struct shown *room)
{
    json_t *list = json_array();

    add_shown(c, d, (enum due_kind)0, DUE_KINDS, shows, room);
    each_row(c, d, room, add_row, list);
    return list;
}

static void
print_head(const struct cli *c, const struct day *d, const char *sector)
{
    char day[40];

    report_day(c, d->view->today, day);
    cli_print(
        _("Day: %s, sector: %s\n"), day, sector != NULL ? sector : _("all"));
    day_print_charter(c, d);
}

static json_t *
head_json(const struct cli *c, const struct day *d)
{
    const struct date date = calendar_date(d->view->today);
    char day[40];

    (void)snprintf(day, sizeof(day), "%04d-%02d-%02d", (int)date.year,
        (int)date.month, (int)date.day);
    return json_pack(
        "{s:s,s:o}", "day", day, "charter", day_charter_json(c, d));
}

// `past`: of the office's page; NULL: of a pair's day, which has its tours.
static int
show(struct cli *c, const struct day *d, const char *sector, shows_fn *shows,
    const struct pasts *past)
{
    struct shown room = {calloc(d->dues.count + 1, sizeof(*room.at)), 0};
    size_t n = 0;

    if (room.at == NULL) {
        return cli_fail_with(c, TANDEM_ENOMEM, _("out of memory"));
    }
    if (c->json) {
        json_t *o = head_json(c, d);
        json_t *list = dues_json(c, d, shows, &room), *walks = json_array();

        n = json_array_size(list);
        if (past == NULL) {
            n += show_tours(c, d, walks);
            (void)json_object_set(o, "tours", walks);
        } else {
            n += past->count;
            (void)json_object_set_new(o, "past", kept_json(c, d, past));
        }
        json_decref(walks);
        (void)json_object_set_new(o, "due", list);
        cli_json_line(o);
    } else {
        print_head(c, d, sector);
        n = past == NULL ? show_tours(c, d, NULL) : past->count;
        n += print_dues(c, d, shows, &room);
        if (past != NULL) {
            kept_print(c, d, past);
        }
        if (n == 0) {
            cli_print("\n%s\n", _("Nothing is due."));
        }
    }
    free(room.at);
    c->nothing = n == 0;
    return cli_done(c);
}

static int
run(struct cli *c, shows_fn *shows, bool office)
{
    const char *sector = args_option(&c->args, "sector");
    struct pasts past = {NULL, 0};
    tandem_id id;
    struct day d;
    int32_t day;
    int rc = report_day_option(c, "day", NO_DAY, &day);

    if (rc == CLI_DONE) {
        rc = cli_open(c, CLI_EXISTING);
    }
    if (rc == CLI_DONE && sector != NULL) {
        rc = cli_sector(c, sector, &id);
    }
    if (rc == CLI_DONE) {
        rc = day_open(c, day, sector != NULL ? &id : NULL, &d);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    rc = office ? kept_find(c, &d, &past) : CLI_DONE;
    if (rc == CLI_DONE) {
        rc = show(c, &d, sector, shows, office ? &past : NULL);
    }
    keep_past_free(&past);
    day_close(&d);
    return rc;
}

int
verb_today(struct cli *c)
{
    return run(c, is_of_the_day, false);
}

// ------------------------------------------------------------------------- due

static bool
is_for_the_office(const struct cli *c, const struct day *d, const struct due *x)
{
    (void)c;
    return x->day <= d->view->today + DAYS_AHEAD;
}

int
verb_due(struct cli *c)
{
    return run(c, is_for_the_office, true);
}
