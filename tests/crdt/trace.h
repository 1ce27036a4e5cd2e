// SPDX-License-Identifier: Apache-2.0
// trace.h - editing traces: gzip by the system's own, JSON one line at a time.
#ifndef TESTS_CRDT_TRACE_H
#define TESTS_CRDT_TRACE_H

#include "base/faulty.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

struct json { // a value: text, number or list
    enum {
        J_NULL,
        J_NUM,
        J_STR,
        J_LIST, // of values, or of key, value, key, value ...
        J_MAP
    } kind;
    long num;
    tandem_slice s;
    struct json *first, *next;
};

static inline struct td_buf
unzip(const char *name)
{
    char command[512];
    struct td_buf b;
    FILE *f;
    size_t n;

    td_buf_init(&b, NULL, SIZE_MAX);
    snprintf(command, sizeof command, "gzip -dc '%s/tests/data/traces/%s'",
        TEST_SOURCE_DIR, name);
    f = popen(command, "r");
    assert_non_null(f);
    do {
        uint8_t part[65536];
        n = fread(part, 1, sizeof part, f);
        td_buf_put(&b, part, n);
    } while (n > 0);
    assert_int_equal(pclose(f), 0);
    assert_int_equal(b.err, TANDEM_OK);
    assert_true(b.len > 0);
    return b;
}

static inline tandem_slice
next_line(tandem_slice *all)
{
    const uint8_t *end = memchr(all->ptr, '\n', all->len);
    tandem_slice line = *all;

    if (end != NULL) {
        line.len = (size_t)(end - all->ptr);
    }
    all->ptr += line.len + (end != NULL);
    all->len -= line.len + (end != NULL);
    return line;
}

static inline uint8_t
json_byte(tandem_slice *in)
{
    while (in->len > 0 &&
           (*in->ptr == ' ' || *in->ptr == ',' || *in->ptr == ':')) {
        in->ptr++;
        in->len--;
    }
    assert_true(in->len > 0);
    return *in->ptr;
}

static inline void
json_string(struct td_arena *a, tandem_slice *in, struct json *j)
{
    uint8_t *out = td_arena_alloc(a, in->len + 1);
    size_t n = 0, i = 1;

    assert_non_null(out);
    for (; in->ptr[i] != '"'; i++) {
        uint8_t c = in->ptr[i];
        if (c == '\\') {
            static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
            const char *at;
            c = in->ptr[++i];
            at = strchr(from, c);
            if (at != NULL) {
                c = (uint8_t)to[at - from];
            } else if (c == 'u') {
                assert_true(td_unhex((const char *)in->ptr + i + 3, &c, 1));
                i += 4;
            }
        }
        out[n++] = c;
    }
    j->kind = J_STR;
    j->s = td_arena_dup(a, tandem_bytes(out, n));
    in->ptr += i + 1;
    in->len -= i + 1;
}

static inline struct json *
json_read(struct td_arena *a, tandem_slice *in)
{
    struct json *j = td_arena_alloc(a, sizeof *j);
    uint8_t c = json_byte(in);

    assert_non_null(j);
    if (c == '"') {
        json_string(a, in, j);
    } else if (c == '[' || c == '{') {
        struct json **at = &j->first;
        j->kind = c == '[' ? J_LIST : J_MAP;
        in->ptr++;
        in->len--;
        while (json_byte(in) != (c == '[' ? ']' : '}')) {
            *at = json_read(a, in);
            at = &(*at)->next;
        }
        in->ptr++;
        in->len--;
    } else {
        size_t i = 0;
        j->kind = c == 'n' ? J_NULL : J_NUM;
        while (i < in->len && strchr(",]}", in->ptr[i]) == NULL) {
            i++;
        }
        if (j->kind == J_NUM) {
            j->num = strtol((const char *)in->ptr, NULL, 10);
        }
        in->ptr += i;
        in->len -= i;
    }
    return j;
}

// A missing key reads as an empty value.
static inline const struct json *
json_get(const struct json *map, const char *key)
{
    static const struct json none = {.kind = J_NULL};

    for (const struct json *k = map->first; k != NULL && k->next != NULL;
         k = k->next->next) {
        if (td_slice_eq(k->s, td_slice_str(key))) {
            return k->next;
        }
    }
    return &none;
}

static inline struct json *
json_at(const struct json *list, size_t i)
{
    struct json *j = list->first;

    while (i-- > 0) {
        j = j->next;
    }
    assert_non_null(j);
    return j;
}

#endif
