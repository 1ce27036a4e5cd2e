// SPDX-License-Identifier: Apache-2.0
// audit.c - who saw, wrote out or printed what not everybody should, and who
// was refused something.
//
// Kept in the store's own values (audit_months.h): what somebody needed fields
// for is nobody else's and is not sent. Persons and records stand there by
// their ids, so that no name is in it.
#include "export/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const words[] = {"export", "print", "read", "refused"};

static struct audit_months
months_of(const struct cli *c)
{
    return (struct audit_months){c->store, time(NULL), AUDIT_MONTH_BYTES};
}

const char *
audit_word(enum audit_what what)
{
    return words[what];
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

static tandem_err
note(const struct cli *c, const struct audit *a, tandem_error *e)
{
    const struct audit_months m = months_of(c);
    json_t *line = line_of(c, a, m.now);
    const tandem_err err = audit_months_add(&m, line, e);

    json_decref(line);
    return err;
}

// What was done is done, or was refused, whether this is kept or not.
static void
say_unkept(const struct cli *c, enum audit_what what, tandem_error *e)
{
    if (e->msg[0] == '\0') {
        (void)snprintf(
            e->msg, sizeof(e->msg), "%s", tandem_err_text(e->code, c->lang));
    }
    if (c->json) {
        cli_json_talk(json_pack("{s:o}", "unkept", cli_error_json(e)));
    } else if (what == AUDIT_REFUSED) {
        cli_say(_("That this was refused could not be kept: %s"), e->msg);
    } else {
        cli_say(_("That this was read could not be kept: %s"), e->msg);
    }
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
        say_unkept(c, AUDIT_READ, &e);
    }
}

void
audit_refused(const struct cli *c)
{
    tandem_error e = cli_no_error(c);

    if (note(c, &(struct audit){.what = AUDIT_REFUSED, .how = c->args.verb},
            &e) != TANDEM_OK) {
        say_unkept(c, AUDIT_REFUSED, &e);
    }
}

// -------------------------------------------------------------------- reading

tandem_err
audit_each(const struct cli *c, audit_line_fn *fn, void *ctx, tandem_error *e)
{
    const struct audit_months m = months_of(c);

    return audit_months_each(&m, fn, ctx, e);
}

static void
count_line(void *ctx, const json_t *line)
{
    size_t *count = ctx;

    *count += audit_dropped(line) == 0;
}

size_t
audit_count(const struct cli *c)
{
    tandem_error e = cli_no_error(c);
    size_t n = 0;

    if (audit_each(c, count_line, &n, &e) != TANDEM_OK) {
        (void)cli_fail(c, &e); // the answer is of more than this
    }
    return n;
}
