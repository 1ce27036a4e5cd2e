// SPDX-License-Identifier: Apache-2.0
// wire.c - the only file that knows ZeroMQ, whence its length: ROUTER and
// DEALER with CURVE, the ZAP handler, socket monitors. What needs no socket
// stands in zap.c and wake.c.
//
// Invariants
// (1) The ZAP handler is bound before any server socket exists: without one
//     libzmq lets every client in. ZAP_ENFORCE_DOMAIN (93, a draft option whose
//     value works in 4.3.4) is asked for as well, never relied on.
// (2) All bounds stand before bind and connect: MAXMSGSIZE, HANDSHAKE_IVL,
//     LINGER 0, heartbeats, reconnect and connect times.
// (3) Who sent a frame is read from the User-Id of its payload frame (libzmq
//     4.3.4 does not put it on the routing id's frame after a poll). Here it
//     is the hex of the CURVE key; no other property of a frame is believed.
// (4) Peers may choose their routing ids, and a free one of another could be
//     taken over. Frames count only from ids that libzmq made itself: 5 bytes,
//     0 and a number that is told to nobody and starts anywhere.
// (5) Sending never blocks: ROUTER_MANDATORY and DONTWAIT.
// (6) What is not one frame is dropped, however long, before the next message
//     is looked at. (libzmq gathers all frames of a message before it shows
//     the first and has no bound for their number: a member, or who holds an
//     open code, can make it take memory. Strangers never get so far.)
#include "node/wire.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "base/slice.h"
#include "node/guests.h"
#include "node/wake.h"

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"

enum {
    ZAP_ENFORCE_DOMAIN = 93,
    HANDSHAKE_IVL_MS = 2000,
    SILENCE_MS = 20000, // a peer heard of no more; a ping each quarter of it
    RECONNECT_IVL_MS = 100,
    RECONNECT_IVL_MAX_MS = 60000,
    CONNECT_TIMEOUT_MS = 5000,
    // A line is three (itself, its monitor, who reads it); libzmq's own limit,
    // 1,023, would be that of 340 lines.
    SOCKETS_MAX = 4096,
    HWM = 64,       // messages queued to one peer
    ROUTE_MADE = 5, // bytes of a routing id of libzmq's own
    FRAMES_DROP_MAX = 64,
    EVENT_FRAMES_MAX = 1 << 16 // more than its queue ever holds
};

struct td_line {
    struct td_wire *w;
    struct td_line *next;
    void *socket, *monitor;
    bool bound, blocked;
    bool dropping;  // the rest of a message whose shape is not ours
    zmq_msg_t body; // what the last td_line_recv lent
    bool lent;
    struct td_guests guests; // bound
};

struct td_wire {
    tandem_sys sys;
    pid_t pid;
    int silence_ms;
    void *context, *zap;
    struct td_wake wake;
    uint64_t made; // lines so far: names of their monitors
    struct td_line *lines;
    size_t line_count;
    zmq_pollitem_t *items;
    size_t items_cap;
    int watched; // a socket that is not libzmq's; -1: none
};

// ---------------------------------------------------------------------- wire

static bool
set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0;
}

static void
zap_close(struct td_wire *w)
{
    if (w->zap != NULL) {
        (void)zmq_close(w->zap);
        w->zap = NULL;
    }
}

static bool
zap_open(struct td_wire *w)
{
    w->zap = zmq_socket(w->context, ZMQ_ROUTER);
    return w->zap != NULL && set_int(w->zap, ZMQ_LINGER, 0) &&
           zmq_bind(w->zap, ZAP_ENDPOINT) == 0;
}

tandem_err
td_wire_new(const tandem_sys *sys, uint32_t silence_ms, struct td_wire **out,
    tandem_error *e)
{
    struct td_wire *w = td_alloc(sys, sizeof(*w));
    int code;

    if (w == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    w->sys = *sys;
    w->pid = getpid();
    w->watched = -1;
    w->silence_ms =
        silence_ms == 0 || silence_ms > INT_MAX ? SILENCE_MS : (int)silence_ms;
    if (!td_wake_open(&w->wake)) {
        code = errno;
        td_free(sys, w, sizeof(*w));
        return td_fail_sys(e, TANDEM_EIO, code);
    }
    w->context = zmq_ctx_new();
    if (w->context == NULL ||
        zmq_ctx_set(w->context, ZMQ_MAX_SOCKETS, SOCKETS_MAX) != 0 ||
        !zap_open(w)) {
        code = zmq_errno();
        td_wire_free(w);
        return td_fail_sys(e, TANDEM_EIO, code);
    }
    *out = w;
    return TANDEM_OK;
}

void
td_wire_free(struct td_wire *w)
{
    tandem_sys sys;

    if (w == NULL) {
        return;
    }
    TD_ASSERT(w->lines == NULL);
    sys = w->sys;
    // A context does not survive fork: a child leaves it where it is.
    if (td_wire_ours(w)) {
        zap_close(w);
        if (w->context != NULL) {
            while (zmq_ctx_term(w->context) != 0 && zmq_errno() == EINTR) {
            }
        }
    }
    td_wake_close(&w->wake);
    td_free(&sys, w->items, w->items_cap * sizeof(*w->items));
    td_free(&sys, w, sizeof(*w));
}

void
td_wire_sleep(struct td_wire *w)
{
    zap_close(w);
}

bool
td_wire_awake(struct td_wire *w, int *sys)
{
    if (w->zap != NULL || zap_open(w)) {
        return true;
    }
    *sys = zmq_errno();
    zap_close(w);
    return false;
}

bool
td_wire_ours(const struct td_wire *w)
{
    return w->pid == getpid();
}

void
td_wire_wake(struct td_wire *w)
{
    td_wake(&w->wake);
}

void
td_wire_nudge(struct td_wire *w)
{
    td_wake_nudge(&w->wake);
}

static bool
items_room(struct td_wire *w, size_t n)
{
    zmq_pollitem_t *grown;

    if (n <= w->items_cap) {
        return true;
    }
    grown = td_grow(&w->sys, w->items, w->items_cap * sizeof(*w->items),
        2 * n * sizeof(*w->items));
    if (grown == NULL) {
        return false;
    }
    w->items = grown;
    w->items_cap = 2 * n;
    return true;
}

void
td_wire_watch(struct td_wire *w, int fd)
{
    w->watched = fd;
}

tandem_err
td_wire_wait(struct td_wire *w, int timeout_ms, bool *woken)
{
    size_t n = 0;

    if (!items_room(w, 3 + 2 * w->line_count)) {
        return TANDEM_ENOMEM;
    }
    w->items[n++] = (zmq_pollitem_t){NULL, w->wake.fd[0], ZMQ_POLLIN, 0};
    if (w->watched >= 0) {
        w->items[n++] = (zmq_pollitem_t){NULL, w->watched, ZMQ_POLLIN, 0};
    }
    if (w->zap != NULL) {
        w->items[n++] = (zmq_pollitem_t){w->zap, 0, ZMQ_POLLIN, 0};
    }
    for (struct td_line *l = w->lines; l != NULL; l = l->next) {
        // A ROUTER is always ready to send: waiting for that would spin.
        short want = ZMQ_POLLIN;

        if (l->blocked && !l->bound) {
            want |= ZMQ_POLLOUT;
        }
        w->items[n++] = (zmq_pollitem_t){l->socket, 0, want, 0};
        w->items[n++] = (zmq_pollitem_t){l->monitor, 0, ZMQ_POLLIN, 0};
        if (l->blocked && l->bound && timeout_ms > 5) {
            timeout_ms = 5;
        }
    }
    if (zmq_poll(w->items, (int)n, timeout_ms) < 0 && zmq_errno() != EINTR) {
        return TANDEM_EFAILED;
    }
    // Whoever still has something to send finds out by trying.
    for (struct td_line *l = w->lines; l != NULL; l = l->next) {
        l->blocked = false;
    }
    *woken = td_wake_take(&w->wake);
    return TANDEM_OK;
}

// --------------------------------------------------------------------- lines

static bool
bounds_set(void *s, const char *endpoint, int silence_ms)
{
    int64_t frame = TD_WIRE_FRAME_MAX;

    return set_int(s, ZMQ_LINGER, 0) &&
           zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &frame, sizeof(frame)) == 0 &&
           set_int(s, ZMQ_HANDSHAKE_IVL, HANDSHAKE_IVL_MS) &&
           set_int(s, ZMQ_HEARTBEAT_IVL, silence_ms / 4) &&
           set_int(s, ZMQ_HEARTBEAT_TIMEOUT, silence_ms / 2) &&
           set_int(s, ZMQ_RECONNECT_IVL, RECONNECT_IVL_MS) &&
           set_int(s, ZMQ_RECONNECT_IVL_MAX, RECONNECT_IVL_MAX_MS) &&
           set_int(s, ZMQ_CONNECT_TIMEOUT, CONNECT_TIMEOUT_MS) &&
           set_int(s, ZMQ_SNDHWM, HWM) && set_int(s, ZMQ_RCVHWM, HWM) &&
           (strchr(endpoint, '[') == NULL || set_int(s, ZMQ_IPV6, 1));
}

static bool
keys_set(void *s, const struct td_curve *mine, const uint8_t *server)
{
    if (server == NULL && !set_int(s, ZMQ_CURVE_SERVER, 1)) {
        return false;
    }
    if (server != NULL &&
        zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, server, 32) != 0) {
        return false;
    }
    return zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, mine->pub, 32) == 0 &&
           zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, mine->sec, 32) == 0;
}

static bool
monitor_open(struct td_line *l)
{
    char name[48];
    const int events =
        ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_ACCEPTED |
        ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
        ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
        ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

    (void)snprintf(name, sizeof(name), "inproc://line-%llu",
        (unsigned long long)l->w->made++);
    if (zmq_socket_monitor(l->socket, name, events) != 0) {
        return false;
    }
    l->monitor = zmq_socket(l->w->context, ZMQ_PAIR);
    return l->monitor != NULL && set_int(l->monitor, ZMQ_LINGER, 0) &&
           zmq_connect(l->monitor, name) == 0;
}

static struct td_line *
line_new(struct td_wire *w, const char *endpoint, const struct td_curve *mine,
    const uint8_t *server)
{
    struct td_line *l = td_alloc(&w->sys, sizeof(*l));

    if (l == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    l->w = w;
    l->bound = server == NULL;
    l->next = w->lines;
    w->lines = l;
    w->line_count++;
    l->socket = zmq_socket(w->context, l->bound ? ZMQ_ROUTER : ZMQ_DEALER);
    if (l->socket == NULL || !bounds_set(l->socket, endpoint, w->silence_ms) ||
        !keys_set(l->socket, mine, server) || !monitor_open(l)) {
        int code = zmq_errno();

        td_line_close(l);
        errno = code;
        return NULL;
    }
    return l;
}

static tandem_err
line_err(int code, int *sys)
{
    *sys = code;
    if (code == ENOMEM) {
        return TANDEM_ENOMEM;
    }
    return code == EINVAL || code == EPROTONOSUPPORT ? TANDEM_EVALUE
                                                     : TANDEM_EIO;
}

tandem_err
td_line_bind(struct td_wire *w, const char *endpoint,
    const struct td_curve *mine, const char *domain, char *bound, size_t room,
    struct td_line **out, int *sys)
{
    struct td_line *l;

    *sys = 0;
    if (w->zap == NULL) {
        return TANDEM_EUNSUPPORTED; // every client would be let in
    }
    l = line_new(w, endpoint, mine, NULL);
    if (l == NULL) {
        return line_err(zmq_errno(), sys);
    }
    // Without the draft option, the handler above is what keeps strangers out.
    (void)set_int(l->socket, ZAP_ENFORCE_DOMAIN, 1);
    if (!set_int(l->socket, ZMQ_ROUTER_MANDATORY, 1) ||
        zmq_setsockopt(l->socket, ZMQ_ZAP_DOMAIN, domain, strlen(domain)) !=
            0 ||
        zmq_bind(l->socket, endpoint) != 0 ||
        zmq_getsockopt(l->socket, ZMQ_LAST_ENDPOINT, bound, &room) != 0) {
        int code = zmq_errno();

        td_line_close(l);
        return line_err(code, sys);
    }
    *out = l;
    return TANDEM_OK;
}

tandem_err
td_line_dial(struct td_wire *w, const char *endpoint,
    const struct td_curve *mine, const uint8_t server[32], struct td_line **out,
    int *sys)
{
    struct td_line *l = line_new(w, endpoint, mine, server);

    *sys = 0;
    if (l == NULL) {
        return line_err(zmq_errno(), sys);
    }
    if (zmq_connect(l->socket, endpoint) != 0) {
        int code = zmq_errno();

        td_line_close(l);
        return line_err(code, sys);
    }
    *out = l;
    return TANDEM_OK;
}

// Two thousand events nobody looked at, and libzmq's own thread waits until
// there is room, with the lock in its hand that ending the monitor takes.
static void
monitor_close(struct td_line *l)
{
    uint8_t raw[6];

    for (int i = 0; i < EVENT_FRAMES_MAX; i++) {
        if (zmq_recv(l->monitor, raw, sizeof(raw), ZMQ_DONTWAIT) < 0) {
            break;
        }
    }
    (void)zmq_socket_monitor(l->socket, NULL, 0);
    (void)zmq_close(l->monitor);
}

void
td_line_close(struct td_line *l)
{
    struct td_line **at;

    if (l == NULL) {
        return;
    }
    at = &l->w->lines;
    while (*at != l) {
        at = &(*at)->next;
    }
    *at = l->next;
    l->w->line_count--;
    if (td_wire_ours(l->w)) {
        if (l->lent) {
            (void)zmq_msg_close(&l->body);
        }
        if (l->monitor != NULL) {
            monitor_close(l);
        }
        if (l->socket != NULL) {
            (void)zmq_close(l->socket);
        }
    }
    td_free(&l->w->sys, l, sizeof(*l));
}

// ------------------------------------------------------------------- monitor

// The rest of the message under way. false: it is longer than one go, and what
// comes next is still a part of it.
static bool
drop_rest(void *socket)
{
    int more = 1;
    size_t n = sizeof(more);
    zmq_msg_t m;

    for (int i = 0; i < FRAMES_DROP_MAX; i++) {
        if (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &n) != 0 || more == 0) {
            return true;
        }
        (void)zmq_msg_init(&m);
        if (zmq_msg_recv(&m, socket, ZMQ_DONTWAIT) < 0) {
            (void)zmq_msg_close(&m);
            return true;
        }
        (void)zmq_msg_close(&m);
    }
    return false;
}

static enum td_line_event
event_of(unsigned event, uint32_t value)
{
    switch (event) {
    case ZMQ_EVENT_ACCEPTED:
    case ZMQ_EVENT_CONNECTED:
        return TD_LINE_OPENED;
    case ZMQ_EVENT_CONNECT_RETRIED:
        return TD_LINE_REFUSED;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        return TD_LINE_READY;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        return value == TD_NOT_YET ? TD_LINE_UNKNOWN : TD_LINE_DENIED;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        return TD_LINE_ALIEN;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        // The system's code; EAGAIN: the handshake's timer.
        return value == EAGAIN ? TD_LINE_SILENT : TD_LINE_SHUT;
    case ZMQ_EVENT_DISCONNECTED:
        return TD_LINE_GONE;
    default:
        return TD_LINE_QUIET;
    }
}

enum td_line_event
td_line_event(struct td_line *l)
{
    uint8_t raw[6];
    uint16_t event;
    uint32_t value;

    if (zmq_recv(l->monitor, raw, sizeof(raw), ZMQ_DONTWAIT) != 6) {
        return TD_LINE_QUIET;
    }
    (void)drop_rest(l->monitor); // the endpoint's text
    memcpy(&event, raw, 2);
    memcpy(&value, raw + 2, 4);
    if (event == ZMQ_EVENT_ACCEPTED) {
        td_guests_come(&l->guests, (int)value);
    } else if (event == ZMQ_EVENT_DISCONNECTED) {
        td_guests_go(&l->guests, (int)value);
    }
    return event_of(event, value);
}

// ---------------------------------------------------------- sending, hearing

static tandem_err
send_err(struct td_line *l)
{
    switch (zmq_errno()) {
    case EAGAIN:
        l->blocked = true;
        return TANDEM_EBUSY;
    case EHOSTUNREACH:
        return TANDEM_ENOTFOUND;
    default:
        return TANDEM_EIO;
    }
}

tandem_err
td_line_send(
    struct td_line *l, tandem_slice route, tandem_slice head, tandem_slice body)
{
    zmq_msg_t m;

    if (zmq_msg_init_size(&m, head.len + body.len) != 0) {
        return TANDEM_ENOMEM;
    }
    memcpy(zmq_msg_data(&m), head.ptr, head.len);
    if (body.len > 0) {
        memcpy((uint8_t *)zmq_msg_data(&m) + head.len, body.ptr, body.len);
    }
    // MANDATORY: the routing id is where a ROUTER says no, so a message never
    // loses its second half.
    if (l->bound && zmq_send(l->socket, route.ptr, route.len,
                        ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        tandem_err err = send_err(l);

        (void)zmq_msg_close(&m);
        return err;
    }
    if (zmq_msg_send(&m, l->socket, ZMQ_DONTWAIT) < 0) {
        tandem_err err = send_err(l);

        (void)zmq_msg_close(&m);
        return err;
    }
    l->blocked = false;
    return TANDEM_OK;
}

static bool
last_frame(zmq_msg_t *m)
{
    return zmq_msg_more(m) == 0;
}

// One whole message or none. *shape: it was one of ours.
static tandem_err
recv_one(struct td_line *l, struct td_frame *out, bool *shape)
{
    const char *user;
    int n;

    *shape = false;
    out->route_len = 0;
    if (l->bound) {
        n = zmq_recv(l->socket, out->route, sizeof(out->route), ZMQ_DONTWAIT);
        if (n < 0) {
            return TANDEM_ENOTFOUND;
        }
        if (n != ROUTE_MADE || out->route[0] != 0) {
            l->dropping = true;
            return TANDEM_OK;
        }
        out->route_len = (size_t)n;
    }
    (void)zmq_msg_init(&l->body);
    l->lent = true;
    if (zmq_msg_recv(&l->body, l->socket, ZMQ_DONTWAIT) < 0) {
        return TANDEM_ENOTFOUND;
    }
    if (!last_frame(&l->body)) {
        l->dropping = true;
        return TANDEM_OK;
    }
    user = l->bound ? zmq_msg_gets(&l->body, "User-Id") : NULL;
    out->proven = user != NULL && td_unhex(user, out->key, 32);
    if (out->proven) {
        td_guests_go(&l->guests, zmq_msg_get(&l->body, ZMQ_SRCFD));
    }
    out->body = (tandem_slice){zmq_msg_data(&l->body), zmq_msg_size(&l->body)};
    *shape = !l->bound || out->proven;
    return TANDEM_OK;
}

tandem_err
td_line_recv(struct td_line *l, struct td_frame *out)
{
    for (int i = 0; i < FRAMES_DROP_MAX; i++) {
        bool shape;

        if (l->lent) {
            (void)zmq_msg_close(&l->body);
            l->lent = false;
        }
        l->dropping = l->dropping && !drop_rest(l->socket);
        if (l->dropping) {
            continue;
        }
        TD_TRY(recv_one(l, out, &shape));
        if (shape) {
            return TANDEM_OK;
        }
    }
    return TANDEM_ENOTFOUND; // more junk waits: the next call goes on
}

// ----------------------------------------------------------------------- ZAP

// One request of libzmq's, frame by frame; a longer one is cut off.
static bool
zap_take(struct td_wire *w, struct td_zap *out)
{
    int more = 1;
    size_t n = sizeof(more);

    out->count = 0;
    while (more != 0 && out->count < TD_ZAP_FRAMES) {
        struct td_zap_frame *f = &out->frame[out->count];
        int len = zmq_recv(w->zap, f->bytes, sizeof(f->bytes), ZMQ_DONTWAIT);

        if (len < 0 || zmq_getsockopt(w->zap, ZMQ_RCVMORE, &more, &n) != 0) {
            return false;
        }
        f->len = (size_t)len; // more than it holds: zap.c refuses it
        out->count++;
    }
    out->more = more != 0;
    (void)drop_rest(w->zap);
    return true;
}

bool
td_wire_knock(struct td_wire *w, struct td_knock *out)
{
    struct td_zap request;

    for (int i = 0; w->zap != NULL && i < FRAMES_DROP_MAX; i++) {
        if (!zap_take(w, &request)) {
            return false;
        }
        if (td_zap_read(&request, out)) {
            return true;
        }
        // Not answered: the handshake's time runs out.
    }
    return false;
}

void
td_wire_answer(struct td_wire *w, const struct td_knock *k, enum td_welcome how)
{
    struct td_zap reply;

    td_zap_reply(k, how, &reply);
    for (size_t i = 0; i < reply.count; i++) {
        // What fails here leaves the knock without an answer: not let in.
        if (zmq_send(w->zap, reply.frame[i].bytes, reply.frame[i].len,
                ZMQ_DONTWAIT | (i + 1 < reply.count ? ZMQ_SNDMORE : 0)) < 0) {
            return;
        }
    }
}
