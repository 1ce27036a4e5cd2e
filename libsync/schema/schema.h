// SPDX-License-Identifier: Apache-2.0
// schema.h - an immutable, counted snapshot of the packs that count.
#ifndef TD_SCHEMA_SCHEMA_H
#define TD_SCHEMA_SCHEMA_H

#include "schema/pack.h"

struct td_schema {
    atomic_uint refs;
    size_t kind_count;
    size_t pack_count;
    struct td_pack **packs; // by name; each retained
    size_t bytes;           // of this block
    tandem_sys sys;
};

// Retains each pack. EMISUSE when two have one name. `n` may be 0.
TANDEM_CHECK tandem_err td_schema_new(const tandem_sys *sys,
    struct td_pack *const *packs, size_t n, struct td_schema **out);
struct td_schema *td_schema_retain(struct td_schema *s); // any thread
// Release: tandem_schema_free().

// The kind a body names: its pack's tag and its number; NULL when unknown.
const tandem_kind_info *td_schema_kind_by_tag(
    const struct td_schema *s, const uint8_t tag[8], uint32_t n);

#endif
