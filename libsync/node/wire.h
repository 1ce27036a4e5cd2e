// SPDX-License-Identifier: Apache-2.0
// wire.h - ZeroMQ behind a small door: a context with its ZAP handler, and
// lines (sockets with CURVE and a monitor). Never blocks but in td_wire_wait.
//
// A wire and its lines belong to one thread and one process; the exceptions
// are td_wire_wake and td_wire_nudge. Close the lines before the wire.
#ifndef TD_NODE_WIRE_H
#define TD_NODE_WIRE_H

#include "base/fail.h"
#include "base/sys.h"
#include "node/zap.h"

struct td_wire; // context, ZAP handler, wake pipe
struct td_line; // one socket: bound (ROUTER) or dialled (DEALER)

// One ZMTP frame: our kind and number, a session's message, and what CURVE's
// MESSAGE command adds.
#define TD_WIRE_FRAME_MAX (64 * 1024 + 256)

// The ZAP handler is bound here, before any socket can exist. Connections over
// which nothing at all is heard end within `silence_ms` (0 = 20 s).
tandem_err td_wire_new(const tandem_sys *sys, uint32_t silence_ms,
    struct td_wire **out, tandem_error *e);
// Bounded: every line had LINGER 0. In a forked child only memory is freed.
void td_wire_free(struct td_wire *w);
// Once all lines are closed, and before the next one is bound. A connection let
// in by us ends only when the socket that let it in has heard of it, for which
// somebody has to take a turn, or when that goes too. Awake may be too early
// (false, *sys): libzmq lets go of the old one a moment later.
void td_wire_sleep(struct td_wire *w);
bool td_wire_awake(struct td_wire *w, int *sys);
bool td_wire_ours(const struct td_wire *w); // false: we are a forked child
// Any thread, also a signal handler.
void td_wire_wake(struct td_wire *w);
void td_wire_nudge(struct td_wire *w); // ends a wait without having woken
// What comes at this socket ends a wait as well; -1: none does.
void td_wire_watch(struct td_wire *w, int fd);
// Until something is ready, `timeout_ms`, or woken.
tandem_err td_wire_wait(struct td_wire *w, int timeout_ms, bool *woken);

struct td_curve {
    uint8_t pub[32], sec[32];
};
// EIO with *sys the system's code (the port is taken...); EVALUE an endpoint
// no socket takes; EUNSUPPORTED without the ZAP handler. `bound` receives the
// endpoint with its real port.
tandem_err td_line_bind(struct td_wire *w, const char *endpoint,
    const struct td_curve *mine, const char *domain, char *bound, size_t room,
    struct td_line **out, int *sys);
tandem_err td_line_dial(struct td_wire *w, const char *endpoint,
    const struct td_curve *mine, const uint8_t server[32], struct td_line **out,
    int *sys);
void td_line_close(struct td_line *l); // NULL is fine; queued messages go

// What the monitor saw, in order.
enum td_line_event {
    TD_LINE_QUIET,   // nothing more
    TD_LINE_OPENED,  // TCP stands (dialled: to them; bound: a stranger)
    TD_LINE_REFUSED, // dialled: nobody there yet, it will try again
    TD_LINE_READY,   // handshake done: both keys proven
    TD_LINE_DENIED,  // the other side refused our key, for good
    TD_LINE_UNKNOWN, // the other side does not know our key yet
    TD_LINE_SHUT,    // the connection ended within the handshake
    TD_LINE_SILENT,  // nothing came, or not all, in the handshake's time
    TD_LINE_ALIEN,   // what came is no handshake of ours
    TD_LINE_GONE     // a TCP connection ended
};
enum td_line_event td_line_event(struct td_line *l);

// One message: kind and more in `head`, then `body`. `route` empty on a
// dialled line. EBUSY: not now; ENOTFOUND: that route is gone; EIO, ENOMEM.
tandem_err td_line_send(struct td_line *l, tandem_slice route,
    tandem_slice head, tandem_slice body);

struct td_frame {
    uint8_t route[TD_ROUTE_MAX];
    size_t route_len;
    bool proven;       // bound: `key` is what ZAP let in for this very frame
    uint8_t key[32];   // their CURVE key
    tandem_slice body; // until the next call on the line
};
// ENOTFOUND: nothing there. Messages of another shape are dropped inside.
tandem_err td_line_recv(struct td_line *l, struct td_frame *out);

// ZAP: somebody knocks at a bound line. false: nobody.
bool td_wire_knock(struct td_wire *w, struct td_knock *out);
void td_wire_answer(
    struct td_wire *w, const struct td_knock *k, enum td_welcome how);

#endif
