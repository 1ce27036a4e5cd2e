// SPDX-License-Identifier: Apache-2.0
// map.h - keys, each with a register of its own.
#ifndef TD_CRDT_MAP_H
#define TD_CRDT_MAP_H

#include "crdt/register.h"

struct td_entry {
    uint8_t *key; // canonical
    size_t len;
    struct td_reg reg; // at least one version
};

struct td_map { // rising by key
    struct td_entry *e;
    size_t count, cap;
};

void td_map_deinit(const tandem_sys *sys, struct td_map *m);
tandem_err td_map_dup(
    const tandem_sys *sys, const struct td_map *m, struct td_map *out);
const struct td_reg *td_map_find(const struct td_map *m, tandem_slice key);
// As td_reg_drop and td_reg_add on the key's register.
tandem_err td_map_put(const tandem_sys *sys, struct td_map *m, tandem_slice key,
    const struct td_ver *like, tandem_slice value, tandem_slice why,
    const struct td_eff *e);
// Remove the versions of the key that `e` saw; without any the key is gone.
void td_map_drop(const tandem_sys *sys, struct td_map *m, tandem_slice key,
    const struct td_eff *e);
// For decoding: append a key beyond the last.
tandem_err td_map_append(
    const tandem_sys *sys, struct td_map *m, tandem_slice key);

#endif
