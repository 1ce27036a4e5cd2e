// SPDX-License-Identifier: Apache-2.0
/*
 * history.h - what was changed in a record, by whom and when; and putting it
 * back.
 *
 * A change is what one commit did to one record. Nothing of it is ever taken
 * away: putting it back is a change of its own. What a change did is seen by
 * holding two records against each other: the one its author had before them,
 * and that one with the change. A value that arrived meanwhile is in neither.
 *
 * A history is a copied view of what the store held when it was opened. It
 * belongs to one thread at a time.
 */
#ifndef TANDEM_HISTORY_H
#define TANDEM_HISTORY_H

#include "tandem/record.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tandem_history tandem_history;

/**
 * Every change of a record that is held here. Also of deleted ones.
 *
 * Reads and keeps in memory all changes of the record, at most 256 MiB
 * (ENOMEM beyond), each opened and checked; holds the store's lock meanwhile.
 * `*out` is the caller's.
 * @return ENOTFOUND no such record, or all that is held of it waits; ECORRUPT
 *   its row is damaged. A change that cannot be read is listed, not refused.
 */
TANDEM_API tandem_err tandem_history_open(tandem_store *s, tandem_id id,
    tandem_history **out, tandem_error *e) TANDEM_CHECK;
/** NULL is allowed; the store must still be open. */
TANDEM_API void tandem_history_free(tandem_history *h);
TANDEM_API size_t tandem_history_count(const tandem_history *h);
/** The record with all its changes that count. Borrowed until the history is
 *  freed: tandem_record_free() is not for it. What undoes begins from it. */
TANDEM_API const tandem_record *tandem_history_record(const tandem_history *h);

/** One change. */
typedef struct tandem_past {
    char name[48];             /**< the same on every device: 32 hex digits,
                                    then perhaps "." and a number; "" unread */
    bool read;                 /**< false: only device and place are known, for
                                    it is sealed away, missing or damaged */
    bool counts;               /**< it is part of what the record shows */
    bool made;                 /**< its author had seen nothing of the record */
    tandem_wait_reason reason; /**< why it does not count; 0 when it does */
    tandem_id person;          /**< who typed, as the device said */
    tandem_device_id device;
    int64_t wall_ms;  /**< by its clock, since 1970 UTC */
    uint64_t seq;     /**< of the commit in the device's log */
    tandem_slice why; /**< reason given for the whole change, else the first
                           given for a field of it, or empty; borrowed from the
                           history */
    size_t touched;   /**< how many fields, map keys, set elements */
} tandem_past;

/**
 * The i-th, earliest first by the writers' clocks, which agree with who had
 * seen whom; those that cannot be read come last. ENOTFOUND beyond the last.
 * Memory only.
 */
TANDEM_API tandem_err tandem_history_at(
    const tandem_history *h, size_t i, tandem_past *out) TANDEM_CHECK;

/** What a change wrote to. */
typedef struct tandem_touched {
    const char *field; /**< id; "" the record itself, deleted or restored; NULL
                            a field that no pack here knows; borrowed */
    tandem_value key;  /**< MAP: the key; SET: the element; else TANDEM_NONE;
                            borrowed from the history */
} tandem_touched;
/** The k-th, each named once. ENOTFOUND beyond the last. Memory only. */
TANDEM_API tandem_err tandem_history_touched(const tandem_history *h, size_t i,
    size_t k, tandem_touched *out) TANDEM_CHECK;

/**
 * The record as the author of the i-th change had it before them; with
 * TANDEM_WITH_CHANGE as it stood for them afterwards. `*out` is the caller's,
 * to be freed before the history.
 * @return ENOTFOUND nothing was there, or the change cannot be read or waits;
 *   EMISUSE other flags. Cost: memory and time of a rebuild from the changes
 *   seen, under the store's lock for a moment.
 */
#define TANDEM_WITH_CHANGE 1u
TANDEM_API tandem_err tandem_history_seen(tandem_history *h, size_t i,
    uint64_t flags, tandem_record **out, tandem_error *e) TANDEM_CHECK;

/**
 * Put back what the i-th change did, by operations of an edit that was begun
 * from tandem_history_record(): values and texts as its author had them before,
 * elements taken out or put in again, what was counted counted back, a record
 * that was made put in the bin, one put there taken out. All of it or, where it
 * fails, a txn that does not commit. What stands already has no effect.
 *
 * @param flags  0, or TANDEM_UNDO_OVER: also over what was written to the same
 *               place since, or at the same time, and over values that stood
 *               side by side: then the one that was shown first
 * @return ECONFLICT something of it was written again since, `field` of the
 *   txn's error says which (tandem_txn_failed); EVALUE a line of a log, or a
 *   field that is written once: these stay; what tandem_edit_set() says of a
 *   step back without a reason; ENOTFOUND the change cannot be read or does not
 *   count; EUNSUPPORTED it does what this version does not know; EMISUSE an
 *   edit begun from another snapshot. Durable with the txn's commit.
 */
#define TANDEM_UNDO_OVER 1u
TANDEM_API tandem_err tandem_edit_undo(
    tandem_edit *d, tandem_history *h, size_t i, uint64_t flags);

#ifdef __cplusplus
}
#endif

#endif /* TANDEM_HISTORY_H */
