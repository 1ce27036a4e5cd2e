// SPDX-License-Identifier: Apache-2.0
/*
 * base.h - what every other Tandem header speaks: ids, slices, values,
 * errors, and the seams through which a host lends its clock, randomness
 * and memory.
 *
 * Valid C99, C17 and C++17. No dependency's type appears here.
 *
 * Rules that hold for every call of the library:
 *  - What arrives through a `**` is owned by the caller and released by the
 *    matching `_free`/`_close`, which accept NULL. Everything else is borrowed
 *    from its handle until that handle is freed, unless said otherwise.
 *  - Outputs are untouched on failure, unless the call says otherwise. The
 *    sentence for a person goes into the caller's `tandem_error`, which may
 *    always be NULL.
 *  - Strings are UTF-8. Structs that a host fills (options, queries, grants)
 *    begin with `size` and are set by their `TANDEM_..._INIT`; they grow at the
 *    end, and zero is the default of whatever is new. A host compiled against
 *    an older header goes on; one against a newer header as well, while it asks
 *    for nothing that this library does not know: that is EMISUSE. Structs that
 *    the library fills have no `size`: they change with the major version only.
 */
#ifndef TANDEM_BASE_H
#define TANDEM_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(TANDEM_BUILD) || defined(__GNUC__)
#define TANDEM_API __attribute__((visibility("default")))
#else
#define TANDEM_API
#endif

#if defined(__GNUC__)
#define TANDEM_CHECK __attribute__((warn_unused_result))
#else
#define TANDEM_CHECK
#endif

#define TANDEM_VERSION_MAJOR 0
#define TANDEM_VERSION_MINOR 1
#define TANDEM_VERSION_PATCH 0

/** "MAJOR.MINOR.PATCH" of the library that runs. Static storage. */
TANDEM_API const char *tandem_version(void);

/* ------------------------------------------------------------------ errors */

/**
 * Every error of the library: name, number, English, French.
 * Numbers are permanent and never reused.
 */
#define TANDEM_ERR_MAP(X)                                                      \
    X(OK, 0, "done", "fait")                                                   \
    X(EMISUSE, -2, "call not allowed here; nothing changed",                   \
        "appel interdit ici ; rien n'a changé")                                \
    X(EPROTO, -3, "the peer broke the protocol",                               \
        "l'appareil d'en face n'a pas respecté le protocole")                  \
    X(ENOMEM, -4, "out of memory", "mémoire épuisée")                          \
    X(EIO, -5, "the disk or the network failed",                               \
        "le disque ou le réseau a échoué")                                     \
    X(ELIMIT, -6, "too large or too many", "trop grand ou trop nombreux")      \
    X(ENOTFOUND, -7, "not found", "introuvable")                               \
    X(EEXIST, -8, "exists already", "existe déjà")                             \
    X(EBUSY, -9, "already open in another program or handle",                  \
        "déjà ouvert par un autre programme")                                  \
    X(ECORRUPT, -10, "damaged data", "données abîmées")                        \
    X(EKEY, -11, "wrong key", "mauvaise clé")                                  \
    X(EDENIED, -12, "this device has no right to do that",                     \
        "cet appareil n'a pas le droit de faire cela")                         \
    X(EVERSION, -13, "written by a newer version",                             \
        "écrit par une version plus récente")                                  \
    X(EFULL, -14, "the disk is full", "le disque est plein")                   \
    X(EREADONLY, -15, "the folder cannot be written",                          \
        "le dossier est en lecture seule")                                     \
    X(EVALUE, -16, "value refused", "valeur refusée")                          \
    X(ECONFLICT, -17, "several values stand side by side; look first",         \
        "plusieurs valeurs côte à côte ; regardez d'abord")                    \
    X(EUNSUPPORTED, -18, "not supported by this version",                      \
        "pas pris en charge par cette version")                                \
    X(EPEER, -19, "nobody answers at that address",                            \
        "personne ne répond à cette adresse")                                  \
    X(EAUTH, -20, "the other device is not the one expected",                  \
        "l'autre appareil n'est pas celui attendu")                            \
    X(EEXPIRED, -21, "the code has expired or was used",                       \
        "le code a expiré ou a déjà servi")                                    \
    X(ECUT, -22, "cut off; try again, it resumes",                             \
        "coupé ; relancez, la reprise continue")                               \
    X(EFORK, -23, "one device's log was written twice",                        \
        "le journal d'un appareil a été écrit deux fois")                      \
    X(EKIND, -24, "unknown kind or field", "type ou champ inconnu")            \
    X(ENOKEY, -25, "the key of this sector has not arrived yet",               \
        "la clé de ce secteur n'est pas encore arrivée")                       \
    X(EREFUSED, -26, "refused by the other side",                              \
        "refusé par l'autre appareil")                                         \
    X(ECLOCK, -27, "the clock cannot be read", "l'horloge est illisible")      \
    X(EFAILED, -28, "this handle failed earlier; close and open again",        \
        "échec antérieur ; fermez puis rouvrez")                               \
    X(EWORKSPACE, -29, "of another workspace, or of none yet",                 \
        "d'un autre espace de travail, ou d'aucun pour l'instant")             \
    X(EUNKNOWN, -30, "the other device does not know this one yet",            \
        "l'autre appareil ne connaît pas encore celui-ci")                     \
    X(EREVOKED, -31, "this device is refused there: it has no right any more", \
        "cet appareil y est refusé : il n'a plus aucun droit")                 \
    X(ENETWORK, -32, "no network leads to that address",                       \
        "aucun réseau ne mène à cette adresse")

typedef enum tandem_err {
#define TANDEM_ERR_ENUM(name, number, en, fr) TANDEM_##name = (number),
    TANDEM_ERR_MAP(TANDEM_ERR_ENUM)
#undef TANDEM_ERR_ENUM
} tandem_err;

typedef enum tandem_lang { TANDEM_EN = 0, TANDEM_FR = 1 } tandem_lang;

/* ------------------------------------------------------------ ids, slices */

/** Record, sector or person; all zero means "none". */
typedef struct tandem_id {
    uint8_t b[16];
} tandem_id;

/** A device's Ed25519 public key. */
typedef struct tandem_device_id {
    uint8_t b[32];
} tandem_device_id;

/** Borrowed bytes. `ptr` may be NULL when `len` is 0. */
typedef struct tandem_slice {
    const uint8_t *ptr;
    size_t len;
} tandem_slice;

/**
 * What a failed call has to say. Plain data: zero it (English sentences) or
 * use TANDEM_ERROR_INIT(lang), pass it again and again. Never read unless the
 * call failed.
 */
typedef struct tandem_error {
    tandem_err code;
    int sys;          /**< raw code of the layer below (errno, LMDB, ZMQ) */
    tandem_lang lang; /**< in: language of `msg`; the library keeps it */
    tandem_id record; /**< record concerned, or zero */
    char field[48];   /**< field concerned, or "" */
    char msg[320];    /**< one sentence: what, which, what to do */
} tandem_error;

#ifdef __cplusplus
#define TANDEM_ERROR_INIT(language)                                            \
    tandem_error                                                               \
    {                                                                          \
        TANDEM_OK, 0, (language), {}, "", ""                                   \
    }
#else
#define TANDEM_ERROR_INIT(language)                                            \
    {                                                                          \
        TANDEM_OK, 0, (language), {{0}}, "", ""                                \
    }
#endif

/** The sentence of a code, static storage; unknown codes get a general one. */
TANDEM_API const char *tandem_err_text(tandem_err e, tandem_lang lang);
/** The code's name, e.g. "EBUSY"; static storage. */
TANDEM_API const char *tandem_err_name(tandem_err e);
/** TANDEM_FR for "fr", "fr_FR.UTF-8"...; TANDEM_EN for all else and NULL. */
TANDEM_API tandem_lang tandem_lang_of(const char *locale);

/** 36 characters "xxxxxxxx-xxxx-..." and NUL into `out`. */
TANDEM_API void tandem_id_text(tandem_id id, char out[37]);
/** Reads 32 hex digits with or without dashes. @return false when malformed. */
TANDEM_API bool tandem_id_parse(const char *text, tandem_id *out);
TANDEM_API bool tandem_id_equal(tandem_id a, tandem_id b);
TANDEM_API bool tandem_id_is_none(tandem_id id);
/** 64 hex digits and NUL. */
TANDEM_API void tandem_device_text(tandem_device_id id, char out[65]);
TANDEM_API bool tandem_device_parse(const char *text, tandem_device_id *out);

/* ----------------------------------------------------------------- values */

typedef enum tandem_type {
    TANDEM_NONE = 0, /**< cleared, absent */
    TANDEM_STR,      /**< u.s, UTF-8 (str, text, phone, email) */
    TANDEM_INT,      /**< u.i (int; cents are euro cents) */
    TANDEM_BOOL,     /**< u.i 0 or 1 */
    TANDEM_TRI,      /**< u.i 0 no, 1 yes, 2 unknown */
    TANDEM_ENUM,     /**< u.i the value's permanent number in its enum */
    TANDEM_DATE,     /**< u.i days since 1970-01-01 */
    TANDEM_TIME,     /**< u.dt milliseconds since 1970 UTC, offset in minutes */
    TANDEM_GEO,      /**< u.geo latitude, longitude in 1e-5 degrees, WGS84 */
    TANDEM_REF,      /**< u.id another record */
    TANDEM_HASH      /**< u.s, 32 bytes */
} tandem_type;

/**
 * One value, 32 bytes, copied freely. A string's bytes are borrowed: from the
 * caller on the way in (copied by the library), from the record on the way
 * out.
 */
typedef struct tandem_value {
    uint32_t type;  /**< tandem_type */
    uint32_t flags; /**< 0 */
    union {
        int64_t i;
        struct {
            int64_t ms;
            int32_t offset_min;
            int32_t pad;
        } dt;
        tandem_slice s;
        tandem_id id;
        int32_t geo[2];
        uint8_t room[24];
    } u;
} tandem_value;

TANDEM_API tandem_value tandem_none(void);
TANDEM_API tandem_value tandem_str(const char *utf8); /**< borrows `utf8` */
TANDEM_API tandem_value tandem_str_n(const char *utf8, size_t len);
TANDEM_API tandem_value tandem_int(int64_t i);
TANDEM_API tandem_value tandem_bool(bool b);
TANDEM_API tandem_value tandem_tri(int no_yes_unknown);
TANDEM_API tandem_value tandem_enum(int64_t n);
TANDEM_API tandem_value tandem_date(int64_t days_since_1970);
TANDEM_API tandem_value tandem_time(int64_t ms_since_1970, int32_t offset_min);
TANDEM_API tandem_value tandem_geo(int32_t lat_e5, int32_t lon_e5);
TANDEM_API tandem_value tandem_ref(tandem_id id);
/** Same type and same content. */
TANDEM_API bool tandem_value_equal(
    const tandem_value *a, const tandem_value *b);
TANDEM_API tandem_slice tandem_bytes(const void *ptr, size_t len);

/* ------------------------------------------------------------------ seams */

/**
 * What the host lends. A NULL member means the system's own. All functions
 * may be called from any thread that calls the library, and from the thread
 * that a node starts when asked to (`worker`, node.h). LMDB and libzmq
 * allocate and open files by themselves and never come through here.
 */
typedef struct tandem_sys {
    size_t size;
    void *ctx;
    /** Milliseconds since 1970 UTC; may be wrong, may jump. */
    int64_t (*wall_ms)(void *ctx);
    /** Milliseconds that never go back. */
    uint64_t (*mono_ms)(void *ctx);
    /** Fill `p` with `n` unpredictable bytes. */
    tandem_err (*random)(void *ctx, uint8_t *p, size_t n);
    /** Like realloc; `now` 0 frees; `was` is the size given before. */
    void *(*resize)(void *ctx, void *p, size_t was, size_t now);
    /** One line for a log, without newline; level 0 debug .. 3 error. */
    void (*log)(void *ctx, int level, const char *line);
} tandem_sys;

#ifdef __cplusplus
#define TANDEM_SYS_INIT                                                        \
    tandem_sys                                                                 \
    {                                                                          \
        sizeof(tandem_sys), nullptr, nullptr, nullptr, nullptr, nullptr,       \
            nullptr                                                            \
    }
#else
#define TANDEM_SYS_INIT                                                        \
    {                                                                          \
        sizeof(tandem_sys), 0, 0, 0, 0, 0, 0                                   \
    }
#endif

#ifdef __cplusplus
}
#endif

#endif /* TANDEM_BASE_H */
