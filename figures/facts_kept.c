// SPDX-License-Identifier: Apache-2.0
// facts_kept.c - facts as bytes, kept in the store they were read from.
//
//   version u8, stamp 8 little-endian
//   feed number, then counts of sectors, devices and handles (0 not among
//   them), each a varint
//   sectors      id 16 each
//   devices      id 32, number varint, each; the first is left out
//   handles      id 16, kind u8 each; unless the kind is 0:
//                  flags u8 (1 trashed), number, sector, conflicts, varints;
//                  created and changed, signed varints, the second from the
//                  first
//                  a signed varint a column, FACT_NONE as flag: 0, else 1
//                  and, of days, times and ints, the value behind it
//                  POINTS: handle varint, points signed varint for each pair
//
// A varint has 7 bits a byte, the lowest first, the eighth set on all but the
// last, and no needless bytes; signed ones are folded (0, -1, 1, -2...).
#include <stdlib.h>
#include <string.h>

#include "facts_own.h"

#define VERSION 1

// ------------------------------------------------------------------- writing

struct out {
    uint8_t *ptr;
    size_t len, cap;
    bool failed;
};

static uint8_t *
room(struct out *o, size_t n)
{
    if (!o->failed && o->cap - o->len < n) {
        const size_t cap = o->cap * 2 + n + 4096;
        uint8_t *more = realloc(o->ptr, cap);

        if (more == NULL) {
            o->failed = true;
        } else {
            o->ptr = more;
            o->cap = cap;
        }
    }
    return o->failed ? NULL : o->ptr + o->len;
}

static void
put(struct out *o, const void *bytes, size_t n)
{
    uint8_t *at = room(o, n);

    if (at != NULL) {
        memcpy(at, bytes, n);
        o->len += n;
    }
}

static void
put_byte(struct out *o, uint8_t b)
{
    put(o, &b, 1);
}

static void
put_uint(struct out *o, uint64_t v)
{
    uint8_t *at = room(o, 10);

    if (at == NULL) {
        return;
    }
    while (v > 0x7f) {
        *at++ = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    *at++ = (uint8_t)v;
    o->len = (size_t)(at - o->ptr);
}

static void
put_int(struct out *o, int64_t v)
{
    put_uint(o, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
}

static void
put_column(struct out *o, enum column_form form, const int64_t *slot,
    const int64_t **points)
{
    if (form == FORM_DAY || form == FORM_TIME || form == FORM_INT) {
        put_byte(o, *slot != FACT_NONE);
        if (*slot != FACT_NONE) {
            put_int(o, *slot);
        }
        return;
    }
    put_int(o, *slot);
    if (form == FORM_POINTS) {
        for (int64_t i = 0; i < *slot; i++, *points += 2) {
            put_uint(o, (uint64_t)(*points)[0]);
            put_int(o, (*points)[1]);
        }
    }
}

static void
put_fact(struct out *o, const struct facts *f, size_t handle)
{
    const struct fact *fact = &f->at[handle];
    const struct fact_table *table = fact_table((enum fact_kind)fact->kind);
    const int64_t *points;

    put(o, f->ids[handle].b, 16);
    put_byte(o, fact->kind);
    if (fact->kind == FACT_NOTHING) {
        return;
    }
    put_byte(o, fact->trashed);
    put_uint(o, fact->number);
    put_uint(o, fact->sector);
    put_uint(o, fact->conflicts);
    put_int(o, fact->created_ms);
    put_int(
        o, (int64_t)((uint64_t)fact->changed_ms - (uint64_t)fact->created_ms));
    points = f->slots + fact->slots + table->count;
    for (size_t i = 0; i < table->count; i++) {
        put_column(
            o, table->columns[i].form, f->slots + fact->slots + i, &points);
    }
}

tandem_err
facts_encode(const struct facts *f, uint8_t **out, size_t *len)
{
    struct out o = {NULL, 0, 0, false};

    put_byte(&o, VERSION);
    for (int i = 0; i < 8; i++) {
        put_byte(&o, (uint8_t)(f->stamp >> 8 * i));
    }
    put_uint(&o, f->number);
    put_uint(&o, f->sector_count);
    put_uint(&o, f->device_count - 1);
    put_uint(&o, f->count - 1);
    for (size_t i = 0; i < f->sector_count; i++) {
        put(&o, f->sectors[i].b, 16);
    }
    for (size_t i = 1; i < f->device_count; i++) {
        put(&o, f->devices[i].id.b, 32);
        put_uint(&o, f->devices[i].number);
    }
    for (size_t i = 1; i < f->count; i++) {
        put_fact(&o, f, i);
    }
    if (o.failed || o.len > TANDEM_LOCAL_BYTES_MAX) {
        free(o.ptr);
        return o.failed ? TANDEM_ENOMEM : TANDEM_ELIMIT;
    }
    *out = o.ptr;
    *len = o.len;
    return TANDEM_OK;
}

// ------------------------------------------------------------------- reading

struct in {
    const uint8_t *at, *end;
    bool bad;
};

static const uint8_t *
take(struct in *x, size_t n)
{
    const uint8_t *at = x->at;

    if (x->bad || (size_t)(x->end - x->at) < n) {
        x->bad = true;
        return NULL;
    }
    x->at += n;
    return at;
}

static uint8_t
take_byte(struct in *x, uint8_t max)
{
    const uint8_t *at = take(x, 1);

    if (at == NULL || *at > max) {
        x->bad = true;
        return 0;
    }
    return *at;
}

static uint64_t
take_long(struct in *x, uint64_t max)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t b = take_byte(x, 0xff);
        const uint64_t part = b & 0x7f;

        if (shift == 63 && part > 1) {
            break;
        }
        v |= part << shift;
        if ((b & 0x80) == 0) {
            if ((b == 0 && shift > 0) || v > max) {
                break;
            }
            return v;
        }
    }
    x->bad = true;
    return 0;
}

// Most have one byte.
static inline uint64_t
take_uint(struct in *x, uint64_t max)
{
    if (!x->bad && x->at < x->end && *x->at < 0x80 && *x->at <= max) {
        return *x->at++;
    }
    return take_long(x, max);
}

static inline int64_t
take_int(struct in *x)
{
    const uint64_t v = take_uint(x, UINT64_MAX);

    return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

// A handle or none.
static int64_t
take_handle(struct in *x, const struct facts *f)
{
    return (int64_t)take_uint(x, f->count - 1);
}

static int64_t
take_column(struct in *x, const struct facts *f, enum column_form form)
{
    int64_t v;

    if (form == FORM_DAY || form == FORM_TIME || form == FORM_INT) {
        if (take_byte(x, 1) == 0) {
            return FACT_NONE;
        }
        v = take_int(x);
        x->bad = x->bad || v == FACT_NONE;
        return v;
    }
    v = take_int(x);
    if ((form == FORM_REF && (v < 0 || (uint64_t)v >= f->count)) ||
        (form == FORM_POINTS && (v < 0 || v > (x->end - x->at) / 2)) ||
        (form == FORM_ITEM && (v < 0 || v > 255))) {
        x->bad = true;
    }
    return v;
}

static tandem_err
take_points(struct in *x, struct facts *f, int64_t count)
{
    tandem_err err = facts_room(f, 2 * (size_t)count);

    for (int64_t i = 0; err == TANDEM_OK && i < count; i++) {
        f->slots[f->slot_count++] = take_handle(x, f);
        f->slots[f->slot_count++] = take_int(x);
    }
    return err;
}

static tandem_err
take_columns(struct in *x, struct facts *f, const struct fact_table *table)
{
    const size_t first = f->slot_count;
    tandem_err err = facts_room(f, table->count);

    if (err != TANDEM_OK) {
        return err;
    }
    f->slot_count += table->count;
    for (size_t i = 0; err == TANDEM_OK && i < table->count; i++) {
        const enum column_form form = table->columns[i].form;
        const int64_t v = take_column(x, f, form);

        f->slots[first + i] = v;
        if (form == FORM_POINTS && !x->bad) {
            err = take_points(x, f, v);
        }
    }
    return err;
}

static tandem_err
take_fact(struct in *x, struct facts *f, size_t handle)
{
    const uint8_t *id = take(x, 16);
    struct fact fact = {.kind = take_byte(x, FACT_KINDS - 1)};
    tandem_err err = TANDEM_OK;

    if (x->bad) {
        return TANDEM_ECORRUPT;
    }
    memcpy(f->ids[handle].b, id, 16);
    if (fact.kind != FACT_NOTHING) {
        fact.trashed = take_byte(x, 1) == 1;
        fact.number = take_uint(x, f->number);
        fact.sector = (uint16_t)take_uint(x, UINT16_MAX);
        fact.conflicts = (uint16_t)take_uint(x, UINT16_MAX);
        fact.created_ms = take_int(x);
        fact.changed_ms =
            (int64_t)((uint64_t)fact.created_ms + (uint64_t)take_int(x));
        fact.slots = (uint32_t)f->slot_count;
        x->bad = x->bad || fact.sector >= f->sector_count;
        err = take_columns(x, f, fact_table((enum fact_kind)fact.kind));
    }
    f->at[handle] = fact;
    return x->bad ? TANDEM_ECORRUPT : err;
}

static tandem_err
take_places(struct in *x, struct facts *f, size_t sectors, size_t devices)
{
    tandem_err err = TANDEM_OK;

    for (size_t i = 0; err == TANDEM_OK && i < sectors; i++) {
        const uint8_t *at = take(x, 16);
        tandem_id id;
        uint16_t place;

        if (at == NULL) {
            return TANDEM_ECORRUPT;
        }
        memcpy(id.b, at, 16);
        err = facts_sector(f, id, &place);
        x->bad = x->bad || (err == TANDEM_OK && place != i);
    }
    for (size_t i = 1; err == TANDEM_OK && i <= devices; i++) {
        const uint8_t *at = take(x, 32);
        tandem_device_id id;
        uint16_t place;

        if (at == NULL) {
            return TANDEM_ECORRUPT;
        }
        memcpy(id.b, at, 32);
        err = facts_device(f, id, &place);
        if (err == TANDEM_OK) {
            f->devices[place].number = take_uint(x, f->number);
            x->bad = x->bad || place != i;
        }
    }
    return x->bad ? TANDEM_ECORRUPT : err;
}

static tandem_err
take_all(struct in *x, struct facts *f)
{
    uint64_t stamp = 0;
    size_t sectors, devices, handles;
    tandem_err err;

    x->bad = take_byte(x, VERSION) != VERSION;
    for (int i = 0; i < 8; i++) {
        stamp |= (uint64_t)take_byte(x, 0xff) << 8 * i;
    }
    f->number = f->kept = take_uint(x, UINT64_MAX);
    sectors = (size_t)take_uint(x, UINT16_MAX);
    devices = (size_t)take_uint(x, UINT16_MAX - 1);
    // A handle has 17 bytes at least.
    handles = (size_t)take_uint(x, (uint64_t)(x->end - x->at) / 17);
    if (x->bad || stamp != f->stamp) {
        return TANDEM_ECORRUPT;
    }
    err = take_places(x, f, sectors, devices);
    if (err == TANDEM_OK) {
        err = facts_grow(f, handles + 1);
    }
    if (err == TANDEM_OK) { // about as many slots as there will be
        f->count = handles + 1;
        err = facts_room(f, (size_t)(x->end - x->at) / 4);
    }
    for (size_t i = 1; err == TANDEM_OK && i <= handles; i++) {
        err = take_fact(x, f, i);
    }
    return err == TANDEM_OK && x->at != x->end ? TANDEM_ECORRUPT : err;
}

tandem_err
facts_decode(struct facts *f, const uint8_t *bytes, size_t len)
{
    struct in x = {bytes, bytes + len, false};
    tandem_err err = take_all(&x, f);

    if (err != TANDEM_OK) {
        tandem_err cleared = facts_clear(f);

        return cleared != TANDEM_OK ? cleared : err;
    }
    return TANDEM_OK;
}
