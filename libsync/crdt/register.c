// SPDX-License-Identifier: Apache-2.0
// register.c - a multi-value register; see register.h.
#include "crdt/register.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/slice.h"
#include "crdt/array.h"

tandem_slice
td_ver_value(const struct td_ver *v)
{
    return (tandem_slice){v->bytes, v->value_len};
}

tandem_slice
td_ver_why(const struct td_ver *v)
{
    return (tandem_slice){v->bytes + v->value_len, v->why_len};
}

bool
td_reg_before(
    const struct td_reg *r, const struct td_ver *a, const struct td_ver *b)
{
    if (a->clock != b->clock) {
        return r->rising ? a->clock < b->clock : a->clock > b->clock;
    }
    return td_dot_cmp(&a->dot, &b->dot) < 0;
}

static void
ver_free(const tandem_sys *sys, struct td_ver *v)
{
    td_free(sys, v->bytes, v->value_len + v->why_len);
    td_vec_free(sys, v->seen);
}

void
td_reg_deinit(const tandem_sys *sys, struct td_reg *r)
{
    for (size_t i = 0; i < r->count; i++) {
        ver_free(sys, &r->v[i]);
    }
    if (r->v != NULL) {
        td_free(sys, r->v, r->cap * sizeof *r->v);
    }
    *r = (struct td_reg){0};
}

void
td_reg_drop(const tandem_sys *sys, struct td_reg *r, const struct td_eff *e)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->count; i++) {
        if (td_eff_saw(e, &r->v[i].dot)) {
            ver_free(sys, &r->v[i]);
        } else {
            r->v[kept++] = r->v[i];
        }
    }
    r->count = kept;
}

static size_t
place(const struct td_reg *r, const struct td_ver *v)
{
    size_t lo = 0;
    size_t hi = r->count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (td_reg_before(r, &r->v[mid], v)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

tandem_err
td_reg_add(const tandem_sys *sys, struct td_reg *r, const struct td_ver *like,
    tandem_slice value, tandem_slice why)
{
    struct td_ver v = *like;
    struct td_ver *room;
    size_t at;

    TD_ASSERT(value.len > 0);
    v.value_len = value.len;
    v.why_len = why.len;
    v.bytes = td_alloc(sys, value.len + why.len);
    if (v.bytes == NULL) {
        td_vec_free(sys, v.seen);
        return TANDEM_ENOMEM;
    }
    memcpy(v.bytes, value.ptr, value.len);
    if (why.len > 0) {
        memcpy(v.bytes + value.len, why.ptr, why.len);
    }
    room = td_array_room(sys, r->v, &r->cap, r->count + 1, sizeof *r->v);
    if (room == NULL) {
        ver_free(sys, &v);
        return TANDEM_ENOMEM;
    }
    r->v = room;
    at = place(r, &v);
    memmove(r->v + at + 1, r->v + at, (r->count - at) * sizeof *r->v);
    r->v[at] = v;
    r->count++;
    return TANDEM_OK;
}

tandem_err
td_reg_explain(const tandem_sys *sys, struct td_ver *v, tandem_slice why)
{
    uint8_t *bytes;

    TD_ASSERT(v->why_len == 0);
    if (why.len == 0) {
        return TANDEM_OK;
    }
    bytes = td_grow(sys, v->bytes, v->value_len, v->value_len + why.len);
    if (bytes == NULL) {
        return TANDEM_ENOMEM;
    }
    memcpy(bytes + v->value_len, why.ptr, why.len);
    v->bytes = bytes;
    v->why_len = why.len;
    return TANDEM_OK;
}

tandem_err
td_reg_dup(const tandem_sys *sys, const struct td_reg *r, struct td_reg *out)
{
    out->rising = r->rising;
    for (size_t i = 0; i < r->count; i++) {
        struct td_ver like = r->v[i];

        TD_TRY(td_vec_dup(sys, r->v[i].seen, &like.seen));
        TD_TRY(td_reg_add(
            sys, out, &like, td_ver_value(&r->v[i]), td_ver_why(&r->v[i])));
    }
    return TANDEM_OK;
}

static int
by_value(const void *a, const void *b)
{
    const struct td_ver *const *x = a;
    const struct td_ver *const *y = b;

    return td_slice_cmp(td_ver_value(*x), td_ver_value(*y));
}

// Few versions are compared with each other; many (a hostile record) sorted.
size_t
td_reg_distinct(const tandem_sys *sys, const struct td_reg *r)
{
    const struct td_ver **sorted = NULL;
    size_t distinct = 0;

    if (r->count > 64) {
        sorted = td_alloc(sys, r->count * sizeof *sorted);
    }
    if (sorted != NULL) {
        for (size_t i = 0; i < r->count; i++) {
            sorted[i] = &r->v[i];
        }
        qsort(sorted, r->count, sizeof *sorted, by_value);
        for (size_t i = 0; i < r->count; i++) {
            distinct += i == 0 || by_value(&sorted[i - 1], &sorted[i]) != 0;
        }
        td_free(sys, sorted, r->count * sizeof *sorted);
        return distinct;
    }
    for (size_t i = 0; i < r->count; i++) {
        size_t k = 0;

        while (k < i &&
               !td_slice_eq(td_ver_value(&r->v[k]), td_ver_value(&r->v[i]))) {
            k++;
        }
        distinct += k == i;
    }
    return distinct;
}
