// SPDX-License-Identifier: Apache-2.0
// verify_record.c - check every record's state against a rebuild from its
// entries, and what is derived from it: index rows, conflicts, counts.
#include <string.h>

#include "base/limits.h"
#include "replica/conflict.h"
#include "replica/index.h"
#include "replica/meta.h"
#include "replica/state.h"
#include "replica/verify.h"
#include "replica/wait.h"

static void
record_problem(
    struct td_verify *v, tandem_id id, const char *en, const char *fr)
{
    char text[37];

    tandem_id_text(id, text);
    (void)td_fail(&v->say, TANDEM_ECORRUPT, "record %s: %s", "fiche %s : %s",
        text, v->say.lang == TANDEM_FR ? fr : en);
    td_verify_problem(v);
}

static void
table_problem(struct td_verify *v, const char *en, const char *fr)
{
    (void)td_fail(&v->say, TANDEM_ECORRUPT, "%s", "%s",
        v->say.lang == TANDEM_FR ? fr : en);
    td_verify_problem(v);
}

// The state's bytes as the row has them: a pointer's are those it replays to.
static tandem_err
stored_bytes(struct td_verify *v, tandem_id id, const struct td_row *row,
    struct td_buf *out)
{
    struct td_record *state;
    tandem_err err;

    if (!row->pointer) {
        td_buf_put_slice(out, row->state);
        return out->err;
    }
    TD_TRY(td_state_of(v->w, id, row, &v->arena, &state));
    err = td_record_encode(state, out);
    td_record_free(state);
    return err;
}

static tandem_err
compare(struct td_verify *v, tandem_id id, const struct td_row *row,
    const struct td_record *built)
{
    struct td_buf stored, again;
    tandem_err err;

    td_buf_init(&stored, v->w->sys, TD_RECORD_BYTES_MAX);
    td_buf_init(&again, v->w->sys, TD_RECORD_BYTES_MAX);
    err = td_record_encode(built, &again);
    if (err == TANDEM_OK) {
        err = stored_bytes(v, id, row, &stored);
        if (err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT) {
            td_buf_reset(&stored);
            err = TANDEM_OK;
        }
    }
    if (err == TANDEM_OK &&
        (stored.len != again.len ||
            memcmp(stored.ptr, again.ptr, again.len) != 0)) {
        record_problem(v, id, "its state is not what its changes make",
            "son état n'est pas ce que ses changements donnent");
    }
    td_buf_deinit(&again);
    td_buf_deinit(&stored);
    return err;
}

static tandem_err
check_face(struct td_verify *v, const uint8_t key[TD_ROW_KEY_BYTES],
    tandem_id id, const struct td_face *face)
{
    uint64_t conflicts = 0;
    bool whole = true;

    v->counts.records += face->visible;
    v->counts.trashed += face->trashed;
    v->counts.conflicts += face->conflicts;
    v->counts.changes += face->changes;
    v->index_rows += face->blind_count;
    v->conflict_rows += face->conflicts > 0;
    for (size_t i = 0; i < face->blind_count; i++) {
        uint8_t row[TD_INDEX_KEY_BYTES];

        td_index_key(&face->blinds[i], key, row);
        whole = whole &&
                td_has(v->w->t, TD_T_INDEXES, (tandem_slice){row, sizeof(row)});
    }
    if (!whole) {
        record_problem(v, id, "a search would not find it",
            "une recherche ne la trouverait pas");
    }
    if (td_conflict_get(v->w->t, key, &conflicts) != TANDEM_OK ||
        conflicts != face->conflicts) {
        record_problem(v, id, "its open conflicts are not counted right",
            "ses conflits ouverts sont mal comptés");
    }
    return TANDEM_OK;
}

// Does each listed change wait as the rebuild says?
static tandem_err
check_waiting(struct td_verify *v, tandem_id id, const struct td_row *row,
    const struct td_held *set, size_t count)
{
    bool right = true;

    for (size_t i = 0; i < count; i++) {
        struct td_row_change at;
        struct td_wait wait = {0};
        tandem_err err;
        uint64_t want = set[i].applied
                            ? (set[i].admitted ? 0 : TANDEM_WAIT_RIGHT)
                            : TANDEM_WAIT_CHANGE;

        TD_TRY(td_state_place(v->w, row, set[i].change, &at));
        err = td_wait_get(v->w, &at, &wait);
        if (err != TANDEM_OK && err != TANDEM_ENOTFOUND &&
            err != TANDEM_ECORRUPT) {
            return err;
        }
        right = right && err != TANDEM_ECORRUPT && wait.reason == want;
    }
    if (!right) {
        record_problem(v, id, "what of it waits is not noted right",
            "ce qui y attend est mal noté");
    }
    return TANDEM_OK;
}

static tandem_err
check_record(struct td_verify *v, tandem_slice key, tandem_slice value)
{
    struct td_record *built = NULL;
    uint8_t at[TD_ROW_KEY_BYTES];
    struct td_held *set;
    struct td_face face;
    struct td_row row;
    tandem_id id;
    size_t count;
    tandem_err err;

    td_arena_reset(&v->arena);
    memcpy(at, key.ptr, sizeof(at));
    memcpy(id.b, at, 16);
    err = td_state_row(v->w, key, value, &v->arena, &row);
    if (err == TANDEM_ECORRUPT || err == TANDEM_EVERSION) {
        record_problem(v, id, "its row is damaged", "sa ligne est abîmée");
        return TANDEM_OK;
    }
    if (err == TANDEM_ENOKEY) {
        record_problem(v, id, "the key it was sealed with is not held",
            "la clé de son scellé manque");
        return TANDEM_OK;
    }
    TD_TRY(err);
    v->report.records++;
    TD_TRY(td_state_gather(v->w, &row, &v->arena, &set, &count));
    if (count != row.count) {
        record_problem(v, id, "a change it lists cannot be read",
            "un changement qu'elle mentionne est illisible");
    }
    TD_TRY(
        td_record_build(v->w->sys, set, count, id, row.pack, row.kind, &built));
    err = compare(v, id, &row, built);
    if (err == TANDEM_OK) {
        err =
            td_face_of(v->w, v->w->schema, built, row.sector, &v->arena, &face);
    }
    td_record_free(built);
    TD_TRY(err);
    TD_TRY(check_face(v, at, id, &face));
    return check_waiting(v, id, &row, set, count);
}

static tandem_err
check_records(struct td_verify *v)
{
    tandem_slice key, value;
    struct td_iter *i;
    tandem_err err;

    TD_TRY(td_iter_open(v->w->t, TD_T_RECORDS, (tandem_slice){0}, &i));
    while ((err = td_iter_next(i, &key, &value)) != TANDEM_ENOTFOUND) {
        if (err == TANDEM_ECORRUPT || key.len != TD_ROW_KEY_BYTES) {
            tandem_id id = {{0}};

            memcpy(id.b, key.ptr, key.len < 16 ? key.len : 16);
            record_problem(v, id, "its row is damaged", "sa ligne est abîmée");
            continue;
        }
        if (err == TANDEM_OK) {
            err = check_record(v, key, value);
        }
        if (err != TANDEM_OK) {
            break;
        }
    }
    td_iter_close(i);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

static tandem_err
count_rows(
    struct td_verify *v, enum td_table table, uint64_t *rows, uint64_t *damaged)
{
    tandem_slice key, value;
    struct td_iter *i;
    tandem_err err;

    *rows = 0;
    *damaged = 0;
    TD_TRY(td_iter_open(v->w->t, table, (tandem_slice){0}, &i));
    while ((err = td_iter_next(i, &key, &value)) == TANDEM_OK ||
           err == TANDEM_ECORRUPT) {
        *rows += 1;
        *damaged += err == TANDEM_ECORRUPT;
        if (table == TD_T_WAITING && key.len == TD_WAIT_KEY_BYTES) {
            struct td_wait wait;

            if (err == TANDEM_OK && td_wait_decode(value, &wait) == TANDEM_OK) {
                v->counts.quarantined += wait.reason == TANDEM_WAIT_RIGHT;
                v->counts.waiting += wait.reason != TANDEM_WAIT_RIGHT;
            }
        }
    }
    td_iter_close(i);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

tandem_err
td_verify_records(struct td_verify *v)
{
    struct td_counts kept = {0};
    uint64_t rows, damaged;
    size_t logs;

    TD_TRY(td_log_damaged(v->w->t, &logs));
    if (logs > 0) {
        table_problem(v, "the list of logs has damaged rows",
            "la liste des journaux a des lignes abîmées");
    }
    TD_TRY(check_records(v));
    TD_TRY(count_rows(v, TD_T_INDEXES, &rows, &damaged));
    v->report.index_rows = rows;
    if (rows != v->index_rows || damaged > 0) {
        table_problem(v, "the search index has damaged or foreign rows",
            "l'index de recherche a des lignes abîmées ou étrangères");
    }
    TD_TRY(count_rows(v, TD_T_CONFLICTS, &rows, &damaged));
    if (rows != v->conflict_rows || damaged > 0) {
        table_problem(v, "the list of conflicts has damaged or foreign rows",
            "la liste des conflits a des lignes abîmées ou étrangères");
    }
    TD_TRY(count_rows(v, TD_T_WAITING, &rows, &damaged));
    if (damaged > 0) {
        table_problem(v, "the list of what waits has damaged rows",
            "la liste de ce qui attend a des lignes abîmées");
    }
    if (td_meta_counts(v->w->t, &kept) != TANDEM_OK ||
        memcmp(&kept, &v->counts, sizeof(kept)) != 0) {
        table_problem(v, "the counts kept are not those of the rows",
            "les comptes tenus ne sont pas ceux des lignes");
    }
    return TANDEM_OK;
}
