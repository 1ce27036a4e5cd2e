// SPDX-License-Identifier: Apache-2.0
// message_put.c - the messages of a session: fields to bytes.
#include "session/message.h"

#include "base/fail.h"
#include "codec/writer.h"

static void
begin(struct td_buf *out, enum td_msg_type type)
{
    td_mp_array(out, td_msg_elements(type));
    td_mp_uint(out, type);
}

void
td_msg_put_hello(struct td_buf *out, const struct td_msg_hello *h)
{
    begin(out, TD_MSG_HELLO);
    td_mp_uint(out, h->proto_min);
    td_mp_uint(out, h->proto_max);
    td_mp_bin(out, h->store_id, sizeof(h->store_id));
    td_mp_bin(out, h->session, sizeof(h->session));
    td_mp_uint(out, h->credit);
    td_mp_bin(out, h->control_root.b, 16);
    td_mp_bin(out, h->data_root.b, 16);
    td_mp_uint(out, h->have_lsn);
    if (h->have_lsn == 0) {
        td_mp_nil(out);
    } else {
        td_mp_bin(out, h->mark, sizeof(h->mark));
    }
    td_mp_bool(out, h->lacks);
}

void
td_msg_put_status(struct td_buf *out, bool last,
    const struct td_msg_sector *items, size_t count)
{
    begin(out, TD_MSG_STATUS);
    td_mp_bool(out, last);
    td_mp_array(out, count);
    for (size_t i = 0; i < count; i++) {
        td_mp_array(out, 2);
        td_mp_bin(out, items[i].sector.b, 16);
        td_mp_bin(out, items[i].root.b, 16);
    }
}

static void
put_places(struct td_buf *out, const struct td_msg_place *items, size_t count)
{
    td_mp_array(out, count);
    for (size_t i = 0; i < count; i++) {
        td_mp_array(out, 3);
        td_mp_bin(out, items[i].log.b, 16);
        td_mp_uint(out, items[i].seq);
        td_mp_bin(out, items[i].hash.b, 16);
    }
}

static void
put_point(struct td_buf *out, const struct td_msg_point *p)
{
    td_mp_array(out, 2);
    td_mp_uint(out, p->seq);
    td_mp_bin(out, p->hash.b, 16);
}

void
td_msg_put_advert(struct td_buf *out, bool last,
    const struct td_msg_place *items, size_t count)
{
    begin(out, TD_MSG_ADVERT);
    td_mp_bool(out, last);
    put_places(out, items, count);
}

void
td_msg_put_want(struct td_buf *out, bool last, const struct td_msg_want *items,
    size_t count)
{
    begin(out, TD_MSG_WANT);
    td_mp_bool(out, last);
    td_mp_array(out, count);
    for (size_t i = 0; i < count; i++) {
        const struct td_msg_want *w = &items[i];

        td_mp_array(out, w->staged ? 6 : w->from_start ? 1 : 3);
        td_mp_uint(out, w->n);
        if (!w->from_start) {
            td_mp_uint(out, w->from);
            td_mp_bin(out, w->hash.b, 16);
        } else if (w->staged) {
            td_mp_nil(out);
            td_mp_nil(out);
        }
        if (w->staged) {
            td_mp_uint(out, w->seq);
            td_mp_uint(out, w->offset);
            td_mp_bin(out, w->part.b, 16);
        }
    }
}

void
td_msg_put_head(struct td_buf *out, const struct td_msg_head *h)
{
    begin(out, TD_MSG_HEAD);
    td_mp_uint(out, h->n);
    if (h->last) {
        td_mp_nil(out);
    } else {
        td_mp_uint(out, h->seq);
    }
    td_mp_bin(out, h->sig.b, 64);
    td_mp_uint(out, h->bytes);
    td_mp_uint(out, h->offset);
}

void
td_msg_put_node(struct td_buf *out, bool last, const struct td_msg_node *items,
    size_t count)
{
    begin(out, TD_MSG_NODE);
    td_mp_bool(out, last);
    td_mp_array(out, count);
    for (size_t i = 0; i < count; i++) {
        td_mp_array(out, 3);
        td_mp_uint(out, items[i].at);
        td_mp_uint(out, items[i].bitmap);
        td_mp_bin(out, items[i].hashes.ptr, items[i].hashes.len);
    }
}

void
td_msg_put_leaf(struct td_buf *out, bool last, const struct td_msg_leaf *items,
    size_t count, const struct td_msg_place *places)
{
    begin(out, TD_MSG_LEAF);
    td_mp_bool(out, last);
    td_mp_array(out, count);
    for (size_t i = 0; i < count; i++) {
        td_mp_array(out, 2);
        td_mp_uint(out, items[i].at);
        put_places(out, places, items[i].count);
        // Of an empty list there may be no places at all.
        places = items[i].count > 0 ? places + items[i].count : places;
    }
}

void
td_msg_put_apart(struct td_buf *out, uint64_t n)
{
    begin(out, TD_MSG_APART);
    td_mp_uint(out, n);
}

void
td_msg_put_locate(struct td_buf *out, uint64_t n,
    const struct td_msg_point *points, size_t count)
{
    begin(out, TD_MSG_LOCATE);
    td_mp_uint(out, n);
    td_mp_array(out, count);
    for (size_t i = 0; i < count; i++) {
        put_point(out, &points[i]);
    }
}

void
td_msg_put_found(struct td_buf *out, const struct td_msg_found *f)
{
    begin(out, TD_MSG_FOUND);
    td_mp_uint(out, f->n);
    if (f->from_start) {
        td_mp_nil(out);
    } else {
        put_point(out, &f->at);
    }
}

void
td_msg_put_wantpayload(
    struct td_buf *out, const struct td_msg_change *items, size_t count)
{
    begin(out, TD_MSG_WANTPAYLOAD);
    td_mp_array(out, count);
    for (size_t i = 0; i < count; i++) {
        td_mp_array(out, 4);
        td_mp_bin(out, items[i].log.b, 16);
        td_mp_uint(out, items[i].seq);
        td_mp_bin(out, items[i].hash.b, 16);
        td_mp_uint(out, items[i].index);
    }
}

void
td_msg_put_payload(struct td_buf *out, const struct td_msg_payload *p)
{
    begin(out, TD_MSG_PAYLOAD);
    td_mp_uint(out, p->i);
    td_mp_uint(out, p->size);
    td_mp_bin(out, p->bytes.ptr, p->bytes.len);
}

void
td_msg_put_wantepoch(
    struct td_buf *out, const struct td_epoch_id *items, size_t count)
{
    begin(out, TD_MSG_WANTEPOCH);
    td_mp_array(out, count);
    for (size_t i = 0; i < count; i++) {
        td_mp_bin(out, items[i].b, sizeof(items[i].b));
    }
}

void
td_msg_put_epoch(
    struct td_buf *out, const struct td_msg_key *items, size_t count)
{
    begin(out, TD_MSG_EPOCH);
    td_mp_array(out, count);
    for (size_t i = 0; i < count; i++) {
        if (items[i].held) {
            td_mp_bin(out, items[i].wrapped, sizeof(items[i].wrapped));
        } else {
            td_mp_nil(out);
        }
    }
}

void
td_msg_put_data(struct td_buf *out, uint64_t offset, tandem_slice bytes)
{
    begin(out, TD_MSG_DATA);
    td_mp_uint(out, offset);
    td_mp_bin(out, bytes.ptr, bytes.len);
}

void
td_msg_put_credit(struct td_buf *out, uint64_t total)
{
    begin(out, TD_MSG_CREDIT);
    td_mp_uint(out, total);
}

void
td_msg_put_ack(
    struct td_buf *out, const struct td_msg_place *items, size_t count)
{
    begin(out, TD_MSG_ACK);
    put_places(out, items, count);
}

void
td_msg_put_sent(struct td_buf *out)
{
    begin(out, TD_MSG_SENT);
}

void
td_msg_put_fin(struct td_buf *out, const struct td_msg_fin *f)
{
    begin(out, TD_MSG_FIN);
    td_mp_bin(out, f->echo, sizeof(f->echo));
    if (f->same_data) {
        td_mp_nil(out);
    } else {
        td_mp_bin(out, f->data_root.b, 16);
    }
    if (f->same_control) {
        td_mp_nil(out);
    } else {
        td_mp_bin(out, f->control_root.b, 16);
    }
    td_mp_uint(out, f->lsn);
    td_mp_uint(out, f->missing);
    if (f->apart > 0) {
        td_mp_array(out, 2);
        td_mp_uint(out, f->moved);
        td_mp_uint(out, f->apart);
    } else {
        td_mp_uint(out, f->moved);
    }
    if (f->has_receipt) {
        td_mp_bin(out, f->receipt.b, 64);
    } else {
        td_mp_nil(out);
    }
}

void
td_msg_put_bye(struct td_buf *out, tandem_err code)
{
    begin(out, TD_MSG_BYE);
    td_mp_uint(out, td_fail_tell(code, TANDEM_ECUT));
}
