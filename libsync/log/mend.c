// SPDX-License-Identifier: Apache-2.0
// mend.c - a log whose own row is damaged, worked out again from the rows of
// its commits and heads.
//
// The row in LOGS is a summary: entry 0 states what the log is, the first
// commit what a branch leaves, the last one where it stands, the heads what is
// signed. One thing is not written elsewhere, that a branch was cut. Whoever
// writes the log next makes the row whole.
//
// Where entry 0 cannot be read either the answer is "damaged", never "not
// found": our own log would be opened a second time, which is a fork.
#include "log/log.h"

#include <string.h>

#include "base/limits.h"
#include "log/row.h"

struct mending {
    struct td_txn *t;
    struct td_commits commits;
    struct td_log_info log;
};

static tandem_err
read_header(struct mending *m, uint64_t seq, const struct td_header **out)
{
    tandem_err err = td_commits_row_get(
        &m->commits, m->log.number, seq, out, &m->log.head, &m->log.head_lsn);

    return err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
}

// Entry 0 of the log with that number.
static tandem_err
read_opening(struct mending *m, uint32_t number)
{
    const struct td_opening *o;
    const struct td_header *h;

    m->log = (struct td_log_info){.number = number};
    TD_TRY(read_header(m, 0, &h));
    o = &h->opening;
    m->log.id = h->log;
    m->log.device = o->device;
    m->log.sector = o->sector;
    memcpy(m->log.incarnation, o->incarnation, sizeof(m->log.incarnation));
    return TANDEM_OK;
}

// The first row of a number. ENOTFOUND.
static tandem_err
first_seq(struct mending *m, uint32_t number, uint64_t *out)
{
    uint8_t from[TD_ENTRY_KEY];
    struct td_iter *iter = NULL;
    tandem_slice key = {NULL, 0};
    tandem_slice row;
    tandem_err err;

    td_entry_key(number, 0, from);
    TD_TRY(td_iter_open(
        m->t, TD_T_COMMITS, (tandem_slice){from, sizeof(from)}, &iter));
    err = td_iter_next(iter, &key, &row);
    if (key.len == TD_ENTRY_KEY && memcmp(key.ptr, from, 4) == 0) {
        *out = td_be64(key.ptr + 4);
        err = TANDEM_OK; // the key says all that is asked
    } else if (err == TANDEM_OK) {
        err = TANDEM_ENOTFOUND;
    }
    td_iter_close(iter);
    return err;
}

// What a branch leaves: the number whose entry before has the hash that the
// branch's first commit names. What the log is, its lowest number says.
static tandem_err
read_parent(struct mending *m, uint32_t number, uint64_t first)
{
    struct td_log_id id;
    struct td_hash prev;
    const struct td_header *h;
    uint32_t parent = 0;

    m->log = (struct td_log_info){.number = number};
    TD_TRY(read_header(m, first, &h));
    id = h->log;
    prev = h->prev;
    for (uint32_t n = number - 1; n > 0 && parent == 0; n--) {
        m->log.number = n;
        if (read_header(m, first - 1, &h) == TANDEM_OK &&
            td_log_id_cmp(h->log, id) == 0 && td_hash_eq(&m->log.head, &prev)) {
            parent = n;
        }
    }
    if (parent == 0) {
        return TANDEM_ECORRUPT;
    }
    for (uint32_t n = 1; n <= parent; n++) {
        if (read_opening(m, n) == TANDEM_OK &&
            td_log_id_cmp(m->log.id, id) == 0) {
            m->log.number = number;
            m->log.parent = parent;
            m->log.base_seq = first - 1;
            m->log.further = m->log.forked = true;
            return TANDEM_OK;
        }
    }
    return TANDEM_ECORRUPT;
}

// The beginning of the rows of a number; ECORRUPT: there are none.
static tandem_err
read_start(struct mending *m, uint32_t number)
{
    uint64_t first;
    tandem_err err = first_seq(m, number, &first);

    if (err != TANDEM_OK) {
        return err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
    }
    return first == 0 ? read_opening(m, number) : read_parent(m, number, first);
}

// A second entry 0 of one log: the lower number is the first.
static tandem_err
find_first(struct mending *m)
{
    const struct td_log_info log = m->log;
    uint32_t branched;
    uint32_t n = 1;

    TD_TRY(td_log_branched(m->t, &branched));
    if (branched == 0 || log.further) {
        return TANDEM_OK;
    }
    while (n < log.number && (read_opening(m, n) != TANDEM_OK ||
                                 td_log_id_cmp(m->log.id, log.id) != 0)) {
        n++;
    }
    m->log = log;
    m->log.further = n < log.number;
    m->log.forked = m->log.further || td_log_has_further(m->t, log.id);
    return TANDEM_OK;
}

// The seq of the last row of this log in a table. ENOTFOUND.
static tandem_err
last_seq(struct mending *m, enum td_table table, uint64_t *out)
{
    struct td_buf key, value;
    uint8_t prefix[4];
    tandem_err err;

    td_put_be32(prefix, m->log.number);
    td_row_buf(m->t, &key);
    td_row_buf(m->t, &value);
    err = td_last(m->t, table, (tandem_slice){prefix, 4}, &key, &value);
    if (err == TANDEM_OK && key.len != TD_ENTRY_KEY) {
        err = TANDEM_ECORRUPT;
    }
    if (err == TANDEM_OK) {
        *out = td_be64(key.ptr + 4);
    }
    td_buf_deinit(&value);
    td_buf_deinit(&key);
    return err;
}

// The key of the last row says its first commit; what it holds, the last.
static tandem_err
last_commit(struct mending *m)
{
    const struct td_header *h;

    TD_TRY(last_seq(m, TD_T_COMMITS, &m->log.head_seq));
    TD_TRY(read_header(m, m->log.head_seq, &h));
    m->log.head_seq = m->commits.first + (m->commits.count - 1);
    return TANDEM_OK;
}

// The last `seen` of a branch that states none itself.
static tandem_err
read_shared(struct mending *m, bool have_seen)
{
    struct td_log_info parent;

    if (have_seen) {
        return TANDEM_OK;
    }
    TD_TRY(td_log_number(m->t, m->log.parent, &parent)); // a lower number
    return td_log_seen_at(m->t, &parent, m->log.base_seq, &m->log);
}

// Back from the head: what no signature covers yet, and the last `seen`.
static tandem_err
read_tail(struct mending *m)
{
    bool have_seen = false;

    for (uint64_t seq = m->log.head_seq;; seq--) {
        struct td_log_info kept = m->log;
        const struct td_header *h;

        if (m->log.parent != 0 && seq == m->log.base_seq) {
            return read_shared(m, have_seen);
        }
        TD_TRY(read_header(m, seq, &h));
        if (seq < kept.head_seq) {
            m->log.head = kept.head;
            m->log.head_lsn = kept.head_lsn;
        } else {
            m->log.has_epoch = h->has_epoch;
            m->log.epoch = h->epoch;
        }
        if (seq > m->log.signed_seq) {
            m->log.unsigned_bytes += td_header_weight(h);
        }
        if (h->has_seen && !have_seen) {
            have_seen = true;
            m->log.seen_mark = td_seen_mark(h->seen, h->seen_count);
            m->log.seen_seq = seq;
        }
        if (seq == 0 || (have_seen && seq <= m->log.signed_seq)) {
            return TANDEM_OK;
        }
    }
}

static tandem_err
read_log(struct mending *m)
{
    tandem_err err;

    TD_TRY(last_commit(m));
    err = last_seq(m, TD_T_HEADS, &m->log.signed_seq);
    if (err != TANDEM_OK && err != TANDEM_ENOTFOUND) {
        return err;
    }
    return read_tail(m);
}

// `id` NULL: whatever log it is.
static tandem_err
mend(struct td_txn *t, uint32_t first, uint32_t last,
    const struct td_log_id *id, struct td_log_info *out)
{
    struct mending m = {.t = t};
    tandem_err err = TANDEM_ECORRUPT;

    td_commits_init(&m.commits, t);
    for (uint32_t number = first; number <= last && number != 0; number++) {
        err = id == NULL ? read_start(&m, number) : read_opening(&m, number);
        if (err == TANDEM_OK &&
            (id == NULL || td_log_id_cmp(m.log.id, *id) == 0)) {
            err = find_first(&m);
            err = err == TANDEM_OK ? read_log(&m) : err;
            break;
        }
        if (err != TANDEM_OK && err != TANDEM_ECORRUPT) {
            break;
        }
        err = TANDEM_ECORRUPT;
    }
    td_commits_deinit(&m.commits);
    if (err == TANDEM_OK) {
        *out = m.log;
    }
    return err == TANDEM_ENOTFOUND ? TANDEM_ECORRUPT : err;
}

tandem_err
td_log_mend(struct td_txn *t, struct td_log_id id, struct td_log_info *out)
{
    uint32_t last;

    TD_TRY(td_log_last(t, &last));
    return mend(t, 1, last, &id, out);
}

tandem_err
td_log_mend_number(struct td_txn *t, uint32_t number, struct td_log_info *out)
{
    return mend(t, number, number, NULL, out);
}
