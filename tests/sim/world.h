// SPDX-License-Identifier: Apache-2.0
// world.h - a few devices, the links between them, a virtual clock and what
// everybody typed. All that happens follows from one seed.
#ifndef TD_TESTS_SIM_WORLD_H
#define TD_TESTS_SIM_WORLD_H

#include "sim/count.h"
#include "sim/device.h"
#include "sim/hostile.h"
#include "sim/link.h"
#include "sim/model.h"

// One of the places is for a copy of a device.
enum {
    WORLD_DEVICES = 7,
    WORLD_SECTORS = 4,
    WORLD_LINKS = 6,
    WORLD_PROVEN = 4096,
    WORLD_DIR = 64
};

struct world {
    uint64_t seed;
    uint64_t random; // state of the plan's choices
    uint64_t trace;  // hash of all that happened
    uint64_t step;
    int64_t now_ms;
    char dir[WORLD_DIR];
    struct device d[WORLD_DEVICES]; // 0: the office, which founds
    size_t count;
    bool forks; // somebody was put back or copied
    tandem_id sectors[WORLD_SECTORS];
    size_t sector_count;
    struct link links[WORLD_LINKS];
    // What a and b (a < b) both held when a session of theirs last ended well.
    struct heads met[WORLD_DEVICES][WORLD_DEVICES][2];
    struct heads kept[WORLD_DEVICES]; // what the kept copies of folders hold
    struct heads took[WORLD_DEVICES]; // what a copy took of its original
    struct td_peer peers[WORLD_DEVICES][WORLD_DEVICES]; // known once
    struct td_hash16 proven[WORLD_PROVEN]; // signatures that were verified
    struct stash stash;
    struct model model;
    struct counts counts;
};

// Makes a folder for one, empty.
void world_folder(char dir[WORLD_DIR]);
void world_init(struct world *w, uint64_t seed, const char *dir);
void world_deinit(struct world *w); // its folder goes with it

// xorshift64*: the same numbers from the same seed on every machine.
uint64_t world_next(uint64_t *state);
size_t world_pick(struct world *w, size_t n); // 0..n-1
bool world_chance(struct world *w, unsigned percent);

// Whose id that is, or NULL.
struct device *world_author(struct world *w, const tandem_device_id *id);

// Into the trace.
void world_note(struct world *w, uint64_t value);
void world_note_bytes(struct world *w, tandem_slice bytes);

// An invariant does not hold: says which, the seed and the step, and ends the
// process. `c` of the counter it belongs to.
__attribute__((format(printf, 3, 4), noreturn)) void world_fail(
    struct world *w, enum count c, const char *format, ...);
void world_count(struct world *w, enum count c);
// A call that must succeed.
void world_ok(struct world *w, tandem_err err, const tandem_error *e);

#endif
