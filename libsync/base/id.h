// SPDX-License-Identifier: Apache-2.0
// id.h - the small fixed identifiers and their order.
#ifndef TD_BASE_ID_H
#define TD_BASE_ID_H

#include "base/sys.h"

struct td_hash {
    uint8_t b[32];
};
struct td_hash16 {
    uint8_t b[16];
};
struct td_log_id {
    uint8_t b[16];
};
struct td_epoch_id {
    uint8_t b[16];
};

_Static_assert(sizeof(struct td_hash) == 32, "wire size");
_Static_assert(sizeof(struct td_log_id) == 16, "wire size");

int td_id_cmp(tandem_id a, tandem_id b);
int td_log_id_cmp(struct td_log_id a, struct td_log_id b);
int td_hash_cmp(const struct td_hash *a, const struct td_hash *b);
bool td_hash_eq(const struct td_hash *a, const struct td_hash *b);
int td_device_cmp(tandem_device_id a, tandem_device_id b);
struct td_hash16 td_hash_short(const struct td_hash *h); // first 16 bytes

// UUIDv7 (RFC 9562, section 5.7): 48 bits of `wall_ms`, 74 random bits.
tandem_err td_id_new(struct td_rng rng, int64_t wall_ms, tandem_id *out);
// UUIDv8 (RFC 9562, section 5.8) of 16 given bytes.
tandem_id td_id_v8(const uint8_t b[16]);

extern const tandem_id td_sector_control; // all zero
extern const tandem_id td_sector_common;  // 00...01

#endif
