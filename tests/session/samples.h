// SPDX-License-Identifier: Apache-2.0
// samples.h - one or two well-formed messages of every kind.
#ifndef TD_TESTS_SESSION_SAMPLES_H
#define TD_TESTS_SESSION_SAMPLES_H

#include <string.h>

#include "base/limits.h"
#include "codec/writer.h"
#include "session/message.h"

enum { SAMPLES = 18 };

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
    struct td_msg_hello hello = {1, 1, {1}, {2}, 1 << 20, {{3}}, {{4}}, 0, {0}};
    struct td_msg_head head = {.bytes = 100};
    struct td_msg_fin fin = {.same = true, .lsn = 9};
    struct td_msg_sector sectors[3];
    struct td_msg_place places[3];
    struct td_msg_want wants[3];

    memset(sectors, 0, sizeof(sectors));
    memset(wants, 0, sizeof(wants));
    for (uint8_t k = 0; k < 3; k++) {
        sample_place(&places[k], k);
        sectors[k].sector.b[0] = k;
        sectors[k].root.b[3] = 7;
        wants[k].log = places[k].log;
        wants[k].to = 300;
        wants[k].from_start = k == 1;
        wants[k].from = wants[k].from_start ? 0 : 20;
    }
    switch (i) {
    case 1:
        hello.have_lsn = 70000;
        hello.mark[0] = 1;
        // fall through
    case 0:
        td_msg_put_hello(out, &hello);
        break;
    case 2:
        td_msg_put_status(out, 5, false, NULL, 0);
        break;
    case 3:
        td_msg_put_status(out, 1u << 30, true, sectors, 3);
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
        sample_place(&places[0], 9);
        head.head.log = places[0].log;
        head.head.seq = UINT64_MAX;
        td_msg_put_head(out, &head);
        break;
    case 9:
        head.bytes = 0;
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
        fin.same = false;
        fin.moved = 3;
        fin.has_receipt = true;
        td_msg_put_fin(out, &fin);
        break;
    case 16:
        td_msg_put_status(out, 0, true, NULL, 0);
        break;
    default:
        td_msg_put_bye(out, TANDEM_EPROTO);
        break;
    }
}

// Write a decoded message again.
static inline void
sample_again(struct td_buf *out, struct td_msg *m)
{
    static struct td_msg_sector sectors[TD_MSG_ITEMS];
    static struct td_msg_place places[TD_MSG_ITEMS];
    static struct td_msg_want wants[TD_MSG_ITEMS];

    for (size_t i = 0; i < m->count; i++) {
        if (m->type == TD_MSG_STATUS) {
            td_msg_next_sector(m, &sectors[i]);
        } else if (m->type == TD_MSG_WANT) {
            td_msg_next_want(m, &wants[i]);
        } else {
            td_msg_next_place(m, &places[i]);
        }
    }
    switch (m->type) {
    case TD_MSG_HELLO:
        td_msg_put_hello(out, &m->u.hello);
        break;
    case TD_MSG_STATUS:
        td_msg_put_status(
            out, m->u.status.lsn, m->u.status.listed, sectors, m->count);
        break;
    case TD_MSG_ADVERT:
        td_msg_put_advert(out, m->u.last, places, m->count);
        break;
    case TD_MSG_WANT:
        td_msg_put_want(out, m->u.last, wants, m->count);
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
        td_msg_put_ack(out, places, m->count);
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
