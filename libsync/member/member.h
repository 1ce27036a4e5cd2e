// SPDX-License-Identifier: Apache-2.0
// member.h - who may what: a pure function of the set of control entries held.
//
// Control commits form a DAG: each follows the commit before it in its log and
// the heads its header's `seen` names. An entry is valid if its author had the
// authority in the entry's own past:
//   sector, pack                 admin
//   enrol, grant, loss           admin; office up to coordinator, coordinator
//                                up to agent, in sectors where they are that
//   epoch, share                 any reader of the sector
// Nobody gives to itself. Rights in a set S of entries: the highest valid
// grant in S not ended by a valid loss in S that is not in the grant's past; a
// loss ends what its author may give, no more. The admin's right is held in
// the control sector (grant and loss name that one), by the genesis or by an
// enrolment without sectors, and counts everywhere; every enrolment makes its
// device agent in the common sector.
//
// A td_member is immutable once built, and may be asked from several threads;
// build a new one when entries arrive. td_member_usable_epoch and those that
// make entries keep what they work out inside: one at a time.
#ifndef TD_MEMBER_MEMBER_H
#define TD_MEMBER_MEMBER_H

#include "log/log.h"
#include "member/control.h"
#include "tandem/member.h"

struct td_member;

// One held control commit, as the store has it.
struct td_control_commit {
    struct td_hash hash; // its chain hash: its name in the DAG
    struct td_log_id log;
    uint64_t seq;
    struct td_hash prev; // zero for seq 0
    tandem_device_id author;
    const struct td_hash *seen;
    size_t seen_count;
    const tandem_slice *payloads; // ptr NULL = missing
    size_t payload_count;
};
// The key of an epoch, wrapped for this device by a peer or by itself (keys.c).
struct td_epoch_key {
    struct td_epoch_id epoch;
    uint8_t wrapped[TD_WRAP_BYTES];
};
// Pure: any order of `commits` gives the same result. Entries whose past is
// not held entirely, payloads included, are without effect until it is.
// ELIMIT beyond TD_CONTROL_COMMITS_MAX commits. `mine` opens the seals
// for this device (NULL: none). The workspace is the one whose genesis hashes
// to `workspace`. `given`: keys that peers gave it, and those it holds
// something under; one that is not what its epoch's entry commits to is none.
// Where that entry is not held, damaged maybe, a key still opens.
tandem_err td_member_build(const tandem_sys *sys,
    const struct td_hash *workspace, const struct td_device_keys *mine,
    const struct td_epoch_key *given, size_t given_count,
    const struct td_control_commit *commits, size_t count,
    struct td_member **out);
// Read the control sector of the store and the keys given, and build.
tandem_err td_member_load(
    struct td_txn *t, const struct td_hash *workspace, struct td_member **out);
// As these heads of control logs (sorted by log) make it, whatever else is
// held; it opens no key.
tandem_err td_member_load_at(struct td_txn *t, const struct td_hash *workspace,
    const struct td_head *heads, size_t count, struct td_member **out);
// Is that what `m` is made of? May say no for nothing.
bool td_member_stands_at(
    const struct td_member *m, const struct td_head *heads, size_t count);
void td_member_free(struct td_member *m);
// How many commits of the control sector may be held beyond those that are.
tandem_err td_control_room(struct td_txn *t, size_t *out);

// --------------------------------------------------------------- who and what

struct td_member_device {
    struct td_device_public keys;
    int64_t enrolled_ms;
    tandem_right highest; // of data sectors; ADMIN for an admin
    uint32_t grants;      // data sectors it has a right in
};
size_t td_member_devices(const struct td_member *m);
const struct td_member_device *td_member_device_at(const struct td_member *m,
    size_t i); // sorted by id
const struct td_member_device *td_member_device(const struct td_member *m,
    const tandem_device_id *id); // NULL = not a member
const struct td_member_device *td_member_by_curve(
    const struct td_member *m, const uint8_t curve[32]);
size_t td_member_sectors(const struct td_member *m); // data sectors, sorted
tandem_id td_member_sector_at(const struct td_member *m, size_t i);
bool td_member_has_sector(const struct td_member *m, tandem_id sector);
// Rights now (over all that is held). Common sector included.
tandem_right td_member_right(
    const struct td_member *m, const tandem_device_id *d, tandem_id sector);
// The control heads: the maximal ones of the commits whose past is held,
// sorted; at most TD_SEEN_MAX. Borrowed.
size_t td_member_heads(const struct td_member *m, const struct td_hash **out);

// Packs published, by name; of several versions the one that rules: the
// highest version, ties by smaller hash. Bytes borrowed from `m`.
struct td_member_pack {
    struct td_hash hash;
    tandem_slice bytes;
};
size_t td_member_packs(const struct td_member *m); // every valid pack entry
const struct td_member_pack *td_member_pack_at(const struct td_member *m,
    size_t i); // in a deterministic order

// Entries that are held but have no effect, in the DAG's order: EDENIED no
// authority at that place, EVERSION a type of a newer version, ECORRUPT not
// readable, EEXIST keys of another enrolment, EWORKSPACE an unknown device,
// sector or genesis, EVALUE, EUNSUPPORTED.
struct td_member_inert {
    struct td_hash commit;
    uint32_t index;
    tandem_device_id author;
    uint64_t type; // 0: not readable
    tandem_err why;
};
size_t td_member_inert(const struct td_member *m);
const struct td_member_inert *td_member_inert_at(
    const struct td_member *m, size_t i);
// Commits held whose past (or a payload) is not: they wait.
size_t td_member_waiting(const struct td_member *m);

// ------------------------------------------------------------------ admission

enum td_admission {
    TD_ADMITTED,
    TD_NOT_ADMITTED,   // no right at that place
    TD_ADMISSION_WAITS // a control head of `seen` is not held (or its past)
};
// May `device` write in `sector`, at the place `seen`? The control sector's
// own entries are judged by build, not here (every member may write it).
// Out of memory also gives WAITS: nothing is lost by asking again. Who asks
// often keeps the answers (replica/work.c).
enum td_admission td_member_admits(const struct td_member *m,
    const tandem_device_id *device, tandem_id sector,
    const struct td_hash *seen, size_t seen_count);

// --------------------------------------------------------------------- epochs

// The key of an epoch this device can open. NULL = not (yet).
const struct td_key *td_member_key(
    const struct td_member *m, const struct td_epoch_id *e);
bool td_member_epoch_known(
    const struct td_member *m, const struct td_epoch_id *e, tandem_id *sector);
// Epochs that the entries held state for a sector.
size_t td_member_epochs(const struct td_member *m, tandem_id sector);
// Epochs whose key is not held, of sectors this device reads.
size_t td_member_lacking(const struct td_member *m);
// The key for a reader of the epoch's sector. ENOTFOUND: it is not held, or no
// such epoch is, or `device` is no reader: one answer for all.
tandem_err td_member_give_key(const struct td_member *m,
    const tandem_device_id *device, const struct td_epoch_id *epoch,
    uint8_t out[TD_WRAP_BYTES]);
// Is it what the epoch's entry commits to? ECORRUPT; ENOTFOUND: unknown epoch.
tandem_err td_member_check_key(const struct td_member *m,
    const struct td_device_keys *mine, const struct td_epoch_key *given);
// META "epoch" || epoch 16 -> the key wrapped for this device. Load reads them.
#define TD_META_EPOCH "epoch"
tandem_err td_epoch_key_put(struct td_txn *t, const struct td_epoch_key *given);
bool td_epoch_key_read(
    tandem_slice key, tandem_slice value, struct td_epoch_key *out);
// The same of a key held, unless its row stands.
tandem_err td_epoch_key_keep(struct td_txn *t,
    const struct td_device_keys *mine, const struct td_epoch_id *epoch,
    const struct td_key *key);
tandem_err td_epoch_key_list(struct td_txn *t, struct td_arena *arena,
    struct td_epoch_key **out, size_t *count);
// The usable epoch of a sector for writing: its key is held, its author is a
// reader, its recipients are exactly the readers as known here, whoever lost
// the sector lost it before the epoch was made, all its seals are right; the
// newest, ties by id. ENOTFOUND: make one (td_member_make_epoch).
tandem_err td_member_usable_epoch(
    struct td_member *m, tandem_id sector, struct td_epoch_id *out);
// The keys held of a sector's epochs, newest first; at most `max`. Borrowed.
size_t td_member_newest_keys(const struct td_member *m, tandem_id sector,
    const struct td_key **out, size_t max);
// The first of them, if exactly the readers hold it, as known here; else NULL:
// whoever lost the sector holds it, too.
const struct td_key *td_member_closed_key(
    const struct td_member *m, tandem_id sector);
// The secret that derives ids of imported rows. ENOKEY.
tandem_err td_member_id_secret(
    const struct td_member *m, tandem_id sector, uint8_t out[16]);

// -------------------------------------------------------------- new entries
// Each appends the encoded entry to `out`; the caller commits it to its
// control log (td_control_commit_write). They check the right: EDENIED.

tandem_err td_member_make_genesis(const struct td_device_public *admin,
    struct td_rng rng, struct td_buf *out, struct td_hash *workspace);
tandem_err td_member_make_sector(const struct td_member *m,
    const tandem_device_id *me, struct td_rng rng, struct td_buf *out,
    tandem_id *sector);
// An epoch of `sector` sealed to all its readers in `m`; of a sector that `m`
// does not know yet (its entry goes into the same commit): to all admins, and
// `mine` is one. It hands on the keys of the newest epochs held, and the
// sector's id secret, or a fresh one if none is held.
tandem_err td_member_make_epoch(struct td_member *m,
    const struct td_device_keys *mine, tandem_id sector, struct td_rng rng,
    struct td_buf *out, struct td_epoch_id *epoch, struct td_key *key);
// Seals for the newest epochs of the sectors (an admin: of all) and of the
// common one whose keys this device holds; ENOKEY if a sector has epochs and
// none is. EEXIST for a member, or keys of one. `sectors` in any order.
tandem_err td_member_make_enrol(struct td_member *m,
    const struct td_device_keys *mine, const struct td_device_public *newcomer,
    tandem_right right, const tandem_id *sectors, size_t count, int64_t wall_ms,
    struct td_buf *out);
// One or two entries (a lowered right is a loss and a grant), each appended
// to `entries` as a slice in `arena`; none when the right is that already.
// ADMIN and the control sector go together, and NONE there takes it away
// (EDENIED from the last admin). EWORKSPACE for an unknown device or sector.
tandem_err td_member_make_grant(struct td_member *m,
    const struct td_device_keys *mine, const tandem_device_id *device,
    tandem_id sector, tandem_right right, struct td_arena *arena,
    tandem_slice entries[2], size_t *count);
tandem_err td_member_make_pack(const struct td_member *m,
    const tandem_device_id *me, tandem_slice pack, struct td_buf *out);
// May `me`, this device, enrol with that right in those sectors? EDENIED,
// ENOKEY, EWORKSPACE.
tandem_err td_member_may_enrol(struct td_member *m, const tandem_device_id *me,
    tandem_right right, const tandem_id *sectors, size_t count);

// Append one commit of control entries to our control log, following `heads`.
// The caller then loads a new td_member. In a write transaction.
tandem_err td_control_commit_write(struct td_txn *t, const struct td_author *a,
    const struct td_hash *heads, size_t head_count, const tandem_slice *entries,
    size_t count);

#endif
