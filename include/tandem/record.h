// SPDX-License-Identifier: Apache-2.0
/*
 * record.h - read a record, change it.
 *
 * A record is an immutable copy of what the store held when it was opened.
 * An edit starts from the record a person saw: its writes replace what was
 * shown, and a value that arrived meanwhile stays beside the new one.
 *
 * A record may be read from several threads at once. _version, _passage,
 * _created and _changed ask the store which device wrote something and wait
 * for its lock; the others read memory only. A txn and its edits belong to one
 * thread at a time. Field names are ids of the record's kind; an unknown one,
 * or a record whose kind no pack here describes, is EKIND.
 */
#ifndef TANDEM_RECORD_H
#define TANDEM_RECORD_H

#include "tandem/schema.h"
#include "tandem/store.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tandem_txn tandem_txn;
typedef struct tandem_edit tandem_edit;

/* ----------------------------------------------------------------- reading */

/**
 * A copy of the record as it stands. Also gives deleted ones (see
 * tandem_record_deleted). ENOTFOUND, also while all that is held of it waits
 * (tandem_waiting); ECORRUPT its row or only change is damaged. `*out` is the
 * caller's. Reads one row.
 */
TANDEM_API tandem_err tandem_record_open(tandem_store *s, tandem_id id,
    tandem_record **out, tandem_error *e) TANDEM_CHECK;
/** Only for records from tandem_record_open, _open_seen or tandem_edit_record,
 *  not for a page's. NULL is allowed. */
TANDEM_API void tandem_record_free(tandem_record *r);

TANDEM_API tandem_id tandem_record_id(const tandem_record *r);
TANDEM_API tandem_id tandem_record_sector(const tandem_record *r);
/** Borrowed from the record. NULL when this store has no pack for its kind. */
TANDEM_API const tandem_kind_info *tandem_record_kind(const tandem_record *r);

typedef enum tandem_deletion {
    TANDEM_LIVE = 0,
    TANDEM_TRASHED = 1,
    TANDEM_DISPUTED = 2 /**< deleted by one, changed by another: visible */
} tandem_deletion;
TANDEM_API tandem_deletion tandem_record_deleted(const tandem_record *r);

/**
 * The value shown first. A register's; a state's; a counter's sum (TANDEM_INT);
 * a text (TANDEM_STR, deleted passages left out). Absent: TANDEM_NONE. A value
 * its field cannot have (of a newer pack) reads as TANDEM_NONE. Sets, maps,
 * lists and logs:
 * EMISUSE, use _item. EKIND unknown field. Strings are borrowed until the
 * record is freed.
 */
TANDEM_API tandem_err tandem_record_get(
    const tandem_record *r, const char *field, tandem_value *out) TANDEM_CHECK;

/** A value somebody wrote. */
typedef struct tandem_field_version {
    tandem_value value; /**< TANDEM_NONE: cleared */
    tandem_id person;
    tandem_device_id device;
    int64_t wall_ms;  /**< by the writer's clock */
    char dot[64];     /**< names this version, printable */
    tandem_slice why; /**< reason given, or empty; borrowed */
} tandem_field_version;

/**
 * How many distinct concurrent values a register or state holds (0 or 1 when
 * nothing was written side by side). For a map field pass the key in `key`,
 * else NULL. `quiet` fields count 1. Index 0 is the one shown first. First come
 * those that no other beats (tandem_value_beats), each part the latest by its
 * writer's clock first. 0 also for other fields.
 */
TANDEM_API size_t tandem_record_versions(
    const tandem_record *r, const char *field, const tandem_value *key);
/** The i-th of them; `value` and `why` borrowed from the record. `device` is
 *  zero when its log is not held. ENOTFOUND beyond the last; EKIND; EMISUSE a
 *  key for a field that is no map, or none for one that is. */
TANDEM_API tandem_err tandem_record_version(const tandem_record *r,
    const char *field, const tandem_value *key, size_t i,
    tandem_field_version *out) TANDEM_CHECK;
/** Items of a set (value in `key`) or map (key and shown value; `value` may be
 *  NULL), in order of their encoded key; of a list in its order, of a log by
 *  clock, earliest first (value in `key`). Borrowed from the record. ENOTFOUND
 *  beyond the last; EMISUSE another field. */
TANDEM_API tandem_err tandem_record_item(const tandem_record *r,
    const char *field, size_t i, tandem_value *key,
    tandem_value *value) TANDEM_CHECK;
/** How many; 0 for other fields. */
TANDEM_API size_t tandem_record_items(
    const tandem_record *r, const char *field);
/** A line of a log with who wrote it, when, why; `dot` is empty. Borrowed from
 *  the record. ENOTFOUND beyond the last; EMISUSE a field that is no log. */
TANDEM_API tandem_err tandem_record_line(const tandem_record *r,
    const char *field, size_t i, tandem_field_version *out) TANDEM_CHECK;
/** Who wrote which passage of a text: `count` code points from one device. */
typedef struct tandem_passage {
    size_t count;
    tandem_device_id device;
} tandem_passage;
/** Passages in the text's order, deleted ones left out. ENOTFOUND beyond the
 *  last; EMISUSE a field that is no text. */
TANDEM_API tandem_err tandem_record_passage(const tandem_record *r,
    const char *field, size_t i, tandem_passage *out) TANDEM_CHECK;

/** One open conflict of the record. */
typedef struct tandem_conflict {
    const char *field; /**< field id; "" = the deletion is disputed; borrowed */
    tandem_value key;  /**< map key, or TANDEM_NONE; borrowed */
    size_t versions;   /**< values (or marks) to choose from: the first ones of
                            tandem_record_versions(); what they beat is none */
    bool anomaly;      /**< a `once` field written twice */
} tandem_conflict;
/** In order of the kind's fields, the deletion last. ENOTFOUND beyond the
 *  last. */
TANDEM_API tandem_err tandem_record_conflict(
    const tandem_record *r, size_t i, tandem_conflict *out) TANDEM_CHECK;

/** Something to look at again; a record is never refused for it. */
typedef struct tandem_notice {
    char what[48];  /**< id of a rule, check or watch of the pack; or
                         "required", "unusual", "future", "order" */
    char field[48]; /**< field it is about */
    char msg[320];  /**< one sentence, beginning with the field's term */
} tandem_notice;

/**
 * What a person may want to look at again: required fields that are empty,
 * rules of the pack that are not kept, unusual numbers, times to come of what
 * has happened, words that do not belong here, and values that would be
 * refused if they were typed (they came by a merge, or the pack changed).
 *
 * @param now_ms  since 1970 UTC, for what has not happened yet
 * @param out     receives at most `room`; may be NULL when `room` is 0
 * @return how many there are, also beyond `room`. 0 for a record whose kind
 *         no pack here describes. Cost: memory, each text read once.
 */
TANDEM_API size_t tandem_record_review(const tandem_record *r, int64_t now_ms,
    tandem_lang lang, tandem_notice *out, size_t room);

typedef struct tandem_origin {
    tandem_id person;        /**< as that device said */
    tandem_device_id device; /**< zero: its log is not held */
    int64_t wall_ms;         /**< by that device's clock, since 1970 UTC */
} tandem_origin;
/** Who created it, and who changed it last by the writers' clocks. */
TANDEM_API void tandem_record_created(
    const tandem_record *r, tandem_origin *out);
TANDEM_API void tandem_record_changed(
    const tandem_record *r, tandem_origin *out);
/** When, of both, without asking who: memory only. */
TANDEM_API void tandem_record_times(
    const tandem_record *r, int64_t *created_ms, int64_t *changed_ms);
/**
 * A printable token of what this snapshot had seen (for a later edit in
 * another process), hex, about 80 characters a device that wrote it: borrowed
 * until the record is freed.
 */
TANDEM_API const char *tandem_record_seen(const tandem_record *r);
/** The record as that token saw it. EVALUE damaged token; ENOTFOUND when an
 *  entry it names is not held here (any more) or is another record's. Reads
 *  every change of the record. */
TANDEM_API tandem_err tandem_record_open_seen(tandem_store *s, tandem_id id,
    const char *seen, tandem_record **out, tandem_error *e) TANDEM_CHECK;

/* ----------------------------------------------------------------- writing */

/** "The person this store stands for now", see tandem_me_set(). */
#define TANDEM_ME tandem_id_me()
TANDEM_API tandem_id tandem_id_me(void);

/**
 * A batch in memory. Only commit takes the write lock, for one LMDB commit.
 * All its edits must be of one sector. `person` is who typed; TANDEM_ME is
 * looked up at the commit. Sentences of its edits are in the language of `e`
 * (English when NULL). EMISUSE, ENOMEM.
 */
TANDEM_API tandem_err tandem_txn_new(tandem_store *s, tandem_id person,
    tandem_txn **out, tandem_error *e) TANDEM_CHECK;
/**
 * Commit: everything durable (one fsync), or nothing changed. The first
 * failed edit makes it fail with that edit's error and sentence: check once.
 * An edit without effect writes nothing. After success the txn is empty and
 * can be used again; its edits stay readable (id, record) until the next
 * create or edit in it, or its free.
 * @return EDENIED no right to write in this sector; ENOKEY its key has not
 *   come; EWORKSPACE; EVALUE a required field of a new record is missing
 *   (fill it and commit again); ELIMIT beyond 128 records, 4,096 operations a
 *   record or 1 MiB in all; EFULL; EIO...
 */
TANDEM_API tandem_err tandem_txn_commit(
    tandem_txn *t, tandem_error *e) TANDEM_CHECK;
/** What was not committed is dropped; its edits end with it. NULL is
 *  allowed. */
TANDEM_API void tandem_txn_free(tandem_txn *t);

/**
 * A new record; its id is a UUIDv7. A field the pack marks `make: code` gets
 * a short code unless set. `*out` is borrowed from the txn. One that nothing is
 * ever typed into is not written. Memory only.
 * EKIND; EWORKSPACE no such sector, or no workspace yet; EDENIED no right to
 * write there; EVALUE the common sector for a kind with fields of class P2 or
 * P3, for every member reads it. ELIMIT for the 129th record or a second
 * sector. All but EMISUSE make the commit fail. So does, as EVALUE, a record
 * of a kind with `one_per` (schema.h) whose id is not the one that its
 * references make: such ones are created by their key.
 */
TANDEM_API tandem_err tandem_txn_create(tandem_txn *t, const char *kind,
    tandem_id sector, tandem_edit **out) TANDEM_CHECK;
/**
 * A new record whose id is derived (UUIDv8) from the sector's secret, the
 * kind and `key` (1..64 bytes), so that two devices importing the same paper
 * make the same record. `*id` (may be NULL) receives it. EEXIST when it is
 * held already: an answer, with `*id` set and the txn as good as before.
 * EVALUE a key of another length; ENOKEY the sector's secret has not come;
 * else as tandem_txn_create. Reads one row.
 */
TANDEM_API tandem_err tandem_txn_create_keyed(tandem_txn *t, const char *kind,
    tandem_id sector, tandem_slice key, tandem_edit **out,
    tandem_id *id) TANDEM_CHECK;
/** The id create_keyed would use. EKIND; EVALUE; ENOKEY; EWORKSPACE. Reads
 *  only. */
TANDEM_API tandem_err tandem_keyed_id(tandem_store *s, const char *kind,
    tandem_id sector, tandem_slice key, tandem_id *out,
    tandem_error *e) TANDEM_CHECK;
/** Edit from what `seen` showed; it is copied. `*out` is borrowed from the txn.
 *  EMISUSE: a second edit of one record in one txn from another snapshot (the
 *  same snapshot gives the same edit), or a record of another store. EKIND no
 *  pack here for its kind; EDENIED; EWORKSPACE; ELIMIT as above. */
TANDEM_API tandem_err tandem_txn_edit(
    tandem_txn *t, const tandem_record *seen, tandem_edit **out) TANDEM_CHECK;
/** The first error of the txn's edits so far, with its sentence; `e` is left
 *  alone when there is none, or no txn. */
TANDEM_API tandem_err tandem_txn_failed(const tandem_txn *t, tandem_error *e);

/*
 * Edits. Each works in memory, copies what it is given, and shows at once in
 * the edit only. EKIND no such field; EVALUE a value the field cannot have, or
 * a field that is not changed that way; EUNSUPPORTED a merge type of a later
 * version; ELIMIT more than 4,096 operations; EMISUSE after the commit; ENOMEM.
 * The first failure is the txn's (tandem_txn_failed) and makes its commit fail;
 * what was typed of the failed call may stand in the edit, never in the store.
 */
TANDEM_API tandem_id tandem_edit_id(const tandem_edit *d);
/** Write a register or move a state; TANDEM_NONE clears. A text field: the
 * whole text, by the smallest edit. Writing the value that stands alone has no
 * effect. EVALUE also for a step that needs a reason (tandem_value_forward,
 * from what `seen` showed) where tandem_edit_why() was not called before. */
TANDEM_API tandem_err tandem_edit_set(
    tandem_edit *d, const char *field, tandem_value v);
/** Add an element to a set, where one that is there has no effect; one more, at
 *  the end, to a list; a line to a log, where it stays for good. */
TANDEM_API tandem_err tandem_edit_add(
    tandem_edit *d, const char *field, tandem_value v);
/** Remove an element of a set, the first one of this value from a list, or a
 * key of a map; one that is not there has no effect. Another's place for the
 * element of a list, given at the same time, is not removed: it stands there
 * then. A key that holds a stop needs a reason, as in tandem_edit_set(). */
TANDEM_API tandem_err tandem_edit_remove(
    tandem_edit *d, const char *field, tandem_value v);
/** Behind the last element of a list. */
#define TANDEM_END SIZE_MAX
/** Put an element into a list so that it stands at `at` (0..count, or
 *  TANDEM_END). EVALUE outside. Equal values are elements of their own. Time
 *  grows with the list. */
TANDEM_API tandem_err tandem_edit_insert(
    tandem_edit *d, const char *field, size_t at, tandem_value v);
/** Move the element at `from` so that it stands at `to` (both below the count,
 *  else EVALUE). Moved by two at once it stands once, where the later clock put
 *  it. Time grows with the list. */
TANDEM_API tandem_err tandem_edit_move(
    tandem_edit *d, const char *field, size_t from, size_t to);
/** Take away the element at `at`. EVALUE outside. */
TANDEM_API tandem_err tandem_edit_drop(
    tandem_edit *d, const char *field, size_t at);
/** Write a map's entry; TANDEM_NONE as the value removes it. A step away from a
 *  stop needs a reason, as in tandem_edit_set(). */
TANDEM_API tandem_err tandem_edit_put(
    tandem_edit *d, const char *field, tandem_value key, tandem_value v);
/** Add to a counter (its sum stays within int64). */
TANDEM_API tandem_err tandem_edit_count(
    tandem_edit *d, const char *field, int64_t delta);
/** At code point `at` (0..length): remove `remove` code points, then insert up
 *  to 512 KiB. EVALUE out of bounds, invalid UTF-8 or a NUL. */
TANDEM_API tandem_err tandem_edit_text(tandem_edit *d, const char *field,
    size_t at, size_t remove, tandem_slice insert);
/** Settle the versions `seen` showed with a value and a reason (or NULL: where
 * a step needs one, tandem_edit_why() has to have given it). For a map field
 * `key` names the entry, else pass NULL (EMISUSE). Written also where one value
 * stands alone. A reason is at most 1,024 bytes. */
TANDEM_API tandem_err tandem_edit_resolve(tandem_edit *d, const char *field,
    const tandem_value *key, tandem_value v, const char *why);
/** A reason for the whole change, shown with its values: at most 1,024 bytes;
 *  the first one counts; "" and NULL have no effect. */
TANDEM_API tandem_err tandem_edit_why(tandem_edit *d, const char *text);
/** Mark deleted, or restore. */
TANDEM_API tandem_err tandem_edit_delete(tandem_edit *d, bool deleted);
/**
 * After the commit: what `seen` showed plus this edit and nothing that
 * arrived meanwhile, so that saving twice is no conflict with oneself. EMISUSE
 * before the commit. `*out` is the caller's. Reads one change, or, where `seen`
 * was older than this device's last change of the record, all of them.
 */
TANDEM_API tandem_err tandem_edit_record(
    tandem_edit *d, tandem_record **out, tandem_error *e) TANDEM_CHECK;

#ifdef __cplusplus
}
#endif

#endif /* TANDEM_RECORD_H */
