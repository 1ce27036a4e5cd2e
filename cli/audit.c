// SPDX-License-Identifier: Apache-2.0
// audit.c - who saw, wrote out or printed what not everybody should, and who
// was refused something.
//
// Kept in the store's own values, a list of JSON for each month, twelve months
// at most: what somebody needed fields for is nobody else's and is not sent.
// Persons and records stand there by their ids, so that no name is in it.
#include "audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "value.h"
#include "verbs.h"

enum { MONTH_BYTES_MAX = 4 << 20, DAY = 24 * 3600, DAYS = 365, MONTHS = 13 };

static const char *const words[] = {"export", "print", "read", "refused"};

// "tandem.audit.2026-11", so many months before that of `now`.
static void
month_name(time_t now, int before, char out[32])
{
    struct tm tm;

    memset(&tm, 0, sizeof(tm));
    (void)gmtime_r(&now, &tm);
    tm.tm_mday = 1;
    tm.tm_mon -= before;
    (void)timegm(&tm);
    (void)strftime(out, 32, "tandem.audit.%Y-%m", &tm);
}

// What was kept, as an array; damaged or none: an empty one. What cannot be
// read now is neither: an empty list must not be kept in its place.
static tandem_err
month_load(
    const struct cli *c, const char *name, json_t **list, tandem_error *e)
{
    tandem_local *kept = NULL;
    tandem_slice bytes;
    tandem_err err = tandem_local_get(c->store, name, &kept, e);

    *list = NULL;
    if (err == TANDEM_OK) {
        bytes = tandem_local_bytes(kept);
        *list = json_loadb(
            (const char *)bytes.ptr, bytes.len, JSON_REJECT_DUPLICATES, NULL);
        tandem_local_free(kept);
    } else if (err != TANDEM_ENOTFOUND && err != TANDEM_ECORRUPT) {
        return err;
    }
    if (!json_is_array(*list)) {
        json_decref(*list);
        *list = json_array();
    }
    return *list != NULL ? TANDEM_OK
                         : cli_error(e, TANDEM_ENOMEM, _("out of memory"));
}

static json_int_t
time_of(const json_t *line)
{
    return json_integer_value(json_object_get(line, "time"));
}

// ----------------------------------------------------------------------- note

static json_t *
line_of(const struct cli *c, const struct audit *a, time_t now)
{
    json_t *o = json_object();

    (void)json_object_set_new(o, "time", json_integer((json_int_t)now));
    (void)json_object_set_new(o, "what", json_string(words[a->what]));
    (void)json_object_set_new(o, "person",
        cli_json_id(tandem_id_equal(c->person, TANDEM_ME) ? tandem_me(c->store)
                                                          : c->person));
    (void)json_object_set_new(o, "record", cli_json_id(a->record));
    (void)json_object_set_new(o, "how", cli_json_text(a->how));
    (void)json_object_set_new(
        o, "kind", a->kind != NULL ? cli_json_text(a->kind) : json_null());
    (void)json_object_set_new(
        o, "sector", a->sector != NULL ? cli_json_id(*a->sector) : json_null());
    (void)json_object_set_new(o, "identity", json_boolean(a->identity));
    (void)json_object_set_new(o, "notes", json_boolean(a->notes));
    (void)json_object_set_new(
        o, "why", a->why != NULL ? cli_json_text(a->why) : json_null());
    return o;
}

// The same but for the hour?
static bool
is_same(const json_t *line, const json_t *other)
{
    const char *key;
    json_t *value;

    if (time_of(line) / DAY != time_of(other) / DAY) {
        return false;
    }
    json_object_foreach((json_t *)(uintptr_t)other, key, value)
    {
        if (strcmp(key, "time") != 0 &&
            !json_equal(value, json_object_get(line, key))) {
            return false;
        }
    }
    return true;
}

static bool
is_held(const json_t *list, const json_t *line)
{
    for (size_t i = json_array_size(list); i > 0; i--) {
        if (is_same(json_array_get(list, i - 1), line)) {
            return true;
        }
    }
    return false;
}

static tandem_err
month_save(const struct cli *c, const char *name, json_t *list, tandem_error *e)
{
    char *text;
    tandem_err err;

    while (json_array_size(list) > 1 &&
           json_dumpb(list, NULL, 0, JSON_COMPACT) > MONTH_BYTES_MAX) {
        (void)json_array_remove(list, 0);
    }
    text = json_dumps(list, JSON_COMPACT);
    if (text == NULL) {
        return cli_error(e, TANDEM_ENOMEM, _("out of memory"));
    }
    err = tandem_local_put(c->store, name, tandem_bytes(text, strlen(text)), e);
    free(text);
    return err;
}

// Months that nobody may see any more.
static void
drop_old(const struct cli *c, time_t now)
{
    for (int before = MONTHS; before < 2 * MONTHS; before++) {
        tandem_local *kept = NULL;
        char name[32];

        month_name(now, before, name);
        if (tandem_local_get(c->store, name, &kept, NULL) == TANDEM_OK) {
            // What cannot be taken away now is the next time.
            (void)!tandem_local_put(c->store, name, tandem_bytes("", 0), NULL);
            tandem_local_free(kept);
        }
    }
}

static tandem_err
note(const struct cli *c, const struct audit *a, tandem_error *e)
{
    const time_t now = time(NULL);
    tandem_err err;
    json_t *list, *line = line_of(c, a, now);
    char name[32];

    month_name(now, 0, name);
    err = month_load(c, name, &list, e);
    if (err == TANDEM_OK && !is_held(list, line)) {
        const bool first = json_array_size(list) == 0;

        err = json_array_append(list, line) == 0
                  ? month_save(c, name, list, e)
                  : cli_error(e, TANDEM_ENOMEM, _("out of memory"));
        if (first) {
            drop_old(c, now);
        }
    }
    json_decref(line);
    json_decref(list);
    return err;
}

int
audit_note(const struct cli *c, const struct audit *a)
{
    tandem_error e = cli_no_error(c);

    return note(c, a, &e) == TANDEM_OK ? CLI_DONE : cli_fail(c, &e);
}

// Has it a note of the field, class P3, that says something?
static bool
has_notes(const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    tandem_value v;

    for (size_t i = 0; k != NULL && i < k->field_count; i++) {
        const tandem_field_info *f = &k->fields[i];

        if (f->privacy < 3) {
            continue;
        }
        if (tandem_record_items(r, f->id) > 0 ||
            (tandem_record_get(r, f->id, &v) == TANDEM_OK &&
                v.type != TANDEM_NONE &&
                (v.type != TANDEM_STR || v.u.s.len > 0))) {
            return true;
        }
    }
    return false;
}

void
audit_read(const struct cli *c, const tandem_record *r, const char *how)
{
    const tandem_id sector = tandem_record_sector(r);
    tandem_error e = cli_no_error(c);
    tandem_workspace w;

    if (!has_notes(r) ||
        tandem_workspace_get(c->store, &w, NULL) != TANDEM_OK ||
        tandem_device_right(c->store, w.device, sector) < TANDEM_RIGHT_OFFICE) {
        return;
    }
    if (note(c,
            &(struct audit){.what = AUDIT_READ,
                .record = tandem_record_id(r),
                .how = how,
                .kind = tandem_record_kind(r)->id,
                .sector = &sector,
                .identity = true,
                .notes = true},
            &e) != TANDEM_OK) {
        // Whoever may read is not kept from it by a full disk.
        cli_say(_("That this was read could not be kept: %s"), e.msg);
    }
}

// ----------------------------------------------------------------------- show

typedef void each_fn(const struct cli *c, json_t *line);

// The lines of twelve months, the oldest first; how many. An error is said.
static int
each(const struct cli *c, each_fn *fn, size_t *count)
{
    const time_t now = time(NULL);
    size_t n = 0, i;
    json_t *line;

    *count = 0;
    for (int before = MONTHS - 1; before >= 0; before--) {
        tandem_error e = cli_no_error(c);
        char name[32];
        json_t *list;

        month_name(now, before, name);
        if (month_load(c, name, &list, &e) != TANDEM_OK) {
            return cli_fail(c, &e);
        }
        json_array_foreach(list, i, line)
        {
            if (time_of(line) < now - (time_t)DAYS * DAY) {
                continue;
            }
            if (fn != NULL) {
                fn(c, line);
            }
            n++;
        }
        json_decref(list);
    }
    *count = n;
    return CLI_DONE;
}

size_t
audit_count(const struct cli *c)
{
    size_t n;

    (void)each(c, NULL, &n); // the answer is of more than this
    return n;
}

static const char *
text_of(const json_t *line, const char *key)
{
    const char *text = json_string_value(json_object_get(line, key));

    return text != NULL ? text : "";
}

// The id that stands in a line as text; zero when it is none.
static tandem_id
id_of(const json_t *line, const char *key)
{
    tandem_id id = {{0}};

    (void)tandem_id_parse(text_of(line, key), &id);
    return id;
}

static void
show_json(const struct cli *c, json_t *line)
{
    char name[256];
    json_t *o = json_copy(line);

    (void)json_object_del(o, "time");
    (void)json_object_set_new(o, "at", value_moment_json(time_of(line) * 1000));
    (void)json_object_set_new(o, "person",
        cli_json_text(cli_person_name(c, id_of(line, "person"), name)));
    if (!json_is_null(json_object_get(line, "sector"))) {
        (void)json_object_set_new(o, "sector",
            cli_json_text(cli_sector_name(c, id_of(line, "sector"), name)));
    }
    cli_json_line(o);
}

static const char *
what_text(const char *what)
{
    static const char *const said[] = {
        N_("written out"), N_("printed"), N_("read"), N_("refused")};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (strcmp(words[i], what) == 0) {
            return _(said[i]);
        }
    }
    return what;
}

static void
show_line(const struct cli *c, json_t *line)
{
    static const char *const parts[] = {"how", "kind", "record"};
    char name[256], when[64];

    value_moment(c, time_of(line) * 1000, when);
    cli_print("%s  %s  %s", when,
        cli_person_name(c, id_of(line, "person"), name),
        what_text(text_of(line, "what")));
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        const char *text = text_of(line, parts[i]);

        cli_print("%s%s", text[0] != '\0' ? "  " : "", text);
    }
    if (!json_is_null(json_object_get(line, "sector"))) {
        cli_print("  %s", cli_sector_name(c, id_of(line, "sector"), name));
    }
    cli_print("%s%s",
        json_is_true(json_object_get(line, "identity")) ? "  +identity" : "",
        json_is_true(json_object_get(line, "notes")) ? "  +notes" : "");
    if (text_of(line, "why")[0] != '\0') {
        cli_print(_(": "));
        page_flat(PAGE_OUT, text_of(line, "why"));
    }
    cli_print("\n");
}

int
verb_audit(struct cli *c)
{
    int rc = cli_open(c, CLI_EXISTING);
    size_t n;

    if (rc == CLI_DONE) {
        rc = each(c, c->json ? show_json : show_line, &n);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    if (n == 0 && !c->json) {
        cli_say(_("Nothing was read, printed, written out or refused here that "
                  "is kept account of."));
    }
    c->nothing = n == 0;
    return cli_done(c);
}
