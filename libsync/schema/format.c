// SPDX-License-Identifier: Apache-2.0
// format.c - a value as people read it.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "schema/day.h"
#include "tandem/schema.h"

#define LINE 80 // more than any value but a string needs

// Absolute value without overflow.
static uint64_t
size_of(int64_t i)
{
    return i < 0 ? (uint64_t)0 - (uint64_t)i : (uint64_t)i;
}

static const char *
yes_no(int64_t i, bool french)
{
    static const char *const en[] = {"no", "yes", "unknown"};
    static const char *const fr[] = {"non", "oui", "inconnu"};

    if (i < 0 || i > 2) {
        return "?";
    }
    return french ? fr[i] : en[i];
}

static void
format_day(int64_t days, bool french, char line[LINE])
{
    struct td_day d;

    if (!td_day_valid(days)) {
        (void)snprintf(line, LINE, "?");
        return;
    }
    d = td_day_split(days);
    if (french) {
        (void)snprintf(line, LINE, "%02d/%02d/%04d", (int)d.day, (int)d.month,
            (int)d.year);
    } else {
        (void)snprintf(line, LINE, "%04d-%02d-%02d", (int)d.year, (int)d.month,
            (int)d.day);
    }
}

static void
format_time(int64_t ms, int32_t offset, bool french, char line[LINE])
{
    int64_t local;
    int64_t days;
    int64_t rest;
    size_t n;
    int away = (int)(offset < 0 ? -(int64_t)offset : offset);

    if (!td_time_valid(ms, offset)) {
        (void)snprintf(line, LINE, "?");
        return;
    }
    local = ms + (int64_t)offset * 60000;
    days = local / TD_DAY_MS - (local % TD_DAY_MS < 0 ? 1 : 0);
    rest = local - days * TD_DAY_MS;
    format_day(days, french, line);
    n = strlen(line);
    n += (size_t)snprintf(line + n, LINE - n, "%c%02d:%02d", french ? ' ' : 'T',
        (int)(rest / 3600000), (int)(rest / 60000 % 60));
    if (rest % 60000 != 0) {
        n += (size_t)snprintf(
            line + n, LINE - n, ":%02d", (int)(rest / 1000 % 60));
    }
    if (rest % 1000 != 0) {
        n += (size_t)snprintf(line + n, LINE - n, ".%03d", (int)(rest % 1000));
    }
    (void)snprintf(line + n, LINE - n, "%s%c%02d:%02d", french ? " " : "",
        offset < 0 ? '-' : '+', away / 60, away % 60);
}

static void
format_cents(int64_t cents, bool french, char line[LINE])
{
    uint64_t n = size_of(cents);

    (void)snprintf(line, LINE, "%s%" PRIu64 "%c%02" PRIu64,
        cents < 0 ? "-" : "", n / 100, french ? ',' : '.', n % 100);
}

static void
format_geo(const int32_t geo[2], char line[LINE])
{
    uint64_t lat = size_of(geo[0]);
    uint64_t lon = size_of(geo[1]);

    (void)snprintf(line, LINE,
        "%s%" PRIu64 ".%05" PRIu64 ",%s%" PRIu64 ".%05" PRIu64,
        geo[0] < 0 ? "-" : "", lat / 100000, lat % 100000,
        geo[1] < 0 ? "-" : "", lon / 100000, lon % 100000);
}

// The text of any value that is not a string: in `line`, or borrowed.
static const char *
format_line(const tandem_value_type *type, const tandem_value *v, bool french,
    char line[LINE])
{
    const tandem_word *w;

    line[0] = '\0';
    switch ((tandem_type)v->type) {
    case TANDEM_INT:
        if (type != NULL && type->base == TANDEM_FIELD_CENTS) {
            format_cents(v->u.i, french, line);
        } else {
            (void)snprintf(line, LINE, "%" PRId64, v->u.i);
        }
        break;
    case TANDEM_BOOL:
    case TANDEM_TRI:
        return yes_no(v->u.i, french);
    case TANDEM_ENUM:
        w = tandem_enum_word(type != NULL ? type->words : NULL, v->u.i);
        if (w != NULL) {
            return french ? w->fr : w->en;
        }
        (void)snprintf(line, LINE, "?%" PRId64, v->u.i);
        break;
    case TANDEM_DATE:
        format_day(v->u.i, french, line);
        break;
    case TANDEM_TIME:
        format_time(v->u.dt.ms, v->u.dt.offset_min, french, line);
        break;
    case TANDEM_GEO:
        format_geo(v->u.geo, line);
        break;
    case TANDEM_REF:
        tandem_id_text(v->u.id, line);
        break;
    case TANDEM_HASH:
        if (v->u.s.len == 32) {
            td_hex(v->u.s, line);
        }
        break;
    case TANDEM_NONE:
    case TANDEM_STR:
        break;
    }
    return line;
}

// As much of `s` as fits before a NUL, cut between characters.
static size_t
copy_out(tandem_slice s, char *out, size_t room)
{
    size_t n = s.len;

    if (room == 0) {
        return s.len;
    }
    if (n >= room) {
        n = room - 1;
        while (n > 0 && (s.ptr[n] & 0xc0) == 0x80) {
            n--;
        }
    }
    if (n > 0) {
        memcpy(out, s.ptr, n);
    }
    out[n] = '\0';
    return s.len;
}

size_t
tandem_value_format(const tandem_value_type *type, const tandem_value *v,
    tandem_lang lang, char *out, size_t room)
{
    char line[LINE];

    if (out == NULL) {
        room = 0;
    }
    if (v == NULL) {
        return copy_out(tandem_bytes("", 0), out, room);
    }
    if (v->type == TANDEM_STR) {
        return copy_out(v->u.s, out, room);
    }
    return copy_out(
        td_slice_str(format_line(type, v, lang == TANDEM_FR, line)), out, room);
}
