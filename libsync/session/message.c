// SPDX-License-Identifier: Apache-2.0
// message.c - the messages of a session: bytes to fields and back.
//
// Layouts stand in session.h. Beyond them, a message is refused when
//   HELLO   its range of versions is empty or zero; a mark without an lsn
//   STATUS  sectors do not rise
//   ADVERT, WANT   logs do not rise; empty although more follow
//   HEAD    the segment is beyond TD_SEGMENT_BYTES_MAX
//   DATA    empty, or beyond TD_FRAME_BYTES_MAX
//   ACK     empty
//   FIN     one root without the other
#include "session/message.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "codec/writer.h"

_Static_assert(TD_MSG_ITEMS * 64 + 16 <= TD_MESSAGE_BYTES_MAX,
    "a full list of the largest items fits a message");

// ---------------------------------------------------------------------- items

static void
get_sector(struct td_cur *c, struct td_msg_sector *out)
{
    td_cur_array_exact(c, 2);
    td_cur_bin_exact(c, out->sector.b, 16);
    td_cur_bin_exact(c, out->root.b, 16);
}

static void
get_place(struct td_cur *c, struct td_msg_place *out)
{
    td_cur_array_exact(c, 3);
    td_cur_bin_exact(c, out->log.b, 16);
    out->seq = td_cur_uint(c);
    td_cur_bin_exact(c, out->hash.b, 16);
}

static void
get_want(struct td_cur *c, struct td_msg_want *out)
{
    memset(out, 0, sizeof(*out));
    td_cur_array_exact(c, 4);
    td_cur_bin_exact(c, out->log.b, 16);
    out->to = td_cur_uint(c);
    out->from_start = td_cur_nil(c);
    if (out->from_start) {
        if (!td_cur_nil(c)) {
            td_cur_fail(c);
        }
        return;
    }
    out->from = td_cur_uint(c);
    td_cur_bin_exact(c, out->hash.b, 16);
}

void
td_msg_next_sector(struct td_msg *m, struct td_msg_sector *out)
{
    get_sector(&m->items, out);
}

void
td_msg_next_place(struct td_msg *m, struct td_msg_place *out)
{
    get_place(&m->items, out);
}

void
td_msg_next_want(struct td_msg *m, struct td_msg_want *out)
{
    get_want(&m->items, out);
}

// ----------------------------------------------------------------------- read

static void
get_hello(struct td_cur *c, struct td_msg *m)
{
    static const uint8_t zero[8] = {0};
    struct td_msg_hello *h = &m->u.hello;

    h->proto_min = td_cur_uint(c);
    h->proto_max = td_cur_uint(c);
    td_cur_bin_exact(c, h->store_id, sizeof(h->store_id));
    td_cur_bin_exact(c, h->session, sizeof(h->session));
    h->credit = td_cur_uint(c);
    td_cur_bin_exact(c, h->control_root.b, 16);
    td_cur_bin_exact(c, h->data_root.b, 16);
    h->have_lsn = td_cur_uint(c);
    if (!td_cur_nil(c)) {
        td_cur_bin_exact(c, h->mark, sizeof(h->mark));
        if (h->have_lsn == 0 || memcmp(h->mark, zero, sizeof(zero)) == 0) {
            td_cur_fail(c);
        }
    } else if (h->have_lsn != 0) {
        td_cur_fail(c);
    }
    if (h->proto_min == 0 || h->proto_min > h->proto_max) {
        td_cur_fail(c);
    }
}

static void
get_status(struct td_cur *c, struct td_msg *m)
{
    struct td_msg_sector item, before = {0};

    m->u.status.lsn = td_cur_uint(c);
    m->u.status.listed = !td_cur_nil(c);
    if (!m->u.status.listed) {
        return;
    }
    m->count = td_cur_array(c, TD_MSG_ITEMS);
    m->items = *c;
    for (size_t i = 0; i < m->count && !td_cur_failed(c); i++) {
        get_sector(c, &item);
        if (i > 0 && td_id_cmp(before.sector, item.sector) >= 0) {
            td_cur_fail(c);
        }
        before = item;
    }
}

static void
get_places(struct td_cur *c, struct td_msg *m, bool rising)
{
    struct td_msg_place item, before = {0};

    m->count = td_cur_array(c, TD_MSG_ITEMS);
    m->items = *c;
    for (size_t i = 0; i < m->count && !td_cur_failed(c); i++) {
        get_place(c, &item);
        if (rising && i > 0 && td_log_id_cmp(before.log, item.log) >= 0) {
            td_cur_fail(c);
        }
        before = item;
    }
}

static void
get_wants(struct td_cur *c, struct td_msg *m)
{
    struct td_msg_want item, before = {0};

    m->count = td_cur_array(c, TD_MSG_ITEMS);
    m->items = *c;
    for (size_t i = 0; i < m->count && !td_cur_failed(c); i++) {
        get_want(c, &item);
        if (i > 0 && td_log_id_cmp(before.log, item.log) >= 0) {
            td_cur_fail(c);
        }
        before = item;
    }
}

// A list may end here or go on; going on with nothing could go on for ever.
static void
get_last(struct td_cur *c, struct td_msg *m)
{
    m->u.last = td_cur_bool(c);
}

static void
check_last(struct td_cur *c, const struct td_msg *m)
{
    if (!m->u.last && m->count == 0) {
        td_cur_fail(c);
    }
}

static void
get_head(struct td_cur *c, struct td_msg *m)
{
    struct td_msg_head *h = &m->u.head;

    td_cur_bin_exact(c, h->head.log.b, 16);
    h->head.seq = td_cur_uint(c);
    td_cur_bin_exact(c, h->head.hash.b, 32);
    td_cur_bin_exact(c, h->sig.b, 64);
    h->bytes = td_cur_uint_max(c, TD_SEGMENT_BYTES_MAX);
}

static void
get_data(struct td_cur *c, struct td_msg *m)
{
    m->u.data.offset = td_cur_uint_max(c, TD_SEGMENT_BYTES_MAX);
    m->u.data.bytes = td_cur_bin(c, TD_FRAME_BYTES_MAX);
    if (m->u.data.bytes.len == 0) {
        td_cur_fail(c);
    }
}

static void
get_fin(struct td_cur *c, struct td_msg *m)
{
    struct td_msg_fin *f = &m->u.fin;

    td_cur_bin_exact(c, f->echo, sizeof(f->echo));
    f->same = td_cur_nil(c);
    if (f->same) {
        if (!td_cur_nil(c)) {
            td_cur_fail(c);
        }
    } else {
        td_cur_bin_exact(c, f->data_root.b, 16);
        td_cur_bin_exact(c, f->control_root.b, 16);
    }
    f->lsn = td_cur_uint(c);
    f->missing = td_cur_uint(c);
    f->moved = td_cur_uint(c);
    f->has_receipt = !td_cur_nil(c);
    if (f->has_receipt) {
        td_cur_bin_exact(c, f->receipt.b, 64);
    }
}

// Elements of each message's array, its type included.
static const uint8_t sizes[] = {[TD_MSG_HELLO] = 10,
    [TD_MSG_STATUS] = 3,
    [TD_MSG_ADVERT] = 3,
    [TD_MSG_WANT] = 3,
    [TD_MSG_HEAD] = 6,
    [TD_MSG_DATA] = 3,
    [TD_MSG_CREDIT] = 2,
    [TD_MSG_ACK] = 2,
    [TD_MSG_SENT] = 1,
    [TD_MSG_FIN] = 8,
    [TD_MSG_BYE] = 2};

// One line per message: a dispatch table.
static void
get_fields(struct td_cur *c, struct td_msg *m)
{
    switch (m->type) {
    case TD_MSG_HELLO:
        get_hello(c, m);
        break;
    case TD_MSG_STATUS:
        get_status(c, m);
        break;
    case TD_MSG_ADVERT:
        get_last(c, m);
        get_places(c, m, true);
        check_last(c, m);
        break;
    case TD_MSG_WANT:
        get_last(c, m);
        get_wants(c, m);
        check_last(c, m);
        break;
    case TD_MSG_HEAD:
        get_head(c, m);
        break;
    case TD_MSG_DATA:
        get_data(c, m);
        break;
    case TD_MSG_CREDIT:
        m->u.credit = td_cur_uint(c);
        break;
    case TD_MSG_ACK:
        get_places(c, m, false);
        if (m->count == 0) {
            td_cur_fail(c);
        }
        break;
    case TD_MSG_SENT:
        break;
    case TD_MSG_FIN:
        get_fin(c, m);
        break;
    case TD_MSG_BYE:
        m->u.bye = td_cur_uint(c);
        break;
    default:
        td_cur_fail(c);
        break;
    }
}

tandem_err
td_msg_decode(tandem_slice in, struct td_msg *out)
{
    struct td_msg m;
    struct td_cur c;
    size_t elements;
    uint64_t type;

    memset(&m, 0, sizeof(m));
    if (in.len > TD_MESSAGE_BYTES_MAX || !td_cur_open(&c, in)) {
        return TANDEM_EPROTO;
    }
    elements = td_cur_array(&c, 16);
    type = td_cur_uint_max(&c, TD_MSG_BYE);
    if (td_cur_failed(&c) || type < TD_MSG_HELLO || elements != sizes[type]) {
        return TANDEM_EPROTO;
    }
    m.type = (enum td_msg_type)type;
    get_fields(&c, &m);
    if (!td_cur_done(&c)) {
        return TANDEM_EPROTO;
    }
    *out = m;
    return TANDEM_OK;
}

// ---------------------------------------------------------------------- write

static void
begin(struct td_buf *out, enum td_msg_type type)
{
    td_mp_array(out, sizes[type]);
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
}

void
td_msg_put_status(struct td_buf *out, uint64_t lsn, bool listed,
    const struct td_msg_sector *items, size_t count)
{
    begin(out, TD_MSG_STATUS);
    td_mp_uint(out, lsn);
    if (!listed) {
        td_mp_nil(out);
        return;
    }
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
        td_mp_array(out, 4);
        td_mp_bin(out, items[i].log.b, 16);
        td_mp_uint(out, items[i].to);
        if (items[i].from_start) {
            td_mp_nil(out);
            td_mp_nil(out);
        } else {
            td_mp_uint(out, items[i].from);
            td_mp_bin(out, items[i].hash.b, 16);
        }
    }
}

void
td_msg_put_head(struct td_buf *out, const struct td_msg_head *h)
{
    begin(out, TD_MSG_HEAD);
    td_mp_bin(out, h->head.log.b, 16);
    td_mp_uint(out, h->head.seq);
    td_mp_bin(out, h->head.hash.b, 32);
    td_mp_bin(out, h->sig.b, 64);
    td_mp_uint(out, h->bytes);
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
    if (f->same) {
        td_mp_nil(out);
        td_mp_nil(out);
    } else {
        td_mp_bin(out, f->data_root.b, 16);
        td_mp_bin(out, f->control_root.b, 16);
    }
    td_mp_uint(out, f->lsn);
    td_mp_uint(out, f->missing);
    td_mp_uint(out, f->moved);
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
