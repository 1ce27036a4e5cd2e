// SPDX-License-Identifier: Apache-2.0
// device.h - one device of a world: a store in a folder, opened through the
// production code, with a clock, a source of random bytes and a memory that
// are the world's.
#ifndef TD_TESTS_SIM_DEVICE_H
#define TD_TESTS_SIM_DEVICE_H

#include "replica/replica.h"

struct world;
struct side;

// A clock that far ahead is not believed.
#define DEVICE_FAR_MS ((int64_t)365 * 86400 * 1000)

struct device {
    struct world *w;
    size_t index;
    char dir[128];
    struct td_store *store;
    struct td_replica *r; // NULL while closed
    tandem_sys sys;
    uint64_t random;   // state of its own source
    int64_t skew_ms;   // its wall clock, against the world's
    int64_t wall_max;  // the latest its wall clock ever said
    size_t live, peak; // bytes the library holds of it now, and at most
    size_t before;     // ... before the sessions that are open began
    size_t sessions;   // open at once since
    uint64_t moved;    // DATA bytes of theirs, either way
    bool forgot[8];    // what it knew of a peer was lost, by index
    uint64_t map_bytes;
    tandem_device_id id;
    bool introduced;
    bool rewritten; // restored or copied once: its logs may be written twice
    bool crashed;   // since its last session
    bool noted;     // it keeps the note that tells it from a copy
    bool unfound;   // put back, and its note had nothing to say against it
    bool outside;   // its carrier does what its sessions have to write,
    struct side *writer;   // ... at present that one's; nobody else may write
    uint64_t writes;       // calls so far that may have written
    uint64_t modelled_lsn; // up to which the model knows its logs
    bool looking;          // a sheet stands on its screen
    size_t looked_at;
    struct td_snapshot screen;
};

// The folder is inside the world's. `create`: makes keys.
void device_open(struct device *d, bool create);
void device_new(struct world *w, struct device *d, size_t index);
void device_close(struct device *d);
// The process dies between two transactions: what the files held when frozen
// is what is opened again. Its sessions are freed in between.
void device_freeze(struct device *d);
void device_thaw(struct device *d);
// A write that a session began comes to its end.
void device_finish(struct device *d);
// Somebody else is about to write.
void device_writes(struct device *d);
// The tries in the store say what a list of its logs says.
void device_check_tries(struct device *d);
void device_remove(struct device *d); // its folder
// Files of a closed or open store, into another folder (made).
void device_copy(const char *from, const char *to);
int64_t device_wall(struct device *d);
// Every log held, sorted; memory in the arena.
size_t device_logs(struct device *d, const tandem_id *sector,
    struct td_arena *arena, struct td_log_info **out);
uint64_t device_lsn(struct device *d);
struct td_hash16 device_root(struct device *d, tandem_id sector);
tandem_right device_right(
    const struct device *of, const struct device *d, tandem_id sector);

#endif
