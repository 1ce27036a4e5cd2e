// SPDX-License-Identifier: Apache-2.0
// reveal.c - what the two sides of an enrolment say of themselves.
#include "member/reveal.h"

#include <string.h>

#include "base/slice.h"
#include "codec/writer.h"
#include "crypto/hash.h"

enum {
    COMMIT_DOMAIN = 0x45,
    NAME_CHARS_MAX = 80,
    NAME_BYTES_MAX = TD_NAME_BYTES_MAX - 1
};

void
td_reveal_commitment(tandem_slice body, uint8_t out[32])
{
    struct td_hash h = td_hash_parts(COMMIT_DOMAIN, &body, 1);

    memcpy(out, h.b, 32);
}

// Shown on a screen before anybody is trusted: no control characters.
bool
td_reveal_name_valid(tandem_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < 0x20 || s.ptr[i] == 0x7f ||
            (s.ptr[i] == 0xc2 && i + 1 < s.len && s.ptr[i + 1] < 0xa0)) {
            return false;
        }
    }
    return s.len > 0 && s.len <= NAME_BYTES_MAX && td_utf8_valid(s) &&
           td_utf8_count(s) <= NAME_CHARS_MAX;
}

void
td_reveal_put(struct td_buf *b, unsigned type, const uint8_t random[32],
    bool inviter, const struct td_reveal *r)
{
    td_mp_array(b, inviter ? 7 : 6);
    td_mp_uint(b, type);
    td_mp_bin(b, random, 32);
    td_mp_bin(b, r->keys.sign.b, 32);
    td_mp_bin(b, r->keys.box, 32);
    td_mp_bin(b, r->keys.curve, 32);
    if (!inviter) {
        td_mp_str(b, td_slice_str(r->name));
        return;
    }
    td_mp_uint(b, (uint64_t)r->right);
    td_mp_array(b, r->sector_count);
    for (size_t i = 0; i < r->sector_count; i++) {
        td_mp_bin(b, r->sectors[i].b, 16);
    }
}

static bool
get_grant(struct td_cur *c, struct td_reveal *out)
{
    size_t count;

    out->right = (tandem_right)td_cur_uint_max(c, TANDEM_RIGHT_ADMIN);
    count = td_cur_array(c, TANDEM_GRANT_SECTORS_MAX);
    if (td_cur_failed(c)) {
        return false;
    }
    out->sector_count = count;
    for (size_t i = 0; i < count; i++) {
        td_cur_bin_exact(c, out->sectors[i].b, 16);
    }
    return !td_cur_failed(c) && out->right != TANDEM_RIGHT_NONE;
}

bool
td_reveal_get(struct td_cur *c, bool inviter, struct td_reveal *out)
{
    uint8_t random[32]; // only what it does to the hash counts
    tandem_slice name;

    memset(out, 0, sizeof(*out));
    td_cur_bin_exact(c, random, sizeof(random));
    td_cur_bin_exact(c, out->keys.sign.b, 32);
    td_cur_bin_exact(c, out->keys.box, 32);
    td_cur_bin_exact(c, out->keys.curve, 32);
    if (inviter) {
        return get_grant(c, out);
    }
    name = td_cur_str(c, NAME_BYTES_MAX);
    if (td_cur_failed(c) || !td_reveal_name_valid(name)) {
        return false;
    }
    memcpy(out->name, name.ptr, name.len);
    return true;
}
