// SPDX-License-Identifier: Apache-2.0
// session.c - the state machine: what may come when, and what follows.
//
// HELLO -> ROUND (control) -> ROUND (data) -> FIN -> DONE
//       -> FIN (equal)        FIN -> ROUND (unequal, two more passes)
// any -> FAILED (sticky): BYE goes out once, then nothing.
#include "session/state.h"

#include <string.h>

#include "base/limits.h"

// ---------------------------------------------------------------------- queue

struct td_buf *
td_session_begin(struct td_session *x, size_t *mark)
{
    *mark = x->queue.len;
    td_buf_put_be32(&x->queue, 0);
    return &x->queue;
}

void
td_session_end(struct td_session *x, size_t mark)
{
    size_t n;

    if (x->queue.err != TANDEM_OK) {
        return;
    }
    n = x->queue.len - mark - 4;
    TD_ASSERT(n > 0 && n <= TD_MESSAGE_BYTES_MAX);
    td_put_be32(x->queue.ptr + mark, (uint32_t)n);
}

static bool
pop(struct td_session *x, struct td_buf *out)
{
    size_t n;

    if (x->queue_at == x->queue.len) {
        return false;
    }
    n = td_be32(x->queue.ptr + x->queue_at);
    td_buf_put(out, x->queue.ptr + x->queue_at + 4, n);
    x->queue_at += 4 + n;
    if (x->queue_at == x->queue.len) {
        td_buf_reset(&x->queue);
        x->queue_at = 0;
    }
    return true;
}

tandem_err
td_session_room(struct td_session *x, void *array, size_t *cap, size_t count,
    size_t max, size_t item)
{
    size_t more = *cap == 0 ? 16 : *cap * 2;
    void *was;

    if (count < *cap) {
        return TANDEM_OK;
    }
    if (count >= max) {
        return TANDEM_ELIMIT;
    }
    memcpy(&was, array, sizeof(was)); // a pointer to any type of item
    was = td_grow(x->sys, was, *cap * item, more * item);
    if (was == NULL) {
        return TANDEM_ENOMEM;
    }
    memcpy(array, &was, sizeof(was));
    *cap = more;
    return TANDEM_OK;
}

// -------------------------------------------------------------------- failure

tandem_err
td_session_say(
    struct td_session *x, tandem_err err, const char *en, const char *fr)
{
    return td_fail(&x->report.error, err, "%s", "%s",
        x->report.error.lang == TANDEM_FR ? fr : en);
}

static tandem_err
fail(struct td_session *x, tandem_err err, bool say_bye)
{
    TD_ASSERT(err != TANDEM_OK);
    x->phase = TD_PHASE_FAILED;
    td_buf_reset(&x->queue);
    x->queue_at = 0;
    x->bye_due = say_bye;
    x->bye = err;
    return td_fail_code(&x->report.error, err);
}

tandem_err
td_session_fail(struct td_session *x, tandem_err err)
{
    return x->phase == TD_PHASE_FAILED ? x->report.error.code
                                       : fail(x, err, true);
}

// ------------------------------------------------------------------ lifecycle

bool
td_session_member(const struct td_session *x, const tandem_device_id *d)
{
    const struct td_member *m = x->r->member;
    const struct td_member_device *device;

    if (m == NULL) {
        return false;
    }
    device = td_member_device(m, d);
    return device != NULL &&
           (device->highest > TANDEM_RIGHT_NONE ||
               td_member_right(m, d, td_sector_common) > TANDEM_RIGHT_NONE);
}

// A device that may nothing here: never enrolled, as far as is known, or not
// any more.
static tandem_err
no_right(const struct td_session *x, const tandem_device_id *d)
{
    return x->r->member != NULL && td_member_device(x->r->member, d) != NULL
               ? TANDEM_EREVOKED
               : TANDEM_EAUTH;
}

static tandem_err
peer_no_right(struct td_session *x)
{
    return td_session_say(x, no_right(x, &x->peer),
        "the other device has no right in this workspace",
        "l'appareil d'en face n'a aucun droit dans cet espace de travail");
}

static tandem_err
check(const struct td_session *x, tandem_error *e)
{
    if (!x->r->joined) {
        return td_fail(e, TANDEM_EWORKSPACE,
            "this store belongs to no workspace yet; create or join one",
            "ce dépôt n'appartient encore à aucun espace de travail ; "
            "créez-en un ou rejoignez-en un");
    }
    if (td_device_cmp(x->me, x->peer) == 0) {
        return td_fail(e, TANDEM_EAUTH,
            "the other device is this one, or a copy of it",
            "l'appareil d'en face est celui-ci, ou une copie");
    }
    if (!x->joining && !td_session_member(x, &x->peer)) {
        return td_fail(e, no_right(x, &x->peer),
            "the other device has no right in this workspace",
            "l'appareil d'en face n'a aucun droit dans cet espace de travail");
    }
    return TANDEM_OK;
}

static tandem_err
start(struct td_session *x, const struct td_session_setup *o)
{
    tandem_err err;

    x->mine.proto_min = TD_PROTO_MIN;
    x->mine.proto_max = TD_PROTO_MAX;
    x->mine.credit = TD_SESSION_CREDIT;
    memcpy(x->mine.store_id, x->r->store_id, sizeof(x->mine.store_id));
    TD_TRY(o->rng.fill(o->rng.ctx, x->mine.session, sizeof(x->mine.session)));
    TD_TRY(o->rng.fill(o->rng.ctx, x->tally.key.b, sizeof(x->tally.key.b)));
    err = td_peer_get(x->r, &x->peer, &x->row);
    if (err != TANDEM_OK) { // never met, or damaged: costs bytes only
        memset(&x->row, 0, sizeof(x->row));
    }
    x->row.device = x->peer;
    x->mine.have_lsn = x->row.their_lsn;
    td_view_cursor_mark(x->row.store_id, &x->row.sectors_mark, x->mine.mark);
    x->credit_out = x->credit_said = TD_SESSION_CREDIT;
    x->enough_bytes = TD_SESSION_FIRST_BYTES;
    x->enough_commits = TD_SESSION_FIRST_COMMITS;
    x->answers_left = 2;
    return TANDEM_OK;
}

tandem_err
td_session_new(struct td_replica *r, const struct td_session_setup *o,
    struct td_session **out, tandem_error *e)
{
    struct td_session *x = td_alloc(r->sys, sizeof(*x));
    tandem_err err;

    if (x == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    x->r = r;
    x->sys = r->sys;
    x->me = td_replica_device(r);
    x->peer = o->peer;
    x->initiator = o->initiator;
    x->outside = o->outside;
    x->joining = o->joining || !td_session_member(x, &x->me);
    x->report.peer = o->peer;
    x->report.error.lang = e != NULL ? e->lang : TANDEM_EN;
    td_buf_init(&x->queue, x->sys, TD_SESSION_QUEUE_MAX);
    td_buf_init(&x->message, x->sys, TD_MESSAGE_BYTES_MAX);
    td_buf_init(&x->segment, x->sys, TD_SEGMENT_BYTES_MAX);
    td_buf_init(&x->staged_room, x->sys, TD_SEGMENT_BYTES_MAX + 256);
    td_buf_init(&x->out_segment, x->sys, TD_SEGMENT_BYTES_MAX);
    td_arena_init(&x->view_arena, x->sys, TD_SECTORS_MAX * 64);
    td_arena_init(&x->status_arena, x->sys, TD_SECTORS_MAX * 64);
    err = check(x, e);
    if (err == TANDEM_OK) {
        err = start(x, o);
    }
    if (err != TANDEM_OK) {
        td_session_free(x);
        return td_fail_code(e, err);
    }
    *out = x;
    return TANDEM_OK;
}

void
td_session_free(struct td_session *x)
{
    if (x == NULL) {
        return;
    }
    td_round_deinit(x);
    td_ask_deinit(x);
    td_aside_deinit(x);
    td_front_deinit(x, &x->fronts[0]);
    td_front_deinit(x, &x->fronts[1]);
    td_free(
        x->sys, x->unsigned_own, x->unsigned_cap * sizeof(*x->unsigned_own));
    td_free(x->sys, x->damaged, x->damaged_cap * sizeof(*x->damaged));
    td_batches_deinit(x);
    td_buf_deinit(&x->segment);
    td_buf_deinit(&x->staged_room);
    td_tally_deinit(x);
    td_arena_deinit(&x->view_arena);
    td_buf_deinit(&x->out_segment);
    td_buf_deinit(&x->message);
    td_buf_deinit(&x->queue);
    td_free(x->sys, x, sizeof(*x));
}

// The control sector is here: who may what is known now.
static tandem_err
admit(struct td_session *x)
{
    if (!td_session_member(x, &x->me)) {
        return td_session_say(x, no_right(x, &x->me),
            "this device has no right in that workspace",
            "cet appareil n'a aucun droit dans cet espace de travail");
    }
    if (!td_session_member(x, &x->peer)) {
        return peer_no_right(x);
    }
    x->joining = false;
    return TANDEM_OK;
}

// ---------------------------------------------------------------------- hello

static tandem_err
say_hello(struct td_session *x)
{
    struct td_buf *q;
    size_t mark;

    uint64_t missing;
    bool keys;

    TD_TRY(td_view_begin(x));
    TD_TRY(td_ask_missing(x, &missing));
    TD_TRY(td_key_lacks(x, &keys));
    x->mine.lacks = missing > 0 || keys;
    x->mine.control_root = x->view.control_root;
    x->mine.data_root = x->view.data_root;
    x->hello_out = true;
    q = td_session_begin(x, &mark);
    td_msg_put_hello(q, &x->mine);
    td_session_end(x, mark);
    return x->queue.err;
}

static tandem_err
take_hello(struct td_session *x, const struct td_msg_hello *h)
{
    if (x->phase != TD_PHASE_HELLO || (x->initiator && !x->hello_out)) {
        return TANDEM_EPROTO;
    }
    if (h->proto_min > TD_PROTO_MAX || h->proto_max < TD_PROTO_MIN) {
        return td_session_say(x, TANDEM_EVERSION,
            "the other device speaks another version; update the older one",
            "l'appareil d'en face parle une autre version ; mettez à jour le "
            "plus ancien");
    }
    x->theirs = *h;
    x->credit_in = h->credit;
    if (!x->hello_out) {
        TD_TRY(say_hello(x));
    }
    if (memcmp(h->control_root.b, x->mine.control_root.b, 16) != 0) {
        return td_round_begin(x, true);
    }
    TD_TRY(admit(x));
    if (memcmp(h->data_root.b, x->mine.data_root.b, 16) != 0 || h->lacks ||
        x->mine.lacks) {
        return td_round_begin(x, false);
    }
    return td_fin_say(x, true);
}

// ------------------------------------------------------------------- progress

static tandem_err
round_stands(struct td_session *x)
{
    return x->phase == TD_PHASE_ROUND && !x->control && !td_view_stands(x)
               ? td_view_fell(x)
               : TANDEM_OK;
}

tandem_err
td_session_progress(struct td_session *x, int64_t now_ms)
{
    // Each step changes what the next one sees; a session has few of them.
    for (int step = 0; step < 2 * TD_SESSION_PASSES + 2; step++) {
        if (x->phase == TD_PHASE_FIN && x->fin_in && x->fin_out) {
            TD_TRY(td_fin_progress(x, now_ms));
        }
        if (x->phase != TD_PHASE_ROUND) {
            return TANDEM_OK;
        }
        TD_TRY(round_stands(x));
        TD_TRY(td_round_progress(x));
        // All that was wanted has come, and is durable.
        if (!x->sent_in || !x->sent_out || x->batches != NULL) {
            return TANDEM_OK;
        }
        if (!x->control && td_write_settles(x)) {
            return TANDEM_OK; // what the report says is all there is
        }
        TD_TRY(td_lack_note(x));
        if (x->control) {
            TD_TRY(td_front_settle(x));
            x->control_spoken = true;
            x->control_root = x->view.control_root;
            TD_TRY(admit(x));
            TD_TRY(td_round_begin(x, false));
        } else {
            TD_TRY(td_fin_say(x, false));
        }
    }
    return TANDEM_OK;
}

// ----------------------------------------------------------------------- take

// What may come in a round and until the next one. A dispatch table.
static tandem_err
dispatch(struct td_session *x, struct td_msg *m)
{
    bool round = x->phase == TD_PHASE_ROUND;
    bool after = round || x->phase == TD_PHASE_FIN;
    // All went both ways, but not all is durable here: our FIN waits, not its.
    bool fin = x->phase == TD_PHASE_FIN ||
               (round && !x->control && x->sent_in && x->sent_out);

    switch (m->type) {
    case TD_MSG_HELLO:
        return take_hello(x, &m->u.hello);
    case TD_MSG_STATUS:
        return round ? td_round_status(x, m) : TANDEM_EPROTO;
    case TD_MSG_ADVERT:
        return round ? td_round_advert(x, m) : TANDEM_EPROTO;
    case TD_MSG_WANT:
        return round ? td_send_want(x, m) : TANDEM_EPROTO;
    case TD_MSG_NODE:
        return round ? td_walk_node(x, m) : TANDEM_EPROTO;
    case TD_MSG_LEAF:
        return round ? td_walk_leaf(x, m) : TANDEM_EPROTO;
    case TD_MSG_APART:
        return round ? td_lack_apart(x, m->u.n) : TANDEM_EPROTO;
    case TD_MSG_LOCATE:
        return round ? td_send_locate(x, m) : TANDEM_EPROTO;
    case TD_MSG_FOUND:
        return round ? td_lack_found(x, &m->u.found) : TANDEM_EPROTO;
    case TD_MSG_WANTPAYLOAD:
        return round ? td_ask_want(x, m) : TANDEM_EPROTO;
    case TD_MSG_PAYLOAD:
        return round ? td_ask_payload(x, &m->u.payload) : TANDEM_EPROTO;
    case TD_MSG_WANTEPOCH:
        return round ? td_key_want(x, m) : TANDEM_EPROTO;
    case TD_MSG_EPOCH:
        return round ? td_key_take(x, m) : TANDEM_EPROTO;
    case TD_MSG_HEAD:
        return round ? td_receive_head(x, &m->u.head) : TANDEM_EPROTO;
    case TD_MSG_DATA:
        return round ? td_receive_data(x, m->u.data.offset, m->u.data.bytes)
                     : TANDEM_EPROTO;
    case TD_MSG_SENT:
        return round ? td_receive_sent(x) : TANDEM_EPROTO;
    case TD_MSG_CREDIT:
        return after ? td_send_credit(x, m->u.credit) : TANDEM_EPROTO;
    case TD_MSG_ACK:
        return after ? td_send_ack(x) : TANDEM_EPROTO;
    case TD_MSG_FIN:
        return fin ? td_fin_take(x, &m->u.fin) : TANDEM_EPROTO;
    case TD_MSG_BYE: // taken before
    default:
        return TANDEM_EPROTO;
    }
}

tandem_err
td_session_take(struct td_session *x, tandem_slice in, int64_t now_ms)
{
    struct td_msg m;
    tandem_err err;

    if (x->phase == TD_PHASE_FAILED) {
        return x->report.error.code;
    }
    if (x->phase == TD_PHASE_DONE) {
        return TANDEM_EMISUSE;
    }
    x->report.bytes_in += in.len;
    err = td_msg_decode(in, &m);
    if (err != TANDEM_OK) {
        return fail(x, err, true);
    }
    if (m.type == TD_MSG_BYE) {
        return fail(x, td_fail_heard(m.u.bye), false);
    }
    if (x->asked && m.type != TD_MSG_ACK && m.type != TD_MSG_CREDIT) {
        x->asked = false;
        x->report.round_trips++;
    }
    // Rights may have ended since the message before.
    if (!x->joining && !td_session_member(x, &x->peer)) {
        return fail(x, peer_no_right(x), true);
    }
    err = round_stands(x);
    if (err == TANDEM_OK) {
        err = dispatch(x, &m);
    }
    if (err == TANDEM_OK) {
        err = td_session_progress(x, now_ms);
    }
    if (err != TANDEM_OK) {
        err = fail(x, err, true);
    }
    if (!x->outside) { // also what is to be written of a failure
        tandem_err written = td_session_write_all(x, now_ms);

        err = err == TANDEM_OK ? written : err;
    }
    return err;
}

// ----------------------------------------------------------------------- give

// The peer goes on only once it has this. FIN is not among them: each side
// says its own without waiting for the other's.
static bool
asks(uint8_t type)
{
    switch (type) {
    case TD_MSG_HELLO:
    case TD_MSG_STATUS:
    case TD_MSG_ADVERT:
    case TD_MSG_WANT:
    case TD_MSG_SENT:
    case TD_MSG_NODE:
    case TD_MSG_LEAF:
    case TD_MSG_LOCATE:
        return true;
    default:
        return false;
    }
}

static tandem_slice
given(struct td_session *x)
{
    tandem_slice out = td_buf_slice(&x->message);

    x->report.bytes_out += out.len;
    if (out.len > 1 && asks(out.ptr[1])) {
        x->asked = true; // byte 0: the array's header; byte 1: the type
    }
    return out;
}

static tandem_slice
give_bye(struct td_session *x)
{
    td_buf_reset(&x->message);
    if (x->bye_due) {
        x->bye_due = false;
        td_msg_put_bye(&x->message, x->bye);
        if (x->message.err != TANDEM_OK) {
            td_buf_reset(&x->message);
        }
    }
    x->report.bytes_out += x->message.len;
    return td_buf_slice(&x->message);
}

tandem_slice
td_session_give(struct td_session *x, int64_t now_ms)
{
    tandem_err err = TANDEM_OK;

    if (x->phase == TD_PHASE_FAILED) {
        return give_bye(x);
    }
    td_buf_reset(&x->message);
    if (x->initiator && !x->hello_out) {
        err = say_hello(x);
    }
    if (err == TANDEM_OK && !pop(x, &x->message)) {
        err = td_lack_locate(x, &x->message);
        if (err == TANDEM_OK && x->message.len == 0) {
            err = td_send_next(x, &x->message);
        }
        if (err == TANDEM_OK && x->sent_out) {
            err = td_session_progress(x, now_ms);
        }
        if (err == TANDEM_OK && !x->outside &&
            (x->message.len == 0 || td_session_write_first(x))) {
            err = td_session_write_all(x, now_ms);
        }
        if (err == TANDEM_OK && x->message.len == 0) {
            (void)pop(x, &x->message);
        }
    }
    if (x->phase == TD_PHASE_FAILED) {
        return give_bye(x); // while it wrote
    }
    if (err == TANDEM_OK) {
        err = x->message.err;
    }
    if (err != TANDEM_OK) {
        (void)fail(x, err, true);
        return give_bye(x);
    }
    return given(x);
}

// --------------------------------------------------------------------- report

void
td_session_report(const struct td_session *x, tandem_report *out)
{
    *out = x->report;
    out->state = TANDEM_SESSION_RUNNING;
    if (x->phase == TD_PHASE_FAILED) {
        out->state = TANDEM_SESSION_FAILED;
    } else if (x->phase == TD_PHASE_DONE && x->queue_at == x->queue.len) {
        out->state = TANDEM_SESSION_DONE;
    }
}

bool
td_session_kind(const struct td_session *x, size_t i, uint8_t pack[8],
    uint64_t *kind, uint64_t *received, uint64_t *sent)
{
    if (i >= x->tally.count) {
        return false;
    }
    memcpy(pack, x->tally.kinds[i].pack, 8);
    *kind = x->tally.kinds[i].kind;
    *received = x->tally.kinds[i].received;
    *sent = x->tally.kinds[i].sent;
    return true;
}
