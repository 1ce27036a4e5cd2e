// SPDX-License-Identifier: Apache-2.0
/*
 * member.h - the workspace, its sectors, devices and persons.
 *
 * Who may what is a pure function of signed control entries that every
 * device holds. All calls are safe from any thread; those that write are
 * durable on return, one LMDB commit each. Until the store has a workspace
 * (tandem_workspace_create, tandem_join_new) they return EWORKSPACE. Names are
 * sealed records of the common sector: "" until they can be read here.
 */
#ifndef TANDEM_MEMBER_H
#define TANDEM_MEMBER_H

#include "tandem/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Rights, from least to most. Each includes reading; _AGENT and above
 *  write; _COORDINATOR enrols agents and readers of its sectors; _OFFICE
 *  enrols up to coordinators; _ADMIN is workspace-wide and may all of it. */
typedef enum tandem_right {
    TANDEM_RIGHT_NONE = 0,
    TANDEM_RIGHT_READER = 1,
    TANDEM_RIGHT_AGENT = 2,
    TANDEM_RIGHT_COORDINATOR = 3,
    TANDEM_RIGHT_OFFICE = 4,
    TANDEM_RIGHT_ADMIN = 5
} tandem_right;

TANDEM_API const char *tandem_right_text(tandem_right r, tandem_lang lang);
TANDEM_API const char *tandem_right_id(tandem_right r);     /**< "agent"... */
TANDEM_API tandem_right tandem_right_parse(const char *id); /**< NONE if not */

/**
 * Make this empty store the first device of a new workspace: its first admin
 * and office. `name`, `device`: 1..80 characters, sealed in the workspace's
 * common sector. A person named like the device is added and becomes "me".
 * @return EEXIST the store belongs to a workspace already; EVALUE a name.
 * Durable on return.
 */
TANDEM_API tandem_err tandem_workspace_create(tandem_store *s, const char *name,
    const char *device, tandem_error *e) TANDEM_CHECK;

typedef struct tandem_workspace {
    uint8_t id[32];
    char name[256];
    tandem_device_id device; /**< this one */
    char device_name[256];
    bool joined; /**< false: no workspace yet */
} tandem_workspace;
/** Works without a workspace too. Reads two records. */
TANDEM_API tandem_err tandem_workspace_get(
    tandem_store *s, tandem_workspace *out, tandem_error *e) TANDEM_CHECK;

/** Admin. A new sector with its first key; its creator is its office. EDENIED;
 *  EVALUE a name (1..80 characters, one line). EEXIST a sector of that name is
 *  known here; made apart on two devices, two of one name are two. */
TANDEM_API tandem_err tandem_sector_add(tandem_store *s, const char *name,
    tandem_id *out, tandem_error *e) TANDEM_CHECK;

typedef struct tandem_sector {
    tandem_id id;
    char name[256];     /**< "" when not readable yet */
    tandem_right right; /**< of this device */
    uint32_t devices;   /**< with any right in it */
    uint32_t epochs;    /**< keys it has had, one after each loss of a reader */
    bool key;           /**< this device can read it */
} tandem_sector;
/** Data sectors by id, without control and common. ENOTFOUND beyond. */
TANDEM_API tandem_err tandem_sector_at(tandem_store *s, size_t i,
    tandem_sector *out, tandem_error *e) TANDEM_CHECK;
/** By name (exact, then ignoring ASCII case) or id text. ENOTFOUND; ECONFLICT
 *  several of that name. */
TANDEM_API tandem_err tandem_sector_find(tandem_store *s, const char *text,
    tandem_id *out, tandem_error *e) TANDEM_CHECK;
/** The sector every member reads and writes; holds persons and names. */
TANDEM_API tandem_id tandem_sector_common(void);

typedef struct tandem_device {
    tandem_device_id id;
    char name[256];
    bool self;
    uint32_t grants;      /**< sectors it has a right in */
    tandem_right right;   /**< its highest right */
    int64_t enrolled_ms;  /**< by the enroller's clock; 0 = the founder */
    int64_t last_sync_ms; /**< by our clock; 0 = never met */
} tandem_device;
/** Devices by id. ENOTFOUND beyond the last. */
TANDEM_API tandem_err tandem_device_at(tandem_store *s, size_t i,
    tandem_device *out, tandem_error *e) TANDEM_CHECK;
/** By name, id text or a unique prefix of 8 hex digits. ENOTFOUND,
 *  ECONFLICT. */
TANDEM_API tandem_err tandem_device_find(tandem_store *s, const char *text,
    tandem_device_id *out, tandem_error *e) TANDEM_CHECK;
/** The right of a device in a sector; NONE also when either is unknown. Memory
 *  only. */
TANDEM_API tandem_right tandem_device_right(
    tandem_store *s, tandem_device_id d, tandem_id sector);
/**
 * Give a device a right in a sector (NONE takes it away: what it writes
 * having seen this is held in quarantine). EDENIED a right this device may not
 * give or take; EWORKSPACE unknown device or sector. Durable on return. The
 * device knows once it has heard of it.
 */
TANDEM_API tandem_err tandem_device_grant(tandem_store *s, tandem_device_id d,
    tandem_id sector, tandem_right right, tandem_error *e) TANDEM_CHECK;

typedef struct tandem_person {
    tandem_id id;
    char name[256];
} tandem_person;
/** Persons by id, deleted ones left out. ENOTFOUND beyond the last. Reads every
 *  person. */
TANDEM_API tandem_err tandem_person_at(tandem_store *s, size_t i,
    tandem_person *out, tandem_error *e) TANDEM_CHECK;
/** Every member may add its persons. EVALUE a name (1..80 characters, one
 *  line); ENOKEY the common sector's key has not come; EDENIED. */
TANDEM_API tandem_err tandem_person_add(tandem_store *s, const char *name,
    tandem_id *out, tandem_error *e) TANDEM_CHECK;
/** By exact name or id text. ENOTFOUND; ECONFLICT two of that name. Reads every
 *  person. */
TANDEM_API tandem_err tandem_person_find(tandem_store *s, const char *text,
    tandem_id *out, tandem_error *e) TANDEM_CHECK;
/** Who types on this store from now on; kept in the store. */
TANDEM_API tandem_err tandem_me_set(
    tandem_store *s, tandem_id person, tandem_error *e) TANDEM_CHECK;
/** Zero: nobody yet. Memory only. */
TANDEM_API tandem_id tandem_me(tandem_store *s);

#ifdef __cplusplus
}
#endif

#endif /* TANDEM_MEMBER_H */
