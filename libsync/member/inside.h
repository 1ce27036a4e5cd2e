// SPDX-License-Identifier: Apache-2.0
// inside.h - what a td_member is made of; for the files of this room.
#ifndef TD_MEMBER_INSIDE_H
#define TD_MEMBER_INSIDE_H

#include "base/limits.h"
#include "member/rights.h"

// One entry of one settled commit.
struct td_entry {
    struct td_place at;
    const struct td_control *c; // NULL: not readable here
    uint64_t type;              // 0: not even that could be read
    tandem_err verdict;         // OK: valid
};

// One key wrapped for one device, by whichever entry.
struct td_wrapped {
    uint32_t epoch;
    tandem_device_id device;
    const uint8_t *bytes;
};

enum td_checked { TD_UNCHECKED, TD_RIGHT, TD_WRONG };

// One epoch: all valid entries that state its id; the first of them in the
// DAG's order is its own, the others are copies (they may add seals).
struct td_epoch {
    struct td_epoch_id id;
    tandem_id sector;
    struct td_hash commitment;
    uint32_t first, count; // in `stated`
    uint32_t seal, seal_count;
    bool have_key;
    struct td_key key;
    bool have_secret;
    uint8_t secret[16];
    bool covered; // a later epoch whose key is held hands this one's on
    enum td_checked checked;
};

// A key of an epoch that no entry held states.
struct td_lone_key {
    struct td_epoch_id epoch;
    struct td_key key;
};

struct td_epochs {
    struct td_epoch *at; // sorted by id
    size_t count;
    struct td_lone_key *lone;
    size_t lone_count;
    const uint32_t *stated;   // entries, by epoch, then in the DAG's order
    struct td_wrapped *seals; // sorted by (epoch, device)
    size_t seal_count;
};

// The epoch to write with in one sector, worked out once.
struct td_usable {
    tandem_id sector;
    bool known;
    uint32_t epoch; // TD_NONE: make one
};

struct td_member {
    tandem_sys sys;
    struct td_arena arena;
    struct td_hash workspace;
    bool have_mine;
    tandem_device_id mine;
    struct td_dag dag;
    struct td_entry *entries; // in the DAG's order
    size_t entry_count;
    struct td_rights rights;
    struct td_epochs epochs;
    struct td_member_device *devices;
    size_t device_count;
    const uint32_t *by_curve;  // devices, sorted by transport key
    struct td_usable *sectors; // data sectors sorted by id, then common
    size_t sector_count;       // of data
    struct td_member_pack *packs;
    size_t pack_count;
    struct td_member_inert *inert;
    size_t inert_count;
};

// judge.c: is this entry, at its place, what its author may say? Writes what
// a valid one says into the rights. ENOMEM never.
tandem_err td_judge(struct td_member *m, const struct td_entry *e);

// epochs.c
tandem_err td_epochs_build(struct td_member *m,
    const struct td_device_keys *mine, const struct td_epoch_key *given,
    size_t given_count);
const struct td_epoch *td_epochs_find(
    const struct td_member *m, const struct td_epoch_id *id);
// The entry that counts as the epoch's own, and whether one epoch stands after
// another of its sector.
const struct td_entry *td_epoch_own_entry(
    const struct td_member *m, const struct td_epoch *e);
bool td_epoch_follows(const struct td_member *m, const struct td_epoch *later,
    const struct td_epoch *e);

// keys.c
// ECORRUPT: it does not open here, or is not what the epoch commits to.
tandem_err td_epoch_key_open(const struct td_epoch *e,
    const struct td_device_keys *mine, const uint8_t wrapped[TD_WRAP_BYTES],
    struct td_key *out);

// seals.c
// ENOKEY: the sector (any sector) has epochs, and none of them opens here.
tandem_err td_seals_key_held(const struct td_member *m, tandem_id sector);
tandem_err td_seals_keys_held(const struct td_member *m);
bool td_seals_listed(tandem_id sector, const tandem_id *sectors, size_t count);
// Into `c`, for this device: seals of the newest epochs held in the sectors
// listed; `all`: in every sector. At most TD_SEALS_MAX, by epoch.
tandem_err td_seals_to(const struct td_member *m,
    const struct td_device_public *device, const tandem_id *sectors,
    size_t count, bool all, struct td_arena *scratch, struct td_control *c);

// usable.c
// May this device read the sector, now? `fresh`: a sector about to be made.
bool td_member_reads(const struct td_member *m, const tandem_device_id *device,
    tandem_id sector, bool fresh);
// Is this epoch one whose key has to be handed on: held, and not reachable
// from a later one that is held too?
bool td_epoch_newest_held(const struct td_epoch *e);

#endif
