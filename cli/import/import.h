// SPDX-License-Identifier: Apache-2.0
// import.h - rows of a table made into records, some at a time.
#ifndef TANDEM_CLI_IMPORT_H
#define TANDEM_CLI_IMPORT_H

#include <stdio.h>

#include "core/csv.h"
#include "core/line.h"
#include "record/change.h"

enum {
    IMPORT_ROWS_MAX = 128,           // of one commit
    IMPORT_BATCH_BYTES_MAX = 1 << 19 // of the rows kept for one commit
};

struct import_column {
    struct change target; // without `text`
    size_t at;            // its cell of the file, from 1; 0: none of its own
    bool key;             // the column "import_key", or "record"
    bool sector;          // the column "record_sector"
    char *name;           // as the header has it
    char *const *beside;  // JSON Lines: values side by side, `beside_count` of
    size_t beside_count;  // them, or 0
};

// A row kept until its batch is committed.
struct import_row {
    uint64_t line;
    const char *key;                     // import key, or NULL
    const struct import_column *columns; // of the header, or its own
    size_t column_count;
    char **cells;
    char *text;      // the cells, one after the other; JSON Lines: as it stood
    const char *raw; // as it stood, in `text`; NULL: `cells` are all of it
    size_t raw_len;
    uint32_t kept; // bit i: cell i was left as somebody corrected it
    struct import_column *own;
    struct line read; // JSON Lines: where its cells are
};

struct import_tally {
    uint64_t rows, created, updated, unchanged, apart;
    uint64_t foreign; // names and persons of another workspace, left out
    uint64_t kept;    // cells that were corrected here, and stay so
};

struct ban_import;
struct import_looks;

struct import {
    struct cli *c;
    const char *file;
    const tandem_kind_info *kind;
    char kind_name[192];
    tandem_id sector; // of the rows that are kept: a commit is of one
    size_t sector_at; // the column that says it, from 1; 0: none does
    bool one_sector;  // all rows are of it, by --sector or as the only one
    bool dry;
    bool exact;         // strings as they stand: JSON Lines
    bool counted;       // what is read has numbers, not lines: GeoJSON
    const char *source; // said as the reason of what is written; only that is
                        // changed again. NULL: whatever differs is
    struct ban_import *ban; // import ban: what its rows mean (import_ban.c)
    FILE *apart;            // or NULL
    struct import_column *columns;
    size_t column_count;
    tandem_id *coming; // sorted: ids the whole file's import keys give
    size_t coming_count, coming_room;
    struct import_row rows[IMPORT_ROWS_MAX];
    size_t row_count, row_bytes;
    struct import_tally tally;
    struct import_looks *looks; // what to look at in what went in; or NULL
};

/** The columns, by their names. 0 or an exit code: nothing has gone in then. */
int import_header(struct import *m, char *const *names, size_t count);
/** One more record id that this file will bring; later sorted. */
bool import_expect(struct import *m, const char *key);
void import_expect_end(struct import *m);
/** The import key's cell of a row, or NULL. */
const char *import_key(
    const struct import *m, char *const *cells, size_t count);
/** Is a reference to other rows of this file possible? */
bool import_refers_to_itself(const struct import *m);

/** Is there a column that says which record a row is? */
bool import_has_key(const struct import *m);

/** Is this the name of the column that says a row's sector (import_sector.c)?
 *  Begin with the names of all columns: 0 or an exit code. */
bool import_sector_column(const char *name);
int import_sector_begin(struct import *m, char *const *names, size_t count);
/** The sector of a row. EVALUE, ENOTFOUND. */
tandem_err import_sector_of(const struct import *m, char *const *cells,
    size_t count, tandem_id *out, tandem_error *e);
/** A sector by the name an export gives it. */
bool import_sector_named(const struct cli *c, const char *name, tandem_id *out);

/** Keep a row; commits the batch when it is full. 0 or an exit code. */
int import_row(struct import *m, const struct csv *t);
/** Keep cells, one for every column, made of what stood at `line`. */
int import_cells(struct import *m, uint64_t line, char *const *cells,
    const char *raw, size_t raw_len);
/** The same for a line of JSON Lines, of `m`'s kind and sector; takes `read`
 *  and `text`. */
int import_line(struct import *m, struct line *read, char *text, uint64_t line);
/** Commit what is kept. 0 or an exit code. */
int import_flush(struct import *m);
/** A row set apart: told, counted, and written to --apart. `column` 0: the
 *  whole row; else from 1, with its name. */
void import_apart(struct import *m, uint64_t line, size_t column,
    const char *name, const tandem_error *e, const char *raw, size_t raw_len);
/** The same, behind the rows that are kept, which go in or apart first: what is
 *  set apart stands in the order of the file. 0 or an exit code. */
int import_refuse(struct import *m, uint64_t line, size_t column,
    const char *name, const tandem_error *e, const char *raw, size_t raw_len);
/** Something to look at in a row that goes in (import_told.c). */
void import_note(const struct import *m, uint64_t line, const char *name,
    const char *sentence);
/** What to look at in a row that went in (import_look.c); told at the end: a
 *  list for JSON, else said and NULL. */
void import_look(struct import *m, uint64_t line, const tandem_record *now);
json_t *import_looks_tell(const struct import *m);
void import_deinit(struct import *m);

/** import jsonl: a whole file (import_jsonl.c). 0 or an exit code. */
int import_jsonl(struct import *m, int fd);

/** What stood side by side, written so again into a record just made. */
tandem_err import_beside(struct import *m, const struct import_row *row,
    const tandem_record *made, size_t *column, tandem_error *e);

/** One row into a transaction (import_apply.c). `*column` names the cell at
 *  fault. `*d`, `*seen`: the edit, and the record as it was or NULL. */
tandem_err import_apply(struct import *m, struct import_row *row, tandem_txn *t,
    tandem_edit **d, tandem_record **seen, size_t *column, tandem_error *e);

#endif
