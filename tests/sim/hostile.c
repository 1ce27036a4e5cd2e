// SPDX-License-Identifier: Apache-2.0
// hostile.c - see hostile.h.
#include "sim/hostile.h"

#include <stdlib.h>
#include <string.h>

#include "session/state.h"
#include "sim/world.h"

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

static enum td_msg_type
type_of(tandem_slice m)
{
    struct td_msg msg;

    return td_msg_decode(m, &msg) == TANDEM_OK ? msg.type : 0;
}

// A FIN of a session that is over changes nothing of what is known of the
// peer, and ends nothing.
static void
hear_stale(struct world *w, struct link *l, size_t from, tandem_slice m)
{
    struct device *to = l->side[1 - from].d;
    tandem_device_id peer = l->side[from].d->id;
    struct td_peer was = {.their_lsn = 0}, is = {.their_lsn = 0};
    bool done;

    world_count(w, COUNT_REPLAYED);
    device_finish(to); // another session's with that peer is none of it
    // Its own FIN has come: what is left to do, any message sets going.
    done = link_report(l, 1 - from).state == TANDEM_SESSION_DONE ||
           l->side[1 - from].s->fin_in;
    (void)!td_peer_get(to->r, &peer, &was);
    link_hear(w, l, from, m);
    (void)!td_peer_get(to->r, &peer, &is);
    if (type_of(m) != TD_MSG_FIN) {
        return;
    }
    if (was.their_lsn != is.their_lsn || was.last_sync_ms != is.last_sync_ms ||
        (!done && link_report(l, 1 - from).state == TANDEM_SESSION_DONE)) {
        world_fail(
            w, COUNT_STALE, "device %zu believes a FIN of old", to->index);
    }
    world_count(w, COUNT_STALE);
}

// Said by the same device to the same one, in a session that is over.
static void
stale(struct world *w, struct link *l, size_t from, bool fin)
{
    size_t first = world_pick(w, STASH);

    for (size_t k = 0; k < w->stash.count; k++) {
        size_t i = (first + k) % w->stash.count;
        tandem_slice m = {w->stash.of[i].bytes, w->stash.of[i].len};

        if (w->stash.of[i].from == l->side[from].d->index &&
            w->stash.of[i].to == l->side[1 - from].d->index &&
            (!fin || type_of(m) == TD_MSG_FIN)) {
            hear_stale(w, l, from, m);
            return;
        }
    }
}

// ------------------------------------------------------------------- changing

static void
flip(struct world *w, struct link *l, size_t from, const struct letter *x,
    bool signature)
{
    uint8_t *copy = malloc(x->len);

    TD_ASSERT(copy != NULL);
    memcpy(copy, x->bytes, x->len);
    for (size_t n = 1 + world_pick(w, 3); n > 0; n--) {
        // A HEAD ends with its signature and a number.
        size_t first = signature && x->len > 70 ? x->len - 70 : 0;
        size_t bit = first * 8 + world_pick(w, (x->len - first) * 8);

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
hostile_lose(struct world *w, struct link *l)
{
    l->lost++;
    world_count(w, COUNT_DROPPED);
}

void
hostile_carry(
    struct world *w, struct link *l, size_t from, const struct letter *x)
{
    tandem_slice m = {x->bytes, x->len};

    if (type_of(m) == TD_MSG_HEAD && world_chance(w, 15)) {
        flip(w, l, from, x, true);
        return;
    }
    if (type_of(m) == TD_MSG_FIN && world_chance(w, 50)) {
        stale(w, l, from, true);
    }
    switch (world_pick(w, 24)) {
    case 0:
    case 1:
        flip(w, l, from, x, false);
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
        stale(w, l, from, false);
        link_hear(w, l, from, m);
        break;
    case 9:
        hostile_lose(w, l);
        break;
    default:
        link_hear(w, l, from, m);
        break;
    }
}
