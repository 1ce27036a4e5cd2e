// SPDX-License-Identifier: Apache-2.0
/*
 * session.h - one exchange between two stores, without any I/O: bytes in,
 * bytes out. A socket, a radio link, a simulator or a loop of a
 * test carry it alike (examples/two_stores.c).
 *
 * A carrier keeps message boundaries and order; it may lose the rest of a
 * session at any byte: start a new one, it resumes from what is durable.
 *
 * A session belongs to one thread at a time; each call takes its store's locks.
 * What it receives is written in transactions of up to 4 MiB, during which
 * other threads read, find and edit; their commits wait.
 * Memory for what a peer sends is bounded, whatever it sends.
 */
#ifndef TANDEM_SESSION_H
#define TANDEM_SESSION_H

#include "tandem/store.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tandem_session tandem_session;

typedef struct tandem_session_opts {
    size_t size;
    /** The peer as its carrier proved it (CURVE, a paired link...). */
    tandem_device_id peer;
    /** Who speaks first; exactly one side. */
    bool initiator;
    uint8_t zero[7]; /**< zero; room to grow without padding */
} tandem_session_opts;

#ifdef __cplusplus
#define TANDEM_SESSION_OPTS_INIT                                               \
    tandem_session_opts                                                        \
    {                                                                          \
        sizeof(tandem_session_opts), {}, false,                                \
        {                                                                      \
        }                                                                      \
    }
#else
#define TANDEM_SESSION_OPTS_INIT                                               \
    {                                                                          \
        sizeof(tandem_session_opts), {{0}}, false,                             \
        {                                                                      \
            0                                                                  \
        }                                                                      \
    }
#endif

typedef enum tandem_session_state {
    TANDEM_SESSION_RUNNING = 0,
    TANDEM_SESSION_DONE,  /**< both sides hold the same, durably, but for logs
                               that one of them sets apart */
    TANDEM_SESSION_FAILED /**< see .error; the store is as good as before */
} tandem_session_state;

/** What a session did; the same numbers, seen from each end. */
typedef struct tandem_report {
    tandem_session_state state;
    tandem_error error; /**< when failed */
    tandem_device_id peer;
    uint64_t commits_sent, commits_received;
    uint64_t changes_sent, changes_received;
    uint64_t records_changed;     /**< here, by what was received */
    uint64_t conflicts;           /**< open in this store now */
    uint64_t missing, waiting;    /**< here now */
    uint64_t bytes_out, bytes_in; /**< session bytes, without the carrier's */
    uint32_t round_trips;         /**< waits for an answer of the peer */
    uint64_t control_received;    /**< control entries among the received */
    bool receipt;     /**< the peer signed that what was sent is durable
                           there; false where nothing was sent */
    bool equal;       /**< nothing had to move, either way */
    uint8_t root[16]; /**< of the data both may see, as held here at the end:
                           the same on both sides; zero when not reached */
    uint64_t forks;   /**< logs found written twice, by a copied or restored
                           device: both branches are held and applied */
    /** Logs of the peer's that are set apart here, whole or from some entry
     * on; the rest went both ways, and the next exchange looks at them again.
     * EFORK: written over more often than is held. ELIMIT: their device has as
     * many logs there as are held of one, or members and rights fill all there
     * is room for. ECORRUPT: what is held of them
     * cannot be read here. `apart_there`: logs that the peer sets apart. */
    uint64_t apart_forked, apart_limit, apart_damaged, apart_there;
} tandem_report;

/** EAUTH: the peer is no member here; EREVOKED: not any more
 * (reserved: nothing ends all rights of a device yet); EWORKSPACE no workspace
 * yet; EMISUSE a wrong `size` (base.h); ENOMEM. Free it before the store is
 * closed. `o` is copied. */
TANDEM_API tandem_err tandem_session_new(tandem_store *s,
    const tandem_session_opts *o, tandem_session **out,
    tandem_error *e) TANDEM_CHECK;
/** At any time; commits what was received whole. NULL is allowed. */
TANDEM_API void tandem_session_free(tandem_session *x);
/** Take one message of the peer, read inside the call only. Commits may happen
 *  inside, durable on return. EPROTO not a message, or not one that may come
 *  now; EFULL, EIO... Failure is sticky and in the report. */
TANDEM_API tandem_err tandem_session_take(tandem_session *x, tandem_slice in);
/** The next message to send, at most 64 KiB; empty = nothing now. Valid until
 *  the next call on `x`. */
TANDEM_API tandem_slice tandem_session_give(tandem_session *x);
/** How many records of each kind came and went: i from 0. `kind` "" when no
 *  pack here describes it. ENOTFOUND beyond. */
TANDEM_API tandem_err tandem_session_kind(const tandem_session *x, size_t i,
    char kind[64], uint64_t *received, uint64_t *sent);
TANDEM_API void tandem_session_report(
    const tandem_session *x, tandem_report *out);

#ifdef __cplusplus
}
#endif

#endif /* TANDEM_SESSION_H */
