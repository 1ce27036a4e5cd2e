// SPDX-License-Identifier: Apache-2.0
// set.c - an add-wins set; see set.h.
#include "crdt/set.h"

#include <string.h>

#include "base/fail.h"
#include "base/slice.h"
#include "crdt/array.h"

static void
elem_free(const tandem_sys *sys, struct td_elem *e)
{
    td_free(sys, e->bytes, e->len);
    if (e->dots != NULL) {
        td_free(sys, e->dots, e->cap * sizeof *e->dots);
    }
}

void
td_set_deinit(const tandem_sys *sys, struct td_set *s)
{
    for (size_t i = 0; i < s->count; i++) {
        elem_free(sys, &s->e[i]);
    }
    if (s->e != NULL) {
        td_free(sys, s->e, s->cap * sizeof *s->e);
    }
    *s = (struct td_set){0};
}

static size_t
place(const struct td_set *s, tandem_slice element, bool *found)
{
    size_t lo = 0;
    size_t hi = s->count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        tandem_slice there = {s->e[mid].bytes, s->e[mid].len};

        if (td_slice_cmp(there, element) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    *found = lo < s->count &&
             td_slice_eq((tandem_slice){s->e[lo].bytes, s->e[lo].len}, element);
    return lo;
}

static tandem_err
insert(const tandem_sys *sys, struct td_set *s, size_t at, tandem_slice element)
{
    struct td_elem *room;
    struct td_elem e = {0};

    TD_ASSERT(element.len > 0);
    room = td_array_room(sys, s->e, &s->cap, s->count + 1, sizeof *s->e);
    if (room == NULL) {
        return TANDEM_ENOMEM;
    }
    s->e = room;
    e.len = element.len;
    e.bytes = td_alloc(sys, element.len);
    if (e.bytes == NULL) {
        return TANDEM_ENOMEM;
    }
    memcpy(e.bytes, element.ptr, element.len);
    memmove(s->e + at + 1, s->e + at, (s->count - at) * sizeof *s->e);
    s->e[at] = e;
    s->count++;
    return TANDEM_OK;
}

tandem_err
td_set_append(const tandem_sys *sys, struct td_set *s, tandem_slice element)
{
    return insert(sys, s, s->count, element);
}

tandem_err
td_elem_append(
    const tandem_sys *sys, struct td_elem *e, const struct td_dot *dot)
{
    struct td_dot *room =
        td_array_room(sys, e->dots, &e->cap, e->count + 1, sizeof *e->dots);

    if (room == NULL) {
        return TANDEM_ENOMEM;
    }
    e->dots = room;
    e->dots[e->count++] = *dot;
    return TANDEM_OK;
}

static void
drop_seen(struct td_elem *el, const struct td_eff *e)
{
    size_t kept = 0;

    for (size_t i = 0; i < el->count; i++) {
        if (!td_eff_saw(e, &el->dots[i])) {
            el->dots[kept++] = el->dots[i];
        }
    }
    el->count = kept;
}

tandem_err
td_set_add(const tandem_sys *sys, struct td_set *s, tandem_slice element,
    const struct td_dot *dot, const struct td_eff *e)
{
    bool found;
    size_t at = place(s, element, &found);
    struct td_elem *el;
    size_t i;

    if (!found) {
        TD_TRY(insert(sys, s, at, element));
    }
    el = &s->e[at];
    drop_seen(el, e);
    TD_TRY(td_elem_append(sys, el, dot));
    for (i = el->count - 1; i > 0 && td_dot_cmp(&el->dots[i - 1], dot) > 0;
         i--) {
        el->dots[i] = el->dots[i - 1];
    }
    el->dots[i] = *dot;
    return TANDEM_OK;
}

void
td_set_remove(const tandem_sys *sys, struct td_set *s, tandem_slice element,
    const struct td_eff *e)
{
    bool found;
    size_t at = place(s, element, &found);

    if (!found) {
        return;
    }
    drop_seen(&s->e[at], e);
    if (s->e[at].count == 0) {
        elem_free(sys, &s->e[at]);
        s->count--;
        memmove(s->e + at, s->e + at + 1, (s->count - at) * sizeof *s->e);
    }
}

tandem_err
td_set_dup(const tandem_sys *sys, const struct td_set *s, struct td_set *out)
{
    for (size_t i = 0; i < s->count; i++) {
        TD_TRY(td_set_append(
            sys, out, (tandem_slice){s->e[i].bytes, s->e[i].len}));
        for (size_t k = 0; k < s->e[i].count; k++) {
            TD_TRY(td_elem_append(sys, &out->e[i], &s->e[i].dots[k]));
        }
    }
    return TANDEM_OK;
}
