// SPDX-License-Identifier: Apache-2.0
// head.c - signed heads: one signature vouches for the whole chain behind it.
//
// Signature: td_sign (crypto/device.c) by the log's device, domain
// TD_DOMAIN_HEAD, of log id 16 || seq be64 || chain hash 32: Ed25519 over
// domain 16 || BLAKE2b-256 of those 56 bytes.
// HEADS  number be32 || seq be64 -> signature 64; the hash is the commit's.
#include "log/log.h"

#include <string.h>

#include "base/limits.h"
#include "log/row.h"

enum { MESSAGE_BYTES = 16 + 8 + 32 };

static void
message(const struct td_head *h, uint8_t out[MESSAGE_BYTES])
{
    memcpy(out, h->log.b, 16);
    td_put_be64(out + 16, h->seq);
    memcpy(out + 24, h->hash.b, 32);
}

bool
td_head_verify(const tandem_device_id *author, const struct td_signed_head *h)
{
    uint8_t bytes[MESSAGE_BYTES];

    message(&h->head, bytes);
    return td_verify(
        author, TD_DOMAIN_HEAD, (tandem_slice){bytes, sizeof(bytes)}, &h->sig);
}

tandem_err
td_head_put(
    struct td_txn *t, uint32_t number, uint64_t seq, const struct td_sig *sig)
{
    uint8_t key[TD_ENTRY_KEY];

    td_entry_key(number, seq, key);
    return td_put(t, TD_T_HEADS, (tandem_slice){key, sizeof(key)},
        TD_SEAL_TRANSIT, (tandem_slice){sig->b, sizeof(sig->b)});
}

// `head`, one of the log's, whose row stands under that number.
static tandem_err
sign(struct td_txn *t, const struct td_author *a, const struct td_log_info *log,
    const struct td_head *head, uint32_t number)
{
    uint8_t bytes[MESSAGE_BYTES];
    struct td_sig sig;

    TD_ASSERT(td_device_cmp(a->keys->pub.sign, log->device) == 0);
    message(head, bytes);
    sig =
        td_sign(a->keys, TD_DOMAIN_HEAD, (tandem_slice){bytes, sizeof(bytes)});
    return td_head_put(t, number, head->seq, &sig);
}

tandem_err
td_head_make(
    struct td_txn *t, const struct td_author *a, struct td_log_info *log)
{
    const struct td_head head = {log->id, log->head_seq, log->head};

    TD_TRY(sign(t, a, log, &head, log->number));
    log->signed_seq = log->head_seq;
    log->unsigned_bytes = 0;
    return TANDEM_OK;
}

// The same among the rows of one number. *found is set if there is one.
static tandem_err
find_rows(struct td_txn *t, uint32_t number, uint64_t first, uint64_t last,
    bool furthest, struct td_signed_head *out, bool *found)
{
    uint8_t from[TD_ENTRY_KEY];
    struct td_iter *iter = NULL;
    tandem_slice key;
    tandem_slice row;
    tandem_err err;

    td_entry_key(number, first, from);
    TD_TRY(
        td_iter_open(t, TD_T_HEADS, (tandem_slice){from, sizeof(from)}, &iter));
    for (;;) {
        uint64_t seq;

        err = td_iter_next(iter, &key, &row);
        if (err != TANDEM_OK) {
            break;
        }
        if (key.len != TD_ENTRY_KEY || row.len != sizeof(out->sig.b)) {
            err = TANDEM_ECORRUPT;
            break;
        }
        seq = td_be64(key.ptr + 4);
        if (memcmp(key.ptr, from, 4) != 0 || seq > last) {
            break;
        }
        *found = true;
        out->head.seq = seq;
        memcpy(out->sig.b, row.ptr, sizeof(out->sig.b));
        if (!furthest) {
            break;
        }
    }
    td_iter_close(iter);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

// The stored signed heads of a branch with first <= seq <= last: the nearest,
// or the furthest. ENOTFOUND.
static tandem_err
find(struct td_txn *t, const struct td_log_info *log, uint64_t first,
    uint64_t last, bool furthest, struct td_signed_head *out)
{
    bool found = false;
    tandem_err err;

    last = last < log->head_seq ? last : log->head_seq;
    while (first <= last && (furthest || !found)) {
        uint32_t number;
        uint64_t end;

        TD_TRY(td_log_stretch(t, log, first, &number, &end));
        TD_TRY(find_rows(
            t, number, first, end < last ? end : last, furthest, out, &found));
        if (end >= last) {
            break;
        }
        first = end + 1;
    }
    if (!found) {
        return TANDEM_ENOTFOUND;
    }
    out->head.log = log->id;
    if (out->head.seq == log->head_seq) {
        out->head.hash = log->head;
        return TANDEM_OK;
    }
    err = td_commit_chain(t, log->number, out->head.seq, &out->head.hash);
    return err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
}

tandem_err
td_head_next(struct td_txn *t, const struct td_log_info *log, uint64_t from,
    struct td_signed_head *out)
{
    struct td_signed_head found;

    TD_TRY(find(t, log, from, UINT64_MAX, false, &found));
    *out = found;
    return TANDEM_OK;
}

tandem_err
td_head_before(struct td_txn *t, const struct td_log_info *log, uint64_t to,
    struct td_signed_head *out)
{
    struct td_signed_head found;

    TD_TRY(find(t, log, to < TD_SIGN_COMMITS ? 0 : to - TD_SIGN_COMMITS, to,
        true, &found));
    *out = found;
    return TANDEM_OK;
}

tandem_err
td_head_sign(struct td_txn *t, const struct td_author *a,
    struct td_log_info *log, struct td_signed_head *out)
{
    if (log->signed_seq != log->head_seq) {
        if (a == NULL || td_device_cmp(a->keys->pub.sign, log->device) != 0) {
            return TANDEM_ENOTFOUND;
        }
        TD_TRY(td_head_make(t, a, log));
        TD_TRY(td_log_put(t, log));
    }
    return td_head_next(t, log, log->head_seq, out);
}

tandem_err
td_head_sign_as_of(struct td_txn *t, const struct td_author *a,
    struct td_log_info *log, uint64_t lsn)
{
    struct td_signed_head held;
    struct td_head head;
    uint32_t number;
    uint64_t last;
    tandem_err err;

    TD_TRY(td_log_as_of(t, log, lsn, &head));
    if (head.seq == log->head_seq) {
        return td_head_sign(t, a, log, &held);
    }
    err = td_head_next(t, log, head.seq, &held);
    if (err == TANDEM_OK && held.head.seq == head.seq) {
        return TANDEM_OK;
    }
    if (err != TANDEM_ENOTFOUND) {
        TD_TRY(err);
    }
    TD_TRY(td_log_stretch(t, log, head.seq, &number, &last));
    TD_TRY(sign(t, a, log, &head, number));
    if (log->signed_seq < head.seq) {
        log->signed_seq = head.seq; // the weight behind it is less than said
        TD_TRY(td_log_put(t, log));
    }
    return TANDEM_OK;
}

// The last seq a segment beginning with `first` may end with: within
// TD_SIGN_COMMITS commits, and TD_SIGN_BYTES of weight before the last.
static tandem_err
last_within(struct td_txn *t, const struct td_log_info *log, uint64_t first,
    uint64_t last, uint64_t *out)
{
    struct td_commits commits;
    uint64_t bytes = 0;
    uint64_t seq = first;
    tandem_err err = TANDEM_OK;

    td_commits_init(&commits, t);
    for (; seq < last && bytes <= TD_SIGN_BYTES; seq++) {
        const struct td_header *h;

        err = td_commits_get(&commits, log->number, seq, &h, NULL, NULL);
        if (err != TANDEM_OK) {
            break;
        }
        bytes += td_header_weight(h);
        if (bytes > TD_SIGN_BYTES) {
            break;
        }
    }
    td_commits_deinit(&commits);
    *out = seq;
    return err;
}

tandem_err
td_head_reach(struct td_txn *t, const struct td_log_info *log, bool from_start,
    uint64_t from, struct td_signed_head *out)
{
    uint64_t first = from_start ? 0 : from + 1;
    uint64_t last = first + (TD_SIGN_COMMITS - 1);
    struct td_signed_head near;
    struct td_signed_head far;

    // `from` may be a peer's: compared before it is trusted to have a next.
    if (!from_start && from >= log->head_seq) {
        return TANDEM_ENOTFOUND;
    }
    last = last < log->head_seq ? last : log->head_seq;
    TD_TRY(find(t, log, first, last, false, &near));
    TD_TRY(find(t, log, near.head.seq, last, true, &far));
    if (far.head.seq != near.head.seq) {
        TD_TRY(last_within(t, log, first, far.head.seq, &last));
        last = last > near.head.seq ? last : near.head.seq;
        TD_TRY(find(t, log, near.head.seq, last, true, &far));
    }
    *out = far;
    return TANDEM_OK;
}

tandem_err
td_head_place(struct td_txn *t, const struct td_log_info *log,
    const struct td_signed_head *h)
{
    struct td_hash held;
    tandem_err err;

    if (td_log_id_cmp(log->id, h->head.log) != 0 ||
        !td_head_verify(&log->device, h)) {
        return TANDEM_EPROTO;
    }
    if (h->head.seq > log->head_seq) {
        return TANDEM_ENOTFOUND;
    }
    held = log->head;
    if (h->head.seq < log->head_seq) {
        err = td_commit_chain(t, log->number, h->head.seq, &held);
        if (err != TANDEM_OK) {
            return err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
        }
    }
    return td_hash_eq(&held, &h->head.hash) ? TANDEM_OK : TANDEM_EFORK;
}
