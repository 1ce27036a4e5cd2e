// SPDX-License-Identifier: Apache-2.0
// beacon_message.c - the datagram of a beacon, written and read.
#include "node/beacon_message.h"

#include "base/fail.h"
#include "base/reader.h"
#include "base/slice.h"
#include "crypto/hash.h"

static const uint8_t version = 1;

struct td_key
td_beacon_key(const struct td_key *epoch)
{
    tandem_slice part = td_slice_str("td.beacon");
    struct td_key out;

    td_hash_keyed(epoch->b, &part, 1, out.b, sizeof(out.b));
    return out;
}

tandem_err
td_beacon_put(const struct td_key *key, const struct td_beacon_message *m,
    struct td_rng rng, uint8_t out[TD_BEACON_BYTES])
{
    uint8_t text[TD_BEACON_PLAIN];
    struct td_buf plain, whole;

    td_buf_over(&plain, text, sizeof(text));
    td_buf_put(&plain, m->device.b, sizeof(m->device.b));
    td_buf_put_be64(&plain, m->said_ms);
    td_buf_put_u8(&plain, (uint8_t)(m->port >> 8));
    td_buf_put_u8(&plain, (uint8_t)m->port);
    td_buf_over(&whole, out, TD_BEACON_BYTES);
    td_buf_put_u8(&whole, version);
    TD_TRY(td_seal(
        key, (tandem_slice){&version, 1}, td_buf_slice(&plain), rng, &whole));
    return whole.err;
}

static bool
read_plain(tandem_slice plain, struct td_beacon_message *out)
{
    struct td_beacon_message m;
    struct td_reader r;

    td_reader_init(&r, plain);
    td_read_copy(&r, m.device.b, sizeof(m.device.b));
    m.said_ms = td_read_be64(&r);
    m.port = td_read_be16(&r);
    if (!td_reader_done(&r) || m.port == 0) {
        return false;
    }
    *out = m;
    return true;
}

bool
td_beacon_read(const struct td_key *keys, size_t count, tandem_slice in,
    struct td_beacon_message *out)
{
    uint8_t text[TD_BEACON_PLAIN];
    struct td_buf plain;

    if (in.len != TD_BEACON_BYTES || in.ptr[0] != version) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        td_buf_over(&plain, text, sizeof(text));
        if (td_open(&keys[i], (tandem_slice){&version, 1},
                (tandem_slice){in.ptr + 1, in.len - 1}, &plain) == TANDEM_OK) {
            return read_plain(td_buf_slice(&plain), out);
        }
    }
    return false;
}
