// SPDX-License-Identifier: Apache-2.0
// model.c - see model.h.
//
// At rest a value is shown unless an operation that counts saw it and stands
// in its place. An operation counts when its entry is held at the office,
// which sees every sector, and so is all that its author had seen of the sheet.
// What a device holds and can no longer give, since its right ended, stays in
// its own store; what was written by others who had seen it waits for it, and
// is listed as waiting.
#include "sim/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "sim/look.h"
#include "sim/typing.h"
#include "support/sheet.h"

void
model_deinit(struct model *m)
{
    free(m->typed);
    free(m->paths);
    free(m->sheets);
    free(m->truth);
    memset(m, 0, sizeof(*m));
}

static void *
room(void *p, size_t count, size_t *cap, size_t each)
{
    if (count < *cap) {
        return p;
    }
    *cap = *cap == 0 ? 256 : *cap * 2;
    p = realloc(p, *cap * each);
    TD_ASSERT(p != NULL);
    return p;
}

struct typed *
model_add(struct model *m)
{
    struct typed *t;

    m->typed = room(m->typed, m->count, &m->cap, sizeof(*m->typed));
    t = &m->typed[m->count];
    memset(t, 0, sizeof(*t));
    t->number = m->count++;
    return t;
}

void
model_saw(struct model *m, const struct td_seen *seen)
{
    m->paths = room(m->paths, m->path_count, &m->path_cap, sizeof(*m->paths));
    m->paths[m->path_count++] = (struct path){seen->log, seen->seq, seen->hash};
}

size_t
model_sheet(struct model *m, tandem_id id, size_t sector)
{
    m->sheets =
        room(m->sheets, m->sheet_count, &m->sheet_cap, sizeof(*m->sheets));
    m->sheets[m->sheet_count] = (struct sheet){id, sector};
    return m->sheet_count++;
}

// ---------------------------------------------------------------------- truth

static struct td_head *
slot(const struct model *m, const struct td_hash *hash)
{
    static const struct td_hash none = {{0}};
    size_t i = (size_t)td_be64(hash->b) & (m->truth_cap - 1);

    while (!td_hash_eq(&m->truth[i].hash, &none) &&
           !td_hash_eq(&m->truth[i].hash, hash)) {
        i = (i + 1) & (m->truth_cap - 1);
    }
    return &m->truth[i];
}

static void
know(struct model *m, const struct td_head *h)
{
    struct model wider = {.truth_cap = m->truth_cap * 2};
    struct td_head *s;

    if (m->truth_count * 2 >= m->truth_cap) {
        wider.truth_cap = wider.truth_cap == 0 ? 1024 : wider.truth_cap;
        wider.truth = calloc(wider.truth_cap, sizeof(*wider.truth));
        TD_ASSERT(wider.truth != NULL);
        for (size_t i = 0; i < m->truth_cap; i++) {
            static const struct td_hash none = {{0}};

            if (!td_hash_eq(&m->truth[i].hash, &none)) {
                *slot(&wider, &m->truth[i].hash) = m->truth[i];
            }
        }
        free(m->truth);
        m->truth = wider.truth;
        m->truth_cap = wider.truth_cap;
    }
    s = slot(m, &h->hash);
    m->truth_count += td_hash_eq(&s->hash, &h->hash) ? 0 : 1;
    *s = *h;
}

bool
model_knows(const struct model *m, const struct td_head *h)
{
    const struct td_head *s;

    if (m->truth_cap == 0) {
        return false;
    }
    s = slot(m, &h->hash);
    return td_hash_eq(&s->hash, &h->hash) && s->seq == h->seq &&
           td_log_id_cmp(s->log, h->log) == 0;
}

void
model_wrote(struct device *d)
{
    struct model *m = &d->w->model;
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_txn *t;
    uint64_t lsn = device_lsn(d);
    size_t count;

    if (lsn == d->modelled_lsn) {
        return; // nothing was written since it was opened, or looked at
    }
    d->modelled_lsn = lsn;
    td_arena_init(&arena, NULL, (size_t)8 << 20);
    count = device_logs(d, NULL, &arena, &logs);
    world_ok(d->w, td_store_read(d->store, &t), NULL);
    for (size_t i = 0; i < count; i++) {
        struct td_head h = {logs[i].id, logs[i].head_seq, logs[i].head};

        if (td_device_cmp(logs[i].device, d->id) != 0) {
            continue;
        }
        // Down to what is known.
        while (!model_knows(m, &h)) {
            know(m, &h);
            if (h.seq-- == 0) {
                break;
            }
            world_ok(
                d->w, td_commit_chain(t, logs[i].number, h.seq, &h.hash), NULL);
        }
    }
    td_store_read_end(t);
    td_arena_deinit(&arena);
}

// -------------------------------------------------------------------- at rest

struct showing { // one sheet on one device
    struct world *w;
    struct device *d;
    size_t record;
    const struct td_record *state;
    bool *counts;  // per operation of the model
    bool *covered; // ... another one that counts stands in its place
    bool *shown;
};

static void
show(struct showing *s, tandem_slice value, char lead)
{
    uint32_t n;

    if (!typing_number(value, lead, &n)) {
        return;
    }
    if (n >= s->w->model.count || s->w->model.typed[n].record != s->record) {
        world_fail(s->w, COUNT_TYPED, "device %zu shows a value nobody typed",
            s->d->index);
    }
    s->shown[n] = true;
}

static void
show_register(struct showing *s, uint64_t field, tandem_slice key)
{
    struct td_version v;

    for (size_t i = 0; td_record_version(
             s->state, field, key.len == 0 ? TD_OP_SET : TD_OP_PUT, key, i, &v);
         i++) {
        show(s, v.value, 'v');
    }
}

static void
show_text(struct showing *s)
{
    const struct td_text *t = td_record_text(s->state, F_TEXT);
    struct td_buf b;

    if (t == NULL) {
        return;
    }
    td_buf_init(&b, NULL, 1 << 20);
    world_ok(s->w, td_text_read(t, &b), NULL);
    for (size_t i = 0; i < b.len; i++) {
        if (b.ptr[i] == '<') {
            show(s, (tandem_slice){b.ptr + i, b.len - i}, '<');
        }
    }
    td_buf_deinit(&b);
}

static void
show_all(struct showing *s)
{
    static const uint64_t registers[] = {F_NAME, F_NOTE, F_CODE};
    struct td_version v;

    for (size_t i = 0; i < 3; i++) {
        show_register(s, registers[i], (tandem_slice){0});
    }
    for (size_t i = 0; i < td_record_elements(s->state, F_TAGS); i++) {
        show(s, td_record_element(s->state, F_TAGS, i), 'v');
    }
    for (size_t i = 0; i < td_record_keys(s->state, F_CALLS); i++) {
        show_register(s, F_CALLS, td_record_key(s->state, F_CALLS, i));
    }
    for (size_t i = 0; td_record_mark(s->state, i, &v); i++) {
        show(s, v.why, 'w');
    }
    show_text(s);
}

static bool
bears_value(const struct typed *t)
{
    return t->code == TD_OP_SET || t->code == TD_OP_ADD ||
           t->code == TD_OP_PUT || t->code == TD_OP_INSERT ||
           t->code == TD_OP_MARK;
}

static void
check_counter(struct showing *s)
{
    const struct model *m = &s->w->model;
    int64_t sum = 0, is = 0;

    for (size_t i = 0; i < m->count; i++) {
        sum += m->typed[i].record == s->record && s->counts[i] &&
                       m->typed[i].code == TD_OP_COUNT
                   ? m->typed[i].delta
                   : 0;
    }
    (void)td_record_counter(s->state, F_COUNT, &is);
    if (is != sum) {
        world_fail(s->w, COUNT_TYPED,
            "device %zu, sheet %zu: counted %lld, typed %lld", s->d->index,
            s->record, (long long)is, (long long)sum);
    }
}

static bool
wanted(const struct showing *s, size_t i)
{
    const struct model *m = &s->w->model;
    bool want = s->counts[i] && !s->covered[i];

    // An element stands while one who added it is not covered.
    for (size_t k = 0; !want && m->typed[i].code == TD_OP_ADD && k < m->count;
         k++) {
        want = m->typed[k].record == s->record &&
               m->typed[k].code == TD_OP_ADD &&
               m->typed[k].element == m->typed[i].element && s->counts[k] &&
               !s->covered[k];
    }
    return want;
}

static void
check_sheet(struct showing *s)
{
    const struct model *m = &s->w->model;

    show_all(s);
    check_counter(s);
    for (size_t i = 0; i < m->count; i++) {
        const struct typed *t = &m->typed[i];
        bool want;

        if (t->record != s->record || !bears_value(t)) {
            continue;
        }
        want = wanted(s, i);
        if (s->shown[t->code == TD_OP_ADD ? t->element : i] != want) {
            world_fail(s->w, COUNT_TYPED,
                "device %zu, sheet %zu, field %llu: what device %zu typed "
                "(%zu, entry %llu) is %s",
                s->d->index, s->record, (unsigned long long)t->field, t->device,
                i, (unsigned long long)t->at.seq,
                want ? "not shown" : "shown, and should not be");
        }
        world_count(
            s->w, s->w->d[t->device].rewritten ? COUNT_TWICE : COUNT_TYPED);
    }
}

// Nothing of it is held: nothing of it may count.
static void
check_absent(struct showing *s)
{
    const struct model *m = &s->w->model;

    for (size_t i = 0; i < m->count; i++) {
        if (m->typed[i].record == s->record && s->counts[i]) {
            world_fail(s->w, COUNT_TYPED, "device %zu does not show sheet %zu",
                s->d->index, s->record);
        }
    }
}

bool
model_has(struct device *d, const struct typed *t)
{
    struct td_change change;
    struct td_arena arena;
    bool has = false;

    td_arena_init(&arena, NULL, (size_t)8 << 20);
    if (td_replica_change(d->r, &t->at, t->index, &arena, &change) ==
        TANDEM_OK) {
        for (size_t i = 0; i < change.op_count; i++) {
            has = has || (change.ops[i].code == t->code &&
                             change.ops[i].field == t->field);
        }
    }
    td_arena_deinit(&arena);
    return has;
}

// It is held, by those only who lost the right to give it.
static bool
is_kept_back(struct world *w, struct device *office, const struct typed *t,
    tandem_id sector)
{
    bool held = false;

    for (size_t i = 0; i < w->count; i++) {
        if (w->d[i].r != NULL && model_has(&w->d[i], t)) {
            held = true;
            if (device_right(office, &w->d[i], sector) >= TANDEM_RIGHT_READER) {
                return false;
            }
        }
    }
    return held;
}

// Is the later one written on top of the other, in one log?
static bool
continues(struct device *office, const struct typed *later,
    const struct typed *earlier)
{
    struct td_hash16 mark = td_hash_short(&later->at.hash);
    struct td_log_info log;
    struct td_hash hash;
    struct td_txn *t;
    bool is;

    if (td_log_id_cmp(later->at.log, earlier->at.log) != 0 ||
        earlier->at.seq >= later->at.seq) {
        return false;
    }
    world_ok(office->w, td_store_read(office->store, &t), NULL);
    is = td_log_on_path(t, later->at.log, later->at.seq, &mark, &log) ==
             TANDEM_OK &&
         td_commit_chain(t, log.number, earlier->at.seq, &hash) == TANDEM_OK &&
         td_hash_eq(&hash, &earlier->at.hash);
    td_store_read_end(t);
    return is;
}

static bool
is_end(const struct path *p, const struct typed *t)
{
    struct td_hash16 mark = td_hash_short(&t->at.hash);

    return p->seq == t->at.seq && td_log_id_cmp(p->log, t->at.log) == 0 &&
           memcmp(p->hash.b, mark.b, sizeof(mark.b)) == 0;
}

// All that its author had seen of the sheet counts, and all that its log says
// of the sheet before it. What was seen was typed before.
static bool
is_settled(
    const struct model *m, struct device *office, const bool *counts, size_t i)
{
    const struct typed *t = &m->typed[i];
    const struct path *paths = m->paths + t->first_path;

    for (size_t p = 0; p < t->path_count; p++) {
        if (!heads_on_path(
                office, paths[p].log, paths[p].seq, &paths[p].hash)) {
            return false;
        }
    }
    for (size_t k = 0; k < i; k++) {
        const struct typed *before = &m->typed[k];
        bool needed = false;

        if (before->record != t->record || counts[k]) {
            continue;
        }
        for (size_t p = 0; !needed && p < t->path_count; p++) {
            needed = is_end(&paths[p], before);
        }
        if (needed || continues(office, t, before)) {
            return false;
        }
    }
    return true;
}

static void
weigh(struct world *w, struct device *office, bool *counts, bool *covered)
{
    const struct model *m = &w->model;

    for (size_t i = 0; i < m->count; i++) {
        const struct typed *t = &m->typed[i];
        tandem_id sector = w->sectors[m->sheets[t->record].sector];

        if (model_has(office, t)) {
            counts[i] = is_settled(m, office, counts, i);
            if (!counts[i] &&
                !look_lists(office, t->at.seq, &w->d[t->device].id,
                    &m->sheets[t->record].id)) {
                world_fail(w, COUNT_TYPED,
                    "what device %zu typed (%zu, entry %llu) waits, and is not "
                    "listed",
                    t->device, i, (unsigned long long)t->at.seq);
            }
            continue;
        }
        if (t->lost) {
            continue;
        }
        // Not given: only where who has it may not give it any more.
        if (!is_kept_back(w, office, t, sector)) {
            world_fail(w, COUNT_TYPED,
                "what device %zu typed (%zu, entry %llu) is nowhere", t->device,
                i, (unsigned long long)t->at.seq);
        }
    }
    for (size_t i = 0; i < m->count; i++) {
        for (size_t k = 0; counts[i] && k < m->typed[i].saw_count; k++) {
            covered[m->typed[i].saw[k]] = true;
        }
    }
}

void
model_check(struct world *w, struct device *office, struct device *d)
{
    const struct model *m = &w->model;
    struct showing s = {.w = w, .d = d};

    s.counts = calloc(m->count + 1, 1);
    s.covered = calloc(m->count + 1, 1);
    s.shown = calloc(m->count + 1, 1);
    TD_ASSERT(s.counts != NULL && s.covered != NULL && s.shown != NULL);
    weigh(w, office, s.counts, s.covered);
    for (s.record = 0; s.record < m->sheet_count; s.record++) {
        const struct sheet *sheet = &m->sheets[s.record];
        struct td_snapshot snapshot;

        if (device_right(d, d, w->sectors[sheet->sector]) <
            TANDEM_RIGHT_READER) {
            continue;
        }
        if (td_replica_read(d->r, sheet->id, &snapshot) != TANDEM_OK) {
            check_absent(&s);
            continue;
        }
        s.state = snapshot.state;
        check_sheet(&s);
        td_snapshot_deinit(&snapshot);
    }
    free(s.counts);
    free(s.covered);
    free(s.shown);
}
