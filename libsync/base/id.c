// SPDX-License-Identifier: Apache-2.0
// id.c - identifiers: order, text, making.
#include "base/id.h"

#include <string.h>

#include "base/fail.h"
#include "base/slice.h"

const tandem_id td_sector_control = {{0}};
const tandem_id td_sector_common = {
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

int
td_id_cmp(tandem_id a, tandem_id b)
{
    return memcmp(a.b, b.b, sizeof(a.b));
}

int
td_log_id_cmp(struct td_log_id a, struct td_log_id b)
{
    return memcmp(a.b, b.b, sizeof(a.b));
}

int
td_hash_cmp(const struct td_hash *a, const struct td_hash *b)
{
    return memcmp(a->b, b->b, sizeof(a->b));
}

bool
td_hash_eq(const struct td_hash *a, const struct td_hash *b)
{
    return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

int
td_device_cmp(tandem_device_id a, tandem_device_id b)
{
    return memcmp(a.b, b.b, sizeof(a.b));
}

struct td_hash16
td_hash_short(const struct td_hash *h)
{
    struct td_hash16 out;

    memcpy(out.b, h->b, sizeof(out.b));
    return out;
}

// RFC 9562, sections 4.1 and 4.2: the variant, and the version.
static void
stamp(tandem_id *id, uint8_t version)
{
    id->b[6] = (uint8_t)((id->b[6] & 0x0f) | version << 4);
    id->b[8] = (uint8_t)((id->b[8] & 0x3f) | 0x80);
}

tandem_err
td_id_new(struct td_rng rng, int64_t wall_ms, tandem_id *out)
{
    const int64_t last = (INT64_C(1) << 48) - 1;
    tandem_id id;
    size_t i;

    TD_TRY(rng.fill(rng.ctx, id.b + 6, sizeof(id.b) - 6));
    if (wall_ms < 0) {
        wall_ms = 0;
    } else if (wall_ms > last) {
        wall_ms = last;
    }
    for (i = 0; i < 6; i++) {
        id.b[i] = (uint8_t)((uint64_t)wall_ms >> (40 - 8 * i));
    }
    stamp(&id, 7);
    *out = id;
    return TANDEM_OK;
}

tandem_id
td_id_v8(const uint8_t b[16])
{
    tandem_id id;

    memcpy(id.b, b, sizeof(id.b));
    stamp(&id, 8);
    return id;
}

void
tandem_id_text(tandem_id id, char out[37])
{
    static const uint8_t group[] = {4, 2, 2, 2, 6};
    size_t from = 0;
    size_t to = 0;
    size_t i;

    for (i = 0; i < sizeof(group); i++) {
        if (i > 0) {
            out[to++] = '-';
        }
        td_hex((tandem_slice){id.b + from, group[i]}, out + to);
        from += group[i];
        to += 2 * (size_t)group[i];
    }
    TD_ASSERT(from == 16 && to == 36);
}

bool
tandem_id_parse(const char *text, tandem_id *out)
{
    char hex[33];
    size_t to = 0;
    size_t i;
    bool dashed;

    if (text == NULL || out == NULL) {
        return false;
    }
    dashed = strlen(text) == 36;
    // A shorter text ends the loop at its NUL; none is read past.
    for (i = 0; text[i] != '\0' && i < 37; i++) {
        if (dashed && (i == 8 || i == 13 || i == 18 || i == 23)) {
            if (text[i] != '-') {
                return false;
            }
            continue;
        }
        if (to == 32) {
            return false;
        }
        hex[to++] = text[i];
    }
    hex[to] = '\0';
    return td_unhex(hex, out->b, sizeof(out->b));
}

bool
tandem_id_equal(tandem_id a, tandem_id b)
{
    return td_id_cmp(a, b) == 0;
}

bool
tandem_id_is_none(tandem_id id)
{
    static const tandem_id none = {{0}};

    return td_id_cmp(id, none) == 0;
}

void
tandem_device_text(tandem_device_id id, char out[65])
{
    td_hex((tandem_slice){id.b, sizeof(id.b)}, out);
}

bool
tandem_device_parse(const char *text, tandem_device_id *out)
{
    return text != NULL && out != NULL &&
           td_unhex(text, out->b, sizeof(out->b));
}
