// SPDX-License-Identifier: Apache-2.0
// vector.h - known answers: the line `name hex` of tests/vectors/<file>.txt.
//
// To be included after <cmocka.h> and what it needs.
#ifndef TESTS_SUPPORT_VECTOR_H
#define TESTS_SUPPORT_VECTOR_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"

enum { VECTOR_LINE_MAX = 1 << 17 };

// Free with free((void *)v.ptr), or vector_free.
static inline tandem_slice
vector(const char *file, const char *name)
{
    char path[512];
    char *line = malloc(VECTOR_LINE_MAX);
    size_t n = strlen(name);
    uint8_t *bytes = NULL;
    size_t len = 0;
    FILE *f;

    (void)snprintf(
        path, sizeof(path), TEST_SOURCE_DIR "/tests/vectors/%s.txt", file);
    f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(line);
    while (bytes == NULL && fgets(line, VECTOR_LINE_MAX, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, name, n) == 0 && line[n] == ' ') {
            len = strlen(line + n + 1) / 2;
            bytes = malloc(len + 1);
            assert_non_null(bytes);
            assert_true(td_unhex(line + n + 1, bytes, len));
        }
    }
    assert_int_equal(0, fclose(f));
    free(line);
    assert_non_null(bytes);
    return (tandem_slice){bytes, len};
}

static inline void
vector_free(tandem_slice v)
{
    union {
        const uint8_t *borrowed;
        void *owned;
    } p = {v.ptr};

    free(p.owned);
}

// These bytes, or a difference that names itself.
static inline void
vector_same(const char *file, const char *name, tandem_slice got)
{
    tandem_slice want = vector(file, name);
    size_t at = 0;

    while (at < want.len && at < got.len && want.ptr[at] == got.ptr[at]) {
        at++;
    }
    if (at != want.len || at != got.len) {
        print_error("%s/%s differs at byte %zu (%zu wanted, %zu made)\n", file,
            name, at, want.len, got.len);
        for (size_t i = at; i < got.len && i < at + 24; i++) {
            print_error("%02x", got.ptr[i]);
        }
        print_error(" made\n");
        for (size_t i = at; i < want.len && i < at + 24; i++) {
            print_error("%02x", want.ptr[i]);
        }
        fail_msg(" wanted");
    }
    vector_free(want);
}

#endif
