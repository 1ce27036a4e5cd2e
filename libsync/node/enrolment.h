// SPDX-License-Identifier: Apache-2.0
// enrolment.h - an enrolment by code over a line of its own: what inviter and
// newcomer share. Private to node/.
//
//   WAITING -> DIGITS -> CONFIRMED -> DONE       any -> FAILED
//
// The inviter binds a ROUTER with a one-time CURVE key pair (domain "enrol")
// for one newcomer and ten minutes; the newcomer dials it with its device's
// CURVE key, which must be the one it then presents. 'E' frames carry the
// machine's messages (libsync/member/enrol.c); after WELCOME two sessions run
// over the same line, begun by the newcomer: the first brings it the control
// sector and what it may read, the second brings its name to the inviter.
//
// (1) The first who speaks has the seat, and the code is spent, whatever comes
//     of it. Everybody else hears EEXPIRED.
// (2) The enrol entry is written when both persons have said yes, and durable
//     before WELCOME leaves. Until then the state stays DIGITS.
// (3) A refusal stays on the line until the other side has heard it, or a
//     moment: only then is the state FAILED.
#ifndef TD_NODE_ENROLMENT_H
#define TD_NODE_ENROLMENT_H

#include "member/enrol.h"
#include "node/talk.h"

enum {
    TD_ENROLMENT_LEAVE_MS = 300,    // (3)
    TD_ENROLMENT_FIRST_MS = 60000,  // until the first session begins, or again
    TD_ENROLMENT_SECOND_MS = 10000, // for the newcomer's name to come
    TD_ENROLMENT_SESSIONS = 2,
    // That the inviter lets begin: all tries of both.
    TD_ENROLMENT_BEGUN_MAX = TD_ENROLMENT_SESSIONS * (TD_TALK_TRIES + 1)
};

struct tandem_enrol {
    struct tandem_node *node; // NULL: freed before us
    struct tandem_enrol *next;
    tandem_sys sys; // outlives the node
    bool inviter;
    struct td_enrol *machine;
    struct td_line *line;
    bool seated;     // inviter: somebody has spoken
    uint8_t key[32]; // ... with this CURVE key
    uint8_t route[TD_ROUTE_MAX];
    size_t route_len;
    struct td_buf held;  // a message the socket did not take yet
    struct td_talk talk; // the session under way
    unsigned sessions;   // done
    tandem_enrol_state state;
    tandem_error error;
    bool moved;                    // say so
    bool opened, up;               // newcomer: the line stood once; it stands
    unsigned refused, shut, tries; // inviter: tries = sessions begun
    uint64_t due_ms;               // what the state may last
    uint64_t probe_ms;             // inviter: look at the seat's route; 0 = not
    bool leaving;                  // (3)
    bool said;                     // the machine's last words have gone
    tandem_err why;
    struct td_hash workspace;
    char endpoint[TD_ENDPOINT_MAX + 9];
    char device[TD_NAME_BYTES_MAX]; // newcomer: its name
    tandem_grant grant;             // inviter
};

// enrolment.c
void td_enrolment_turn(struct tandem_enrol *x, uint64_t now, bool *more);
bool td_enrolment_open(const struct tandem_node *n); // an invitation waits
bool td_enrolment_live(const struct tandem_enrol *x);
void td_enrolment_state(struct tandem_enrol *x, tandem_enrol_state state);
// Failed from here on. `tell`: the machine's NO goes out first.
void td_enrolment_fail(struct tandem_enrol *x, tandem_err why, bool tell);
// What the machine has to say, as far as the line takes it.
void td_enrolment_pump(struct tandem_enrol *x);
// The node's sockets go: it fails where it stands.
void td_enrolment_cut(struct tandem_enrol *x);
// Its node goes: it fails where it stands, and is a handle to be freed only.
void td_enrolment_detach(struct tandem_enrol *x);
// An 'E' frame for the machine.
void td_enrolment_take(struct tandem_enrol *x, tandem_slice frame);
tandem_err td_enrolment_new(struct tandem_node *n, bool inviter,
    struct tandem_enrol **out, tandem_error *e);
tandem_err td_enrolment_machine(
    struct tandem_enrol *x, const struct td_code *code, tandem_error *e);

// invite.c, join.c: what one side makes of what its line brings
void td_invite_take(
    struct tandem_enrol *x, const struct td_frame *f, uint64_t now);
void td_invite_event(
    struct tandem_enrol *x, enum td_line_event ev, uint64_t now);
void td_invite_look(
    struct tandem_enrol *x, uint64_t now); // at the seat's route
void td_invite_session_over(struct tandem_enrol *x, uint64_t now);
void td_join_take(
    struct tandem_enrol *x, const struct td_frame *f, uint64_t now);
void td_join_event(struct tandem_enrol *x, enum td_line_event ev, uint64_t now);
void td_join_session_over(struct tandem_enrol *x, uint64_t now);
// Somebody said yes: when it was the second, the newcomer is enrolled.
tandem_err td_invite_agreed(struct tandem_enrol *x);
void td_join_welcomed(struct tandem_enrol *x);
void td_join_late(struct tandem_enrol *x); // nobody answered in time

#endif
