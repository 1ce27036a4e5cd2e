// SPDX-License-Identifier: Apache-2.0
// model.h - what everybody typed, kept apart from the library: each value is
// one nobody else types, so that it is known again wherever it turns up.
#ifndef TD_TESTS_SIM_MODEL_H
#define TD_TESTS_SIM_MODEL_H

#include "crdt/change.h"
#include "sim/device.h"

enum { MODEL_SAW_MAX = 64 };

struct path { // up to an entry of a log
    struct td_log_id log;
    uint64_t seq;
    struct td_hash16 hash;
};

struct typed {       // one operation
    uint64_t number; // part of its value
    size_t device;
    size_t record; // in the model's list
    uint64_t code; // TD_OP_...
    uint64_t field;
    uint32_t element; // of a set: the number of who added it first
    unsigned key;     // of a map: "k<key>"
    int64_t delta;    // of a counter
    bool deleted;     // of a mark
    struct td_place at;
    uint16_t index;
    bool lost; // it stood on a disk that is gone, and nowhere else
    uint32_t saw[MODEL_SAW_MAX]; // the operations it stands in place of
    size_t saw_count;
    size_t first_path, path_count; // what its author had seen of the sheet
};

struct sheet {
    tandem_id id;
    size_t sector;
};

struct model {
    struct typed *typed; // typed[i].number == i
    size_t count, cap;
    struct path *paths;
    size_t path_count, path_cap;
    struct sheet *sheets;
    size_t sheet_count, sheet_cap;
    struct td_head *truth; // every entry ever written, hashed by its hash
    size_t truth_count, truth_cap;
};

void model_deinit(struct model *m);
struct typed *model_add(struct model *m);
void model_saw(struct model *m, const struct td_seen *seen);
size_t model_sheet(struct model *m, tandem_id id, size_t sector);
// Note what the device's own logs hold since the last time.
void model_wrote(struct device *d);
// Was that entry ever written by the one it names?
bool model_knows(const struct model *m, const struct td_head *h);
// In history: the entry is held here and says what was typed.
bool model_has(struct device *d, const struct typed *t);
// All that was typed, against what a device shows at rest.
void model_check(struct world *w, struct device *office, struct device *d);

#endif
