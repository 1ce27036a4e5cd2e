// SPDX-License-Identifier: Apache-2.0
// verify.c - check every chain, signature and payload. Records and what is
// derived from them: verify_record.c. Changes nothing.
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/slice.h"
#include "crypto/hash.h"
#include "log/trie.h"
#include "replica/doubt.h"
#include "replica/payload.h"
#include "replica/run.h"
#include "replica/verify.h"
#include "replica/wait.h"

#define LOGS_ARENA_MAX ((size_t)64 << 20)

void
td_verify_problem(struct td_verify *v)
{
    const size_t n = strlen(v->say.msg) + 1;

    v->report.problems++;
    if (n <= TD_VERIFY_TEXT_MAX - v->text.len) {
        td_buf_put(&v->text, v->say.msg, n);
    }
}

// A device as people see it: its first eight digits.
struct name {
    char text[9];
};

static struct name
name_of(const struct td_log_info *log)
{
    struct name n;

    td_hex((tandem_slice){log->device.b, 4}, n.text);
    return n;
}

static void
entry_problem(struct td_verify *v, const struct td_log_info *log, uint64_t seq,
    const char *en, const char *fr)
{
    const struct name who = name_of(log);

    (void)td_fail(&v->say, TANDEM_ECORRUPT, "device %s, entry %llu: %s",
        "appareil %s, entrée %llu : %s", who.text, (unsigned long long)seq,
        v->say.lang == TANDEM_FR ? fr : en);
    td_verify_problem(v);
}

static void
change_problem(struct td_verify *v, const struct td_log_info *log, uint64_t seq,
    size_t index, const char *en, const char *fr)
{
    const struct name who = name_of(log);

    (void)td_fail(&v->say, TANDEM_ECORRUPT,
        "device %s, entry %llu, change %zu: %s",
        "appareil %s, entrée %llu, changement %zu : %s", who.text,
        (unsigned long long)seq, index, v->say.lang == TANDEM_FR ? fr : en);
    td_verify_problem(v);
}

// ----------------------------------------------------------------- payloads

static bool
in_missing(struct td_work *w, const struct td_row_change *at)
{
    uint8_t key[TD_WAIT_KEY_BYTES];

    td_wait_key(at, key); // the same key bytes
    return td_has(w->t, TD_T_MISSING, (tandem_slice){key, sizeof(key)});
}

static tandem_err
check_listed(struct td_verify *v, const struct td_log_info *log,
    const struct td_row_change *at, const struct td_change *change,
    bool *listed)
{
    uint8_t key[TD_ROW_KEY_BYTES];
    struct td_row row;
    tandem_err err;

    td_row_key(change->record, log->sector, change->pack, change->kind, key);
    td_buf_reset(&v->w->bytes);
    err = td_get(
        v->w->t, TD_T_RECORDS, (tandem_slice){key, sizeof(key)}, &v->w->bytes);
    if (err == TANDEM_OK) {
        err = td_row_decode(td_buf_slice(&v->w->bytes), &v->arena, &row);
    }
    *listed = err == TANDEM_OK && td_row_has(&row, at);
    return err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT ? TANDEM_OK : err;
}

// A change stands in its record's row, unless it was set apart; what cannot be
// read was.
static tandem_err
check_change(struct td_verify *v, const struct td_log_info *log,
    const struct td_row_change *at)
{
    struct td_wait wait = {0};
    struct td_change *change;
    bool listed = false;
    tandem_err err = td_payload_change(v->w, at, &v->arena, &change);

    if (err == TANDEM_OK) {
        TD_TRY(check_listed(v, log, at, change, &listed));
    } else if (err != TANDEM_ENOTFOUND && err != TANDEM_ENOKEY) {
        return err;
    }
    if (!listed && td_wait_get(v->w, at, &wait) == TANDEM_OK) {
        listed = wait.reason == TANDEM_WAIT_KEY ||
                 wait.reason == TANDEM_WAIT_DAMAGED ||
                 (wait.reason == TD_WAIT_VERDICT && err == TANDEM_OK);
    }
    if (listed) {
        return TANDEM_OK;
    }
    if (err == TANDEM_ENOKEY) {
        change_problem(v, log, at->seq, at->index,
            "the key it was sealed with is not held",
            "la clé de son scellé manque");
    } else {
        change_problem(v, log, at->seq, at->index,
            "its record does not list it", "sa fiche ne la mentionne pas");
    }
    return TANDEM_OK;
}

static tandem_err
check_payload(struct td_verify *v, const struct td_log_info *log,
    const struct td_header *h, const struct td_hash *chain, uint16_t index)
{
    const struct td_row_change at = {
        .number = log->number, .seq = h->seq, .index = index};
    struct td_payload is, want;
    struct td_buf row;
    tandem_err err;

    td_buf_init(&row, v->w->sys, TD_PAYLOAD_BYTES_MAX + TD_KEPT_HEAD);
    err = td_payload_get(v->w->t, at.number, at.seq, index, &row, &is);
    if (err == TANDEM_ENOTFOUND) {
        if (!in_missing(v->w, &at)) {
            change_problem(v, log, h->seq, index,
                "its content is gone and nobody is asked for it",
                "son contenu a disparu et n'est demandé à personne");
        }
        err = TANDEM_OK;
    } else if (err == TANDEM_ECORRUPT) {
        td_doubt_note(v->w, &at);
        change_problem(v, log, h->seq, index,
            "its content is damaged; another device has it",
            "son contenu est abîmé ; un autre appareil l'a");
        err = TANDEM_OK;
    } else if (err == TANDEM_OK) {
        v->report.payloads++;
        want = td_payload_of(h, chain, index, is.bytes);
        if (!td_payload_same(&is, &want) ||
            is.bytes.len != h->changes[index].length) {
            td_doubt_note(v->w, &at);
            change_problem(v, log, h->seq, index,
                "its content is not what its author sealed",
                "son contenu n'est pas ce que son auteur a scellé");
        }
        if (td_id_cmp(log->sector, td_sector_control) != 0) {
            err = check_change(v, log, &at);
        }
    }
    td_buf_deinit(&row);
    return err;
}

// -------------------------------------------------------------------- chains

static tandem_err
check_entry(struct td_verify *v, const struct td_log_info *log, uint64_t seq,
    struct td_hash *prev)
{
    struct td_log_info rows = *log;
    const struct td_header *h;
    struct td_hash chain, again;
    struct td_log_id id;
    struct td_buf b;
    uint64_t last;
    tandem_err err;

    td_arena_reset(&v->arena);
    err = td_commits_get(&v->commits, log->number, seq, &h, &chain, NULL);
    if (err == TANDEM_ENOTFOUND || err == TANDEM_ECORRUPT ||
        err == TANDEM_EVERSION) {
        entry_problem(v, log, seq, "it is damaged or gone",
            "elle est abîmée ou a disparu");
        (void)td_commit_chain(v->w->t, log->number, seq, prev);
        return TANDEM_OK;
    }
    TD_TRY(err);
    v->report.commits++;
    td_buf_init(&b, v->w->sys, TD_HEADER_BYTES_MAX);
    td_header_encode(h, &b);
    err = b.err;
    again = td_header_chain(td_buf_slice(&b));
    td_buf_deinit(&b);
    TD_TRY(err);
    if (!td_hash_eq(&again, &chain) || !td_hash_eq(&h->prev, prev) ||
        td_log_id_cmp(h->log, log->id) != 0) {
        entry_problem(v, log, seq, "it does not chain to the one before",
            "elle ne s'enchaîne pas à la précédente");
    }
    if (seq == 0) {
        id = td_log_id_of(&h->opening);
        if (td_log_id_cmp(id, log->id) != 0) {
            entry_problem(v, log, seq, "it opens another log",
                "elle ouvre un autre journal");
        }
    }
    *prev = chain;
    if (rows.forked) { // in the rows of the branch it leaves
        TD_TRY(td_log_owner(v->w->t, log->number, seq, &rows.number, &last));
    }
    for (size_t i = 0; i < h->change_count; i++) {
        TD_TRY(check_payload(v, &rows, h, &chain, (uint16_t)i));
    }
    return TANDEM_OK;
}

static tandem_err
check_heads(struct td_verify *v, const struct td_log_info *log, uint64_t from)
{
    struct td_signed_head head;
    struct td_hash chain;
    uint64_t last = 0;
    bool any = false;
    tandem_err err;

    while ((err = td_head_next(v->w->t, log, from, &head)) == TANDEM_OK) {
        v->report.signatures++;
        any = true;
        last = head.head.seq;
        err = td_commit_chain(v->w->t, log->number, last, &chain);
        if (err != TANDEM_OK || !td_hash_eq(&chain, &head.head.hash) ||
            !td_head_verify(&log->device, &head)) {
            entry_problem(v, log, last, "its signature is not its device's",
                "sa signature n'est pas celle de son appareil");
        }
        if (last == UINT64_MAX) {
            break;
        }
        from = last + 1;
    }
    if (err == TANDEM_ECORRUPT) {
        entry_problem(
            v, log, from, "a signature is damaged", "une signature est abîmée");
        return TANDEM_OK;
    }
    // Ours may end unsigned: it is signed when it is sent.
    if ((!any || last < log->head_seq) &&
        td_device_cmp(log->device, td_replica_device(v->w->r)) != 0) {
        entry_problem(v, log, log->head_seq, "no signature covers it",
            "aucune signature ne la couvre");
    }
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

static int
compare_sector(const void *a, const void *b)
{
    const struct td_log_info *x = a;
    const struct td_log_info *y = b;

    return td_id_cmp(x->sector, y->sector);
}

// One branch, from the first entry that none before it in the list has.
static tandem_err
check_log(struct td_verify *v, const struct td_log_info *logs, size_t i)
{
    const struct td_log_info *log = &logs[i];
    struct td_hash prev = {{0}};
    uint64_t first;

    TD_TRY(td_log_unshared(v->w->t, logs, i, &first));
    if (first > 0 &&
        td_commit_chain(v->w->t, log->number, first - 1, &prev) != TANDEM_OK) {
        prev = (struct td_hash){{0}}; // said of the branch that has it
    }
    for (uint64_t seq = first; seq <= log->head_seq; seq++) {
        TD_TRY(check_entry(v, log, seq, &prev));
    }
    if (!td_hash_eq(&prev, &log->head)) {
        entry_problem(v, log, log->head_seq, "it is not the head its log names",
            "elle n'est pas la tête que son journal nomme");
    }
    return check_heads(v, log, first);
}

static tandem_err
check_logs(struct td_verify *v)
{
    struct td_log_info *logs;
    struct td_arena arena;
    size_t count;
    tandem_err err;

    td_arena_init(&arena, v->w->sys, LOGS_ARENA_MAX);
    err = td_log_list(v->w->t, NULL, &arena, &logs, &count);
    for (size_t i = 0; err == TANDEM_OK && i < count; i++) {
        err = check_log(v, logs, i);
    }
    td_arena_deinit(&arena);
    return err;
}

// What is said of the heads of each sector that has logs.
static tandem_err
check_tries(struct td_verify *v)
{
    tandem_id before = {{0}};
    struct td_log_info *logs;
    struct td_arena arena;
    size_t count;
    tandem_err err;

    td_arena_init(&arena, v->w->sys, LOGS_ARENA_MAX);
    err = td_log_list(v->w->t, NULL, &arena, &logs, &count);
    if (err == TANDEM_OK && count > 1) {
        qsort(logs, count, sizeof(*logs), compare_sector);
    }
    for (size_t i = 0; err == TANDEM_OK && i < count; i++) {
        bool same = true;

        if (i == 0 || td_id_cmp(before, logs[i].sector) != 0) {
            err = td_trie_check(v->w->t, &logs[i].sector, &same);
        }
        before = logs[i].sector;
        if (!same) {
            (void)td_fail(&v->say, TANDEM_ECORRUPT,
                "the list of heads of a sector is damaged",
                "la liste des têtes d'un secteur est abîmée");
            td_verify_problem(v);
        }
    }
    td_arena_deinit(&arena);
    return err;
}

// How much is missing of each sector is what is missing.
static tandem_err
check_missing(struct td_verify *v)
{
    bool same = true;

    TD_TRY(td_missing_check(v->w->t, &same));
    if (!same) {
        td_doubt_counts(v->w->doubts);
        (void)td_fail(&v->say, TANDEM_ECORRUPT,
            "how much content is missing was counted wrong; it is counted "
            "again with the next change",
            "le compte des contenus manquants est faux ; il sera refait au "
            "prochain changement");
        td_verify_problem(v);
    }
    return TANDEM_OK;
}

// What the host keeps here for itself says nothing to us: it opens, or not.
static tandem_err
check_local(struct td_verify *v)
{
    tandem_slice key, value;
    struct td_iter *i;
    tandem_err err;

    TD_TRY(td_iter_open(v->w->t, TD_T_LOCAL, (tandem_slice){NULL, 0}, &i));
    while ((err = td_iter_next(i, &key, &value)) == TANDEM_OK ||
           (err == TANDEM_ECORRUPT && key.len > 0)) {
        if (err == TANDEM_ECORRUPT) {
            (void)td_fail(&v->say, TANDEM_ECORRUPT,
                "a value that a program keeps here for itself is damaged",
                "une valeur qu'un programme garde ici pour lui-même est "
                "abîmée");
            td_verify_problem(v);
        }
    }
    td_iter_close(i);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

// ---------------------------------------------------------------------- all

static void
tell_all(const struct td_verify *v,
    void (*problem)(void *ctx, const char *sentence), void *ctx)
{
    size_t at = 0;

    while (problem != NULL && at < v->text.len) {
        const char *sentence = (const char *)v->text.ptr + at;

        problem(ctx, sentence);
        at += strlen(sentence) + 1;
    }
}

tandem_err
td_replica_verify(struct td_replica *r, tandem_lang lang,
    void (*problem)(void *ctx, const char *sentence), void *ctx,
    tandem_verify_report *out, tandem_error *e)
{
    struct td_verify v = {.say = {.lang = lang}};
    tandem_err err = td_run_settle(r, e);

    if (err == TANDEM_OK) {
        err = td_work_read(r, &v.w);
    }
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    td_buf_init(&v.text, r->sys, TD_VERIFY_TEXT_MAX);
    td_arena_init(&v.arena, r->sys, TD_REPLICA_ARENA_MAX);
    td_commits_init(&v.commits, v.w->t);
    err = check_logs(&v);
    if (err == TANDEM_OK) {
        err = check_tries(&v);
    }
    if (err == TANDEM_OK) {
        err = check_missing(&v);
    }
    if (err == TANDEM_OK) {
        err = td_verify_records(&v);
    }
    if (err == TANDEM_OK) {
        err = check_local(&v);
    }
    td_commits_deinit(&v.commits);
    td_arena_deinit(&v.arena);
    td_work_read_end(v.w);
    if (err == TANDEM_OK) {
        tell_all(&v, problem, ctx);
        *out = v.report;
    }
    td_buf_deinit(&v.text);
    return err == TANDEM_OK ? TANDEM_OK : td_fail_code(e, err);
}
