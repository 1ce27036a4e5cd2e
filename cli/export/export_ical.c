// SPDX-License-Identifier: Apache-2.0
// export_ical.c - appointments and market sessions as iCalendar (RFC 5545).
//
// An appointment whose start stands twice side by side is nobody's to book: it
// is left out and named. Moments are written in UTC.
#include <stdlib.h>
#include <string.h>

#include "export/export.h"

#ifdef TANDEM_ICAL
#include <libical/ical.h>

struct moments {
    struct icaltimetype from, to;
};

static struct icaltimetype
moment(int64_t ms)
{
    return icaltime_from_timet_with_zone(
        (time_t)(ms / 1000), 0, icaltimezone_get_utc_timezone());
}

static void
add(icalcomponent *to, icalproperty *p)
{
    icalcomponent_add_property(to, p);
}

static icalcomponent *
event(const tandem_record *r, const struct moments *when)
{
    icalcomponent *v = icalcomponent_new(ICAL_VEVENT_COMPONENT);
    tandem_origin at;
    char id[37], uid[64];

    tandem_record_changed(r, &at);
    tandem_id_text(tandem_record_id(r), id);
    (void)snprintf(uid, sizeof(uid), "urn:uuid:%s", id);
    add(v, icalproperty_new_uid(uid));
    add(v, icalproperty_new_dtstamp(moment(at.wall_ms)));
    add(v, icalproperty_new_dtstart(when->from));
    if (!icaltime_is_null_time(when->to)) {
        add(v, icalproperty_new_dtend(when->to));
    }
    return v;
}

static void
put_event(struct export *x, icalcomponent *v)
{
    char *text = icalcomponent_as_ical_string_r(v);

    if (text == NULL) {
        x->no_memory = true;
    } else {
        (void)fputs(text, x->out);
        x->records++;
    }
    icalmemory_free_buffer(text);
    icalcomponent_free(v);
}

static void
add_text(struct export *x, const tandem_record *r, const char *field,
    icalcomponent *v, icalproperty *(*new)(const char *))
{
    char *text = export_text(x, r, field);

    if (text != NULL && text[0] != '\0') {
        add(v, new (text));
    }
    free(text);
}

// Whom it is with. Freed by the caller.
static tandem_record *
sheet_of(struct export *x, const tandem_record *r)
{
    const tandem_field_info *f;
    const tandem_value who = export_value(x, r, "contact", &f);
    tandem_record *sheet = NULL;

    if (who.type != TANDEM_REF ||
        tandem_record_open(x->c->store, who.u.id, &sheet, NULL) != TANDEM_OK) {
        return NULL;
    }
    if (tandem_record_kind(sheet) == NULL ||
        tandem_record_deleted(sheet) == TANDEM_TRASHED) {
        tandem_record_free(sheet);
        sheet = NULL;
    }
    return sheet;
}

// "intervention, Mme L."
static void
add_summary(struct export *x, const tandem_record *r,
    const tandem_record *sheet, icalcomponent *v)
{
    static const char *const fields[] = {"name", "alias", "short_code"};
    char *what = export_text(x, r, "appointment_kind");
    char *name = NULL, line[512];

    for (size_t i = 0; sheet != NULL && name == NULL && i < 3; i++) {
        name = export_text(x, sheet, fields[i]);
    }
    (void)snprintf(line, sizeof(line), "%s%s%s", what != NULL ? what : "",
        what != NULL && name != NULL ? ", " : "", name != NULL ? name : "");
    add(v, icalproperty_new_summary(line));
    free(what);
    free(name);
}

// The place that was agreed, else where they live.
static void
add_place(struct export *x, const tandem_record *r, const tandem_record *sheet,
    icalcomponent *v)
{
    const tandem_field_info *place =
        tandem_kind_field(tandem_record_kind(r), "place");
    const bool said = place != NULL && export_holds(r, place);
    char *text = export_text(x, r, "place");
    tandem_record *home = NULL;

    // Of several side by side none is chosen here.
    if (!said && sheet != NULL) {
        home = export_home(x, sheet);
        text = home != NULL ? export_text(x, home, "address") : NULL;
        tandem_record_free(home);
    }
    if (text != NULL && text[0] != '\0') {
        add(v, icalproperty_new_location(text));
    }
    free(text);
}

// "Papers to bring: tax notice, two bills"
static void
note_items(
    struct export *x, const tandem_record *r, const char *field, FILE *to)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    const tandem_field_info *f = tandem_kind_field(k, field);
    tandem_value v;

    if (f == NULL || !export_may(x, r, f)) {
        return;
    }
    (void)fprintf(
        to, "%s%s", ftell(to) > 0 ? "\n" : "", term_of(x->c, f->fr, f->en));
    for (size_t i = 0; tandem_record_item(r, f->id, i, &v, NULL) == TANDEM_OK;
         i++) {
        char *text = record_value_text(x->c, &f->value, &v);

        (void)fprintf(
            to, "%s%s", i == 0 ? _(": ") : ", ", text != NULL ? text : "");
        free(text);
    }
}

static void
note_adviser(struct export *x, const tandem_record *r, FILE *to)
{
    const tandem_field_info *f;
    const tandem_value who = export_value(x, r, "with_adviser", &f);
    char *text;

    if (who.type == TANDEM_REF) {
        text = record_value_text(x->c, &f->value, &who);
        (void)fprintf(to, "%s%s%s%s", ftell(to) > 0 ? "\n" : "",
            term_of(x->c, f->fr, f->en), _(": "), text != NULL ? text : "");
        free(text);
    }
}

// Who comes, and what is to be brought along.
static void
add_description(struct export *x, const tandem_record *r, icalcomponent *v)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);

    if (to == NULL) {
        x->no_memory = true;
        return;
    }
    note_items(x, r, "with_agents", to);
    note_adviser(x, r, to);
    note_items(x, r, "papers", to);
    if (fclose(to) != 0) {
        x->no_memory = true;
    } else if (len > 0) {
        add(v, icalproperty_new_description(text));
    }
    free(text);
}

static icalproperty_status
status_of(const tandem_field_info *f, const tandem_value *state)
{
    const tandem_word *w =
        f != NULL && state->type == TANDEM_ENUM && f->value.words != NULL
            ? tandem_enum_word(f->value.words, state->u.i)
            : NULL;

    return w == NULL || strcmp(w->id, "proposed") == 0 ? ICAL_STATUS_TENTATIVE
           : strcmp(w->id, "cancelled") == 0 || strcmp(w->id, "missed") == 0
               ? ICAL_STATUS_CANCELLED
               : ICAL_STATUS_CONFIRMED;
}

static int
appointment(struct export *x, const tandem_record *r, void *ctx)
{
    static const char *const written[] = {"appointment_kind", "contact",
        "starts_at", "minutes", "place", "with_agents", "with_adviser",
        "papers", "state", NULL};
    const tandem_kind_info *k = tandem_record_kind(r);
    const tandem_field_info *f, *length;
    tandem_value start, minutes, state;
    struct moments when = {.to = icaltime_null_time()};
    tandem_record *sheet;
    icalcomponent *v;

    (void)ctx;
    f = tandem_kind_field(k, "starts_at");
    if (f != NULL && export_allows(x, f) && !export_holds(r, f)) {
        export_leave(x, LEFT_TIME, k, f, tandem_record_id(r));
        return CLI_DONE;
    }
    start = export_value(x, r, "starts_at", &f); // withheld or twice: noted
    if (start.type != TANDEM_TIME) {
        return CLI_DONE;
    }
    state = export_value(x, r, "state", &f);
    if (f != NULL && record_disputed(r, f, NULL)) {
        return CLI_DONE; // kept, or missed? noted
    }
    minutes = export_value(x, r, "minutes", &length);
    when.from = moment(start.u.dt.ms);
    if (minutes.type == TANDEM_INT && minutes.u.i > 0) {
        when.to = moment(start.u.dt.ms + minutes.u.i * 60000);
    }
    v = event(r, &when);
    add(v, icalproperty_new_status(status_of(f, &state)));
    sheet = sheet_of(x, r);
    add_summary(x, r, sheet, v);
    add_place(x, r, sheet, v);
    add_description(x, r, v);
    tandem_record_free(sheet);
    put_event(x, v);
    export_leave_rest(x, r, written);
    return CLI_DONE;
}

// With its hours, or the whole day.
static bool
session_moments(struct export *x, const tandem_record *r, struct moments *when)
{
    const tandem_field_info *f;
    tandem_value from = export_value(x, r, "started_at", &f);
    tandem_value to = export_value(x, r, "ended_at", &f);
    tandem_value day = export_value(x, r, "day", &f);

    when->to = icaltime_null_time();
    if (from.type == TANDEM_TIME) {
        when->from = moment(from.u.dt.ms);
        if (to.type == TANDEM_TIME && to.u.dt.ms > from.u.dt.ms) {
            when->to = moment(to.u.dt.ms);
        }
        return true;
    }
    if (day.type == TANDEM_DATE) {
        when->from =
            icaltime_from_timet_with_zone((time_t)(day.u.i * 86400), 1, NULL);
        return true;
    }
    return false;
}

static int
market(struct export *x, const tandem_record *r, void *ctx)
{
    static const char *const written[] = {
        "day", "place", "started_at", "ended_at", "remarks", NULL};
    const tandem_kind_info *k = tandem_record_kind(r);
    struct moments when;
    icalcomponent *v;
    char *what;

    (void)ctx;
    if (!session_moments(x, r, &when)) {
        export_leave(x, LEFT_TIME, k, NULL, tandem_record_id(r));
        return CLI_DONE;
    }
    v = event(r, &when);
    what = export_text(x, r, "place");
    if (what != NULL) {
        char line[512];

        (void)snprintf(
            line, sizeof(line), "%s, %s", term_of(x->c, k->fr, k->en), what);
        add(v, icalproperty_new_summary(line));
        add(v, icalproperty_new_location(what));
    } else {
        add(v, icalproperty_new_summary(term_of(x->c, k->fr, k->en)));
    }
    free(what);
    add_text(x, r, "remarks", v, icalproperty_new_description);
    put_event(x, v);
    export_leave_rest(x, r, written);
    return CLI_DONE;
}

int
export_ical(struct export *x)
{
    static const struct {
        const char *kind;
        export_fn fn;
    } kinds[] = {{"appointment", appointment}, {"market_session", market}};
    bool any = false;
    int rc = CLI_DONE;

    (void)fputs("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
                "PRODID:-//Tandem//tandem//EN\r\n",
        x->out);
    for (size_t i = 0; rc == CLI_DONE && i < 2; i++) {
        const tandem_kind_info *k =
            tandem_schema_kind_find(x->c->schema, kinds[i].kind);

        if (k != NULL && (x->kind == NULL || x->kind == k)) {
            any = true;
            rc = export_each(x, k, kinds[i].fn, NULL);
        }
    }
    (void)fputs("END:VCALENDAR\r\n", x->out);
    if (rc == CLI_DONE && !any) {
        rc = cli_fail_with(x->c, TANDEM_EKIND,
            _("a calendar is made of appointment and market_session only"));
    }
    return rc;
}

#else

int
export_ical(struct export *x)
{
    return cli_fail_with(x->c, TANDEM_EUNSUPPORTED,
        _("this tandem was built without libical: it writes no calendars"));
}

#endif
