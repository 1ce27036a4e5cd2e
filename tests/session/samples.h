// SPDX-License-Identifier: Apache-2.0
// samples.h - one or two well-formed messages of every kind.
#ifndef TD_TESTS_SESSION_SAMPLES_H
#define TD_TESTS_SESSION_SAMPLES_H

#include <string.h>

#include "base/limits.h"
#include "codec/writer.h"
#include "session/message.h"

enum { SAMPLES = 31 };

static inline void
sample_fill(void *p, size_t n, uint8_t from)
{
    for (size_t i = 0; i < n; i++) {
        ((uint8_t *)p)[i] = (uint8_t)(from + i);
    }
}

static inline void
sample_place(struct td_msg_place *p, uint8_t n)
{
    sample_fill(p->log.b, 16, n);
    p->seq = (uint64_t)n << (n % 4 * 12);
    sample_fill(p->hash.b, 16, (uint8_t)(n + 100));
}

// Appends sample `i` to an empty `out`.
static inline void
sample_put(struct td_buf *out, size_t i)
{
    struct td_msg_hello hello = {
        1, 1, {1}, {2}, 1 << 20, {{3}}, {{4}}, 0, {0}, false};
    struct td_msg_head head = {.bytes = 100};
    struct td_msg_fin fin = {.same_data = true, .same_control = true, .lsn = 9};
    struct td_msg_leaf leaves[2] = {{3, 2}, {64, 1}};
    struct td_msg_found found = {.n = 300, .at = {70000, {{5}}}};
    struct td_msg_node nodes[2];
    struct td_msg_point points[2] = {{300, {{1}}}, {0, {{2}}}};
    uint8_t hashes[3 * 16];
    struct td_msg_change change = {{{1}}, 300, {{2}}, 127};
    struct td_msg_payload payload = {.i = 3};
    const struct td_epoch_id epochs[2] = {{{9}}, {{1}}};
    struct td_msg_key keys[2] = {{.held = false}, {.held = true}};
    struct td_msg_sector sectors[3];
    struct td_msg_place places[3];
    struct td_msg_want wants[3];

    memset(sectors, 0, sizeof(sectors));
    memset(wants, 0, sizeof(wants));
    for (uint8_t k = 0; k < 3; k++) {
        sample_place(&places[k], k);
        sectors[k].sector.b[0] = k;
        sectors[k].root.b[3] = 7;
        wants[k].n = k * 200u;
        wants[k].from_start = k == 1;
        wants[k].from = wants[k].from_start ? 0 : 20;
    }
    sample_fill(hashes, sizeof(hashes), 7);
    nodes[0] = (struct td_msg_node){1, 5, {hashes, 32}};
    nodes[1] = (struct td_msg_node){70000, UINT64_C(1) << 63, {hashes, 16}};
    switch (i) {
    case 1:
        hello.have_lsn = 70000;
        hello.mark[0] = 1;
        hello.lacks = true;
        // fall through
    case 0:
        td_msg_put_hello(out, &hello);
        break;
    case 2:
        td_msg_put_status(out, true, NULL, 0);
        break;
    case 3:
        td_msg_put_status(out, false, sectors, 3);
        break;
    case 4:
        td_msg_put_advert(out, true, NULL, 0);
        break;
    case 5:
        td_msg_put_advert(out, false, places, 3);
        break;
    case 6:
        td_msg_put_want(out, true, NULL, 0);
        break;
    case 7:
        td_msg_put_want(out, true, wants, 3);
        break;
    case 8:
        head.n = 70000;
        head.last = true;
        td_msg_put_head(out, &head);
        break;
    case 9:
        head.seq = UINT64_MAX;
        td_msg_put_head(out, &head);
        break;
    case 10:
        td_msg_put_data(out, 0, (tandem_slice){(const uint8_t *)"abc", 3});
        break;
    case 11:
        td_msg_put_credit(out, UINT64_MAX);
        break;
    case 12:
        td_msg_put_ack(out, places, 2);
        break;
    case 13:
        td_msg_put_sent(out);
        break;
    case 14:
        td_msg_put_fin(out, &fin);
        break;
    case 15:
        fin.same_data = false;
        fin.moved = 3;
        fin.has_receipt = true;
        td_msg_put_fin(out, &fin);
        break;
    case 16:
        fin.same_control = false;
        fin.apart = 2;
        td_msg_put_fin(out, &fin);
        break;
    case 17:
        td_msg_put_node(out, true, nodes, 2);
        break;
    case 18:
        td_msg_put_leaf(out, false, leaves, 2, places);
        break;
    case 19:
        leaves[0].count = 0;
        td_msg_put_leaf(out, true, leaves, 1, places);
        break;
    case 20:
        td_msg_put_apart(out, 300);
        break;
    case 21:
        td_msg_put_locate(out, 7, points, 2);
        break;
    case 22:
        td_msg_put_found(out, &found);
        break;
    case 27:
        wants[1].staged = wants[2].staged = true;
        wants[1].seq = wants[2].seq = 300;
        wants[1].offset = wants[2].offset = 32768;
        td_msg_put_want(out, true, wants, 3);
        break;
    case 24:
        td_msg_put_wantpayload(out, &change, 1);
        break;
    case 25:
        td_msg_put_payload(out, &payload);
        break;
    case 26:
        payload.size = 70000;
        payload.bytes = (tandem_slice){hashes, sizeof(hashes)};
        td_msg_put_payload(out, &payload);
        break;
    case 29:
        td_msg_put_wantepoch(out, epochs, 2);
        break;
    case 30:
        sample_fill(keys[1].wrapped, sizeof(keys[1].wrapped), 50);
        td_msg_put_epoch(out, keys, 2);
        break;
    case 23:
        found.from_start = true;
        td_msg_put_found(out, &found);
        break;
    default:
        td_msg_put_bye(out, TANDEM_EPROTO);
        break;
    }
}

// The lists of a decoded message, as they are written.
struct sample_lists {
    struct td_msg_sector sectors[TD_MSG_ITEMS];
    struct td_msg_place places[TD_MSG_ITEMS * 2];
    struct td_msg_want wants[TD_MSG_ITEMS];
    struct td_msg_node nodes[TD_MSG_NODES];
    struct td_msg_leaf leaves[TD_MSG_ITEMS];
    struct td_msg_point points[TD_MSG_POINTS];
    struct td_msg_change changes[TD_MSG_PAYLOADS];
    struct td_epoch_id epochs[TD_MSG_EPOCHS];
    struct td_msg_key keys[TD_MSG_EPOCHS];
};

static inline void
sample_lists(struct sample_lists *l, struct td_msg *m)
{
    size_t at = 0;

    for (size_t i = 0; i < m->count; i++) {
        if (m->type == TD_MSG_STATUS) {
            td_msg_next_sector(m, &l->sectors[i]);
        } else if (m->type == TD_MSG_WANT) {
            td_msg_next_want(m, &l->wants[i]);
        } else if (m->type == TD_MSG_NODE) {
            td_msg_next_node(m, &l->nodes[i]);
        } else if (m->type == TD_MSG_LOCATE) {
            td_msg_next_point(m, &l->points[i]);
        } else if (m->type == TD_MSG_WANTPAYLOAD) {
            td_msg_next_change(m, &l->changes[i]);
        } else if (m->type == TD_MSG_WANTEPOCH) {
            td_msg_next_epoch(m, &l->epochs[i]);
        } else if (m->type == TD_MSG_EPOCH) {
            td_msg_next_key(m, &l->keys[i]);
        } else if (m->type == TD_MSG_LEAF) {
            td_msg_next_leaf(m, &l->leaves[i]);
            for (size_t k = 0; k < l->leaves[i].count; k++) {
                td_msg_next_place(m, &l->places[at++]);
            }
        } else {
            td_msg_next_place(m, &l->places[i]);
        }
    }
}

// Write a decoded message again.
static inline void
sample_again(struct td_buf *out, struct td_msg *m)
{
    static struct sample_lists l;

    sample_lists(&l, m);
    switch (m->type) {
    case TD_MSG_HELLO:
        td_msg_put_hello(out, &m->u.hello);
        break;
    case TD_MSG_STATUS:
        td_msg_put_status(out, m->u.last, l.sectors, m->count);
        break;
    case TD_MSG_ADVERT:
        td_msg_put_advert(out, m->u.last, l.places, m->count);
        break;
    case TD_MSG_WANT:
        td_msg_put_want(out, m->u.last, l.wants, m->count);
        break;
    case TD_MSG_NODE:
        td_msg_put_node(out, m->u.last, l.nodes, m->count);
        break;
    case TD_MSG_LEAF:
        td_msg_put_leaf(out, m->u.last, l.leaves, m->count, l.places);
        break;
    case TD_MSG_APART:
        td_msg_put_apart(out, m->u.n);
        break;
    case TD_MSG_LOCATE:
        td_msg_put_locate(out, m->u.n, l.points, m->count);
        break;
    case TD_MSG_FOUND:
        td_msg_put_found(out, &m->u.found);
        break;
    case TD_MSG_WANTPAYLOAD:
        td_msg_put_wantpayload(out, l.changes, m->count);
        break;
    case TD_MSG_PAYLOAD:
        td_msg_put_payload(out, &m->u.payload);
        break;
    case TD_MSG_WANTEPOCH:
        td_msg_put_wantepoch(out, l.epochs, m->count);
        break;
    case TD_MSG_EPOCH:
        td_msg_put_epoch(out, l.keys, m->count);
        break;
    case TD_MSG_HEAD:
        td_msg_put_head(out, &m->u.head);
        break;
    case TD_MSG_DATA:
        td_msg_put_data(out, m->u.data.offset, m->u.data.bytes);
        break;
    case TD_MSG_CREDIT:
        td_msg_put_credit(out, m->u.credit);
        break;
    case TD_MSG_ACK:
        td_msg_put_ack(out, l.places, m->count);
        break;
    case TD_MSG_SENT:
        td_msg_put_sent(out);
        break;
    case TD_MSG_FIN:
        td_msg_put_fin(out, &m->u.fin);
        break;
    case TD_MSG_BYE:
        td_mp_array(out, 2);
        td_mp_uint(out, TD_MSG_BYE);
        td_mp_uint(out, m->u.bye);
        break;
    default:
        break;
    }
}

#endif
