// SPDX-License-Identifier: Apache-2.0
// gen.h - random canonical MessagePack, by an encoder of its own, and two
// walks over a value: through our cursor, and through msgpack-c.
//
// The encoder here shares nothing with libsync/codec, so a misreading of the
// format would have to be made twice.
#ifndef TESTS_CODEC_GEN_H
#define TESTS_CODEC_GEN_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <msgpack.h>

#include "base/limits.h"
#include "base/slice.h"
#include "codec/cursor.h"
#include "codec/writer.h"

struct gen {
    uint64_t seed;
    uint8_t *out; // `cap` bytes
    size_t len, cap;
};

static inline uint64_t
gen_seed(void)
{
    const char *text = getenv("TANDEM_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : 20240229;

    printf("TANDEM_SEED=%" PRIu64 "\n", seed);
    return seed;
}

static inline uint64_t
gen_next(struct gen *g) // splitmix64
{
    uint64_t z = g->seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

// 0 .. n - 1.
static inline size_t
gen_below(struct gen *g, size_t n)
{
    return (size_t)(gen_next(g) % n);
}

static inline void
gen_byte(struct gen *g, uint64_t v)
{
    if (g->len < g->cap) {
        g->out[g->len] = (uint8_t)v;
    }
    g->len++; // beyond `cap` the caller drops the whole value
}

static inline void
gen_be(struct gen *g, uint64_t v, unsigned bytes)
{
    while (bytes-- > 0) {
        gen_byte(g, v >> (8 * bytes));
    }
}

// A number whose magnitude, too, is random: every width occurs.
static inline uint64_t
gen_magnitude(struct gen *g)
{
    static const uint64_t edge[] = {0, 31, 32, 33, 127, 128, 129, 255, 256,
        32767, 32768, 32769, 65535, 65536, UINT64_C(0x7fffffff),
        UINT64_C(0x80000000), UINT64_C(0x80000001), UINT64_C(0xffffffff),
        UINT64_C(0x100000000), INT64_MAX};

    if (gen_below(g, 2) == 0) {
        return edge[gen_below(g, sizeof(edge) / sizeof(edge[0]))];
    }
    return gen_next(g) >> gen_below(g, 64);
}

static inline void
gen_uint(struct gen *g)
{
    uint64_t v = gen_magnitude(g);

    if (v <= 0x7f) {
        gen_byte(g, v);
    } else if (v <= 0xff) {
        gen_byte(g, 0xcc);
        gen_be(g, v, 1);
    } else if (v <= 0xffff) {
        gen_byte(g, 0xcd);
        gen_be(g, v, 2);
    } else if (v <= 0xffffffff) {
        gen_byte(g, 0xce);
        gen_be(g, v, 4);
    } else {
        gen_byte(g, 0xcf);
        gen_be(g, v, 8);
    }
}

// The number -1 - m.
static inline void
gen_negative(struct gen *g)
{
    uint64_t m = gen_magnitude(g) & INT64_MAX;

    if (m < 32) {
        gen_byte(g, ~m);
    } else if (m < 0x80) {
        gen_byte(g, 0xd0);
        gen_be(g, ~m, 1);
    } else if (m < 0x8000) {
        gen_byte(g, 0xd1);
        gen_be(g, ~m, 2);
    } else if (m < UINT64_C(0x80000000)) {
        gen_byte(g, 0xd2);
        gen_be(g, ~m, 4);
    } else {
        gen_byte(g, 0xd3);
        gen_be(g, ~m, 8);
    }
}

static inline size_t
gen_length(struct gen *g)
{
    size_t roll = gen_below(g, 64);

    if (roll == 0) {
        return 250 + gen_below(g, 12);
    }
    return roll < 8 ? 26 + gen_below(g, 12) : gen_below(g, 8);
}

static inline void
gen_str(struct gen *g)
{
    static const char *const letter[] = {"a", "Z", "0", " ", "\x7f", "é", "ß",
        "€", "\xed\x9f\xbf", "\xf0\x9f\x99\x82", "\xf4\x8f\xbf\xbf"};
    size_t want = gen_length(g), len = 0, i, n;
    const char *text[300];

    for (n = 0; n < want; n++) {
        text[n] = letter[gen_below(g, sizeof(letter) / sizeof(letter[0]))];
        len += strlen(text[n]);
    }
    if (len < 32) {
        gen_byte(g, 0xa0 | len);
    } else if (len < 256) {
        gen_byte(g, 0xd9);
        gen_be(g, len, 1);
    } else {
        gen_byte(g, 0xda);
        gen_be(g, len, 2);
    }
    for (n = 0; n < want; n++) {
        for (i = 0; text[n][i] != '\0'; i++) {
            gen_byte(g, (uint8_t)text[n][i]);
        }
    }
}

static inline void
gen_bin(struct gen *g)
{
    size_t len = gen_length(g), i;

    if (len < 256) {
        gen_byte(g, 0xc4);
        gen_be(g, len, 1);
    } else {
        gen_byte(g, 0xc5);
        gen_be(g, len, 2);
    }
    for (i = 0; i < len; i++) {
        gen_byte(g, gen_next(g));
    }
}

static inline void
gen_scalar(struct gen *g)
{
    switch (gen_below(g, 8)) {
    case 0:
        gen_byte(g, 0xc0);
        break;
    case 1:
        gen_byte(g, 0xc2 + gen_below(g, 2));
        break;
    case 2:
    case 3:
        gen_uint(g);
        break;
    case 4:
        gen_negative(g);
        break;
    case 5:
    case 6:
        gen_str(g);
        break;
    default:
        gen_bin(g);
        break;
    }
}

static inline size_t
gen_count(struct gen *g)
{
    return gen_below(g, 32) == 0 ? 14 + gen_below(g, 4) : gen_below(g, 4);
}

static inline void gen_value(struct gen *g, unsigned depth);

// Keys drawn at random, then sorted and made unique by their bytes.
static inline void
gen_map(struct gen *g, unsigned depth)
{
    uint8_t room[20][320];
    struct gen key[20];
    size_t count = gen_count(g), kept = 0, i, j;

    for (i = 0; i < count; i++) {
        struct gen k = {gen_next(g), room[i], 0, sizeof(room[i])};
        tandem_slice a;

        if (gen_below(g, 16) == 0 && depth + 1 < TD_MP_DEPTH_MAX) {
            gen_byte(&k, 0x91); // an array as a key: odd, but canonical
        }
        gen_scalar(&k);
        if (k.len > k.cap) {
            continue;
        }
        a = (tandem_slice){k.out, k.len};
        for (j = kept; j > 0; j--) {
            size_t less = a.len < key[j - 1].len ? a.len : key[j - 1].len;
            int cmp = memcmp(key[j - 1].out, a.ptr, less);

            if (cmp < 0) {
                break;
            }
            if (cmp == 0) {
                j = SIZE_MAX; // no encoding is a prefix of another: the same
                break;
            }
        }
        if (j == SIZE_MAX) {
            continue;
        }
        memmove(key + j + 1, key + j, (kept - j) * sizeof(key[0]));
        key[j] = k;
        kept++;
    }
    if (kept < 16) {
        gen_byte(g, 0x80 | kept);
    } else {
        gen_byte(g, 0xde);
        gen_be(g, kept, 2);
    }
    for (i = 0; i < kept; i++) {
        for (j = 0; j < key[i].len; j++) {
            gen_byte(g, key[i].out[j]);
        }
        gen_value(g, depth + 1);
    }
}

// One value inside `depth` containers.
static inline void
gen_value(struct gen *g, unsigned depth)
{
    size_t roll = gen_below(g, depth == 0 ? 6 : 12);
    size_t count, i;

    if (depth >= TD_MP_DEPTH_MAX || roll >= 4 || g->len > g->cap) {
        gen_scalar(g);
    } else if (roll == 0) {
        gen_map(g, depth);
    } else if (roll == 1) { // a tower, so that the deepest is met often
        gen_byte(g, 0x91);
        gen_value(g, depth + 1);
    } else {
        count = gen_count(g);
        if (count < 16) {
            gen_byte(g, 0x90 | count);
        } else {
            gen_byte(g, 0xdc);
            gen_be(g, count, 2);
        }
        for (i = 0; i < count; i++) {
            gen_value(g, depth + 1);
        }
    }
}

// A random canonical value of at most `cap` bytes; its length.
static inline size_t
gen_input(struct gen *g)
{
    do {
        unsigned wrap = 0;

        g->len = 0;
        if (gen_below(g, 16) == 0) {
            wrap = (unsigned)gen_below(g, TD_MP_DEPTH_MAX + 1);
        }
        for (unsigned i = 0; i < wrap; i++) {
            gen_byte(g, 0x91);
        }
        gen_value(g, wrap);
    } while (g->len > g->cap);
    return g->len;
}

// Change a little of the `len` bytes at `out`; the new length (1 .. cap).
static inline size_t
gen_mutate(struct gen *g, size_t len)
{
    size_t times = 1 + gen_below(g, 3), at;

    while (times-- > 0) {
        at = gen_below(g, len);
        switch (gen_below(g, 8)) {
        case 0: // drop a byte
            if (len > 1) {
                memmove(g->out + at, g->out + at + 1, len - at - 1);
                len--;
            }
            break;
        case 1: // double a byte
            if (len < g->cap) {
                memmove(g->out + at + 1, g->out + at, len - at);
                len++;
            }
            break;
        case 2: // a byte of meaning
            g->out[at] = (uint8_t)(0xc0 + gen_below(g, 0x20));
            break;
        case 3:
            g->out[at] = (uint8_t)gen_next(g);
            break;
        case 4:
            g->out[at]++;
            break;
        case 5:
            len = at + 1;
            break;
        default:
            g->out[at] ^= (uint8_t)(1u << gen_below(g, 8));
            break;
        }
    }
    return len;
}

// Does the value at `c` say what msgpack-c read? At most TD_MP_DEPTH_MAX deep.
static inline bool
gen_same(struct td_cur *c, const msgpack_object *o)
{
    tandem_slice s;
    size_t n, i;

    switch (td_cur_peek(c)) {
    case TD_MP_NIL:
        return td_cur_nil(c) && o->type == MSGPACK_OBJECT_NIL;
    case TD_MP_BOOL:
        return o->type == MSGPACK_OBJECT_BOOLEAN &&
               td_cur_bool(c) == o->via.boolean;
    case TD_MP_UINT:
        return o->type == MSGPACK_OBJECT_POSITIVE_INTEGER &&
               td_cur_uint(c) == o->via.u64;
    case TD_MP_INT:
        return o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER &&
               td_cur_int(c) == o->via.i64;
    case TD_MP_STR:
        s = td_cur_str(c, SIZE_MAX);
        return o->type == MSGPACK_OBJECT_STR && s.ptr != NULL &&
               td_slice_eq(s, tandem_bytes(o->via.str.ptr, o->via.str.size));
    case TD_MP_BIN:
        s = td_cur_bin(c, SIZE_MAX);
        return o->type == MSGPACK_OBJECT_BIN && s.ptr != NULL &&
               td_slice_eq(s, tandem_bytes(o->via.bin.ptr, o->via.bin.size));
    case TD_MP_ARRAY:
        n = td_cur_array(c, SIZE_MAX);
        if (o->type != MSGPACK_OBJECT_ARRAY || n != o->via.array.size) {
            return false;
        }
        for (i = 0; i < n; i++) {
            if (!gen_same(c, &o->via.array.ptr[i])) {
                return false;
            }
        }
        return true;
    case TD_MP_MAP:
        n = td_cur_map(c, SIZE_MAX);
        if (o->type != MSGPACK_OBJECT_MAP || n != o->via.map.size) {
            return false;
        }
        for (i = 0; i < n; i++) {
            if (!gen_same(c, &o->via.map.ptr[i].key) ||
                !gen_same(c, &o->via.map.ptr[i].val)) {
                return false;
            }
        }
        return true;
    case TD_MP_NONE:
    default:
        return false;
    }
}

// Does msgpack-c read all of `in` as the value that our cursor reads?
static inline bool
gen_agrees(tandem_slice in)
{
    msgpack_unpacked result;
    struct td_cur c;
    size_t off = 0;
    bool same;

    msgpack_unpacked_init(&result);
    same = td_cur_open(&c, in) &&
           msgpack_unpack_next(&result, (const char *)in.ptr, in.len, &off) ==
               MSGPACK_UNPACK_SUCCESS &&
           off == in.len && gen_same(&c, &result.data) && td_cur_done(&c);
    msgpack_unpacked_destroy(&result);
    return same;
}

// Write what msgpack-c read with our writer.
static inline void
gen_write(struct td_buf *b, const msgpack_object *o)
{
    size_t i;

    switch (o->type) {
    case MSGPACK_OBJECT_NIL:
        td_mp_nil(b);
        break;
    case MSGPACK_OBJECT_BOOLEAN:
        td_mp_bool(b, o->via.boolean);
        break;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        td_mp_uint(b, o->via.u64);
        break;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        td_mp_int(b, o->via.i64);
        break;
    case MSGPACK_OBJECT_STR:
        td_mp_str(b, tandem_bytes(o->via.str.ptr, o->via.str.size));
        break;
    case MSGPACK_OBJECT_BIN:
        td_mp_bin(b, o->via.bin.ptr, o->via.bin.size);
        break;
    case MSGPACK_OBJECT_ARRAY:
        td_mp_array(b, o->via.array.size);
        for (i = 0; i < o->via.array.size; i++) {
            gen_write(b, &o->via.array.ptr[i]);
        }
        break;
    case MSGPACK_OBJECT_MAP:
        td_mp_map(b, o->via.map.size);
        for (i = 0; i < o->via.map.size; i++) {
            gen_write(b, &o->via.map.ptr[i].key);
            gen_write(b, &o->via.map.ptr[i].val);
        }
        break;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
    case MSGPACK_OBJECT_EXT:
    default:
        abort(); // the cursor lets none through
    }
}

// Write what our cursor reads with our writer.
static inline void
gen_copy(struct td_buf *b, struct td_cur *c)
{
    tandem_slice s;
    size_t n;

    switch (td_cur_peek(c)) {
    case TD_MP_NIL:
        (void)td_cur_nil(c);
        td_mp_nil(b);
        return;
    case TD_MP_BOOL:
        td_mp_bool(b, td_cur_bool(c));
        return;
    case TD_MP_INT:
        td_mp_int(b, td_cur_int(c));
        return;
    case TD_MP_UINT:
        td_mp_uint(b, td_cur_uint(c));
        return;
    case TD_MP_STR:
        td_mp_str(b, td_cur_str(c, SIZE_MAX));
        return;
    case TD_MP_BIN:
        s = td_cur_bin(c, SIZE_MAX);
        td_mp_bin(b, s.ptr, s.len);
        return;
    case TD_MP_ARRAY:
        n = td_cur_array(c, SIZE_MAX);
        td_mp_array(b, n);
        break;
    case TD_MP_MAP:
        n = td_cur_map(c, SIZE_MAX);
        td_mp_map(b, n);
        n *= 2;
        break;
    case TD_MP_NONE:
    default:
        return;
    }
    while (n-- > 0) {
        gen_copy(b, c);
    }
}

#endif
