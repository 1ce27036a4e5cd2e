// SPDX-License-Identifier: Apache-2.0
// talk.c - one session over one line: frames in, frames out, how it ends.
#include "node/talk.h"

#include <string.h>

#include "base/limits.h"
#include "base/slice.h"
#include "crypto/hash.h"

enum { HEAD = 9 }; // kind and number

tandem_err
td_talk_say(struct td_line *l, tandem_slice route, char kind,
    const uint8_t number[8], tandem_slice body)
{
    uint8_t head[HEAD];

    head[0] = (uint8_t)kind;
    memcpy(head + 1, number, 8);
    return td_line_send(l, route, (tandem_slice){head, sizeof(head)}, body);
}

void
td_talk_refuse(struct td_line *l, const struct td_frame *f, tandem_err why)
{
    uint8_t code = td_fail_tell(why, TANDEM_ECUT);

    if (f->body.len < HEAD || f->body.ptr[0] == 'X') {
        return; // never an answer to a refusal
    }
    // Best effort: who does not hear it waits for its own timeout.
    (void)td_talk_say(l, (tandem_slice){f->route, f->route_len}, 'X',
        f->body.ptr + 1, (tandem_slice){&code, 1});
}

static tandem_slice
route_of(const struct td_talk *t)
{
    return (tandem_slice){t->route, t->route_len};
}

bool
td_talk_live(const struct td_talk *t)
{
    return t->state != TD_TALK_FREE && t->state != TD_TALK_OVER;
}

// ------------------------------------------------------------------ lifecycle

static void
session_free(struct td_talk *t)
{
    struct tandem_node *n = t->node;

    if (t->session == NULL) {
        return;
    }
    if (!td_wire_ours(n->wire)) {
        t->session = NULL; // a forked child leaves locks and threads alone
        return;
    }
    if (n->worker != NULL) {
        td_worker_settle(n->worker, &t->job);
    }
    td_api_lock(n->store);
    td_session_free(t->session);
    td_api_unlock(n->store);
    t->session = NULL;
}

void
td_talk_reset(struct td_talk *t)
{
    struct tandem_node *n = t->node;

    session_free(t);
    if (t->owns_line) {
        td_line_close(t->line);
    }
    td_buf_deinit(&t->held);
    td_buf_deinit(&t->inbox);
    memset(t, 0, sizeof(*t));
    t->node = n;
}

static void
inbox_new(struct td_talk *t)
{
    td_buf_deinit(&t->inbox);
    td_buf_init(&t->inbox, &t->node->sys, TD_TALK_INBOX_MAX);
    t->inbox_at = 0;
}

tandem_err
td_talk_begin(struct td_talk *t, const uint8_t *number, uint64_t now)
{
    struct tandem_node *n = t->node;
    struct td_session_setup setup = {.peer = t->peer,
        .initiator = number == NULL,
        .joining = t->joining,
        .outside = true,
        .rng = td_sys_rng(&n->sys)};
    tandem_error e = TANDEM_ERROR_INIT(n->lang);
    tandem_err err;

    session_free(t);
    if (number != NULL) {
        memcpy(t->number, number, sizeof(t->number));
    } else {
        TD_TRY(td_node_random(n, t->number, sizeof(t->number)));
    }
    td_buf_deinit(&t->held);
    td_buf_init(&t->held, &n->sys, TD_MESSAGE_BYTES_MAX + HEAD);
    inbox_new(t);
    t->spoke = t->said_end = t->end_in = false;
    t->heard_ms = now;
    td_api_lock(n->store);
    err = td_session_new(n->store->replica, &setup, &t->session, &e);
    td_api_unlock(n->store);
    if (err != TANDEM_OK) {
        t->report.error = e;
        return err;
    }
    t->state = TD_TALK_RUNNING;
    if (!t->started) {
        t->started = t->say_started = true;
    }
    return TANDEM_OK;
}

// --------------------------------------------------------------------- write

static void
write_one(void *ctx)
{
    struct td_talk *t = ctx;

    (void)td_api_session_write(t->node->store, t->session);
}

static bool
writing(struct td_talk *t)
{
    return t->node->worker != NULL && td_worker_busy(t->node->worker, &t->job);
}

// What the session has to write: now, or by the worker. true: done, so there
// may be more to say, or to write.
static bool
write_ready(struct td_talk *t)
{
    struct tandem_node *n = t->node;
    bool ready;

    if (t->session == NULL) {
        return false;
    }
    td_api_lock(n->store);
    ready = td_session_write_ready(t->session);
    td_api_unlock(n->store);
    if (writing(t)) {
        return false;
    }
    if (ready && n->worker != NULL && !n->asleep) {
        t->job.run = write_one;
        t->job.ctx = t;
        td_worker_post(n->worker, &t->job);
        return false;
    }
    if (ready) {
        write_one(t);
    }
    return ready;
}

// Look before every take and every give: false while the worker has to write
// first (5).
static bool
may_go_on(struct td_talk *t)
{
    bool first;

    do {
        td_api_lock(t->node->store);
        first = td_session_write_first(t->session);
        td_api_unlock(t->node->store);
    } while (first && write_ready(t));
    return !first;
}

// ---------------------------------------------------------------------- taking

static void
take(struct td_talk *t, tandem_slice body)
{
    tandem_store *s = t->node->store;

    td_api_lock(s);
    // Failure is sticky and in the report; the turn's pump sends what it has to
    // say, and writes.
    (void)td_session_take(t->session, body, td_api_now(s));
    td_api_unlock(s);
}

// Who sends as fast as is taken never finds it empty: what was taken makes room
// once it is the larger part, so that no byte is moved more than once for each
// taken.
static void
inbox_forward(struct td_talk *t)
{
    if (t->inbox_at > t->inbox.len / 2) {
        t->inbox.len -= t->inbox_at;
        memmove(t->inbox.ptr, t->inbox.ptr + t->inbox_at, t->inbox.len);
        t->inbox_at = 0;
    }
}

// A message of the peer's: into the session, or behind those that wait.
static tandem_err
take_or_keep(struct td_talk *t, tandem_slice body)
{
    uint8_t *room;
    tandem_err err;

    if (t->inbox.len == 0 && may_go_on(t)) {
        take(t, body);
        return TANDEM_OK;
    }
    inbox_forward(t);
    room = td_buf_room(&t->inbox, 4 + body.len);
    if (room == NULL) {
        err = t->inbox.err;
        t->inbox.err = TANDEM_OK; // what it has stays good
        return err;
    }
    td_put_be32(room, (uint32_t)body.len);
    memcpy(room + 4, body.ptr, body.len);
    return TANDEM_OK;
}

// Those that wait, as far as a turn goes. true: none is left.
static bool
take_kept(struct td_talk *t)
{
    for (int i = 0; t->inbox_at < t->inbox.len; i++) {
        const uint8_t *at = t->inbox.ptr + t->inbox_at;
        const tandem_slice body = {at + 4, td_be32(at)};

        if (!may_go_on(t)) {
            return false;
        }
        if (i == TD_TURN_FRAMES && !t->node->asleep) {
            t->node->more = true;
            return false;
        }
        take(t, body);
        t->inbox_at += 4 + body.len;
    }
    if (t->inbox.len > 0) {
        inbox_new(t);
    }
    return true;
}

static tandem_session_state
session_state(struct td_talk *t)
{
    tandem_report r;

    td_api_lock(t->node->store);
    td_session_report(t->session, &r);
    td_api_unlock(t->node->store);
    return r.state;
}

// ----------------------------------------------------------------------- end

static void
over(struct td_talk *t)
{
    tandem_error said = t->report.error;

    td_talk_collect(t);
    if (t->session == NULL) {
        t->report = t->before;
        t->report.error = said; // as told by who begins sessions, or dials
    }
    if (t->report.state == TANDEM_SESSION_RUNNING) {
        t->report.state = TANDEM_SESSION_FAILED;
        t->report.receipt = t->report.equal = false;
        t->report.error.lang = t->node->lang;
        (void)td_fail_code(&t->report.error, t->why);
    }
    session_free(t);
    t->report.peer = t->peer;
    t->state = TD_TALK_OVER;
    t->say_over = true;
}

// Numbers are kept; what comes next is another session.
static void
again(struct td_talk *t)
{
    td_talk_collect(t);
    t->before = t->report;
    t->before.state = TANDEM_SESSION_RUNNING;
    memset(&t->before.error, 0, sizeof(t->before.error));
    memset(&t->report, 0, sizeof(t->report));
    session_free(t);
    td_dial_again(t);
}

static void
ending(struct td_talk *t)
{
    if (t->session != NULL) {
        if (!take_kept(t)) {
            return;
        }
        td_api_lock(t->node->store);
        td_session_cut(t->session);
        td_api_unlock(t->node->store);
    }
    while (write_ready(t)) {
    }
    if (writing(t)) {
        return;
    }
    if (!t->again) {
        over(t);
    } else if (t->session == NULL) {
        td_dial_again(t);
    } else if (session_state(t) != TANDEM_SESSION_RUNNING) {
        over(t);
    } else {
        again(t);
    }
}

static void
leave_line(struct td_talk *t)
{
    if (t->owns_line) {
        td_line_close(t->line);
    }
    t->line = NULL;
    t->owns_line = false;
    t->state = TD_TALK_ENDING;
    ending(t);
}

void
td_talk_break(struct td_talk *t)
{
    t->again = true;
    t->why = TANDEM_ECUT;
    leave_line(t);
}

void
td_talk_end(struct td_talk *t, tandem_err why, bool tell)
{
    uint8_t code = td_fail_tell(why, TANDEM_ECUT);

    if (!td_talk_live(t) || t->state == TD_TALK_ENDING) {
        return;
    }
    if (tell && t->line != NULL) {
        (void)td_talk_say(
            t->line, route_of(t), 'X', t->number, (tandem_slice){&code, 1});
    }
    t->again = false;
    t->why = why;
    leave_line(t);
}

// ----------------------------------------------------------------------- pump

// A message of ours: now, or held until the socket takes it.
static void
send_or_hold(struct td_talk *t, char kind, tandem_slice body)
{
    tandem_err err = td_talk_say(t->line, route_of(t), kind, t->number, body);

    if (err == TANDEM_EBUSY) {
        td_buf_reset(&t->held);
        td_buf_put_u8(&t->held, (uint8_t)kind);
        td_buf_put(&t->held, t->number, sizeof(t->number));
        td_buf_put_slice(&t->held, body);
        err = t->held.err;
    }
    if (err != TANDEM_OK) {
        td_talk_end(t, err == TANDEM_ENOMEM ? err : TANDEM_ECUT, false);
    }
}

// false: it still waits.
static bool
send_held(struct td_talk *t)
{
    tandem_err err;

    if (t->held.len == 0) {
        return true;
    }
    err = td_line_send(
        t->line, route_of(t), td_buf_slice(&t->held), (tandem_slice){0});
    if (err == TANDEM_EBUSY) {
        return false;
    }
    if (err != TANDEM_OK) {
        td_talk_end(t, err == TANDEM_ENOMEM ? err : TANDEM_ECUT, false);
        return false;
    }
    td_buf_reset(&t->held);
    return true;
}

static void
closing(struct td_talk *t, uint64_t now)
{
    t->state = TD_TALK_CLOSING;
    t->deadline_ms = now + TD_TALK_CLOSING_MS;
    // What came to us answers the other side's 'F' with its own.
    if (!t->incoming) {
        t->said_end = true;
        send_or_hold(t, 'F', (tandem_slice){0});
    }
}

// The other side has said all.
static void
take_end(struct td_talk *t)
{
    if (!t->said_end) {
        t->said_end = true;
        (void)td_talk_say(
            t->line, route_of(t), 'F', t->number, (tandem_slice){0});
    }
    td_talk_end(t, TANDEM_ECUT, false); // over, with the session's own outcome
}

// The session has nothing to say and nothing to write.
static void
quiet(struct td_talk *t, uint64_t now)
{
    bool running = session_state(t) == TANDEM_SESSION_RUNNING;

    if (t->end_in && running) {
        td_talk_end(t, TANDEM_ECUT, false);
    } else if (t->end_in) {
        take_end(t);
    } else if (!running) {
        closing(t, now);
    }
}

void
td_talk_pump(struct td_talk *t, uint64_t now)
{
    struct tandem_node *n = t->node;

    if (t->state == TD_TALK_ENDING) {
        ending(t);
        return;
    }
    if (t->state == TD_TALK_RUNNING && n->worker != NULL) {
        (void)write_ready(t); // it works while this thread sends
    }
    for (int i = 0; td_talk_live(t) && t->line != NULL && send_held(t) &&
                    t->state == TD_TALK_RUNNING;
         i++) {
        tandem_slice m;

        if (i == TD_TURN_FRAMES) {
            n->more = true; // the others' turn, then on
            return;
        }
        if (!take_kept(t) || !may_go_on(t)) {
            return;
        }
        td_api_lock(n->store);
        m = td_session_give(t->session, td_api_now(n->store));
        td_api_unlock(n->store);
        if (m.len > 0) {
            char kind = !t->spoke && !t->incoming ? 'H' : 'S';

            t->spoke = true;
            send_or_hold(t, kind, m);
        } else if (!write_ready(t)) {
            if (!writing(t)) {
                quiet(t, now);
            }
            return;
        }
    }
}

// ---------------------------------------------------------------------- frames

bool
td_talk_is(const struct td_talk *t, tandem_slice frame)
{
    return td_talk_live(t) && frame.len >= HEAD &&
           memcmp(frame.ptr + 1, t->number, sizeof(t->number)) == 0;
}

void
td_talk_frame(struct td_talk *t, tandem_slice frame, uint64_t now)
{
    tandem_slice body = {frame.ptr + HEAD, frame.len - HEAD};
    tandem_err err = TANDEM_OK;

    if (t->state == TD_TALK_ENDING) {
        return;
    }
    switch (frame.ptr[0]) {
    case 'H':
    case 'S':
        t->heard_ms = now; // nothing else keeps a session alive
        if (t->state == TD_TALK_RUNNING) {
            err = take_or_keep(t, body);
        }
        if (err != TANDEM_OK) {
            td_talk_end(t, err == TANDEM_ENOMEM ? err : TANDEM_ECUT, true);
        }
        return;
    case 'F':
        t->end_in = true;
        if (t->state == TD_TALK_RUNNING) {
            td_talk_pump(t, now);
        } else {
            take_end(t);
        }
        return;
    case 'X':
        td_talk_end(t,
            body.len == 1 ? td_fail_heard(body.ptr[0]) : TANDEM_EPROTO, false);
        return;
    default:
        return; // a newer kind: passed over
    }
}

// ---------------------------------------------------------------------- timers

static void
look(struct td_talk *t)
{
    // A full queue (EBUSY) is a standing route as well.
    if (td_talk_live(t) && t->line != NULL &&
        td_talk_say(t->line, route_of(t), 'P', t->number, (tandem_slice){0}) ==
            TANDEM_ENOTFOUND) {
        td_talk_end(t, TANDEM_ECUT, false);
    }
}

void
td_talk_probe(struct td_talk *t, uint64_t now)
{
    // Connections of strangers that end do not make us say more than this.
    if (t->probe_ms != 0) {
        t->probe_again = true;
        return;
    }
    t->probe_ms = now + TD_TALK_PROBE_MS;
    look(t);
}

uint64_t
td_talk_due(const struct td_talk *t)
{
    if (t->probe_ms != 0 && td_talk_live(t)) {
        return t->probe_ms; // sooner than all below, or about so
    }
    switch (t->state) {
    case TD_TALK_RUNNING:
        return t->heard_ms + t->node->idle_timeout_ms;
    case TD_TALK_DIALLING:
    case TD_TALK_CLOSING:
    case TD_TALK_BACKOFF:
        return t->deadline_ms;
    case TD_TALK_ENDING: // the worker wakes us
    case TD_TALK_FREE:
    case TD_TALK_OVER:
    default:
        return UINT64_MAX;
    }
}

void
td_talk_timers(struct td_talk *t, uint64_t now)
{
    if (t->probe_ms != 0 && now >= t->probe_ms) {
        t->probe_ms = t->probe_again ? now + TD_TALK_PROBE_MS : 0;
        t->probe_again = false;
        look(t);
    }
    // `heard` may be later than `now`, which the turn read at its beginning.
    switch (t->state) {
    case TD_TALK_RUNNING:
        if (writing(t)) {
            t->heard_ms = now; // the peer waits for us
        } else if (now >= t->heard_ms + t->node->idle_timeout_ms) {
            td_talk_end(t, TANDEM_ECUT, true);
        }
        return;
    case TD_TALK_CLOSING:
        if (now >= t->deadline_ms) {
            td_talk_end(t, TANDEM_ECUT, false);
        }
        return;
    case TD_TALK_FREE:
    case TD_TALK_DIALLING:
    case TD_TALK_BACKOFF:
    case TD_TALK_ENDING:
    case TD_TALK_OVER:
    default:
        return;
    }
}
