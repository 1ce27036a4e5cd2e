// SPDX-License-Identifier: Apache-2.0
// export_audit.c - who had personal fields written out, when, which and why.
//
// Kept in the store's own values, one JSON line an export, twelve months at
// most: an export's reason is nobody else's and is not sent.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "export.h"

#define AUDIT_NAME "tandem.exports"

enum { AUDIT_BYTES_MAX = 4 << 20, AUDIT_DAYS = 365 };

// What was kept, as an array; damaged or none: an empty one.
static json_t *
audit_load(const struct cli *c)
{
    tandem_local *kept = NULL;
    json_t *list = NULL;
    tandem_slice bytes;

    if (tandem_local_get(c->store, AUDIT_NAME, &kept, NULL) == TANDEM_OK) {
        bytes = tandem_local_bytes(kept);
        list = json_loadb(
            (const char *)bytes.ptr, bytes.len, JSON_REJECT_DUPLICATES, NULL);
        tandem_local_free(kept);
    }
    if (!json_is_array(list)) {
        json_decref(list);
        list = json_array();
    }
    return list;
}

static void
drop_old(json_t *list, time_t now)
{
    const time_t limit = now - (time_t)AUDIT_DAYS * 24 * 3600;

    while (json_array_size(list) > 0 &&
           (json_integer_value(
                json_object_get(json_array_get(list, 0), "time")) < limit ||
               json_dumpb(list, NULL, 0, JSON_COMPACT) > AUDIT_BYTES_MAX)) {
        (void)json_array_remove(list, 0);
    }
}

static json_t *
audit_line(
    const struct export *x, const char *format, const char *why, time_t now)
{
    json_t *o = json_object();
    char name[256];

    (void)json_object_set_new(o, "time", json_integer((json_int_t)now));
    (void)json_object_set_new(o, "at", value_moment_json((int64_t)now * 1000));
    (void)json_object_set_new(o, "person",
        cli_json_text(cli_person_name(x->c,
            tandem_id_equal(x->c->person, TANDEM_ME) ? tandem_me(x->c->store)
                                                     : x->c->person,
            name)));
    (void)json_object_set_new(o, "format", json_string(format));
    (void)json_object_set_new(
        o, "kind", x->kind != NULL ? json_string(x->kind->id) : json_null());
    (void)json_object_set_new(o, "sector",
        x->has_sector ? cli_json_text(cli_sector_name(x->c, x->sector, name))
                      : json_null());
    (void)json_object_set_new(o, "identity", json_boolean(x->identity));
    (void)json_object_set_new(o, "notes", json_boolean(x->notes));
    (void)json_object_set_new(o, "why", cli_json_text(why));
    return o;
}

int
export_audit(const struct export *x, const char *format, const char *why)
{
    tandem_error e = cli_no_error(x->c);
    json_t *list = audit_load(x->c);
    time_t now = time(NULL);
    char *text;
    tandem_err err;

    (void)json_array_append_new(list, audit_line(x, format, why, now));
    drop_old(list, now);
    text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    if (text == NULL) {
        return cli_fail_with(x->c, TANDEM_ENOMEM, _("out of memory"));
    }
    err = tandem_local_put(
        x->c->store, AUDIT_NAME, tandem_bytes(text, strlen(text)), &e);
    free(text);
    return err != TANDEM_OK ? cli_fail(x->c, &e) : CLI_DONE;
}

size_t
export_audit_count(const struct cli *c)
{
    json_t *list = audit_load(c);
    size_t n = json_array_size(list);

    json_decref(list);
    return n;
}

void
export_audit_print(const struct cli *c)
{
    json_t *list = audit_load(c);
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (c->json) {
            (void)json_object_del(one, "time");
            cli_json_line(json_incref(one));
            continue;
        }
        cli_print("%s  %s  %s%s%s  %s\n",
            json_string_value(json_object_get(one, "at")),
            json_string_value(json_object_get(one, "person")),
            json_string_value(json_object_get(one, "format")),
            json_is_true(json_object_get(one, "identity")) ? " +identity" : "",
            json_is_true(json_object_get(one, "notes")) ? " +notes" : "",
            json_string_value(json_object_get(one, "why")));
    }
    if (json_array_size(list) == 0 && !c->json) {
        cli_say(_("No personal fields were exported from this store."));
    }
    json_decref(list);
}
