// SPDX-License-Identifier: Apache-2.0
// message.h - the messages of a session as bytes. Layouts: session.h.
//
// A message is one canonical MessagePack array of at most
// TD_MESSAGE_BYTES_MAX bytes; its first element says which. Decoding checks
// the whole message, items of lists included, and allocates nothing: lists
// are read item by item from the message's own bytes.
#ifndef TD_SESSION_MESSAGE_H
#define TD_SESSION_MESSAGE_H

#include "codec/cursor.h"
#include "crypto/device.h"
#include "log/header.h"

// What we speak: the only version so far.
#define TD_PROTO_MIN 1
#define TD_PROTO_MAX 1

enum td_msg_type {
    TD_MSG_HELLO = 1,
    TD_MSG_STATUS,
    TD_MSG_ADVERT,
    TD_MSG_WANT,
    TD_MSG_HEAD,
    TD_MSG_DATA,
    TD_MSG_CREDIT,
    TD_MSG_ACK,
    TD_MSG_SENT,
    TD_MSG_FIN,
    TD_MSG_BYE,
    TD_MSG_NODE,
    TD_MSG_LEAF,
    TD_MSG_APART,
    TD_MSG_LOCATE,
    TD_MSG_FOUND,
    TD_MSG_WANTPAYLOAD,
    TD_MSG_PAYLOAD,
    TD_MSG_WANTEPOCH,
    TD_MSG_EPOCH
};

// Items one message may list: that many of the largest fit.
enum {
    TD_MSG_ITEMS = 1000,
    TD_MSG_NODES = 60,  // of NODE
    TD_MSG_LEAVES = 20, // full ones, of LEAF; more of smaller ones
    TD_MSG_POINTS = 1000,
    TD_MSG_PAYLOADS = 256, // of WANTPAYLOAD
    TD_MSG_EPOCHS = 64     // of WANTEPOCH, EPOCH
};

struct td_msg_hello {
    uint64_t proto_min, proto_max;
    uint8_t store_id[16];
    uint8_t session[8];
    uint64_t credit;
    struct td_hash16 control_root, data_root;
    uint64_t have_lsn; // 0: nothing, and `mark` is zero
    uint8_t mark[8];
    bool lacks; // payloads or keys, of what both may see
};
struct td_msg_sector { // STATUS
    tandem_id sector;
    struct td_hash16 root;
};
struct td_msg_place { // ADVERT, ACK, a leaf's
    struct td_log_id log;
    uint64_t seq;
    struct td_hash16 hash;
};
struct td_msg_want {
    uint64_t n;      // which of the heads told in this round, from 0
    bool from_start; // else what lies after:
    uint64_t from;
    struct td_hash16 hash;
    bool staged; // the first `offset` bytes of a segment up to `seq` are here:
    uint64_t seq, offset;
    struct td_hash16 part; // BLAKE2b-128 of them
};
struct td_msg_head {
    uint64_t n; // as in WANT
    bool last;  // the segment ends with that head, else with
    uint64_t seq;
    struct td_sig sig;
    uint64_t bytes;
    uint64_t offset; // of what follows
};
// A node of the trie, named by what the peer told last: child `at` % 64 of the
// node `at` / 64 of its turn; a sector of its STATUS.
struct td_msg_node {
    uint64_t at;
    uint64_t bitmap;
    tandem_slice hashes; // 16 bytes each, children rising; borrowed
};
struct td_msg_leaf {
    uint64_t at;
    size_t count; // so many places follow
};
struct td_msg_point { // LOCATE, FOUND
    uint64_t seq;
    struct td_hash16 hash;
};
struct td_msg_found {
    uint64_t n;
    bool from_start;
    struct td_msg_point at;
};
struct td_msg_change { // WANTPAYLOAD
    struct td_log_id log;
    uint64_t seq;
    struct td_hash16 hash; // of its commit
    uint16_t index;
};
struct td_msg_payload {
    uint64_t i;    // which of those asked for
    uint64_t size; // of the whole; 0: I have not got it
    tandem_slice bytes;
};
struct td_msg_key { // EPOCH
    bool held;
    uint8_t wrapped[TD_WRAP_BYTES];
};
struct td_msg_fin {
    uint8_t echo[8];
    bool same_data, same_control; // as in the sender's HELLO
    struct td_hash16 data_root, control_root;
    uint64_t lsn, missing, moved;
    uint64_t apart; // logs that are in its roots and set apart here
    bool has_receipt;
    struct td_sig receipt;
};

struct td_msg {
    enum td_msg_type type;
    union {
        struct td_msg_hello hello;
        bool last;  // STATUS, ADVERT, WANT, NODE, LEAF
        uint64_t n; // APART, LOCATE
        struct td_msg_head head;
        struct td_msg_found found;
        struct td_msg_payload payload;
        struct {
            uint64_t offset;
            tandem_slice bytes; // borrowed from the message
        } data;
        uint64_t credit;
        struct td_msg_fin fin;
        uint64_t bye;
    } u;
    size_t count;        // items of a message that is a list
    struct td_cur items; // they stand here, already checked
};

// Of a message's array, its type included.
size_t td_msg_elements(enum td_msg_type type);
// EPROTO. Slices in `out` are borrowed from `in`.
tandem_err td_msg_decode(tandem_slice in, struct td_msg *out);
// Call `count` times at most; the message's type says which one.
void td_msg_next_sector(struct td_msg *m, struct td_msg_sector *out);
void td_msg_next_place(struct td_msg *m, struct td_msg_place *out);
void td_msg_next_want(struct td_msg *m, struct td_msg_want *out);
void td_msg_next_node(struct td_msg *m, struct td_msg_node *out);
void td_msg_next_leaf(struct td_msg *m, struct td_msg_leaf *out);
void td_msg_next_point(struct td_msg *m, struct td_msg_point *out);
void td_msg_next_change(struct td_msg *m, struct td_msg_change *out);
void td_msg_next_epoch(struct td_msg *m, struct td_epoch_id *out);
void td_msg_next_key(struct td_msg *m, struct td_msg_key *out);

// Each appends one message; failure is the buffer's. count <= TD_MSG_ITEMS.
void td_msg_put_hello(struct td_buf *out, const struct td_msg_hello *h);
void td_msg_put_status(struct td_buf *out, bool last,
    const struct td_msg_sector *items, size_t count);
void td_msg_put_advert(struct td_buf *out, bool last,
    const struct td_msg_place *items, size_t count);
void td_msg_put_want(struct td_buf *out, bool last,
    const struct td_msg_want *items, size_t count);
void td_msg_put_head(struct td_buf *out, const struct td_msg_head *h);
void td_msg_put_node(struct td_buf *out, bool last,
    const struct td_msg_node *items, size_t count);
// `places`: those of all leaves, one after the other.
void td_msg_put_leaf(struct td_buf *out, bool last,
    const struct td_msg_leaf *items, size_t count,
    const struct td_msg_place *places);
void td_msg_put_apart(struct td_buf *out, uint64_t n);
void td_msg_put_locate(struct td_buf *out, uint64_t n,
    const struct td_msg_point *points, size_t count);
void td_msg_put_found(struct td_buf *out, const struct td_msg_found *f);
void td_msg_put_wantpayload(
    struct td_buf *out, const struct td_msg_change *items, size_t count);
void td_msg_put_payload(struct td_buf *out, const struct td_msg_payload *p);
void td_msg_put_wantepoch(
    struct td_buf *out, const struct td_epoch_id *items, size_t count);
void td_msg_put_epoch(
    struct td_buf *out, const struct td_msg_key *items, size_t count);
void td_msg_put_data(struct td_buf *out, uint64_t offset, tandem_slice bytes);
void td_msg_put_credit(struct td_buf *out, uint64_t total);
void td_msg_put_ack(
    struct td_buf *out, const struct td_msg_place *items, size_t count);
void td_msg_put_sent(struct td_buf *out);
void td_msg_put_fin(struct td_buf *out, const struct td_msg_fin *f);
// What is not the peer's business is said as ECUT: it may try again.
void td_msg_put_bye(struct td_buf *out, tandem_err code);

#endif
