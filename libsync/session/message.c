// SPDX-License-Identifier: Apache-2.0
// message.c - the messages of a session: bytes to fields. Back: message_put.c.
//
// Layouts stand in session.h. Beyond them, a message is refused when
//   HELLO   its range of versions is empty or zero; a mark without an lsn
//   STATUS  sectors do not rise
//   ADVERT, a leaf   (log, hash) do not rise
//   WANT, NODE, LEAF numbers do not rise
//   STATUS, ADVERT, WANT, NODE, LEAF   empty although more follow
//   NODE    empty, or not a hash for each bit
//   LEAF    empty, a leaf beyond 64 heads
//   LOCATE  seqs rise
//   WANTPAYLOAD, WANTEPOCH, EPOCH   empty
//   PAYLOAD bytes, or a size, without the other; beyond their limits
//   HEAD    the segment is beyond TD_SEGMENT_BYTES_MAX, nothing of it follows
//   DATA    empty, or beyond TD_FRAME_BYTES_MAX
//   ACK     empty
#include "session/message.h"

#include <string.h>

#include "base/limits.h"
#include "log/trie.h"

_Static_assert(TD_MSG_ITEMS * 64 + 16 <= TD_MESSAGE_BYTES_MAX &&
                   TD_MSG_NODES * (1024 + 24) + 16 <= TD_MESSAGE_BYTES_MAX &&
                   TD_MSG_LEAVES * (64 * 46 + 16) + 16 <= TD_MESSAGE_BYTES_MAX,
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
    size_t n = td_cur_array(c, 6);

    memset(out, 0, sizeof(*out));
    out->n = td_cur_uint(c);
    out->staged = n == 6;
    out->from_start = n == 1 || (out->staged && td_cur_nil(c));
    if (out->from_start && out->staged && !td_cur_nil(c)) {
        td_cur_fail(c);
    }
    if (n != 1 && n != 3 && n != 6) {
        td_cur_fail(c);
    }
    if (!out->from_start) {
        out->from = td_cur_uint(c);
        td_cur_bin_exact(c, out->hash.b, 16);
    }
    if (out->staged) {
        out->seq = td_cur_uint(c);
        out->offset = td_cur_uint_max(c, TD_SEGMENT_BYTES_MAX);
        td_cur_bin_exact(c, out->part.b, 16);
        if (out->offset == 0) {
            td_cur_fail(c);
        }
    }
}

static void
get_node(struct td_cur *c, struct td_msg_node *out)
{
    size_t bits = 0;

    td_cur_array_exact(c, 3);
    out->at = td_cur_uint(c);
    out->bitmap = td_cur_uint(c);
    out->hashes = td_cur_bin(c, 16 * TD_TRIE_FANOUT);
    for (uint64_t b = out->bitmap; b != 0; b &= b - 1) {
        bits++;
    }
    if (bits == 0 || out->hashes.len != 16 * bits) {
        td_cur_fail(c);
    }
}

static void
get_leaf(struct td_cur *c, struct td_msg_leaf *out)
{
    td_cur_array_exact(c, 2);
    out->at = td_cur_uint(c);
    out->count = td_cur_array(c, TD_TRIE_LEAF_MAX);
}

static void
get_point(struct td_cur *c, struct td_msg_point *out)
{
    td_cur_array_exact(c, 2);
    out->seq = td_cur_uint(c);
    td_cur_bin_exact(c, out->hash.b, 16);
}

static void
get_change(struct td_cur *c, struct td_msg_change *out)
{
    td_cur_array_exact(c, 4);
    td_cur_bin_exact(c, out->log.b, 16);
    out->seq = td_cur_uint(c);
    td_cur_bin_exact(c, out->hash.b, 16);
    out->index = (uint16_t)td_cur_uint_max(c, TD_COMMIT_CHANGES_MAX - 1);
}

static void
get_epoch(struct td_cur *c, struct td_epoch_id *out)
{
    td_cur_bin_exact(c, out->b, sizeof(out->b));
}

static void
get_key(struct td_cur *c, struct td_msg_key *out)
{
    memset(out, 0, sizeof(*out));
    out->held = !td_cur_nil(c);
    if (out->held) {
        td_cur_bin_exact(c, out->wrapped, sizeof(out->wrapped));
    }
}

void
td_msg_next_epoch(struct td_msg *m, struct td_epoch_id *out)
{
    get_epoch(&m->items, out);
}

void
td_msg_next_key(struct td_msg *m, struct td_msg_key *out)
{
    get_key(&m->items, out);
}

void
td_msg_next_change(struct td_msg *m, struct td_msg_change *out)
{
    get_change(&m->items, out);
}

void
td_msg_next_node(struct td_msg *m, struct td_msg_node *out)
{
    get_node(&m->items, out);
}

void
td_msg_next_leaf(struct td_msg *m, struct td_msg_leaf *out)
{
    get_leaf(&m->items, out);
}

void
td_msg_next_point(struct td_msg *m, struct td_msg_point *out)
{
    get_point(&m->items, out);
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
    h->lacks = td_cur_bool(c);
    if (h->proto_min == 0 || h->proto_min > h->proto_max) {
        td_cur_fail(c);
    }
}

static void
get_status(struct td_cur *c, struct td_msg *m)
{
    struct td_msg_sector item, before = {0};

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

static bool
rises(const struct td_msg_place *a, const struct td_msg_place *b)
{
    int order = td_log_id_cmp(a->log, b->log);

    return order < 0 ||
           (order == 0 && memcmp(a->hash.b, b->hash.b, sizeof(a->hash.b)) < 0);
}

static void
check_places(struct td_cur *c, size_t count, bool rising)
{
    struct td_msg_place item, before = {0};

    for (size_t i = 0; i < count && !td_cur_failed(c); i++) {
        get_place(c, &item);
        if (rising && i > 0 && !rises(&before, &item)) {
            td_cur_fail(c);
        }
        before = item;
    }
}

static void
get_advert(struct td_cur *c, struct td_msg *m)
{
    m->count = td_cur_array(c, TD_MSG_ITEMS);
    m->items = *c;
    check_places(c, m->count, true);
}

static void
get_ack(struct td_cur *c, struct td_msg *m)
{
    m->count = td_cur_array(c, TD_MSG_ITEMS);
    m->items = *c;
    check_places(c, m->count, false);
}

static void
get_nodes(struct td_cur *c, struct td_msg *m)
{
    struct td_msg_node item, before = {0};

    m->count = td_cur_array(c, TD_MSG_NODES);
    m->items = *c;
    for (size_t i = 0; i < m->count && !td_cur_failed(c); i++) {
        get_node(c, &item);
        if (i > 0 && before.at >= item.at) {
            td_cur_fail(c);
        }
        before = item;
    }
}

static void
get_leaves(struct td_cur *c, struct td_msg *m)
{
    struct td_msg_leaf item, before = {0};

    m->count = td_cur_array(c, TD_MSG_ITEMS);
    m->items = *c;
    for (size_t i = 0; i < m->count && !td_cur_failed(c); i++) {
        get_leaf(c, &item);
        check_places(c, item.count, true);
        if (i > 0 && before.at >= item.at) {
            td_cur_fail(c);
        }
        before = item;
    }
}

static void
get_points(struct td_cur *c, struct td_msg *m)
{
    struct td_msg_point item, before = {0};

    m->count = td_cur_array(c, TD_MSG_POINTS);
    m->items = *c;
    for (size_t i = 0; i < m->count && !td_cur_failed(c); i++) {
        get_point(c, &item);
        if (i > 0 && before.seq < item.seq) {
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
        if (i > 0 && before.n >= item.n) {
            td_cur_fail(c);
        }
        before = item;
    }
}

static void
get_head(struct td_cur *c, struct td_msg *m)
{
    struct td_msg_head *h = &m->u.head;

    h->n = td_cur_uint(c);
    h->last = td_cur_nil(c);
    h->seq = h->last ? 0 : td_cur_uint(c);
    td_cur_bin_exact(c, h->sig.b, 64);
    h->bytes = td_cur_uint_max(c, TD_SEGMENT_BYTES_MAX);
    h->offset = td_cur_uint_max(c, TD_SEGMENT_BYTES_MAX);
    if (h->offset >= h->bytes) {
        td_cur_fail(c);
    }
}

static void
get_found(struct td_cur *c, struct td_msg *m)
{
    struct td_msg_found *f = &m->u.found;

    f->n = td_cur_uint(c);
    f->from_start = td_cur_nil(c);
    if (!f->from_start) {
        get_point(c, &f->at);
    }
}

static void
get_changes(struct td_cur *c, struct td_msg *m)
{
    struct td_msg_change item;

    m->count = td_cur_array(c, TD_MSG_PAYLOADS);
    m->items = *c;
    for (size_t i = 0; i < m->count && !td_cur_failed(c); i++) {
        get_change(c, &item);
    }
    if (m->count == 0) {
        td_cur_fail(c);
    }
}

static void
get_payload(struct td_cur *c, struct td_msg *m)
{
    struct td_msg_payload *p = &m->u.payload;

    p->i = td_cur_uint_max(c, TD_MSG_PAYLOADS - 1);
    p->size = td_cur_uint_max(c, TD_PAYLOAD_BYTES_MAX);
    p->bytes = td_cur_bin(c, TD_FRAME_BYTES_MAX);
    if ((p->size == 0) != (p->bytes.len == 0) || p->bytes.len > p->size) {
        td_cur_fail(c);
    }
}

static void
get_epochs(struct td_cur *c, struct td_msg *m)
{
    struct td_epoch_id item;

    m->count = td_cur_array(c, TD_MSG_EPOCHS);
    m->items = *c;
    for (size_t i = 0; i < m->count && !td_cur_failed(c); i++) {
        get_epoch(c, &item);
    }
    if (m->count == 0) {
        td_cur_fail(c);
    }
}

static void
get_keys(struct td_cur *c, struct td_msg *m)
{
    struct td_msg_key item;

    m->count = td_cur_array(c, TD_MSG_EPOCHS);
    m->items = *c;
    for (size_t i = 0; i < m->count && !td_cur_failed(c); i++) {
        get_key(c, &item);
    }
    if (m->count == 0) {
        td_cur_fail(c);
    }
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
    f->same_data = td_cur_nil(c);
    if (!f->same_data) {
        td_cur_bin_exact(c, f->data_root.b, 16);
    }
    f->same_control = td_cur_nil(c);
    if (!f->same_control) {
        td_cur_bin_exact(c, f->control_root.b, 16);
    }
    f->lsn = td_cur_uint(c);
    f->missing = td_cur_uint(c);
    if (td_cur_peek(c) == TD_MP_ARRAY) {
        td_cur_array_exact(c, 2);
        f->moved = td_cur_uint(c);
        f->apart = td_cur_uint(c);
        if (f->apart == 0) {
            td_cur_fail(c); // then it is moved alone
        }
    } else {
        f->moved = td_cur_uint(c);
    }
    f->has_receipt = !td_cur_nil(c);
    if (f->has_receipt) {
        td_cur_bin_exact(c, f->receipt.b, 64);
    }
}

static void
get_credit(struct td_cur *c, struct td_msg *m)
{
    m->u.credit = td_cur_uint(c);
}

static void
get_bye(struct td_cur *c, struct td_msg *m)
{
    m->u.bye = td_cur_uint(c);
}

static void
get_apart(struct td_cur *c, struct td_msg *m)
{
    m->u.n = td_cur_uint(c);
}

static void
get_locate(struct td_cur *c, struct td_msg *m)
{
    m->u.n = td_cur_uint(c);
    get_points(c, m);
}

enum empty {
    EMPTY_FINE,
    EMPTY_AT_END, // going on with nothing could go on for ever
    EMPTY_NEVER
};

// What each message is made of.
static const struct {
    uint8_t elements;
    bool parts; // it says first whether the list ends here
    enum empty empty;
    void (*get)(struct td_cur *c, struct td_msg *m); // NULL: nothing more
} forms[] = {[TD_MSG_HELLO] = {11, false, EMPTY_FINE, get_hello},
    [TD_MSG_STATUS] = {3, true, EMPTY_AT_END, get_status},
    [TD_MSG_ADVERT] = {3, true, EMPTY_AT_END, get_advert},
    [TD_MSG_WANT] = {3, true, EMPTY_AT_END, get_wants},
    [TD_MSG_HEAD] = {6, false, EMPTY_FINE, get_head},
    [TD_MSG_DATA] = {3, false, EMPTY_FINE, get_data},
    [TD_MSG_CREDIT] = {2, false, EMPTY_FINE, get_credit},
    [TD_MSG_ACK] = {2, false, EMPTY_NEVER, get_ack},
    [TD_MSG_SENT] = {1, false, EMPTY_FINE, NULL},
    [TD_MSG_FIN] = {8, false, EMPTY_FINE, get_fin},
    [TD_MSG_BYE] = {2, false, EMPTY_FINE, get_bye},
    [TD_MSG_NODE] = {3, true, EMPTY_NEVER, get_nodes},
    [TD_MSG_LEAF] = {3, true, EMPTY_NEVER, get_leaves},
    [TD_MSG_APART] = {2, false, EMPTY_FINE, get_apart},
    [TD_MSG_LOCATE] = {3, false, EMPTY_FINE, get_locate},
    [TD_MSG_FOUND] = {3, false, EMPTY_FINE, get_found},
    [TD_MSG_WANTPAYLOAD] = {2, false, EMPTY_FINE, get_changes},
    [TD_MSG_PAYLOAD] = {4, false, EMPTY_FINE, get_payload},
    [TD_MSG_WANTEPOCH] = {2, false, EMPTY_FINE, get_epochs},
    [TD_MSG_EPOCH] = {2, false, EMPTY_FINE, get_keys}};

size_t
td_msg_elements(enum td_msg_type type)
{
    return forms[type].elements;
}

static void
get_fields(struct td_cur *c, struct td_msg *m)
{
    const enum empty empty = forms[m->type].empty;
    const bool parts = forms[m->type].parts;

    if (parts) {
        m->u.last = td_cur_bool(c);
    }
    if (forms[m->type].get != NULL) {
        forms[m->type].get(c, m);
    }
    if (m->count == 0 &&
        (empty == EMPTY_NEVER || (empty == EMPTY_AT_END && !m->u.last))) {
        td_cur_fail(c);
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
    type = td_cur_uint_max(&c, TD_MSG_EPOCH);
    if (td_cur_failed(&c) || type < TD_MSG_HELLO ||
        elements != forms[type].elements) {
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
