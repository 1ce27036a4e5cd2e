// SPDX-License-Identifier: Apache-2.0
// build.h - small packs for the tests, written key by key.
//
// An object collects (key, bytes) pairs and is written in canonical order, so
// that a test may name its keys in any order, leave one out, or add one that
// this version does not know.
#ifndef TD_TESTS_SCHEMA_BUILD_H
#define TD_TESTS_SCHEMA_BUILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/slice.h"
#include "codec/writer.h"
#include "schema/pack.h"

enum { OBJ_KEYS = 24, BUILD_MAX = 4 << 20 };

struct obj {
    const char *keys[OBJ_KEYS];
    struct td_buf values[OBJ_KEYS];
    size_t n;
};

static inline struct td_buf *
obj_key(struct obj *o, const char *key)
{
    for (size_t i = 0; i < o->n; i++) {
        if (strcmp(o->keys[i], key) == 0) {
            td_buf_reset(&o->values[i]);
            return &o->values[i];
        }
    }
    assert_true(o->n < OBJ_KEYS);
    o->keys[o->n] = key;
    td_buf_init(&o->values[o->n], NULL, BUILD_MAX);
    return &o->values[o->n++];
}

static inline void
obj_str(struct obj *o, const char *key, const char *value)
{
    td_mp_str(obj_key(o, key), td_slice_str(value));
}

static inline void
obj_int(struct obj *o, const char *key, int64_t value)
{
    td_mp_int(obj_key(o, key), value);
}

static inline void
obj_bool(struct obj *o, const char *key, bool value)
{
    td_mp_bool(obj_key(o, key), value);
}

// An array of strings, ended by NULL.
static inline void
obj_list(struct obj *o, const char *key, const char *const *values)
{
    struct td_buf *b = obj_key(o, key);
    size_t n = 0;

    while (values[n] != NULL) {
        n++;
    }
    td_mp_array(b, n);
    for (size_t i = 0; i < n; i++) {
        td_mp_str(b, td_slice_str(values[i]));
    }
}

// An array of `n` objects; they are used up.
static inline void obj_write(struct obj *o, struct td_buf *out);

static inline void
obj_objects(struct obj *o, const char *key, struct obj *items, size_t n)
{
    struct td_buf *b = obj_key(o, key);

    td_mp_array(b, n);
    for (size_t i = 0; i < n; i++) {
        obj_write(&items[i], b);
    }
}

static inline void
obj_drop(struct obj *o, const char *key)
{
    for (size_t i = 0; i < o->n; i++) {
        if (strcmp(o->keys[i], key) == 0) {
            td_buf_deinit(&o->values[i]);
            o->n--;
            o->keys[i] = o->keys[o->n];
            o->values[i] = o->values[o->n];
            return;
        }
    }
}

static inline bool
obj_before(const char *a, const char *b)
{
    size_t m = strlen(a);
    size_t n = strlen(b);

    return m != n ? m < n : strcmp(a, b) < 0;
}

// Write in canonical order, and free.
static inline void
obj_write(struct obj *o, struct td_buf *out)
{
    bool done[OBJ_KEYS] = {false};

    td_mp_map(out, o->n);
    for (size_t i = 0; i < o->n; i++) {
        size_t best = OBJ_KEYS;

        for (size_t j = 0; j < o->n; j++) {
            if (!done[j] &&
                (best == OBJ_KEYS || obj_before(o->keys[j], o->keys[best]))) {
                best = j;
            }
        }
        done[best] = true;
        td_mp_str(out, td_slice_str(o->keys[best]));
        td_mp_raw(out, td_buf_slice(&o->values[best]));
        td_buf_deinit(&o->values[best]);
    }
    o->n = 0;
}

static inline struct obj
a_word(int64_t n, const char *id)
{
    struct obj o = {.n = 0};

    obj_int(&o, "n", n);
    obj_str(&o, "id", id);
    obj_str(&o, "fr", id);
    obj_str(&o, "en", id);
    return o;
}

static inline struct obj
a_field(int64_t n, const char *id, const char *type, const char *merge)
{
    struct obj o = a_word(n, id);

    obj_str(&o, "type", type);
    obj_str(&o, "merge", merge);
    return o;
}

// A kind with these fields; they are used up.
static inline struct obj
a_kind(int64_t n, const char *id, struct obj *fields, size_t count)
{
    struct obj o = a_word(n, id);

    obj_objects(&o, "fields", fields, count);
    return o;
}

// A pack "test.pack" with the enumeration "colour" (1 red, 2 blue, 3 green
// retired) and these kinds; they are used up.
static inline struct obj
a_pack(int64_t version, struct obj *kinds, size_t count)
{
    struct obj o = {.n = 0};
    struct obj words[3] = {
        a_word(1, "red"), a_word(2, "blue"), a_word(3, "green")};
    struct td_buf *b;

    obj_str(&words[0], "fr", "rouge");
    obj_str(&words[1], "fr", "bleu");
    obj_bool(&words[2], "retired", true);
    obj_str(&o, "pack", "test.pack");
    obj_int(&o, "version", version);
    b = obj_key(&o, "enums");
    td_mp_map(b, 1);
    td_mp_str(b, td_slice_str("colour"));
    td_mp_array(b, 3);
    for (size_t i = 0; i < 3; i++) {
        obj_write(&words[i], b);
    }
    obj_objects(&o, "kinds", kinds, count);
    return o;
}

// In place of the pack's enumerations, this one; the words are used up.
static inline void
only_enum(struct obj *pack, const char *id, struct obj *words, size_t count)
{
    struct td_buf *b = obj_key(pack, "enums");

    td_mp_map(b, 1);
    td_mp_str(b, td_slice_str(id));
    td_mp_array(b, count);
    for (size_t i = 0; i < count; i++) {
        obj_write(&words[i], b);
    }
}

// The built bytes of a pack object, which is used up.
static inline void
build(struct obj *pack, int64_t format, struct td_buf *out)
{
    td_buf_init(out, NULL, BUILD_MAX);
    td_mp_array(out, 2);
    td_mp_int(out, format);
    obj_write(pack, out);
    assert_int_equal(out->err, TANDEM_OK);
}

// Parse a pack object, which is used up.
static inline tandem_err
parse_obj(struct obj *pack, struct td_pack **out, tandem_error *e)
{
    struct td_buf b;
    tandem_err err;

    build(pack, 1, &b);
    err = td_pack_parse(td_buf_slice(&b), NULL, out, e);
    td_buf_deinit(&b);
    return err;
}

// A pack of one kind "thing" with one field "f" of this type and merge.
static inline struct td_pack *
one_field(const char *type, const char *merge)
{
    struct obj f = a_field(1, "f", type, merge);
    struct obj k;
    struct obj p;
    struct td_pack *pack = NULL;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    obj_str(&f, "fr", "Champ");
    obj_str(&f, "en", "Field");
    k = a_kind(1, "thing", &f, 1);
    p = a_pack(1, &k, 1);
    if (parse_obj(&p, &pack, &e) != TANDEM_OK) {
        fail_msg("%s/%s: %s", type, merge, e.msg);
    }
    return pack;
}

// A file of the build folder, freed by the caller.
static inline uint8_t *
read_whole(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    uint8_t *buf = malloc(1 << 20);

    if (f == NULL || buf == NULL) {
        fail_msg("%s is not there: build the target \"packs\" first", path);
        abort();
    }
    *len = fread(buf, 1, 1 << 20, f);
    assert_int_equal(fclose(f), 0);
    return buf;
}

#endif
