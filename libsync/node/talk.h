// SPDX-License-Identifier: Apache-2.0
// talk.h - one session over one line, either side; and the node's own state.
// Private to node/.
//
// Bytes of a message on the wire (one ZMTP frame):
//   'H' number 8 || session message   the first of the side that begins
//   'S' number 8 || session message   all others
//   'F' number 8                      I have said all; answered by 'F'
//   'X' number 8 || code 1            the carrier gives up (td_fail_tell)
//   'P' number 8                      nothing: a look whether the route stands
//   'E' enrolment message             (libsync/member/enrol.c)
// number: 8 random bytes, new for every try; frames of another one have no
// effect but 'X' ECUT as the answer.
//
//   DIALLING -> RUNNING -> CLOSING -> ENDING -> OVER    (came to us: RUNNING..)
//   RUNNING, line gone -> ENDING -> BACKOFF -> DIALLING    TD_TALK_TRIES times
//
// ENDING: no line any more; what came whole is still being written.
//
// (1) A message that the socket does not take now is held, one a talk, and
//     the session is asked for nothing more until it has gone.
// (2) Nothing is told to the host before the last message had its chance: 'F'
//     has come, the line is gone, or a second has passed.
// (3) Over a bound line, nothing is sent but to a route that libzmq numbered
//     itself (wire.c), for a key that ZAP proved: no peer can name its route
//     like another's to hear what is meant for that one.
// (4) What a session has to write is written in the turn, or, with a worker,
//     by that, while the talk goes on; the session is freed after it. No more
//     than one write of a talk stands in the worker's row, so talks take turns.
// (5) Before what has to be written first (td_session_write_first) a session
//     is neither given nor asked for anything. The worker writes that too, so
//     this thread never waits for another's deed: messages that come meanwhile
//     are kept in their order. Who sends more than its credit and long lists
//     make is cut off.
#ifndef TD_NODE_TALK_H
#define TD_NODE_TALK_H

#include "api/handles.h"
#include "node/beacon.h"
#include "node/neighbour.h"
#include "node/wire.h"
#include "node/worker.h"
#include "session/session.h"
#include "tandem/node.h"

enum {
    TD_TALK_TRIES = 4,         // resumptions of one meeting without progress
    TD_TALK_REFUSED_MAX = 4,   // connections refused: about a second and a half
    TD_TALK_SHUT_MAX = 3,      // handshakes that were shut, one after another
    TD_TALK_CLOSING_MS = 1000, // for the other side's last word
    TD_TALK_PROBE_MS = 200,
    TD_TALK_INBOX_MAX = 16 << 20, // (5)
    // Before a resumption: at random up to this, twice as much each time.
    TD_TALK_BACKOFF_MS = 250,
    TD_TALK_BACKOFF_MAX_MS = 8000,
    // Of one talk, each way, before the next one's turn; of the door as many
    // for each talk over it, which libzmq takes from its peers one by one.
    TD_TURN_FRAMES = 32,
    TD_TURNS_BUSY = 32,   // so many without a look at the timers
    TD_TALKS_PER_KEY = 3, // that came to us, those not told to the host too
    TD_ADDRESS_ROOM = 192,
    TD_ENDPOINT_MAX = 120,
    TD_INTERFACES_MAX = 1024, // of this device, looked at
    TD_STRANGER_EVERY_MS = 5000,
    TD_TIDY_AGAIN_MS = 2000,
    // Unknown keys answered from one address in that time; those of so many
    // addresses are counted.
    TD_KNOCKS_MAX = 16,
    TD_KNOCKS_MS = 10000,
    TD_KNOCKERS = 64
};

enum td_talk_state {
    TD_TALK_FREE,
    TD_TALK_DIALLING,
    TD_TALK_RUNNING,
    TD_TALK_CLOSING,
    TD_TALK_ENDING,
    TD_TALK_BACKOFF,
    TD_TALK_OVER
};

struct td_talk {
    struct tandem_node *node;
    enum td_talk_state state;
    bool incoming, joining;
    tandem_device_id peer;
    uint8_t key[32]; // its CURVE key
    char address[TD_ADDRESS_ROOM], endpoint[TD_ENDPOINT_MAX + 1];
    struct td_line *line;
    bool owns_line; // it goes with the talk
    uint8_t route[TD_ROUTE_MAX];
    size_t route_len;
    uint8_t number[8];
    bool spoke; // 'H' has gone
    struct td_session *session;
    struct td_job job;   // (4)
    struct td_buf held;  // (1)
    struct td_buf inbox; // (5): length be32 || session message...
    size_t inbox_at;     // taken up to there
    bool said_end;       // 'F' has gone
    bool end_in;         // ... has come, before we were ready for it
    bool again;          // ENDING: another try follows
    tandem_err why;      // ENDING, else
    uint64_t heard_ms, deadline_ms;
    uint64_t probe_ms;   // look again then; 0 = not
    bool probe_again;    // ... and once more behind it
    bool opened, silent; // dialling: TCP stands now; nobody spoke over one
    unsigned refused, shut, tries;
    uint64_t had;                        // commits received before the last try
    bool say_started, say_over, started; // events
    tandem_report before, report;        // of the tries before; of all
    size_t kind_count;
    tandem_event_kinds kinds[16];
};

struct td_knocker { // an address, and how often it knocked with unknown keys
    char address[TD_ZAP_ADDRESS_ROOM];
    uint64_t since_ms;
    unsigned count;
};

struct tandem_node {
    tandem_store *store;
    tandem_sys sys;
    tandem_lang lang;
    struct td_wire *wire;
    struct td_worker *worker; // NULL: none was asked for
    struct td_curve curve;    // this device's
    tandem_device_id device;
    uint32_t connect_timeout_ms, idle_timeout_ms;
    struct td_talk *talks;
    size_t talk_max;
    struct td_line *door;          // where members come in; NULL: not listening
    char door_at[TD_ADDRESS_ROOM]; // with its port; "": never listened
    bool asleep;                   // no line at all (sleep.c)
    struct td_beacon beacon;       // what it says of itself
    struct td_near near;           // whom it hears
    struct tandem_enrol *enrols;
    bool more;          // in this turn: somebody has more to say
    struct td_job tidy; // index rows that are behind (tidy.c)
    bool tidy_failed;   // the last time; its own while it runs
    uint64_t tidy_ms;   // not again before
    unsigned busy;      // turns since the timers were looked at
    bool stranger, failed;
    uint64_t stranger_ms; // not said again before
    struct td_knocker knockers[TD_KNOCKERS];
};

uint64_t td_node_mono(const struct tandem_node *n);
tandem_err td_node_random(struct tandem_node *n, void *p, size_t len);
// EMISUSE in a forked child.
tandem_err td_node_usable(const struct tandem_node *n, tandem_error *e);
// EMISUSE while it is suspended.
tandem_err td_node_awake(const struct tandem_node *n, tandem_error *e);
tandem_err td_node_listen_failed(
    const char *endpoint, tandem_err err, int sys, tandem_error *e);
// Whose CURVE key is it? false: no member's.
bool td_node_member(
    struct tandem_node *n, const uint8_t key[32], tandem_device_id *out);
struct td_talk *td_node_free_talk(struct tandem_node *n); // NULL: all in use

// Begin a session on talk->line (and ->route) with talk->peer. `number`: the
// peer's, or NULL when we begin.
tandem_err td_talk_begin(
    struct td_talk *t, const uint8_t *number, uint64_t now);
// A frame of the other side that is about this talk: kind, then number.
bool td_talk_is(const struct td_talk *t, tandem_slice frame);
void td_talk_frame(struct td_talk *t, tandem_slice frame, uint64_t now);
void td_talk_pump(struct td_talk *t, uint64_t now);
// The carrier failed: the session ends here with `why` (ECUT...), and, when
// `tell`, the other side is told.
void td_talk_end(struct td_talk *t, tandem_err why, bool tell);
// Its connection broke; td_dial_again follows once all is written, unless the
// session turns out to be over.
void td_talk_break(struct td_talk *t);
// A connection of its bound line ended: was it this one's?
// The route outlives its connection by a moment: looks now, and once later.
void td_talk_probe(struct td_talk *t, uint64_t now);
void td_talk_timers(struct td_talk *t, uint64_t now);
uint64_t td_talk_due(const struct td_talk *t); // UINT64_MAX: never
void td_talk_reset(struct td_talk *t);         // frees; FREE again
bool td_talk_live(const struct td_talk *t);

// Frames outside any talk.
tandem_err td_talk_say(struct td_line *l, tandem_slice route, char kind,
    const uint8_t number[8], tandem_slice body);
void td_talk_refuse(struct td_line *l, const struct td_frame *f,
    tandem_err why); // 'X' with the frame's number

// report.c: the session's numbers as they stand, before it goes.
void td_talk_collect(struct td_talk *t);

// dial.c
void td_dial_begin(struct td_talk *t, uint64_t now);
void td_dial_again(struct td_talk *t); // a little later; or enough of it
// How long before try `tries` + 1, by chance: at least a millisecond, at most
// TD_TALK_BACKOFF_MS, twice as much each time up to TD_TALK_BACKOFF_MAX_MS.
// All of that span alike: devices that lost the same link do not come back
// together.
uint64_t td_dial_pause(unsigned tries, uint32_t dice);
void td_dial_turn(struct td_talk *t, uint64_t now, bool *more);
void td_dial_timers(struct td_talk *t, uint64_t now);
tandem_err td_dial_meet(
    struct tandem_node *n, const char *address, tandem_error *e);

// tidy.c: what a reception left for later, once no session is under way.
void td_node_tidy(struct tandem_node *n, bool *more);
void td_node_tidy_end(struct tandem_node *n); // waits for what runs

// door.c
void td_door_turn(struct tandem_node *n, uint64_t now, bool *more);
void td_door_knocks(struct tandem_node *n, uint64_t now, bool *more);

// address.c
// "tcp://host:port", port a number or, when `any_port`, '*'.
bool td_endpoint_valid(const char *s, bool any_port);
// "endpoint#device": 64 hex digits, or at least 16 of them, as `prefix`.
bool td_address_parse(
    const char *s, char endpoint[TD_ENDPOINT_MAX + 1], char prefix[65]);
// A bound endpoint as others can reach it: "0.0.0.0" is an address of ours.
void td_endpoint_reachable(const char *bound, char *out, size_t room);
// A bound endpoint as IPv4 reaches it: INADDR_ANY, or its one address. false:
// it does not.
bool td_endpoint_ipv4(const char *bound, struct sockaddr_in *out);
// "udp://a.b.c.d:port", port a number or, when `any_port`, '*' as 0. EVALUE.
tandem_err td_place_parse(
    const char *s, bool any_port, struct sockaddr_in *out, tandem_error *e);

#endif
