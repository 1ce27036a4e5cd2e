// SPDX-License-Identifier: Apache-2.0
// facts_kept.c - facts as bytes, kept in the store they were read from.
//
//   version u8, stamp 8 little-endian
//   feed number, then counts of sectors, devices and handles (0 not among
//   them), each a varint
//   sectors      id 16 each
//   devices      id 32, number varint, each; the first is left out
//   handles      id 16, head u8 each: the kind, 64 trashed, 128 in conflict;
//                unless the kind is 0:
//                  feed number, signed varint from that of the fact before
//                  sector varint, conflicts varint if there are any
//                  created, signed varint from the milliseconds of the id;
//                  changed, signed varint from created
//                  mask varint: bit n, that column n has a value
//                  the columns that have one:
//                  MARK, HINTS  8 little-endian
//                  TIME, LATEST signed varint from created
//                  POINTS       how many, varint; handle varint, points signed
//                               varint for each
//                  the others   signed varint
//
// A varint has 7 bits a byte, the lowest first, the eighth set on all but the
// last, and no needless bytes; signed ones are folded (0, -1, 1, -2...) and
// wrap around, as what they are counted from may be anything.
#include <stdlib.h>
#include <string.h>

#include "facts_own.h"

#define VERSION 2

enum { KIND_BITS = 63, TRASHED = 64, CONFLICTS = 128 };

_Static_assert(FACT_KINDS <= KIND_BITS + 1, "kinds of a head");

// The milliseconds of a UUIDv7; of another id any number will do.
static int64_t
ms_of(const uint8_t id[16])
{
    int64_t ms = 0;

    for (int i = 0; i < 6; i++) {
        ms = ms << 8 | id[i];
    }
    return ms;
}

static int64_t
less(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static int64_t
plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

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
put_fixed(struct out *o, int64_t v)
{
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)((uint64_t)v >> 8 * i);
    }
    put(o, bytes, sizeof(bytes));
}

static void
put_points(struct out *o, const int64_t *pairs, size_t count)
{
    put_uint(o, count);
    for (size_t i = 0; i < count; i++, pairs += 2) {
        put_uint(o, (uint64_t)pairs[0]);
        put_int(o, pairs[1]);
    }
}

static void
put_column(
    struct out *o, const struct facts *f, const struct fact *fact, int column)
{
    const enum column_form form =
        fact_table((enum fact_kind)fact->kind)->columns[column].form;
    const int64_t v = fact_get(f, fact, column);
    const int64_t *pairs;
    size_t count;

    switch (form) {
    case FORM_MARK:
    case FORM_HINTS:
        put_fixed(o, v);
        return;
    case FORM_TIME:
    case FORM_LATEST:
        put_int(o, less(v, fact->created_ms));
        return;
    case FORM_POINTS:
        pairs = fact_points(f, fact, column, &count);
        put_points(o, pairs, count);
        return;
    case FORM_WORD:
    case FORM_YES:
    case FORM_SPLIT:
    case FORM_DAY:
    case FORM_INT:
    case FORM_SUM:
    case FORM_REF:
    case FORM_SET:
    case FORM_FIGURES:
    case FORM_HOURS:
    case FORM_STEPS:
    case FORM_COUNT:
    case FORM_ITEM:
        put_int(o, v);
        return;
    }
}

static void
put_columns(struct out *o, const struct facts *f, const struct fact *fact)
{
    const struct rows *rows = &f->rows[fact->kind];
    uint64_t mask = 0;

    for (int i = 0; i < rows->width; i++) {
        mask |= (uint64_t)(fact_get(f, fact, i) != rows->columns[i].none) << i;
    }
    put_uint(o, mask);
    for (int i = 0; i < rows->width; i++) {
        if ((mask >> i & 1) != 0) {
            put_column(o, f, fact, i);
        }
    }
}

// *number: of the fact before, and then of this one.
static void
put_fact(struct out *o, const struct facts *f, size_t handle, uint64_t *number)
{
    const struct fact *fact = &f->at[handle];

    put(o, f->ids[handle].b, 16);
    put_byte(o, (uint8_t)(fact->kind | (fact->trashed ? TRASHED : 0) |
                          (fact->conflicts > 0 ? CONFLICTS : 0)));
    if (fact->kind == FACT_NOTHING) {
        return;
    }
    put_int(o, (int64_t)(fact->number - *number));
    *number = fact->number;
    put_uint(o, fact->sector);
    if (fact->conflicts > 0) {
        put_uint(o, fact->conflicts);
    }
    put_int(o, less(fact->created_ms, ms_of(f->ids[handle].b)));
    put_int(o, less(fact->changed_ms, fact->created_ms));
    put_columns(o, f, fact);
}

tandem_err
facts_encode(const struct facts *f, uint8_t **out, size_t *len)
{
    struct out o = {NULL, 0, 0, false};
    uint64_t number = 0;

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
        put_fact(&o, f, i, &number);
    }
    if (o.failed) {
        free(o.ptr);
        return TANDEM_ENOMEM;
    }
    *out = o.ptr;
    *len = o.len;
    return TANDEM_OK;
}

// ------------------------------------------------------------------- reading

struct in {
    const uint8_t *at, *end;
    bool bad;
    uint64_t number; // of the fact before
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

enum { LONGEST = 10 }; // bytes of a varint

// Byte by byte: one more may not be there.
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

// Of the millions there are, nearly all are short and far from the end.
static inline uint64_t
take_uint(struct in *x, uint64_t max)
{
    const uint8_t *p = x->at;
    uint64_t v = 0;

    if (x->bad || x->end - p < LONGEST) {
        return take_long(x, max);
    }
    for (unsigned shift = 0; shift < 63; shift += 7, p++) {
        v |= (uint64_t)(*p & 0x7f) << shift;
        if (*p < 0x80) {
            x->at = p + 1;
            x->bad = v > max || (*p == 0 && shift > 0);
            return x->bad ? 0 : v;
        }
    }
    return take_long(x, max);
}

static inline int64_t
take_int(struct in *x)
{
    const uint64_t v = take_uint(x, UINT64_MAX);

    return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

static int64_t
take_fixed(struct in *x)
{
    const uint8_t *at = take(x, 8);
    uint64_t v = 0;

    for (int i = 0; at != NULL && i < 8; i++) {
        v |= (uint64_t)at[i] << 8 * i;
    }
    return (int64_t)v;
}

static tandem_err
take_points(struct in *x, struct facts *f, int64_t *at)
{
    const size_t n = (size_t)take_uint(x, (uint64_t)(x->end - x->at) / 2);
    tandem_err err;

    x->bad = x->bad || n == 0;
    if (x->bad) {
        return TANDEM_ECORRUPT;
    }
    err = facts_points(f, n, at);
    for (size_t i = 0; err == TANDEM_OK && i < n; i++) {
        int64_t *pair = f->points + *at + 1 + 2 * i;

        pair[0] = (int64_t)take_uint(x, f->count - 1);
        pair[1] = take_int(x);
    }
    return err;
}

static inline int64_t
take_column(struct in *x, const struct facts *f, enum column_form form,
    int64_t created_ms)
{
    int64_t v;

    if (form == FORM_MARK || form == FORM_HINTS) {
        return take_fixed(x);
    }
    v = take_int(x);
    if (form == FORM_TIME || form == FORM_LATEST) {
        return plus(created_ms, v);
    }
    if ((form == FORM_REF && (v < 0 || (uint64_t)v >= f->count)) ||
        (form == FORM_ITEM && (v < 0 || v > 255))) {
        x->bad = true;
    }
    return v;
}

static tandem_err
take_columns(struct in *x, struct facts *f, struct fact *fact)
{
    const struct fact_table *table = fact_table((enum fact_kind)fact->kind);
    struct rows *rows = &f->rows[fact->kind];
    const uint64_t mask = take_uint(x, (UINT64_C(1) << table->count) - 1);
    tandem_err err = rows_add(rows, &fact->row);

    for (int i = 0; err == TANDEM_OK && i < rows->width; i++) {
        const enum column_form form = table->columns[i].form;
        int64_t v = 0;

        if ((mask >> i & 1) == 0) {
            continue;
        }
        if (form == FORM_POINTS) {
            err = take_points(x, f, &v);
        } else {
            v = take_column(x, f, form, fact->created_ms);
        }
        rows_set(rows, fact->row, i, v);
        // What has none is not among them, what has no place is no value.
        x->bad = x->bad || v == rows->columns[i].none || !rows_fits(rows, i, v);
    }
    return err;
}

static tandem_err
take_fact(struct in *x, struct facts *f, size_t handle)
{
    const uint8_t *id = take(x, 17);
    struct fact fact = {.kind = FACT_NOTHING};
    tandem_err err = TANDEM_OK;
    uint8_t head;

    if (id == NULL) {
        return TANDEM_ECORRUPT;
    }
    memcpy(f->ids[handle].b, id, 16);
    head = id[16];
    fact.kind = head & KIND_BITS;
    if (head != FACT_NOTHING) {
        x->number += (uint64_t)take_int(x);
        fact.trashed = (head & TRASHED) != 0;
        fact.number = x->number;
        fact.sector = (uint16_t)take_uint(x, UINT16_MAX);
        fact.conflicts =
            (head & CONFLICTS) != 0 ? (uint16_t)take_uint(x, UINT16_MAX) : 0;
        fact.created_ms = plus(ms_of(id), take_int(x));
        fact.changed_ms = plus(fact.created_ms, take_int(x));
        x->bad = x->bad || fact.kind == FACT_NOTHING ||
                 fact.kind >= FACT_KINDS || fact.number > f->number ||
                 fact.sector >= f->sector_count ||
                 ((head & CONFLICTS) != 0 && fact.conflicts == 0);
        err = x->bad ? TANDEM_ECORRUPT : take_columns(x, f, &fact);
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
    if (err == TANDEM_OK) {
        f->count = handles + 1;
    }
    for (size_t i = 1; err == TANDEM_OK && i <= handles; i++) {
        err = take_fact(x, f, i);
    }
    return err == TANDEM_OK && x->at != x->end ? TANDEM_ECORRUPT : err;
}

tandem_err
facts_decode(struct facts *f, const uint8_t *bytes, size_t len)
{
    struct in x = {bytes, bytes + len, false, 0};
    tandem_err err = take_all(&x, f);

    if (err != TANDEM_OK) {
        tandem_err cleared = facts_clear(f);

        return cleared != TANDEM_OK ? cleared : err;
    }
    return TANDEM_OK;
}
