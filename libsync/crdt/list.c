// SPDX-License-Identifier: Apache-2.0
// list.c - a list whose elements move; see list.h.
#include "crdt/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "base/slice.h"

void
td_list_key(const struct td_dot *dot, uint8_t out[TD_LIST_KEY_BYTES])
{
    memcpy(out, dot->log.b, 16);
    td_put_be64(out + 16, dot->seq);
    td_put_be32(out + 24, (uint32_t)dot->change << 16 | dot->op);
}

struct td_dot
td_list_dot(const uint8_t key[TD_LIST_KEY_BYTES])
{
    struct td_dot dot = {.seq = td_be64(key + 16)};
    uint32_t rest = td_be32(key + 24);

    memcpy(dot.log.b, key, 16);
    dot.change = (uint16_t)(rest >> 16);
    dot.op = (uint16_t)(rest & UINT16_MAX);
    return dot;
}

void
td_list_deinit(const tandem_sys *sys, struct td_list *l)
{
    td_text_free(l->places);
    td_map_deinit(sys, &l->items);
    l->places = NULL;
}

// -------------------------------------------------------------------- writing

// The characters of the versions that `e` saw: they are about to go.
static tandem_err
wipe_seen(struct td_list *l, tandem_slice key, const struct td_eff *e)
{
    const struct td_reg *reg = td_map_find(&l->items, key);

    for (size_t i = 0; reg != NULL && i < reg->count; i++) {
        struct td_char_range gone = {.first.dot = reg->v[i].dot, .len = 1};

        if (td_eff_saw(e, &reg->v[i].dot)) {
            TD_TRY(td_text_delete(l->places, &gone, 1));
        }
    }
    return TANDEM_OK;
}

tandem_err
td_list_place(const tandem_sys *sys, struct td_list *l,
    const struct td_placing *p, const struct td_ver *like,
    const struct td_eff *e)
{
    static const uint8_t mark[] = {'.'};
    const struct td_dot *name = p->element != NULL ? p->element : &like->dot;
    uint8_t bytes[TD_LIST_KEY_BYTES];
    const tandem_slice key = {bytes, sizeof bytes};

    TD_TRY(td_text_insert(l->places, &like->dot, p->left, p->right,
        (tandem_slice){mark, 1}, p->hidden));
    if (p->hidden) {
        return TANDEM_OK;
    }
    td_list_key(name, bytes);
    TD_TRY(wipe_seen(l, key, e));
    return td_map_put(sys, &l->items, key, like, p->value, p->why, e);
}

tandem_err
td_list_leave(const tandem_sys *sys, struct td_list *l,
    const struct td_dot *element, const struct td_eff *e)
{
    uint8_t bytes[TD_LIST_KEY_BYTES];
    const tandem_slice key = {bytes, sizeof bytes};

    td_list_key(element, bytes);
    TD_TRY(wipe_seen(l, key, e));
    td_map_drop(sys, &l->items, key, e);
    return TANDEM_OK;
}

// -------------------------------------------------------------------- reading

// A live character and its place among them.
struct live {
    struct td_dot dot;
    size_t place;
    bool taken; // a version has been found for it
};

static int
by_dot(const void *a, const void *b)
{
    const struct live *x = a;
    const struct live *y = b;

    return td_dot_cmp(&x->dot, &y->dot);
}

// Those of the places, sorted by dot: an array in `out`. false in *plain: one
// stands there that no PLACE types.
static tandem_err
live_places(const struct td_list *l, struct td_buf *out, bool *plain)
{
    struct td_buf ranges;
    const struct td_char_range *r;
    tandem_err err;

    td_buf_init(&ranges, out->sys, SIZE_MAX);
    err = td_text_passages(l->places, &ranges);
    r = (const struct td_char_range *)(const void *)ranges.ptr;
    *plain = true;
    for (size_t i = 0; err == TANDEM_OK && i < ranges.len / sizeof *r; i++) {
        struct live live = {.dot = r[i].first.dot, .place = i};

        *plain = *plain && r[i].len == 1 && r[i].first.offset == 0;
        td_buf_put(out, &live, sizeof live);
        err = out->err;
    }
    if (err == TANDEM_OK && out->len > 0) {
        qsort(out->ptr, out->len / sizeof(struct live), sizeof(struct live),
            by_dot);
    }
    td_buf_deinit(&ranges);
    return err;
}

static struct live *
find(const struct td_buf *places, const struct td_dot *dot)
{
    const struct live want = {.dot = *dot};

    return places->len == 0
               ? NULL
               : bsearch(&want, places->ptr, places->len / sizeof want,
                     sizeof want, by_dot);
}

static int
by_place(const void *a, const void *b)
{
    const struct td_listed *x = a;
    const struct td_listed *y = b;

    return (x->place > y->place) - (x->place < y->place);
}

tandem_err
td_list_read(const struct td_list *l, struct td_buf *out)
{
    const size_t was = out->len;
    struct td_buf places;
    bool plain = true;
    tandem_err err;

    td_buf_init(&places, out->sys, SIZE_MAX);
    err = live_places(l, &places, &plain);
    for (size_t i = 0; err == TANDEM_OK && i < l->items.count; i++) {
        const struct td_entry *item = &l->items.e[i];
        const struct live *at = find(&places, &item->reg.v[0].dot);
        struct td_listed listed = {
            .element = td_list_dot(item->key),
            .value = td_ver_value(&item->reg.v[0]),
        };

        TD_ASSERT(at != NULL);
        listed.place = at->place;
        td_buf_put(out, &listed, sizeof listed);
        err = out->err;
    }
    if (err == TANDEM_OK && out->len > was) {
        qsort(out->ptr + was, (out->len - was) / sizeof(struct td_listed),
            sizeof(struct td_listed), by_place);
    }
    td_buf_deinit(&places);
    return err;
}

tandem_err
td_list_check(const tandem_sys *sys, const struct td_list *l, bool *sound)
{
    struct td_buf places;
    size_t versions = 0;
    bool fine = true;
    tandem_err err;

    td_buf_init(&places, sys, SIZE_MAX);
    err = live_places(l, &places, &fine);
    for (size_t i = 0; err == TANDEM_OK && i < l->items.count; i++) {
        const struct td_reg *reg = &l->items.e[i].reg;

        for (size_t k = 0; k < reg->count; k++) {
            struct live *at = find(&places, &reg->v[k].dot);

            fine = fine && at != NULL && !at->taken;
            if (at != NULL) {
                at->taken = true;
            }
        }
        versions += reg->count;
    }
    if (err == TANDEM_OK) {
        *sound = fine && versions == places.len / sizeof(struct live);
    }
    td_buf_deinit(&places);
    return err;
}
