// SPDX-License-Identifier: Apache-2.0
// map.c - a map of registers; see map.h.
#include "crdt/map.h"

#include <string.h>

#include "base/fail.h"
#include "base/slice.h"
#include "crdt/array.h"

static void
entry_free(const tandem_sys *sys, struct td_entry *e)
{
    td_free(sys, e->key, e->len);
    td_reg_deinit(sys, &e->reg);
}

void
td_map_deinit(const tandem_sys *sys, struct td_map *m)
{
    for (size_t i = 0; i < m->count; i++) {
        entry_free(sys, &m->e[i]);
    }
    if (m->e != NULL) {
        td_free(sys, m->e, m->cap * sizeof *m->e);
    }
    *m = (struct td_map){0};
}

static size_t
place(const struct td_map *m, tandem_slice key, bool *found)
{
    size_t lo = 0;
    size_t hi = m->count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        tandem_slice there = {m->e[mid].key, m->e[mid].len};

        if (td_slice_cmp(there, key) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    *found = lo < m->count &&
             td_slice_eq((tandem_slice){m->e[lo].key, m->e[lo].len}, key);
    return lo;
}

const struct td_reg *
td_map_find(const struct td_map *m, tandem_slice key)
{
    bool found;
    size_t at = place(m, key, &found);

    return found ? &m->e[at].reg : NULL;
}

static tandem_err
insert(const tandem_sys *sys, struct td_map *m, size_t at, tandem_slice key)
{
    struct td_entry *room;
    struct td_entry e = {0};

    TD_ASSERT(key.len > 0);
    room = td_array_room(sys, m->e, &m->cap, m->count + 1, sizeof *m->e);
    if (room == NULL) {
        return TANDEM_ENOMEM;
    }
    m->e = room;
    e.len = key.len;
    e.key = td_alloc(sys, key.len);
    if (e.key == NULL) {
        return TANDEM_ENOMEM;
    }
    memcpy(e.key, key.ptr, key.len);
    memmove(m->e + at + 1, m->e + at, (m->count - at) * sizeof *m->e);
    m->e[at] = e;
    m->count++;
    return TANDEM_OK;
}

tandem_err
td_map_append(const tandem_sys *sys, struct td_map *m, tandem_slice key)
{
    return insert(sys, m, m->count, key);
}

tandem_err
td_map_put(const tandem_sys *sys, struct td_map *m, tandem_slice key,
    const struct td_ver *like, tandem_slice value, tandem_slice why,
    const struct td_eff *e)
{
    bool found;
    size_t at = place(m, key, &found);

    if (!found) {
        TD_TRY(insert(sys, m, at, key));
    }
    td_reg_drop(sys, &m->e[at].reg, e);
    return td_reg_add(sys, &m->e[at].reg, like, value, why);
}

void
td_map_drop(const tandem_sys *sys, struct td_map *m, tandem_slice key,
    const struct td_eff *e)
{
    bool found;
    size_t at = place(m, key, &found);

    if (!found) {
        return;
    }
    td_reg_drop(sys, &m->e[at].reg, e);
    if (m->e[at].reg.count == 0) {
        entry_free(sys, &m->e[at]);
        m->count--;
        memmove(m->e + at, m->e + at + 1, (m->count - at) * sizeof *m->e);
    }
}

tandem_err
td_map_dup(const tandem_sys *sys, const struct td_map *m, struct td_map *out)
{
    for (size_t i = 0; i < m->count; i++) {
        TD_TRY(
            td_map_append(sys, out, (tandem_slice){m->e[i].key, m->e[i].len}));
        TD_TRY(td_reg_dup(sys, &m->e[i].reg, &out->e[i].reg));
    }
    return TANDEM_OK;
}
