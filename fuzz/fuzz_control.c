// SPDX-License-Identifier: Apache-2.0
// fuzz_control.c - any bytes as a control entry: refused, or read, written
// again and identical; and judged, beside a copy of itself, in a workspace
// that it may found.
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/slice.h"
#include "member/member.h"

#include "crypto/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_again(const struct td_control *c, tandem_slice in)
{
    struct td_buf b;

    td_buf_init(&b, NULL, TD_CONTROL_BYTES_MAX);
    td_control_encode(c, &b);
    if (b.err != TANDEM_OK || !td_slice_eq(td_buf_slice(&b), in)) {
        abort();
    }
    td_buf_deinit(&b);
}

static void
ask(struct td_member *m, const tandem_device_id *who)
{
    const struct td_hash *heads;
    size_t n = td_member_heads(m, &heads);
    struct td_epoch_id e;

    if (n != 1 || td_member_waiting(m) != 0) {
        abort();
    }
    (void)td_member_admits(m, who, td_sector_common, heads, n);
    (void)td_member_usable_epoch(m, td_sector_common, &e);
    for (size_t i = 0; i < td_member_devices(m); i++) {
        const struct td_member_device *d = td_member_device_at(m, i);

        if (td_member_device(m, &d->keys.sign) != d) {
            abort();
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tandem_slice in = {size > 0 ? data : (const uint8_t *)"", size};
    tandem_slice payloads[2] = {in, in};
    struct td_control_commit commits[2] = {
        {.hash = {{1}}},
        {.hash = {{2}},
            .seq = 1,
            .prev = {{1}},
            .payloads = payloads,
            .payload_count = 2},
    };
    struct td_control c = {0};
    struct td_member *m = NULL;
    struct td_hash workspace;
    struct td_arena arena;

    if (td_crypto_init() != TANDEM_OK) {
        abort();
    }
    td_arena_init(&arena, NULL, (size_t)16 << 20);
    if (td_control_decode(in, &arena, &c) == TANDEM_OK) {
        if (c.type <= TD_CONTROL_SHARE) {
            check_again(&c, in);
        }
        if (c.admin_count > 0) {
            commits[0].author = c.admins[0].sign;
            commits[1].author = c.admins[0].sign;
        }
    }
    workspace = td_hash_of(in);
    if (td_member_build(NULL, &workspace, NULL, NULL, 0, commits, 2, &m) ==
        TANDEM_OK) {
        ask(m, &commits[1].author);
    }
    td_member_free(m);
    td_arena_deinit(&arena);
    return 0;
}
