// SPDX-License-Identifier: Apache-2.0
/*
 * node.h - sessions over ZeroMQ with CURVE, and enrolment by code. The only
 * header a host may leave out.
 *
 * A node and its enrolments belong to one thread; tandem_node_wake() alone may
 * be called from any. Threads besides it: libzmq's I/O thread, and, only when
 * `worker` is set, one that writes what sessions received: it is started by
 * tandem_node_new() with all signals blocked and joined by tandem_node_free().
 * Without it, that too is done in tandem_node_step(). Reading, finding and
 * editing on other threads go on meanwhile; a commit waits for the one under
 * way. What is committed is durable before the peer is told. The store's
 * notifier runs on the thread that committed: with a worker, on that one.
 * Texts given are copied. No node survives fork (EMISUSE).
 */
#ifndef TANDEM_NODE_H
#define TANDEM_NODE_H

#include "tandem/member.h"
#include "tandem/session.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tandem_node tandem_node;
typedef struct tandem_enrol tandem_enrol;

typedef struct tandem_node_opts {
    size_t size;
    uint32_t connect_timeout_ms; /**< 0 = 8,000 */
    uint32_t idle_timeout_ms;    /**< a silent peer is given up; 0 = 20,000 */
    uint32_t peers_max;          /**< sessions at once, to 1,024; 0 = 64;
                                     a descriptor or four each */
    uint32_t worker;             /**< 1: a thread of its own writes; 0: none */
} tandem_node_opts;

#ifdef __cplusplus
#define TANDEM_NODE_OPTS_INIT                                                  \
    tandem_node_opts                                                           \
    {                                                                          \
        sizeof(tandem_node_opts), 0, 0, 0, 0                                   \
    }
#else
#define TANDEM_NODE_OPTS_INIT                                                  \
    {                                                                          \
        sizeof(tandem_node_opts), 0, 0, 0, 0                                   \
    }
#endif

/**
 * A node of that store, which stays open as long as the node. `o` is copied;
 * NULL = the defaults. Sentences of its events are in the language of `e`
 * (English when NULL). The caller frees `*out`.
 * @return EMISUSE a wrong `size` (base.h) or too many peers; ENOMEM; EIO. Not
 *   EWORKSPACE: a store without workspace can still join.
 */
TANDEM_API tandem_err tandem_node_new(tandem_store *s,
    const tandem_node_opts *o, tandem_node **out, tandem_error *e) TANDEM_CHECK;
/** Returns within half a second, or when a transaction under way has ended;
 *  queued messages are dropped: what is durable was acknowledged. Step for some
 * 200 ms after the last session or enrolment ended, so that the other side
 * hears the end as well. An enrolment under way fails with ECUT, without a word
 * to the other side; its owner may still look at it, and frees it later. NULL
 * is allowed. */
TANDEM_API void tandem_node_free(tandem_node *n);

/**
 * Answer members at `endpoint` ("tcp://host:port"; port `*` = any), until the
 * node is freed; once a node. The address ("tcp://host:port#device", what
 * tandem_node_meet takes) and NUL are written to `address`: 192 bytes are
 * enough. EIO the port is taken, or the host is not this device's; EVALUE;
 * EWORKSPACE; ELIMIT `room`; EMISUSE it listens already.
 * Connections over which nobody proved to be a member are bounded, 128 in all
 * and 32 of one address: the oldest is shut for the newest.
 */
TANDEM_API tandem_err tandem_node_listen(tandem_node *n, const char *endpoint,
    char *address, size_t room, tandem_error *e) TANDEM_CHECK;
/** Begin a session with the device of that address; returns at once. EVALUE
 *  malformed, or this device's own; EAUTH its device is no member here;
 *  EWORKSPACE; ELIMIT `peers_max` sessions. The outcome is an event; of no
 *  session at all it says
 *    ENETWORK  no network leads there: no route, or a name nobody knows
 *    EPEER     nobody answers there, or nobody speaks
 *    EAUTH     another device answers: handshakes are shut again and again
 *    ECUT      the line broke in the handshake, and then nobody was there
 *    EPROTO    what answers there is no node
 *    EUNKNOWN  that device does not know this one (yet)
 *    EREVOKED  that device refuses this one: its rights have ended. Reserved:
 *              nothing ends all rights of a device yet, who is enrolled
 *              keeps the common sector
 *  and later ECUT, EVERSION, EREFUSED, or what the session failed with. */
TANDEM_API tandem_err tandem_node_meet(
    tandem_node *n, const char *address, tandem_error *e) TANDEM_CHECK;

typedef enum tandem_event_kind {
    TANDEM_EVENT_NONE = 0,
    TANDEM_EVENT_STARTED,  /**< a session with `peer` began */
    TANDEM_EVENT_FINISHED, /**< `report` holds the outcome, also failures */
    TANDEM_EVENT_STRANGER, /**< an unknown key knocked and was not let in */
    TANDEM_EVENT_ENROL     /**< the enrolment moved on: look at it */
} tandem_event_kind;

typedef struct tandem_event_kinds {
    char kind[64];
    uint64_t received, sent;
} tandem_event_kinds;

typedef struct tandem_event {
    tandem_event_kind kind;
    tandem_device_id peer;
    bool incoming;        /**< the peer came to us */
    char address[192];    /**< as given to _meet; "" when incoming */
    tandem_report report; /**< of _FINISHED; plain data, like all here */
    size_t kind_count;    /**< records by kind, most first, at most 16 */
    tandem_event_kinds kinds[16];
} tandem_event;

/**
 * Work for at most `max_ms` (0 = only what is ready; a commit under way is
 * finished), return one event (kind NONE if nothing happened). *more: call
 * again at once.
 * @return only failures of the node itself: ENOMEM, EIO, EFAILED (free it
 *   then). A session's failures are in its event.
 */
TANDEM_API tandem_err tandem_node_step(tandem_node *n, uint32_t max_ms,
    tandem_event *ev, bool *more, tandem_error *e) TANDEM_CHECK;
/** End a step that waits. Any thread, also a signal handler. */
TANDEM_API void tandem_node_wake(tandem_node *n);
/**
 * Before the host sleeps, or its network goes: close every socket. Sessions
 * that came to this node end with ECUT (the other side begins them again), as
 * do enrolments; those it began are kept, and go on at tandem_node_resume() as
 * after a cut. What came whole is committed before it returns, a transaction
 * under way included. A suspended node tells events; meetings begun meanwhile
 * wait for the resumption; listening, inviting and joining are EMISUSE.
 * Suspending twice is allowed. EFAILED.
 */
TANDEM_API tandem_err tandem_node_suspend(
    tandem_node *n, tandem_error *e) TANDEM_CHECK;
/**
 * Listen at the same address again, if the node did, and dial again. Waits up
 * to two seconds for the port. EIO: somebody else has it; the node stays
 * suspended. Of a node that is not suspended: OK.
 */
TANDEM_API tandem_err tandem_node_resume(
    tandem_node *n, tandem_error *e) TANDEM_CHECK;
/**
 * What a session under way has moved by now, for a host that shows it: i from
 * 0. `report` and the kinds are as of this call (what is being written counts
 * once it is durable), `kind` is NONE, for it is no event. Between steps, on
 * their thread. Memory only; waits for no session's transaction, but for a
 * change that another thread commits, as any call does. ENOTFOUND beyond the
 * last; EMISUSE NULL. `out` is untouched then.
 */
TANDEM_API tandem_err tandem_node_progress(
    tandem_node *n, size_t i, tandem_event *out) TANDEM_CHECK;
/** Sessions and enrolments under way. */
TANDEM_API size_t tandem_node_active(const tandem_node *n);

/* -------------------------------------------------------------- neighbours */

#define TANDEM_BEACON_PORT 47217
/**
 * Say from now on, every `every_ms` (0 = 1,000; at least 100), where this node
 * listens: one UDP datagram (IPv4) of constant size, which only members of the
 * workspace can read and others cannot tell from random bytes but for its
 * first. `to` ("udp://a.b.c.d:port"): there. NULL: to the broadcast address of
 * every interface the node listens on, at TANDEM_BEACON_PORT; a node that
 * listens on loopback says nothing then. Nothing goes out while the node is
 * suspended, when no network is there, when IPv4 does not reach where it
 * listens, or when a device that lost its rights could read it: until somebody
 * writes in the common sector anew. EVALUE; EMISUSE the node does not listen.
 */
TANDEM_API tandem_err tandem_node_beacon(tandem_node *n, const char *to,
    uint32_t every_ms, tandem_error *e) TANDEM_CHECK;
/**
 * Hear such datagrams from now on, at "udp://a.b.c.d:port" (port `*` = any);
 * NULL: at TANDEM_BEACON_PORT of every interface. Where it hears, port
 * included, and NUL are written to `bound` (may be NULL). EIO the port is
 * taken; EVALUE; ELIMIT `room`; EMISUSE it hears already; EWORKSPACE.
 */
TANDEM_API tandem_err tandem_node_hear(tandem_node *n, const char *at,
    char *bound, size_t room, tandem_error *e) TANDEM_CHECK;

typedef struct tandem_neighbour {
    tandem_device_id device; /**< a member as known here, never this device */
    char address[192];       /**< what tandem_node_meet takes */
    uint64_t ago_ms;         /**< since it was heard last */
} tandem_neighbour;

/**
 * A device that was heard: i from 0, in no order, at most 64; the one not heard
 * for longest makes room. What is said there proves only that some member once
 * sent it: anybody can send it again, from anywhere. Who answers at the address
 * proves itself as in every session. Between steps. ENOTFOUND beyond the last.
 */
TANDEM_API tandem_err tandem_node_neighbour(
    tandem_node *n, size_t i, tandem_neighbour *out);

/* --------------------------------------------------------------- enrolment */

#define TANDEM_GRANT_SECTORS_MAX 64
/** Zero it, then set `size` to sizeof. */
typedef struct tandem_grant {
    size_t size;
    tandem_right right;
    size_t sector_count; /**< with TANDEM_RIGHT_ADMIN 0 (EVALUE) */
    tandem_id sectors[TANDEM_GRANT_SECTORS_MAX];
} tandem_grant;

typedef enum tandem_enrol_state {
    TANDEM_ENROL_WAITING = 0, /**< for the other side */
    TANDEM_ENROL_DIGITS,      /**< six digits to compare; both must say yes */
    TANDEM_ENROL_CONFIRMED,   /**< both did; the first exchange is running */
    TANDEM_ENROL_DONE,        /**< enrolled, durably */
    TANDEM_ENROL_FAILED       /**< see tandem_enrol_error */
} tandem_enrol_state;

/**
 * Wait at `endpoint` (port `*` = any) for one newcomer. The code (text and NUL,
 * at most 400 bytes) is single use and lives ten minutes by the monotonic
 * clock; it names the workspace, a one-time key, a secret and the endpoint:
 * wipe it as you would a password. `advertise` (may be NULL) stands in the code
 * instead of `endpoint`. `g` is copied. Nothing is written before both sides
 * have said yes.
 * EDENIED no right to enrol there; ENOKEY; EWORKSPACE; EVALUE an endpoint; EIO
 * the port is taken; ELIMIT `room`; EMISUSE a wrong `size` (base.h); ENOMEM.
 * The enrolment is owned by the caller; the node may be freed before it.
 */
TANDEM_API tandem_err tandem_invite_new(tandem_node *n, const tandem_grant *g,
    const char *endpoint, const char *advertise, char *code, size_t room,
    tandem_enrol **out, tandem_error *e) TANDEM_CHECK;
/**
 * Enrol this store with a code; the inviter is dialled by tandem_node_step().
 * `device`: its name, 1..80 characters, one line.
 * EEXIST the store is in a workspace already; EVALUE not a code, or a name;
 * EVERSION; EMISUSE; EIO; ENOMEM. `*out` is the caller's, as above.
 */
TANDEM_API tandem_err tandem_join_new(tandem_node *n, const char *code,
    const char *device, tandem_enrol **out, tandem_error *e) TANDEM_CHECK;
TANDEM_API tandem_enrol_state tandem_enrol_status(const tandem_enrol *e);
/** Six digits and NUL, or NULL = not yet. The same on both screens unless
 *  somebody stands between. Borrowed. */
TANDEM_API const char *tandem_enrol_digits(const tandem_enrol *e);
/** The other device as it presents itself; zero before the digits. */
TANDEM_API tandem_device_id tandem_enrol_peer(const tandem_enrol *e);
/** The name it gives itself, for the inviter's question; "" before the digits,
 *  and on the newcomer's side. Borrowed. */
TANDEM_API const char *tandem_enrol_peer_name(const tandem_enrol *e);
/** The person compared the digits. Either side may refuse; both must say yes,
 *  in any order, while the code lives. The state stays DIGITS until the other
 *  side has answered; a no of either ends it on both with EREFUSED, nobody
 *  enrolled. When both have said yes the inviter commits, in this call or in a
 *  step; a failure of that (EDENIED, EFULL...) ends the enrolment, and is
 *  returned when it is this call's. EMISUSE before the digits, over, or
 *  answered already (but the inviter may take a yes back by a no as long as the
 *  newcomer's has not come). */
TANDEM_API tandem_err tandem_enrol_confirm(tandem_enrol *e, bool same);
/** Why it failed: EEXPIRED, EREFUSED (by either side), EAUTH, EPEER, EPROTO,
 *  ECUT... The same code is returned and, with its sentence, written to `out`
 *  (may be NULL); TANDEM_OK, `out` left alone, unless it FAILED. */
TANDEM_API tandem_err tandem_enrol_error(
    const tandem_enrol *e, tandem_error *out);
/** Ends one under way without a word to the other side; the code is then of no
 *  use any more. NULL is allowed. */
TANDEM_API void tandem_enrol_free(tandem_enrol *e);

#ifdef __cplusplus
}
#endif

#endif /* TANDEM_NODE_H */
