// SPDX-License-Identifier: Apache-2.0
// wait.c - held changes without effect. Layout: wait.h.
#include "replica/wait.h"

#include <string.h>

#include "codec/cursor.h"
#include "codec/writer.h"

// 0xff || record key || log; then the seq waited for; then who waits.
#define LINK_PREFIX_BYTES (1 + TD_ROW_KEY_BYTES + 16)
#define LINK_PLACE        (LINK_PREFIX_BYTES + 8)
#define LINK_BYTES        (LINK_PLACE + TD_WAIT_KEY_BYTES)
#define WAIT_BYTES_MAX    128

static void
put_be16(uint8_t p[2], uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

void
td_wait_key(const struct td_row_change *at, uint8_t out[TD_WAIT_KEY_BYTES])
{
    td_put_be32(out, at->number);
    td_put_be64(out + 4, at->seq);
    put_be16(out + 12, at->index);
}

struct td_row_change
td_wait_place(tandem_slice key)
{
    TD_ASSERT(key.len == TD_WAIT_KEY_BYTES);
    return (struct td_row_change){.number = td_be32(key.ptr),
        .seq = td_be64(key.ptr + 4),
        .index = (uint16_t)((unsigned)key.ptr[12] << 8 | key.ptr[13])};
}

static void
link_prefix(const uint8_t key[TD_ROW_KEY_BYTES], const struct td_log_id *log,
    uint8_t out[LINK_PREFIX_BYTES])
{
    out[0] = 0xff;
    memcpy(out + 1, key, TD_ROW_KEY_BYTES);
    memcpy(out + 1 + TD_ROW_KEY_BYTES, log->b, 16);
}

static void
link_key(const struct td_wait *wait, const struct td_row_change *at,
    uint8_t out[LINK_BYTES])
{
    link_prefix(wait->key, &wait->what.log, out);
    td_put_be64(out + LINK_PREFIX_BYTES, wait->what.seq);
    td_wait_key(at, out + LINK_PLACE);
}

void
td_wait_encode(const struct td_wait *wait, struct td_buf *out)
{
    td_mp_array(out, 6);
    td_mp_uint(out, 1);
    td_mp_uint(out, wait->reason);
    if (wait->has_record) {
        td_mp_bin(out, wait->key, 16);
        td_mp_bin(out, wait->key + 16, 8);
    } else {
        td_mp_nil(out);
        td_mp_nil(out);
    }
    if (wait->reason == TANDEM_WAIT_CHANGE) {
        td_mp_bin(out, wait->what.log.b, 16);
        td_mp_uint(out, wait->what.seq);
    } else {
        td_mp_nil(out);
        td_mp_uint(out, 0);
    }
}

tandem_err
td_wait_decode(tandem_slice in, struct td_wait *out)
{
    struct td_wait wait = {0};
    bool names = false; // what it waits for
    struct td_cur c;

    if (!td_cur_open(&c, in)) {
        return TANDEM_ECORRUPT;
    }
    td_cur_array_exact(&c, 6);
    td_cur_uint_exact(&c, 1);
    wait.reason = td_cur_uint_max(&c, TD_WAIT_VERDICT);
    if (td_cur_nil(&c)) {
        if (!td_cur_nil(&c)) {
            td_cur_fail(&c);
        }
    } else {
        wait.has_record = true;
        td_cur_bin_exact(&c, wait.key, 16);
        td_cur_bin_exact(&c, wait.key + 16, 8);
    }
    if (!td_cur_nil(&c)) {
        td_cur_bin_exact(&c, wait.what.log.b, 16);
        wait.what.seq = td_cur_uint(&c);
        names = true;
    } else {
        td_cur_uint_exact(&c, 0);
    }
    if (!td_cur_done(&c) || wait.reason == 0 ||
        names != (wait.reason == TANDEM_WAIT_CHANGE) ||
        (names && !wait.has_record)) {
        return TANDEM_ECORRUPT;
    }
    *out = wait;
    return TANDEM_OK;
}

tandem_err
td_wait_get(
    struct td_work *w, const struct td_row_change *at, struct td_wait *out)
{
    uint8_t key[TD_WAIT_KEY_BYTES];
    struct td_buf b;
    tandem_err err;

    td_wait_key(at, key);
    td_buf_init(&b, w->sys, WAIT_BYTES_MAX);
    err = td_get(w->t, TD_T_WAITING, (tandem_slice){key, sizeof(key)}, &b);
    if (err == TANDEM_OK) {
        err = td_wait_decode(td_buf_slice(&b), out);
    }
    td_buf_deinit(&b);
    return err;
}

static uint64_t *
counter_of(struct td_work *w, const struct td_wait *wait)
{
    return wait->reason == TANDEM_WAIT_RIGHT ? &w->counts.quarantined
                                             : &w->counts.waiting;
}

tandem_err
td_wait_clear(struct td_work *w, const struct td_row_change *at)
{
    uint8_t key[TD_WAIT_KEY_BYTES], link[LINK_BYTES];
    struct td_wait was;
    tandem_err err;

    if (w->counts.waiting == 0 && w->counts.quarantined == 0) {
        return TANDEM_OK; // the usual case costs no look-up
    }
    err = td_wait_get(w, at, &was);
    if (err == TANDEM_ENOTFOUND) {
        return TANDEM_OK;
    }
    td_wait_key(at, key);
    if (err == TANDEM_ECORRUPT) {
        // Whatever it said is said anew by who asks; a link that is left over
        // wakes a change for nothing, once.
        was = (struct td_wait){.reason = TANDEM_WAIT_DAMAGED};
        err = TANDEM_OK;
    }
    TD_TRY(err);
    TD_TRY(td_del(w->t, TD_T_WAITING, (tandem_slice){key, sizeof(key)}));
    if (was.reason == TANDEM_WAIT_CHANGE) {
        link_key(&was, at, link);
        err = td_del(w->t, TD_T_WAITING, (tandem_slice){link, sizeof(link)});
        TD_TRY(err == TANDEM_ENOTFOUND ? TANDEM_OK : err);
    }
    *counter_of(w, &was) -= *counter_of(w, &was) > 0;
    return TANDEM_OK;
}

tandem_err
td_wait_put(struct td_work *w, const struct td_row_change *at,
    const struct td_wait *wait)
{
    uint8_t key[TD_WAIT_KEY_BYTES], link[LINK_BYTES];
    struct td_buf b;
    tandem_err err;

    TD_ASSERT(at->number <= TD_LOG_NUMBER_MAX); // else it were a link
    TD_TRY(td_wait_clear(w, at));
    td_wait_key(at, key);
    td_buf_init(&b, w->sys, WAIT_BYTES_MAX);
    td_wait_encode(wait, &b);
    err = b.err;
    if (err == TANDEM_OK) {
        err = td_put(w->t, TD_T_WAITING, (tandem_slice){key, sizeof(key)},
            TD_SEAL_TRANSIT, td_buf_slice(&b));
    }
    td_buf_deinit(&b);
    TD_TRY(err);
    if (wait->reason == TANDEM_WAIT_CHANGE) {
        TD_ASSERT(wait->has_record);
        link_key(wait, at, link);
        TD_TRY(td_put(w->t, TD_T_WAITING, (tandem_slice){link, sizeof(link)},
            TD_SEAL_TRANSIT, (tandem_slice){0}));
    }
    *counter_of(w, wait) += 1;
    return TANDEM_OK;
}

tandem_err
td_queue_push(struct td_work *w, const struct td_row_change *at)
{
    if (w->queue_count == w->queue_cap) {
        size_t cap = w->queue_cap == 0 ? 16 : w->queue_cap * 2;
        void *grown = td_grow(w->sys, w->queue,
            w->queue_cap * sizeof(*w->queue), cap * sizeof(*w->queue));

        if (grown == NULL) {
            return TANDEM_ENOMEM;
        }
        w->queue = grown;
        w->queue_cap = cap;
    }
    w->queue[w->queue_count++].place = *at;
    return TANDEM_OK;
}

bool
td_queue_pop(struct td_work *w, struct td_row_change *out)
{
    if (w->queue_count == 0) {
        return false;
    }
    *out = w->queue[--w->queue_count].place;
    return true;
}

// A link row of the record: does settling `seq` of log `number` concern it?
// Its own log's changes wait for exactly their prev, others for that entry or
// any later one.
static tandem_err
wake_one(struct td_work *w, const uint8_t link[LINK_BYTES], uint32_t number,
    uint64_t seq)
{
    const uint8_t *p = link + LINK_PLACE;
    const struct td_row_change at = {.number = td_be32(p),
        .seq = td_be64(p + 4),
        .index = (uint16_t)((unsigned)p[12] << 8 | p[13])};

    if (at.number == number && td_be64(link + LINK_PREFIX_BYTES) != seq) {
        return TANDEM_OK;
    }
    return td_queue_push(w, &at);
}

tandem_err
td_wait_wake(struct td_work *w, const struct td_log_id *log,
    const struct td_row_change *settled, const uint8_t key[TD_ROW_KEY_BYTES])
{
    uint8_t prefix[LINK_PREFIX_BYTES];
    tandem_slice at, value;
    struct td_iter *i;
    tandem_err err;

    if (w->counts.waiting == 0) {
        return TANDEM_OK; // the usual case costs no look-up
    }
    link_prefix(key, log, prefix);
    TD_TRY(td_iter_open(
        w->t, TD_T_WAITING, (tandem_slice){prefix, sizeof(prefix)}, &i));
    for (;;) {
        err = td_iter_next(i, &at, &value);
        if (err == TANDEM_ECORRUPT) {
            err = TANDEM_OK; // its key says all there is to say
        }
        if (err != TANDEM_OK || at.len != LINK_BYTES ||
            memcmp(at.ptr, prefix, sizeof(prefix)) != 0 ||
            td_be64(at.ptr + LINK_PREFIX_BYTES) > settled->seq) {
            break;
        }
        err = wake_one(w, at.ptr, settled->number, settled->seq);
        if (err != TANDEM_OK) {
            break;
        }
    }
    td_iter_close(i);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}
