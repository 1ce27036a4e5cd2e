// SPDX-License-Identifier: Apache-2.0
// audit_months.c - the lines of audit.c as the store keeps them, by month.
//
// "tandem.audit.2026-11" is a local value, a list of JSON. Lines are shown for
// twelve months. What is taken away is counted, not dated: the months behind
// the eighteenth that something was kept in. So a clock that is wrong for some
// months, or by a year, takes none that are shown.
#include "export/audit_months.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    DAY = 24 * 3600,
    DAYS = 365,
    SHOWN = 13, // months with a day of the last DAYS
    KEPT = 18,
    LOOKED = 60 // months back
};

static const char dropped[] = "dropped";

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

static tandem_err
no_memory(tandem_error *e)
{
    e->code = TANDEM_ENOMEM;
    return e->code;
}

// What was kept, as an array; damaged or none: an empty one. What cannot be
// read now is neither: an empty list must not be kept in its place.
static tandem_err
month_load(const struct audit_months *m, const char *name, json_t **list,
    tandem_error *e)
{
    tandem_local *kept = NULL;
    tandem_slice bytes;
    tandem_err err = tandem_local_get(m->store, name, &kept, e);

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
    return *list != NULL ? TANDEM_OK : no_memory(e);
}

json_int_t
audit_time(const json_t *line)
{
    return json_integer_value(json_object_get(line, "time"));
}

json_int_t
audit_dropped(const json_t *line)
{
    const char *what = json_string_value(json_object_get(line, "what"));

    return what != NULL && strcmp(what, dropped) == 0
               ? json_integer_value(json_object_get(line, "count"))
               : 0;
}

// ------------------------------------------------------------------------ add

// The same but for the hour?
static bool
is_same(const json_t *line, const json_t *other)
{
    const char *key;
    json_t *value;

    if (audit_time(line) / DAY != audit_time(other) / DAY) {
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

static size_t
size_of(const json_t *json)
{
    return json_dumpb(json, NULL, 0, JSON_COMPACT);
}

// The oldest go where it became too much, but not the newest. A line of its own
// before the others counts them.
static void
month_fit(json_t *list, size_t bytes_max)
{
    json_int_t count = audit_dropped(json_array_get(list, 0)), last = 0;
    size_t size = size_of(list);

    if (size <= bytes_max) {
        return;
    }
    if (count > 0) {
        (void)json_array_remove(list, 0);
    }
    while (size > bytes_max && json_array_size(list) > 1) {
        const json_t *oldest = json_array_get(list, 0);

        last = audit_time(oldest);
        size -= size_of(oldest) + 1;
        (void)json_array_remove(list, 0);
        count++;
    }
    (void)json_array_insert_new(list, 0,
        json_pack(
            "{s:I,s:s,s:I}", "time", last, "what", dropped, "count", count));
}

static tandem_err
month_save(const struct audit_months *m, const char *name, json_t *list,
    tandem_error *e)
{
    char *text;
    tandem_err err;

    month_fit(list, m->bytes_max);
    text = json_dumps(list, JSON_COMPACT);
    if (text == NULL) {
        return no_memory(e);
    }
    err = tandem_local_put(m->store, name, tandem_bytes(text, strlen(text)), e);
    free(text);
    return err;
}

static void
drop_old(const struct audit_months *m)
{
    int kept = 0;

    for (int before = 0; before < LOOKED; before++) {
        tandem_local *month = NULL;
        char name[32];

        month_name(m->now, before, name);
        if (tandem_local_get(m->store, name, &month, NULL) != TANDEM_OK) {
            continue;
        }
        tandem_local_free(month);
        if (++kept > KEPT) {
            // What cannot be taken away now is the next time.
            (void)!tandem_local_put(m->store, name, tandem_bytes("", 0), NULL);
        }
    }
}

tandem_err
audit_months_add(const struct audit_months *m, json_t *line, tandem_error *e)
{
    char name[32];
    json_t *list;
    tandem_err err;
    bool is_first;

    month_name(m->now, 0, name);
    err = month_load(m, name, &list, e);
    if (err != TANDEM_OK || is_held(list, line)) {
        json_decref(list);
        return err;
    }
    is_first = json_array_size(list) == 0;
    err = json_array_append(list, line) == 0 ? month_save(m, name, list, e)
                                             : no_memory(e);
    json_decref(list);
    if (err == TANDEM_OK && is_first) {
        drop_old(m);
    }
    return err;
}

// ----------------------------------------------------------------------- each

tandem_err
audit_months_each(
    const struct audit_months *m, audit_line_fn *fn, void *ctx, tandem_error *e)
{
    for (int before = SHOWN - 1; before >= 0; before--) {
        char name[32];
        json_t *list, *line;
        tandem_err err;
        size_t i;

        month_name(m->now, before, name);
        err = month_load(m, name, &list, e);
        if (err != TANDEM_OK) {
            return err;
        }
        json_array_foreach(list, i, line)
        {
            if (audit_time(line) >= m->now - (time_t)DAYS * DAY) {
                fn(ctx, line);
            }
        }
        json_decref(list);
    }
    return TANDEM_OK;
}
