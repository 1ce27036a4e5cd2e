// SPDX-License-Identifier: Apache-2.0
// edit.h - a batch being typed and its edits, private to txn.c and edit*.c.
#ifndef TD_API_EDIT_H
#define TD_API_EDIT_H

#include "api/handles.h"

enum { EDIT_ARENA_MAX = 8 << 20 };

struct tandem_txn {
    tandem_store *store;
    tandem_id person;
    bool has_sector;
    tandem_id sector;
    struct td_log_id own;       // our log in that sector, written or not yet
    struct tandem_edit **edits; // TD_COMMIT_CHANGES_MAX slots
    size_t count;
    size_t pending; // edits not committed yet, at the end
    tandem_err err; // the first failure, sticky until free
    tandem_error error;
};

struct tandem_edit {
    tandem_txn *txn;
    tandem_id id, sector;
    tandem_schema *schema;
    const tandem_kind_info *kind;
    uint8_t pack[8];
    struct td_record *seen; // NULL: a new record
    char *seen_token;       // of the snapshot; tells snapshots apart
    struct td_record *work; // what was seen and typed
    struct td_arena arena;
    struct td_op *ops; // op_cap slots
    size_t op_count, op_cap;
    bool committed;
    struct td_place place;
    uint16_t index; // within its commit
};

// Note the txn's first failure; returns `err`.
tandem_err td_edit_failed(tandem_txn *t, tandem_err err, const tandem_error *e);
// What every edit begins and ends with: a clean error in the txn's language;
// usable, known field, writable, right merge (NULL with *err set when it may
// not go on); the txn's first failure remembered.
tandem_error td_edit_begin(const struct tandem_edit *d);
const tandem_field_info *td_edit_field(struct tandem_edit *d, const char *name,
    unsigned merges, tandem_err *err, tandem_error *e);
tandem_err td_edit_end(struct tandem_edit *d, tandem_err err, tandem_error *e);
// The whole text, by the smallest edit from what was seen.
tandem_err td_edit_set_text(struct tandem_edit *d, const tandem_field_info *f,
    tandem_value v, tandem_error *e);
// The bytes of an element of a set, list or log, kept in the edit: no empty
// one.
tandem_err td_edit_element(struct tandem_edit *d, const tandem_field_info *f,
    const tandem_value *v, tandem_slice *out, tandem_error *e);
// Behind a list's last element, or a line of a log.
tandem_err td_edit_append(struct tandem_edit *d, const tandem_field_info *f,
    tandem_value v, tandem_error *e);
// The first element of a list that has this value, if any.
tandem_err td_edit_drop_value(struct tandem_edit *d, const tandem_field_info *f,
    tandem_value v, tandem_error *e);
// Append typed operations and show them in `work`.
tandem_err td_edit_type(
    struct tandem_edit *d, const struct td_op *ops, size_t count);
void td_edit_free(struct tandem_edit *d);
// A required field without value: EVALUE with its name.
tandem_err td_edit_complete(struct tandem_edit *d, tandem_error *e);
// EDENIED: the pack leaves this kind, or a word it chooses, to others.
tandem_err td_edit_duties(
    const struct tandem_edit *d, tandem_right right, tandem_error *e);
// Does any text it types into hold what the pack refuses?
tandem_err td_edit_texts(const struct tandem_edit *d, tandem_error *e);
// Fill the field marked `make: code` of a new record.
tandem_err td_edit_code(struct tandem_edit *d);

#endif
