// SPDX-License-Identifier: Apache-2.0
// facts.h - one compact row a record of the kinds that figures need.
//
// Facts are a pure function of what the store holds: read from scratch, or
// followed from the change feed, they say the same. They are kept in the store
// as a local value and read anew whenever that is doubtful (another version,
// another pack, damage).
//
//   facts_open       what was kept, or nothing
//     facts_refresh    re-reads the records that the feed names since
//       facts_save       puts them back; worth it after many changes
//
// A record is named by its handle, a place in `at` and `ids`; a link to a
// record that is not held here has a handle too (its kind is FACT_NOTHING).
// Handles stand in no order: what depends on one sorts by id. One thread at a
// time; the store outlives the facts.
#ifndef FIGURES_FACTS_H
#define FIGURES_FACTS_H

#include "rows.h"
#include "tandem/tandem.h"

struct fact {
    int64_t created_ms, changed_ms; // by the writers' clocks
    uint64_t number;                // of the feed: its last change here
    uint32_t row;                   // of its kind's
    uint16_t sector;                // a place in `sectors`
    uint16_t conflicts;             // open ones
    uint8_t kind;                   // enum fact_kind
    bool trashed;                   // deleted, and nobody disputes it
};

// What the feed says of a device: that it was heard from at all.
struct fact_device {
    tandem_device_id id;
    uint64_t number; // of its last change in a sector; 0 none in the feed
};

// A kind of the schema, and of each column the field's name there: found once,
// not for each record.
struct fact_known {
    const tandem_kind_info *kind; // NULL: the schema has none
    const char *fields[FACT_COLUMNS_MAX];
};

struct facts {
    tandem_store *store;
    tandem_schema *schema;
    struct fact_known known[FACT_KINDS];
    uint64_t stamp;    // of the packs and tables they were read with
    uint64_t number;   // of the feed: all up to it is in
    uint64_t kept;     // the number that was kept, 0 none
    size_t read;       // records read since then
    uint32_t parts;    // local values that may stand there
    size_t part_bytes; // of the next ones
    struct fact *at;   // by handle, from 1
    tandem_id *ids;
    size_t count, cap; // handles given, 0 among them
    struct rows rows[FACT_KINDS];
    int64_t *points; // how many pairs, then the pairs, from place 1
    size_t point_count, point_cap;
    tandem_id *sectors;
    size_t sector_count;
    struct fact_device *devices; // the first is "not known"
    size_t device_count;
    uint32_t *table; // ids to handles, open addressing; NULL until needed
    size_t table_size;
};

// ENOMEM, and what reading the store can say.
tandem_err facts_open(tandem_store *s, struct facts **out, tandem_error *e);
// All the feed names after `number`. On failure nothing is in them.
tandem_err facts_refresh(struct facts *f, tandem_error *e);
// Keeps them in the store, when more was read than is quickly read again.
tandem_err facts_save(struct facts *f, tandem_error *e);
void facts_free(struct facts *f);

static inline int64_t
fact_get(const struct facts *f, const struct fact *fact, int column)
{
    return rows_get(&f->rows[fact->kind], fact->row, column);
}

// The pairs (handle, points) of a column of points.
static inline const int64_t *
fact_points(
    const struct facts *f, const struct fact *fact, int column, size_t *count)
{
    const int64_t at = fact_get(f, fact, column);

    *count = at > 0 ? (size_t)f->points[at] : 0;
    return at > 0 ? f->points + at + 1 : NULL;
}

// The handle of an id that is known here; 0 none. Makes the table of ids.
tandem_err facts_find(struct facts *f, tandem_id id, uint32_t *out);

#endif
