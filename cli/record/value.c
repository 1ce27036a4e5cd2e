// SPDX-License-Identifier: Apache-2.0
// value.c - values as people type and read them, and as JSON.
#include "record/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record/lookup.h"

// Minutes east of UTC at a moment, by this device's zone.
static int32_t
offset_at(time_t when)
{
    struct tm local;

    if (localtime_r(&when, &local) == NULL) {
        return 0;
    }
    return (int32_t)(local.tm_gmtoff / 60);
}

// A time typed without an offset means the local zone on that very day:
// summer or winter time is that of the date, not of today.
static tandem_err
read_time(const tandem_value_type *type, const char *text,
    char room[TANDEM_PARSE_ROOM], tandem_value *out, tandem_error *e)
{
    tandem_value plain;
    struct tm tm;
    time_t when;

    if (tandem_value_parse(type, text, TANDEM_NO_OFFSET, room, out, NULL) ==
        TANDEM_OK) {
        return TANDEM_OK;
    }
    if (tandem_value_parse(type, text, 0, room, &plain, e) != TANDEM_OK) {
        return e->code;
    }
    when = (time_t)(plain.u.dt.ms / 1000);
    if (gmtime_r(&when, &tm) == NULL) {
        return tandem_value_parse(type, text, 0, room, out, e);
    }
    tm.tm_isdst = -1;
    when = mktime(&tm);
    return tandem_value_parse(type, text, offset_at(when), room, out, e);
}

tandem_err
value_read(const struct value_place *p, const tandem_value_type *type,
    const char *text, char room[TANDEM_PARSE_ROOM], tandem_value *out,
    tandem_error *e)
{
    if (type->base == TANDEM_FIELD_TIME) {
        return read_time(type, text, room, out, e);
    }
    if (p->exact && text[0] != '\0' &&
        (type->base == TANDEM_FIELD_STR || type->base == TANDEM_FIELD_TEXT)) {
        *out = tandem_str(text);
        return tandem_value_check(type, out, e);
    }
    if (type->base == TANDEM_FIELD_REF && text[strspn(text, " ")] != '\0') {
        return lookup_ref(p, type, text, out, e);
    }
    return tandem_value_parse(type, text, TANDEM_NO_OFFSET, room, out, e);
}

char *
value_text(
    const struct cli *c, const tandem_value_type *type, const tandem_value *v)
{
    size_t len = tandem_value_format(type, v, c->lang, NULL, 0);
    char *out = malloc(len + 1);

    if (out != NULL) {
        (void)tandem_value_format(type, v, c->lang, out, len + 1);
    }
    return out;
}

static json_t *
plain_json(const tandem_value_type *type, const tandem_value *v)
{
    size_t len = tandem_value_format(type, v, TANDEM_EN, NULL, 0);
    char *text = malloc(len + 1);
    json_t *out;

    if (text == NULL) {
        return json_null();
    }
    (void)tandem_value_format(type, v, TANDEM_EN, text, len + 1);
    out = cli_json_text(text);
    free(text);
    return out;
}

static json_t *
word_json(const tandem_value_type *type, const tandem_value *v)
{
    const tandem_word *w =
        type->words != NULL ? tandem_enum_word(type->words, v->u.i) : NULL;

    return w != NULL ? json_string(w->id) : json_integer(v->u.i);
}

json_t *
value_json(const tandem_value_type *type, const tandem_value *v)
{
    static const char *const tri[] = {"no", "yes", "unknown"};

    switch ((tandem_type)v->type) {
    case TANDEM_NONE:
        return json_null();
    case TANDEM_STR:
        return cli_json_bytes(v->u.s);
    case TANDEM_INT:
        return json_integer(v->u.i);
    case TANDEM_BOOL:
        return json_boolean(v->u.i != 0);
    case TANDEM_TRI:
        return v->u.i >= 0 && v->u.i <= 2 ? json_string(tri[v->u.i])
                                          : json_null();
    case TANDEM_ENUM:
        return word_json(type, v);
    case TANDEM_REF:
        return cli_json_id(v->u.id);
    case TANDEM_GEO:
        return json_pack("[f,f]", v->u.geo[0] / 1e5, v->u.geo[1] / 1e5);
    case TANDEM_DATE:
    case TANDEM_TIME:
    case TANDEM_HASH:
        break;
    }
    return plain_json(type, v);
}

void
value_moment(const struct cli *c, int64_t wall_ms, char out[64])
{
    static const tandem_value_type type = {.base = TANDEM_FIELD_TIME};
    // Seconds of a commit's clock say nothing to a person.
    int64_t minute = wall_ms - wall_ms % 60000;
    tandem_value v = tandem_time(minute, offset_at((time_t)(wall_ms / 1000)));

    (void)tandem_value_format(&type, &v, c->lang, out, 64);
}

json_t *
value_moment_json(int64_t wall_ms)
{
    char out[64];
    time_t when = (time_t)(wall_ms / 1000);
    struct tm tm;
    int ms = (int)(wall_ms % 1000);

    if (wall_ms <= 0 || gmtime_r(&when, &tm) == NULL) {
        return json_null();
    }
    (void)snprintf(out, sizeof(out), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
        tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
        tm.tm_sec, ms);
    return json_string(out);
}
