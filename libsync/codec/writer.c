// SPDX-License-Identifier: Apache-2.0
// writer.c - canonical MessagePack into a td_buf, through msgpack-c.
//
// msgpack-c already packs integers and lengths in their shortest form; what it
// would let through and our cursor would not is refused here, so that nothing
// is written that cannot be read again.
#include "codec/writer.h"

#include <msgpack.h>

#include "base/fail.h"
#include "base/slice.h"
#include "codec/cursor.h"

static int
put(void *data, const char *p, size_t n)
{
    struct td_buf *b = data;

    td_buf_put(b, p, n);
    return b->err == TANDEM_OK ? 0 : -1;
}

static msgpack_packer
packer(struct td_buf *b)
{
    msgpack_packer pk;

    TD_ASSERT(b != NULL);
    msgpack_packer_init(&pk, b, put);
    return pk;
}

// A length that the format cannot hold fails the buffer.
static bool
fits(struct td_buf *b, size_t n)
{
    if (n > UINT32_MAX && b->err == TANDEM_OK) {
        b->err = TANDEM_ELIMIT;
    }
    return b->err == TANDEM_OK;
}

void
td_mp_nil(struct td_buf *b)
{
    msgpack_packer pk = packer(b);

    (void)msgpack_pack_nil(&pk);
}

void
td_mp_bool(struct td_buf *b, bool v)
{
    msgpack_packer pk = packer(b);

    (void)(v ? msgpack_pack_true(&pk) : msgpack_pack_false(&pk));
}

void
td_mp_int(struct td_buf *b, int64_t v)
{
    msgpack_packer pk = packer(b);

    (void)msgpack_pack_int64(&pk, v);
}

void
td_mp_uint(struct td_buf *b, uint64_t v)
{
    msgpack_packer pk = packer(b);

    (void)msgpack_pack_uint64(&pk, v);
}

void
td_mp_str(struct td_buf *b, tandem_slice utf8)
{
    msgpack_packer pk = packer(b);

    if (!td_utf8_valid(utf8) && b->err == TANDEM_OK) {
        b->err = TANDEM_EVALUE;
    }
    if (fits(b, utf8.len)) {
        (void)msgpack_pack_str(&pk, utf8.len);
        td_buf_put_slice(b, utf8);
    }
}

void
td_mp_bin(struct td_buf *b, const void *p, size_t n)
{
    msgpack_packer pk = packer(b);

    if (fits(b, n)) {
        (void)msgpack_pack_bin(&pk, n);
        td_buf_put(b, p, n);
    }
}

void
td_mp_array(struct td_buf *b, size_t n)
{
    msgpack_packer pk = packer(b);

    if (fits(b, n)) {
        (void)msgpack_pack_array(&pk, n);
    }
}

void
td_mp_map(struct td_buf *b, size_t n)
{
    msgpack_packer pk = packer(b);

    if (fits(b, n)) {
        (void)msgpack_pack_map(&pk, n);
    }
}

void
td_mp_raw(struct td_buf *b, tandem_slice canonical)
{
    TD_DASSERT(td_mp_check(canonical) == TD_MP_FINE);
    td_buf_put_slice(b, canonical);
}
