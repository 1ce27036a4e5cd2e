// SPDX-License-Identifier: Apache-2.0
// log_help.h - what the tests of logs share: vectors, a device, heads.
#ifndef TESTS_LOG_LOG_HELP_H
#define TESTS_LOG_LOG_HELP_H

#include "support/store_help.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/slice.h"
#include "log/log.h"

// The line `name hex` of tests/vectors/log.txt.
static inline tandem_slice
help_vector(const char *name, uint8_t *room, size_t cap)
{
    FILE *f = fopen(TEST_SOURCE_DIR "/tests/vectors/log.txt", "r");
    char line[4096];
    size_t n = strlen(name);
    size_t len = 0;
    bool found = false;

    assert_non_null(f);
    while (!found && fgets(line, sizeof(line), f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, name, n) == 0 && line[n] == ' ') {
            len = strlen(line + n + 1) / 2;
            assert_true(len <= cap);
            assert_true(td_unhex(line + n + 1, room, len));
            found = true;
        }
    }
    assert_int_equal(0, fclose(f));
    assert_true(found);
    return (tandem_slice){room, len};
}

static inline void
help_same(tandem_slice a, tandem_slice b)
{
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, b.len);
}

// 0, 1, 2...: the device of the vectors.
static inline tandem_err
help_counting(void *ctx, uint8_t *p, size_t n)
{
    uint8_t *next = ctx;

    for (size_t i = 0; i < n; i++) {
        p[i] = (*next)++;
    }
    return TANDEM_OK;
}

static inline void
help_keys(uint8_t first, struct td_device_keys *out)
{
    assert_err(TANDEM_OK, td_crypto_init());
    assert_err(TANDEM_OK,
        td_device_keys_new((struct td_rng){&first, help_counting}, out));
}

// What the vectors are made of; see tests/vectors/log.py.
struct help_known {
    struct td_device_keys keys;
    struct td_hash seen[2];
    struct td_head earlier;
    uint8_t second[200];
    tandem_slice payloads[2];
    struct td_payload_ref refs[2];
    struct td_header h[2];
};

static inline void
help_known_init(struct help_known *k)
{
    static const uint8_t first[] = {1, 2, 3, 4};
    struct td_buf b;

    memset(k, 0, sizeof(*k));
    help_keys(0, &k->keys);
    memset(k->seen[0].b, 0x66, 32);
    memset(k->seen[1].b, 0x77, 32);
    memset(k->earlier.log.b, 0x44, 16);
    memset(k->earlier.hash.b, 0x55, 32);
    k->earlier.seq = 300;
    memset(k->second, 0xaa, sizeof(k->second));
    k->payloads[0] = (tandem_slice){first, sizeof(first)};
    k->payloads[1] = (tandem_slice){k->second, sizeof(k->second)};
    for (size_t i = 0; i < 2; i++) {
        k->refs[i].hash = td_hash_of(k->payloads[i]);
        k->refs[i].length = (uint32_t)k->payloads[i].len;
    }
    memset(k->h[0].opening.workspace.b, 0x11, 32);
    k->h[0].opening.device = k->keys.pub.sign;
    memset(k->h[0].opening.sector.b, 0x22, 16);
    memset(k->h[0].opening.incarnation, 0x33, 16);
    k->h[0].opening.earlier = &k->earlier;
    k->h[0].opening.earlier_count = 1;
    k->h[0].log = td_log_id_of(&k->h[0].opening);
    k->h[0].has_seen = true;
    k->h[0].seen = k->seen;
    k->h[0].seen_count = 2;
    k->h[1].log = k->h[0].log;
    k->h[1].seq = 1;
    td_buf_init(&b, NULL, TD_HEADER_BYTES_MAX);
    td_header_encode(&k->h[0], &b);
    k->h[1].prev = td_header_chain(td_buf_slice(&b));
    td_buf_deinit(&b);
    k->h[1].has_epoch = true;
    memset(k->h[1].epoch.b, 0x88, 16);
    k->h[1].changes = k->refs;
    k->h[1].change_count = 2;
}

#endif
