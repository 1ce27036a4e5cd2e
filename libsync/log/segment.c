// SPDX-License-Identifier: Apache-2.0
// segment.c - reading a segment: outside bytes become verified commits.
//
//   segment = [wire commit...]   canonical, 1..TD_SIGN_COMMITS commits,
//                                at most TD_SEGMENT_BYTES_MAX bytes
// read against a signed head of its last commit. A segment without entry 0
// follows an entry that the reader holds and names; seq, previous hash and
// log id are the reader's own, so a segment cannot claim a place.
//
// (1) Nothing of it counts before the last chain hash equals the signed one
//     and the signature is the log's device's.
// (2) The weight before the last commit is at most TD_SIGN_BYTES: whoever
//     holds it can pass it on as one segment, payloads that came later too.
// (3) Memory: at most TD_SEGMENT_ARENA_MAX from the arena, which no count
//     inside can raise (each is compared with the bytes left and a limit).
#include "log/log.h"

#include <string.h>

#include "base/limits.h"
#include "log/row.h"

struct reading {
    struct td_arena *arena;
    const struct td_hash *workspace;
    struct td_segment *s;
    uint64_t first;      // seq of the first commit
    struct td_hash prev; // chain hash before the next commit
    uint64_t bytes;      // weight so far
    struct td_buf header;
};

// What can be said from the head alone.
static tandem_err
check_head(const struct td_log_info *known, const struct td_signed_head *head)
{
    if (known == NULL) {
        return TANDEM_OK;
    }
    if (td_log_id_cmp(known->id, head->head.log) != 0) {
        return TANDEM_EPROTO;
    }
    if (head->head.seq > known->head_seq) {
        return TANDEM_OK;
    }
    if (head->head.seq < known->head_seq ||
        !td_head_verify(&known->device, head)) {
        return TANDEM_EPROTO;
    }
    return td_hash_eq(&head->head.hash, &known->head) ? TANDEM_EEXIST
                                                      : TANDEM_EFORK;
}

// Entry 0: the log id is the opening's hash (td_wire_decode saw to that).
static tandem_err
take_opening(struct reading *r, const struct td_opening *o)
{
    struct td_log_info *log = &r->s->log;

    if (!td_hash_eq(&o->workspace, r->workspace)) {
        return TANDEM_EWORKSPACE;
    }
    log->device = o->device;
    log->sector = o->sector;
    memcpy(log->incarnation, o->incarnation, sizeof(log->incarnation));
    return TANDEM_OK;
}

static tandem_err
chain(struct reading *r, size_t i)
{
    struct td_segment *s = r->s;

    td_buf_reset(&r->header);
    td_header_encode(&s->headers[i], &r->header);
    if (r->header.err != TANDEM_OK) {
        return r->header.err == TANDEM_ENOMEM ? TANDEM_ENOMEM : TANDEM_EPROTO;
    }
    s->chains[i] = td_header_chain(td_buf_slice(&r->header));
    r->prev = s->chains[i];
    return TANDEM_OK;
}

static tandem_err
read_commit(struct reading *r, struct td_cur *c, size_t i)
{
    struct td_segment *s = r->s;
    struct td_header *h = &s->headers[i];

    if (r->bytes > TD_SIGN_BYTES) {
        return TANDEM_EPROTO;
    }
    h->log = s->log.id;
    h->seq = r->first + i;
    h->prev = r->prev;
    TD_TRY(td_wire_decode(
        c, i > 0 ? &s->headers[i - 1] : NULL, r->arena, h, &s->payloads[i]));
    r->bytes += td_header_weight(h);
    if (h->seq == 0) {
        TD_TRY(take_opening(r, &h->opening));
    }
    return chain(r, i);
}

static tandem_err
read_commits(struct reading *r, tandem_slice bytes)
{
    struct td_segment *s = r->s;
    struct td_cur c;

    if (bytes.len > TD_SEGMENT_BYTES_MAX || !td_cur_open(&c, bytes)) {
        return TANDEM_EPROTO;
    }
    s->count = td_cur_array(&c, TD_SIGN_COMMITS);
    if (td_cur_failed(&c) || s->count == 0 ||
        s->head.head.seq - r->first != s->count - 1) {
        return TANDEM_EPROTO;
    }
    s->headers = td_arena_array(r->arena, s->count, sizeof(*s->headers));
    s->chains = td_arena_array(r->arena, s->count, sizeof(*s->chains));
    s->payloads = td_arena_array(r->arena, s->count, sizeof(*s->payloads));
    if (s->headers == NULL || s->chains == NULL || s->payloads == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; i < s->count; i++) {
        TD_TRY(read_commit(r, &c, i));
    }
    if (td_hash_eq(&s->head.head.hash, &(struct td_hash){{0}})) {
        s->head.head.hash = r->prev; // the signature says whether it is right
    }
    if (!td_cur_done(&c) || !td_hash_eq(&r->prev, &s->head.head.hash)) {
        return TANDEM_EPROTO;
    }
    return td_head_verify(&s->log.device, &s->head) ? TANDEM_OK : TANDEM_EPROTO;
}

tandem_err
td_segment_read(tandem_slice bytes, const struct td_hash *workspace,
    const struct td_log_info *known, const struct td_signed_head *head,
    struct td_arena *arena, struct td_segment *out)
{
    struct td_segment s = {.fresh = known == NULL, .head = *head};
    struct reading r = {.arena = arena, .workspace = workspace, .s = &s};
    tandem_err err;

    TD_TRY(check_head(known, head));
    if (known != NULL) {
        s.log = *known;
        r.first = known->head_seq + 1;
        r.prev = known->head;
    } else {
        s.log.id = head->head.log;
    }
    td_buf_init(&r.header, arena->sys, TD_HEADER_BYTES_MAX);
    err = read_commits(&r, bytes);
    td_buf_deinit(&r.header);
    if (err == TANDEM_OK) {
        *out = s;
    }
    return err;
}
