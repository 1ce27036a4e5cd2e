// SPDX-License-Identifier: Apache-2.0
// code.c - the text of an enrolment code: what a person reads out, types or
// scans.
//
// Bytes, then Crockford base32 (5 bits a character, first bits first, last
// character filled with zero bits) in groups of eight with dashes:
//   version 1 = 1 | workspace 32 | one-time CURVE key 32 | secret 16 |
//   endpoint length 1 | endpoint | check 4
// check = first 4 bytes of BLAKE2b-256(0x43 || all before). It stays at the
// end in every version, so that a typing mistake is told from a newer version.
// Reading: case, dashes and blanks do not matter; O is 0, I and L are 1.
#include <string.h>

#include "base/buf.h"
#include "base/reader.h"
#include "crypto/hash.h"
#include "member/enrol.h"

enum {
    VERSION = 1,
    CHECK = 4,
    FIXED = 1 + 32 + 32 + 16 + 1,
    BYTES_MAX =
        FIXED + (int)sizeof(((struct td_code *)0)->endpoint) - 1 + CHECK,
    GROUP = 8,
    CHECK_DOMAIN = 0x43
};

// All groups, their dashes and the NUL fit what the header promises.
_Static_assert((BYTES_MAX * 8 + 4) / 5 + (BYTES_MAX * 8 + 4) / 5 / GROUP + 1 <=
                   TD_CODE_TEXT_MAX,
    "text of the longest code");

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void
check_of(const uint8_t *p, size_t n, uint8_t out[CHECK])
{
    tandem_slice part = {p, n};
    struct td_hash h = td_hash_parts(CHECK_DOMAIN, &part, 1);

    memcpy(out, h.b, CHECK);
}

// "tcp://" and printable ASCII without blanks: what a socket takes and a
// screen shows.
static bool
endpoint_valid(const char *s, size_t n)
{
    if (n < 7 || memcmp(s, "tcp://", 6) != 0) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (s[i] <= 0x20 || s[i] >= 0x7f) {
            return false;
        }
    }
    return true;
}

static tandem_err
text_of(const uint8_t *p, size_t n, char *out, size_t room)
{
    size_t chars = (n * 8 + 4) / 5;
    size_t at = 0;

    if (room < chars + (chars - 1) / GROUP + 1) {
        return TANDEM_ELIMIT;
    }
    for (size_t i = 0; i < chars; i++) {
        size_t bit = i * 5;
        unsigned v = (unsigned)p[bit / 8] << 8;

        if (bit / 8 + 1 < n) {
            v |= p[bit / 8 + 1];
        }
        if (i > 0 && i % GROUP == 0) {
            out[at++] = '-';
        }
        out[at++] = digits[(v >> (11 - bit % 8)) & 31];
    }
    out[at] = '\0';
    return TANDEM_OK;
}

tandem_err
td_code_write(const struct td_code *c, char *out, size_t room)
{
    const char *end = memchr(c->endpoint, '\0', sizeof(c->endpoint));
    uint8_t bytes[BYTES_MAX];
    size_t len, n = 0;
    tandem_err err;

    if (end == NULL) {
        return TANDEM_EVALUE;
    }
    len = (size_t)(end - c->endpoint);
    if (!endpoint_valid(c->endpoint, len)) {
        return TANDEM_EVALUE;
    }
    bytes[n++] = VERSION;
    memcpy(bytes + n, c->workspace.b, 32);
    n += 32;
    memcpy(bytes + n, c->curve, 32);
    n += 32;
    memcpy(bytes + n, c->secret, 16);
    n += 16;
    bytes[n++] = (uint8_t)len;
    memcpy(bytes + n, c->endpoint, len);
    n += len;
    check_of(bytes, n, bytes + n);
    n += CHECK;
    TD_ASSERT(n <= sizeof(bytes));
    err = text_of(bytes, n, out, room);
    td_wipe(bytes, sizeof(bytes));
    return err;
}

// 0..31, or -1: not a character of a code, or -2: one to skip.
static int
digit_of(char c)
{
    const char *at;

    if (c >= 'a' && c <= 'z') {
        c = (char)(c - 'a' + 'A');
    }
    switch (c) {
    case '-':
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return -2;
    case 'O':
        return 0;
    case 'I':
    case 'L':
        return 1;
    default:
        at = c == '\0' ? NULL : strchr(digits, c);
        return at == NULL ? -1 : (int)(at - digits);
    }
}

// At most TD_CODE_TEXT_MAX characters count; what a person pasted around them
// may make the text longer, but not without end.
static bool
bytes_of(const char *text, uint8_t out[BYTES_MAX], size_t *len)
{
    unsigned bits = 0, held = 0;
    size_t n = 0, used = 0;

    for (size_t i = 0; text[i] != '\0'; i++) {
        int d = digit_of(text[i]);

        if (d == -2) {
            if (i > 4 * TD_CODE_TEXT_MAX) {
                return false;
            }
            continue;
        }
        if (d < 0 || ++used > TD_CODE_TEXT_MAX) {
            return false;
        }
        bits = (bits << 5 | (unsigned)d) & 0xfff;
        held += 5;
        if (held >= 8) {
            if (n == BYTES_MAX) {
                return false;
            }
            held -= 8;
            out[n++] = (uint8_t)(bits >> held);
        }
    }
    *len = n;
    return held < 5 && (bits & ((1U << held) - 1)) == 0;
}

static tandem_err
not_a_code(tandem_error *e)
{
    return td_fail(e, TANDEM_EVALUE,
        "this is not an enrolment code, or it was mistyped; copy it again",
        "ce n'est pas un code d'inscription, ou il a été mal recopié ; "
        "recopiez-le");
}

static tandem_err
parse(const uint8_t *bytes, size_t n, struct td_code *out, tandem_error *e)
{
    struct td_code c;
    struct td_reader r;
    uint8_t check[CHECK];
    uint8_t version;
    tandem_slice endpoint;

    if (n < 1 + CHECK) {
        return not_a_code(e);
    }
    check_of(bytes, n - CHECK, check);
    if (memcmp(check, bytes + n - CHECK, CHECK) != 0) {
        return not_a_code(e);
    }
    memset(&c, 0, sizeof(c));
    td_reader_init(&r, (tandem_slice){bytes, n - CHECK});
    version = td_read_u8(&r);
    if (version > VERSION) {
        return td_fail(e, TANDEM_EVERSION,
            "this code was made by a newer version; update this device first",
            "ce code vient d'une version plus récente ; mettez d'abord cet "
            "appareil à jour");
    }
    td_read_copy(&r, c.workspace.b, 32);
    td_read_copy(&r, c.curve, 32);
    td_read_copy(&r, c.secret, 16);
    endpoint = td_read_bytes(&r, td_read_u8(&r));
    if (!td_reader_done(&r) || version != VERSION ||
        endpoint.len >= sizeof(c.endpoint) ||
        !endpoint_valid((const char *)endpoint.ptr, endpoint.len)) {
        td_wipe(&c, sizeof(c));
        return not_a_code(e);
    }
    memcpy(c.endpoint, endpoint.ptr, endpoint.len);
    *out = c;
    td_wipe(&c, sizeof(c));
    return TANDEM_OK;
}

tandem_err
td_code_read(const char *text, struct td_code *out, tandem_error *e)
{
    uint8_t bytes[BYTES_MAX];
    size_t n;
    tandem_err err;

    if (!bytes_of(text, bytes, &n)) {
        err = not_a_code(e);
    } else {
        err = parse(bytes, n, out, e);
    }
    td_wipe(bytes, sizeof(bytes));
    return err;
}
