// SPDX-License-Identifier: Apache-2.0
// hostile.c - see hostile.h.
#include "sim/hostile.h"

#include <stdlib.h>
#include <string.h>

#include "sim/world.h"

void
hostile_check(struct world *w, struct device *d)
{
    struct heads h = {0};

    heads_take(&h, d);
    for (size_t i = 0; i < h.count; i++) {
        struct td_head last = {h.of[i].id, h.of[i].head_seq, h.of[i].head};

        if (!model_knows(&w->model, &last)) {
            world_fail(w, COUNT_FLIPPED,
                "device %zu holds an entry nobody wrote", d->index);
        }
    }
    heads_free(&h);
}

void
hostile_keep(struct world *w, const struct link *l, size_t from, tandem_slice m)
{
    struct stash *s = &w->stash;
    size_t at = s->count < STASH ? s->count++ : world_pick(w, STASH);

    if (m.len > sizeof(s->of[at].bytes)) {
        return;
    }
    s->of[at].from = l->side[from].d->index;
    s->of[at].to = l->side[1 - from].d->index;
    s->of[at].len = m.len;
    memcpy(s->of[at].bytes, m.ptr, m.len);
}

// ------------------------------------------------------------ another session

static bool
is_fin(tandem_slice m)
{
    struct td_msg msg;

    return td_msg_decode(m, &msg) == TANDEM_OK && msg.type == TD_MSG_FIN;
}

// A message of a session that is over, said by the same device: a FIN changes
// nothing of what is known of the peer.
static void
stale(struct world *w, struct link *l, size_t from)
{
    struct device *to = l->side[1 - from].d;
    tandem_device_id peer = l->side[from].d->id;

    for (size_t i = 0; i < w->stash.count; i++) {
        tandem_slice m = {w->stash.of[i].bytes, w->stash.of[i].len};
        struct td_peer was = {.their_lsn = 0}, is = {.their_lsn = 0};

        if (w->stash.of[i].from != l->side[from].d->index ||
            w->stash.of[i].to != to->index) {
            continue;
        }
        world_count(w, COUNT_REPLAYED);
        (void)!td_peer_get(to->r, &peer, &was);
        link_hear(w, l, from, m);
        if (!is_fin(m)) {
            return;
        }
        (void)!td_peer_get(to->r, &peer, &is);
        if (was.their_lsn != is.their_lsn ||
            was.last_sync_ms != is.last_sync_ms ||
            link_report(l, 1 - from).state == TANDEM_SESSION_DONE) {
            world_fail(
                w, COUNT_STALE, "device %zu believes a FIN of old", to->index);
        }
        world_count(w, COUNT_STALE);
        return;
    }
}

// ------------------------------------------------------------------- changing

static void
flip(struct world *w, struct link *l, size_t from, const struct letter *x)
{
    uint8_t *copy = malloc(x->len);

    TD_ASSERT(copy != NULL);
    memcpy(copy, x->bytes, x->len);
    for (size_t n = 1 + world_pick(w, 3); n > 0; n--) {
        size_t bit = world_pick(w, x->len * 8);

        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    link_hear(w, l, from, (tandem_slice){copy, x->len});
    free(copy);
    world_count(w, COUNT_FLIPPED);
}

// The next one first. false: there is none.
static bool
reorder(struct world *w, struct link *l, size_t from, const struct letter *x)
{
    struct letter *next = l->side[from].first;

    if (next == NULL) {
        return false;
    }
    l->side[from].first = next->next;
    link_hear(w, l, from, (tandem_slice){next->bytes, next->len});
    link_hear(w, l, from, (tandem_slice){x->bytes, x->len});
    free(next);
    world_count(w, COUNT_REORDERED);
    return true;
}

void
hostile_carry(
    struct world *w, struct link *l, size_t from, const struct letter *x)
{
    tandem_slice m = {x->bytes, x->len};

    switch (world_pick(w, 24)) {
    case 0:
    case 1:
        flip(w, l, from, x);
        break;
    case 2:
        link_hear(w, l, from, (tandem_slice){m.ptr, world_pick(w, m.len)});
        world_count(w, COUNT_TRUNCATED);
        break;
    case 3:
        link_hear(w, l, from, m);
        link_hear(w, l, from, m);
        world_count(w, COUNT_REPLAYED);
        break;
    case 4:
    case 6:
    case 7:
    case 8:
        if (reorder(w, l, from, x)) {
            break;
        }
        link_hear(w, l, from, m);
        break;
    case 5:
        stale(w, l, from);
        link_hear(w, l, from, m);
        break;
    default:
        link_hear(w, l, from, m);
        break;
    }
}
