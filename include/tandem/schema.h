// SPDX-License-Identifier: Apache-2.0
/*
 * schema.h - kinds as data: packs, kinds, fields, words; text to values and
 * back.
 *
 * The library knows no kind. A *pack* describes some: it is written as JSON
 * for people, built into canonical MessagePack (`tandem pack build`) and
 * published in a workspace by an admin. A *schema* is an immutable snapshot
 * of the packs that count: all of a store's, or one pack's for a tool.
 *
 *     tandem_schema            immutable, any thread, released by _free
 *       tandem_kind_info       borrowed from it
 *         tandem_field_info      one field: merge, privacy, flags
 *           tandem_value_type      what one value of it may be
 *             tandem_enum_info       ... and the words it is chosen from
 *
 * Every number `n` (kind, field, word) is permanent: it is what travels and
 * rests. Terms are for people and may be corrected.
 *
 * All calls here cost memory only, except the two that take a store and
 * tandem_pack_load(), which reads one file.
 */
#ifndef TANDEM_SCHEMA_H
#define TANDEM_SCHEMA_H

#include "tandem/base.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tandem_store; /* store.h */

/** A parsed pack. Immutable; may be shared between threads. */
typedef struct td_pack tandem_pack;
/** A snapshot of the packs that count. Immutable; any thread. */
typedef struct td_schema tandem_schema;

/* ------------------------------------------------------------------- kinds */

/** What a value may be. The numbers are of this library, never on a disk. */
typedef enum tandem_field_type {
    TANDEM_FIELD_UNKNOWN = 0, /**< of a newer version: kept, not edited */
    TANDEM_FIELD_STR,         /**< one line, at most `limit` code points */
    TANDEM_FIELD_TEXT,        /**< long text */
    TANDEM_FIELD_INT,
    TANDEM_FIELD_CENTS, /**< money in integer cents */
    TANDEM_FIELD_BOOL,
    TANDEM_FIELD_TRI,  /**< yes, no, unknown */
    TANDEM_FIELD_ENUM, /**< one of `words` */
    TANDEM_FIELD_DATE,
    TANDEM_FIELD_TIME,  /**< date and time with offset ("dt") */
    TANDEM_FIELD_GEO,   /**< WGS84, 5 decimals */
    TANDEM_FIELD_PHONE, /**< E.164 */
    TANDEM_FIELD_EMAIL,
    TANDEM_FIELD_REF,  /**< another record, of kind `ref` or any */
    TANDEM_FIELD_BLOB, /**< BLAKE2b-256 of an attachment */
    TANDEM_FIELD_HASH  /**< 32 bytes */
} tandem_field_type;

/** What two people's changes of a field become. */
typedef enum tandem_merge {
    TANDEM_MERGE_UNKNOWN = 0, /**< of a newer version: kept, not edited */
    TANDEM_MERGE_VIS,         /**< concurrent values stay side by side */
    TANDEM_MERGE_QUIET,       /**< the same, shown as one */
    TANDEM_MERGE_ONCE,        /**< a second different value is an anomaly */
    TANDEM_MERGE_SET,         /**< add wins */
    TANDEM_MERGE_MAP,         /**< each key merges alone */
    TANDEM_MERGE_COUNTER,     /**< the sum of what each added */
    TANDEM_MERGE_TEXT,        /**< letter by letter */
    TANDEM_MERGE_STATE,       /**< the furthest by the pack's order */
    TANDEM_MERGE_LIST,        /**< ordered; elements move */
    TANDEM_MERGE_LOG,         /**< lines only added, by clock */
    TANDEM_MERGE_DERIVED      /**< computed when read, never written */
} tandem_merge;

/** Flags of tandem_field_info. */
enum {
    TANDEM_FIELD_REQUIRED = 1,     /**< a new record needs it, unless it is
                                        RETIRED or UNSUPPORTED */
    TANDEM_FIELD_INDEXED = 2,      /**< found by equal value without a scan */
    TANDEM_FIELD_CODE = 4,         /**< holds the record's short code */
    TANDEM_FIELD_RETIRED = 8,      /**< read, no longer offered nor written */
    TANDEM_FIELD_UNSUPPORTED = 16, /**< this version refuses to write it */
    TANDEM_FIELD_STOP = 32,        /**< a BOOL state whose yes is a stop; see
                                        tandem_value_beats() */
    TANDEM_FIELD_PAST = 64         /**< a DATE or TIME of what has happened: one
                                        to come is said */
};

/** One word of an enumeration. */
typedef struct tandem_word {
    int64_t n;      /**< permanent */
    const char *id; /**< e.g. "booked" */
    const char *fr;
    const char *en;
    bool retired;
    bool stop; /**< beats what was written beside it; see
                    tandem_value_beats() */
    size_t after_count;
    const uint16_t *after; /**< words it directly follows, as places in the
                                list, each before its own */
} tandem_word;

typedef struct tandem_enum_info {
    const char *id;
    size_t word_count;
    const tandem_word *words; /**< in the pack's order */
} tandem_enum_info;

/** A form that a string has to have, e.g. that of a code. */
typedef struct tandem_check_info {
    const char *id;    /**< e.g. "postcode" */
    const char *match; /**< a pattern, see docs/format.md; NULL: places */
    uint32_t places;   /**< "lat,lon lat,lon": so many at least; 0: `match` */
    const char *fr;    /**< what is said of a string without it */
    const char *en;
} tandem_check_info;

/** How a watch looks for what it is about. */
typedef enum tandem_sought {
    TANDEM_FIND_UNKNOWN = 0, /**< of a newer version: finds nothing */
    TANDEM_FIND_WORDS,       /**< one of `words` */
    TANDEM_FIND_CODE,        /**< one of `words`, then 3 to 8 digits, A to F */
    TANDEM_FIND_IBAN,        /**< an account number, by its checksum */
    TANDEM_FIND_NIR          /**< a French social security number, likewise */
} tandem_sought;

/** What must not be noted in any str or text of a pack, or should not. */
typedef struct tandem_watch_info {
    const char *id; /**< e.g. "iban" */
    tandem_sought find;
    size_t word_count;
    const char *const *words; /**< small letters without accents; one ended by
                                   '*' is any word that begins so */
    bool refuse;    /**< false: tandem_record_review() reminds of it */
    const char *fr; /**< what is said when it is found */
    const char *en;
} tandem_watch_info;

/** How long a class of records is kept. */
typedef struct tandem_retention_info {
    const char *id;  /**< e.g. "K2" */
    uint32_t months; /**< after what `fr` and `en` say; 0: no period */
    const char *fr;
    const char *en;
} tandem_retention_info;

struct tandem_field_info;

/**
 * What one value may be: a field's value, a set's element, a map's key or
 * value.
 */
typedef struct tandem_value_type {
    tandem_field_type base;
    uint32_t limit;                /**< STR: code points; else 0 */
    const tandem_enum_info *words; /**< ENUM; else NULL */
    const char *ref;               /**< REF: kind id or "*"; else NULL */
    const struct tandem_field_info *field; /**< where it stands; for
                                                sentences; may be NULL */
} tandem_value_type;

typedef struct tandem_field_info {
    uint32_t n;     /**< permanent within its kind */
    const char *id; /**< e.g. "short_code" */
    const char *fr; /**< what people read */
    const char *en;
    const char *type; /**< as written in the pack, e.g. "map:enum:a:enum:b" */
    tandem_merge merge;
    tandem_value_type value; /**< the value; SET, LIST, LOG: one element;
                                  MAP: the value under a key */
    tandem_value_type key;   /**< MAP: the key; else base UNKNOWN */
    uint32_t flags;          /**< TANDEM_FIELD_REQUIRED... */
    uint8_t privacy;         /**< class P0..P3 as 0..3 */
    int32_t not_before;      /**< DATE, TIME: the field that says when it
                                  began, by its place in the kind; or -1 */
    int64_t min, max;  /**< of one INT or CENTS value; beyond is refused */
    int64_t low, high; /**< usual: of an INT, CENTS or counter its value, of a
                            set, map, list or log how many; beyond is said */
    const tandem_check_info *check; /**< of each STR; or NULL */
    size_t watch_count; /**< of each STR and TEXT: those of the pack */
    const tandem_watch_info *watches;
    size_t duty_count;
    const struct tandem_duty_info *duties; /**< words that not every writer
                                                of the kind may choose */
} tandem_field_info;

/** A word that only some may write. */
typedef struct tandem_duty_info {
    int64_t word; /**< its `n` */
    size_t writer_count;
    const char *const *writers;
} tandem_duty_info;

/** One field of a rule: it holds one of these, or anything, or nothing. */
typedef struct tandem_clause {
    uint16_t field;       /**< place in the kind */
    bool any;             /**< it has a value, whichever */
    size_t count;         /**< 0 and not `any`: it has no value */
    const int64_t *words; /**< ENUM: `n`; BOOL, TRI: 0 no, 1 yes, 2 unknown;
                               of a set one element, of a map one key */
} tandem_clause;

/** What a record should hold when it holds something else; said, never
 *  refused (tandem_record_review()). */
typedef struct tandem_rule_info {
    const char *id;
    const char *fr; /**< what is said when it is not so */
    const char *en;
    size_t when_count; /**< all of them */
    const tandem_clause *when;
    size_t want_count; /**< all of them */
    const tandem_clause *want;
} tandem_rule_info;

/** References that one record's id is made of, at most. */
enum { TANDEM_ONE_PER_MAX = 4 };

typedef struct tandem_kind_info {
    const char *pack; /**< e.g. "fr.terrain" */
    uint32_t n;       /**< permanent within its pack */
    const char *id;   /**< e.g. "contact" */
    const char *fr;
    const char *en;
    uint32_t pack_version; /**< of the pack that describes it */
    size_t field_count;
    const tandem_field_info *fields; /**< in the pack's order */
    size_t title_count;
    const uint16_t *title; /**< fields that name a record, best first */
    size_t subject_count;
    const uint16_t *subject; /**< fields that say who or what it is about */
    size_t one_per_count;    /**< TANDEM_ONE_PER_MAX at most */
    const uint16_t *one_per; /**< references of which each set has one record:
                                its creator derives the id from them, or the
                                commit is refused
                                (tandem_txn_create_keyed(): their 16 bytes, one
                                after the other) */
    size_t writer_count;
    const char *const *writers; /**< rights that may write, e.g. "agent" */
    const char *retention;      /**< retention class, e.g. "K2", or "" */
    const tandem_retention_info *kept; /**< what the pack says of that class;
                                            NULL when it says nothing */
    size_t rule_count;
    const tandem_rule_info *rules;
    int32_t code_field; /**< index of the short code's field, or -1 */
    bool retired;
} tandem_kind_info;

/** Number of kinds. A NULL schema has none. */
TANDEM_API size_t tandem_schema_kind_count(const tandem_schema *s);

/** Kind `i` in [0, count), packs by name, kinds in the pack's order; NULL
 * beyond. Borrowed from `s`. */
TANDEM_API const tandem_kind_info *tandem_schema_kind_at(
    const tandem_schema *s, size_t i);

/**
 * A kind by what a person or a program calls it.
 *
 * @param name  "contact", "fr.terrain/contact", or the French or English term
 *              (ASCII letters match in either case). Identifiers win over
 *              terms.
 * @return borrowed from `s`; NULL when unknown, or when it could mean two
 *         kinds (two packs share the name and none was said).
 */
TANDEM_API const tandem_kind_info *tandem_schema_kind_find(
    const tandem_schema *s, const char *name);

/**
 * A field by identifier, or by French or English term (ASCII letters match
 * in either case). Identifiers win over terms.
 *
 * @return borrowed from the kind's schema; NULL when unknown, or when the
 *         term is that of two fields.
 */
TANDEM_API const tandem_field_info *tandem_kind_field(
    const tandem_kind_info *k, const char *name);

/** The word with number `n`, or NULL. */
TANDEM_API const tandem_word *tandem_enum_word(
    const tandem_enum_info *e, int64_t n);

/** Does `b` follow `a`, directly or through others ("after" in the pack)?
 *  false for equal or unknown words. */
TANDEM_API bool tandem_enum_before(
    const tandem_enum_info *e, int64_t a, int64_t b);

/**
 * Of two values that two people wrote side by side into a field (a state, a
 * register, one key of a map): does `a` beat `b`, so that it is shown and no
 * person has to choose? A stop beats what is none. In a state the further one
 * beats the earlier one, yes beats no, anything beats TANDEM_NONE. false:
 * equal, or neither; then both stand until a person chooses.
 */
TANDEM_API bool tandem_value_beats(
    const tandem_field_info *f, const tandem_value *a, const tandem_value *b);

/**
 * May a person who saw `from` write `to` without a reason? In a state: only a
 * step forward, or to a stop. In any field: not away from a stop, unless to a
 * further one. true for equal values.
 */
TANDEM_API bool tandem_value_forward(const tandem_field_info *f,
    const tandem_value *from, const tandem_value *to);

/** "vis", "set"...; "?" for UNKNOWN. Static storage. */
TANDEM_API const char *tandem_merge_name(tandem_merge m);

/** Release the snapshot; what was borrowed from it ends. NULL is allowed. */
TANDEM_API void tandem_schema_free(tandem_schema *s);

/* ------------------------------------------------------------------- packs */

/**
 * Read a built pack: canonical MessagePack, at most 512 KiB. Every number,
 * name, type, reference and bound is checked. Keys, types and merges of a
 * newer version are passed over: such a field is UNSUPPORTED, not an error.
 *
 * @param built  borrowed for the call; copied
 * @param out    receives the pack; release with tandem_pack_free()
 * @param e      what is wrong and where; may be NULL
 * @return TANDEM_OK; TANDEM_EVALUE a rule is broken; TANDEM_ECORRUPT not a
 *         built pack; TANDEM_EVERSION built for a newer library;
 *         TANDEM_ELIMIT; TANDEM_ENOMEM.
 */
TANDEM_API TANDEM_CHECK tandem_err tandem_pack_parse(
    tandem_slice built, tandem_pack **out, tandem_error *e);

/**
 * The same from a file of at most 512 KiB.
 *
 * @return as tandem_pack_parse(); TANDEM_ENOTFOUND, TANDEM_EIO.
 */
TANDEM_API TANDEM_CHECK tandem_err tandem_pack_load(
    const char *path, tandem_pack **out, tandem_error *e);

/** NULL is allowed. Schemas made from the pack keep what they need. */
TANDEM_API void tandem_pack_free(tandem_pack *p);

/** E.g. "fr.terrain"; borrowed from `p`. */
TANDEM_API const char *tandem_pack_name(const tandem_pack *p);
/** 1 and up. */
TANDEM_API uint32_t tandem_pack_version(const tandem_pack *p);
/** The built bytes; borrowed from `p`. */
TANDEM_API tandem_slice tandem_pack_bytes(const tandem_pack *p);

/**
 * May `later` replace `p`? A later version may add kinds, fields and words,
 * relax (a longer limit, no longer required), correct terms, orders, stops and
 * what it asks of values (they decide what is shown and taken when typed, not
 * what is held) and mark retired;
 * it may not take away, nor change an `n`, a type or a merge.
 *
 * @param e  the first rule broken, and where
 * @return TANDEM_OK or TANDEM_EVALUE.
 */
TANDEM_API TANDEM_CHECK tandem_err tandem_pack_follows(
    const tandem_pack *p, const tandem_pack *later, tandem_error *e);

/** A schema of this one pack, for tools. @return TANDEM_OK; TANDEM_ENOMEM. */
TANDEM_API TANDEM_CHECK tandem_err tandem_pack_schema(
    tandem_pack *p, tandem_schema **out);

/**
 * Publish a pack in the store's workspace, as an admin.
 *
 * @return TANDEM_OK; TANDEM_EDENIED this device is no admin; TANDEM_EEXIST
 *         this version is published already; TANDEM_EVALUE it does not
 *         follow the version published before. Cost: one commit.
 */
TANDEM_API TANDEM_CHECK tandem_err tandem_pack_publish(
    struct tandem_store *s, const tandem_pack *p, tandem_error *e);

/**
 * The schema that counts now in this store. A pack published later does not
 * change the snapshot: take a new one. Cost: memory.
 */
TANDEM_API TANDEM_CHECK tandem_err tandem_store_schema(
    struct tandem_store *s, tandem_schema **out);

/* ---------------------------------------------------------- text and back */

/** Pass to tandem_value_parse() when a time without offset is refused. */
#define TANDEM_NO_OFFSET INT32_MIN

/** Room that tandem_value_parse() may need for a value it rewrites. */
#define TANDEM_PARSE_ROOM 64

/**
 * A value from what a person typed, in either language; spaces around it
 * are ignored. Nothing but spaces gives TANDEM_NONE.
 *
 *  - words (enum): identifier, French or English term, any ASCII case
 *  - date: 2026-03-31 or 31/03/2026
 *  - time: 2026-03-31T14:05+02:00 ("Z", seconds, a space for "T" allowed),
 *    31/03/2026 14:05+02:00; without an offset `default_offset_min` counts
 *  - yes/no, oui/non, true/false, vrai/faux, 1/0; tri also unknown, inconnu
 *  - cents: 12, 12,50 or 12.50; int: -3
 *  - phone: any usual writing; a leading 0 is French (+33)
 *  - geo: "50.63000,3.06000"
 *  - ref: a whole record id (a short code is resolved by the caller)
 *  - blob, hash: 64 hexadecimal digits
 *
 * @param type  `&field->value`, or `&field->key` for a map's key
 * @param text  UTF-8; a string value may borrow from it
 * @param default_offset_min  minutes east of UTC, or TANDEM_NO_OFFSET
 * @param room  TANDEM_PARSE_ROOM bytes; the value may borrow from them
 * @param out   receives the value, checked as an edit would check it
 * @param e     names the field and what would be right; may be NULL
 * @return TANDEM_OK; TANDEM_EVALUE; TANDEM_EUNSUPPORTED a type of a newer
 *         version.
 */
TANDEM_API TANDEM_CHECK tandem_err tandem_value_parse(
    const tandem_value_type *type, const char *text, int32_t default_offset_min,
    char room[TANDEM_PARSE_ROOM], tandem_value *out, tandem_error *e);

/**
 * Would an edit take this value here: type, length, words, range, UTF-8?
 * TANDEM_NONE is taken (it clears).
 *
 * @return TANDEM_OK; TANDEM_EVALUE with a sentence; TANDEM_EUNSUPPORTED.
 */
TANDEM_API TANDEM_CHECK tandem_err tandem_value_check(
    const tandem_value_type *type, const tandem_value *v, tandem_error *e);

/**
 * A value as people read it; tandem_value_parse() reads it back, in either
 * language. TANDEM_NONE gives "". A word of a newer version gives "?7".
 *
 * @param out   receives at most `room` bytes, always ended by NUL unless
 *              `room` is 0 (then may be NULL); cut between characters
 * @return the length of the whole text without its NUL, as snprintf does:
 *         `room` was enough when the result is smaller.
 */
TANDEM_API size_t tandem_value_format(const tandem_value_type *type,
    const tandem_value *v, tandem_lang lang, char *out, size_t room);

#ifdef __cplusplus
}
#endif

#endif /* TANDEM_SCHEMA_H */
