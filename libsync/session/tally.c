// SPDX-License-Identifier: Apache-2.0
// tally.c - how many records of each kind came and went, for the report.
//
// Told by who held them, and by who sealed them for the wire. A record counts
// once per direction up to TD_SESSION_RECORDS_MAX of them. Its place in the set
// comes from a keyed hash: ids are their authors' choice, and chosen ones would
// all fall on one slot.
#include "session/state.h"

#include <string.h>

static bool
grow_set(const tandem_sys *sys, struct td_tally_set *s)
{
    size_t cap = s->cap == 0 ? 256 : s->cap * 2;
    uint64_t *slots = td_alloc(sys, cap * sizeof(*slots));

    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < s->cap; i++) {
        size_t at = (size_t)s->slots[i] & (cap - 1);

        if (s->slots[i] == 0) {
            continue;
        }
        while (slots[at] != 0) {
            at = (at + 1) & (cap - 1);
        }
        slots[at] = s->slots[i];
    }
    td_free(sys, s->slots, s->cap * sizeof(*slots));
    s->slots = slots;
    s->cap = cap;
    return true;
}

// true: not counted before. A collision makes a count of the report one too
// small.
static bool
first_time(const tandem_sys *sys, struct td_tally_set *s,
    const struct td_blind_key *k, tandem_id record)
{
    tandem_slice id = {record.b, sizeof(record.b)};
    struct td_hash16 h = td_blind(k, &id, 1);
    uint64_t key = td_be64(h.b) | UINT64_C(1) << 63;
    size_t at;

    if (s->count >= s->cap / 2 &&
        (s->count >= TD_SESSION_RECORDS_MAX || !grow_set(sys, s))) {
        return true;
    }
    at = (size_t)key & (s->cap - 1);
    while (s->slots[at] != 0) {
        if (s->slots[at] == key) {
            return false;
        }
        at = (at + 1) & (s->cap - 1);
    }
    s->slots[at] = key;
    s->count++;
    return true;
}

static struct td_tally_kind *
kind_of(struct td_session *x, const struct td_touched *item)
{
    struct td_tally *y = &x->tally;
    size_t cap = y->cap == 0 ? 16 : y->cap * 2;
    void *grown;

    for (size_t i = 0; i < y->count; i++) {
        if (y->kinds[i].kind == item->kind &&
            memcmp(y->kinds[i].pack, item->pack, 8) == 0) {
            return &y->kinds[i];
        }
    }
    if (y->count == TD_SESSION_KINDS_MAX) {
        return NULL;
    }
    if (y->count == y->cap) {
        grown = td_grow(x->sys, y->kinds, y->cap * sizeof(*y->kinds),
            cap * sizeof(*y->kinds));
        if (grown == NULL) {
            return NULL;
        }
        y->kinds = grown;
        y->cap = cap;
    }
    memset(&y->kinds[y->count], 0, sizeof(*y->kinds));
    memcpy(y->kinds[y->count].pack, item->pack, 8);
    y->kinds[y->count].kind = item->kind;
    return &y->kinds[y->count++];
}

void
td_tally(struct td_session *x, struct td_touched_list *l, bool sent)
{
    struct td_tally_set *set = sent ? &x->tally.sent : &x->tally.received;

    for (size_t i = 0; i < l->count; i++) {
        const struct td_touched *t = &l->at[i];
        struct td_tally_kind *k = kind_of(x, t);

        if (k != NULL && first_time(x->sys, set, &x->tally.key, t->record)) {
            *(sent ? &k->sent : &k->received) += 1;
        }
    }
    td_touched_free(x->sys, l);
}

void
td_tally_deinit(struct td_session *x)
{
    struct td_tally *y = &x->tally;

    td_free(x->sys, y->kinds, y->cap * sizeof(*y->kinds));
    td_free(x->sys, y->received.slots,
        y->received.cap * sizeof(*y->received.slots));
    td_free(x->sys, y->sent.slots, y->sent.cap * sizeof(*y->sent.slots));
}
