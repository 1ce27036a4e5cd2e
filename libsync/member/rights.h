// SPDX-License-Identifier: Apache-2.0
// rights.h - who has which right in a set of valid entries.
//
// The set is a *view*: all that is held, or what lies in the past of a place.
// Tables are filled once, entry by entry, in the order of the DAG; a view
// picks from them what it contains.
//
//   control sector   only ADMIN can be given there; it counts everywhere
//   common sector    every enrolment gives AGENT there
//   data sectors     READER..OFFICE; an admin has ADMIN in each
//
// A loss ends the grants of its (device, sector) that are not after it, up to
// the right its author could give: who may not take a right away cannot do it
// from an older place either, where that right was not given yet.
#ifndef TD_MEMBER_RIGHTS_H
#define TD_MEMBER_RIGHTS_H

#include "member/dag.h"

// Where an entry stands.
struct td_place {
    uint32_t node;
    uint32_t index;
};

struct td_view {
    const struct td_dag_row *row;
    bool all;             // everything held; `row` unused
    struct td_place upto; // and what comes before in this commit, if any
};
#define TD_VIEW_ALL ((struct td_view){NULL, true, {TD_NO_NODE, 0}})

#define TD_NONE UINT32_MAX // ends a list

struct td_given {
    struct td_place at;
    tandem_right right;
    uint32_t next;
};
struct td_taken {
    struct td_place at;
    tandem_right limit;
    uint32_t next;
};
struct td_pair {
    tandem_device_id device;
    tandem_id sector;
    uint32_t given, taken; // lists
};

// One valid enrolment of a device (or its place in the genesis).
struct td_enrolment {
    struct td_place at;
    tandem_right by; // its author's right: of concurrent ones the higher rules
    bool genesis;
    const struct td_device_public *keys;
    int64_t wall_ms;
    uint32_t next;
};
struct td_who {
    tandem_device_id id;
    uint32_t enrolments; // list
};
struct td_where {
    tandem_id id;
    uint32_t made; // list of td_given: where it was made
};

struct td_rights {
    const struct td_dag *dag;
    struct td_pair *pairs; // sorted by (device, sector)
    size_t pair_count;
    struct td_given *given;
    size_t given_count, given_cap;
    struct td_taken *taken;
    size_t taken_count, taken_cap;
    struct td_who *whos; // sorted
    size_t who_count;
    struct td_enrolment *enrolments;
    size_t enrolment_count, enrolment_cap;
    struct td_where *wheres; // sorted; data sectors
    size_t where_count;
};

// Tables with room for all that these entries could say.
tandem_err td_rights_init(struct td_rights *r, const struct td_dag *dag,
    struct td_arena *arena, const struct td_control *const *entries,
    const tandem_device_id *const *authors, size_t count);

// NULL: no entry speaks of it.
struct td_pair *td_rights_pair(const struct td_rights *r,
    const tandem_device_id *device, tandem_id sector);
struct td_who *td_rights_who(
    const struct td_rights *r, const tandem_device_id *device);
struct td_where *td_rights_where(const struct td_rights *r, tandem_id sector);

// What a valid entry says.
void td_rights_enrol(struct td_rights *r, struct td_place at, tandem_right by,
    bool genesis, const struct td_device_public *keys, int64_t wall_ms);
void td_rights_give(struct td_rights *r, struct td_place at,
    const tandem_device_id *device, tandem_id sector, tandem_right right);
void td_rights_take(struct td_rights *r, struct td_place at,
    const tandem_device_id *device, tandem_id sector, tandem_right limit);
void td_rights_sector(struct td_rights *r, struct td_place at, tandem_id id);

// asked.c
bool td_view_has(
    const struct td_rights *r, const struct td_view *v, struct td_place at);
bool td_place_before(
    const struct td_rights *r, struct td_place a, struct td_place b);
// NULL: not a member there.
const struct td_enrolment *td_rights_member(const struct td_rights *r,
    const struct td_view *v, const tandem_device_id *device);
bool td_rights_sector_known(
    const struct td_rights *r, const struct td_view *v, tandem_id sector);
// Given in this very sector, whatever else the device is.
tandem_right td_rights_own(const struct td_rights *r, const struct td_view *v,
    const tandem_device_id *device, tandem_id sector);
// With the admin's right everywhere. NONE in a sector nobody made.
tandem_right td_rights_in(const struct td_rights *r, const struct td_view *v,
    const tandem_device_id *device, tandem_id sector);
// Over all data sectors: the highest right (ADMIN for an admin), and in how
// many it has been given one.
void td_rights_sum(const struct td_rights *r, const struct td_view *v,
    const tandem_device_id *device, tandem_right *highest, uint32_t *grants);
// The highest right the device may give or take there; NONE: it may not.
tandem_right td_rights_limit(const struct td_rights *r, const struct td_view *v,
    const tandem_device_id *device, tandem_id sector);
// Is one of these keys another device's already?
bool td_rights_keys_taken(const struct td_rights *r, const struct td_view *v,
    const struct td_device_public *keys);

#endif
