// SPDX-License-Identifier: Apache-2.0
// typing.c - see typing.h.
#include "sim/typing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replica/packs.h"
#include "support/sheet.h"

enum { OPS_MAX = 6, TRIES = 8 };

struct desk { // one commit being typed
    struct world *w;
    struct device *d;
    size_t record;
    const struct td_record *seen; // NULL: a new sheet
    struct td_arena arena;
    struct td_op ops[OPS_MAX];
    size_t op_count;
    struct typed typed[OPS_MAX]; // beside the operations
    size_t typed_count;
};

static tandem_slice
text_of(struct desk *k, const char *lead, uint64_t n, const char *tail)
{
    char text[40];
    struct td_buf b;
    tandem_slice s;

    (void)snprintf(
        text, sizeof(text), "%s%llu%s", lead, (unsigned long long)n, tail);
    td_buf_init(&b, NULL, 64);
    put_text(&b, text);
    s = td_arena_dup(&k->arena, td_buf_slice(&b));
    td_buf_deinit(&b);
    return s;
}

static uint64_t
number_of(const struct desk *k)
{
    return k->w->model.count + k->typed_count;
}

static struct td_op *
begin(struct desk *k, uint64_t code, uint64_t field)
{
    struct td_op *op = &k->ops[k->op_count++];
    struct typed *t = &k->typed[k->typed_count];

    memset(op, 0, sizeof(*op));
    memset(t, 0, sizeof(*t));
    op->code = t->code = code;
    op->field = t->field = field;
    return op;
}

bool
typing_number(tandem_slice value, char lead, uint32_t *out)
{
    char text[32] = "";
    size_t at = 0;

    while (at + 1 < value.len &&
           (value.ptr[at] != (uint8_t)lead || value.ptr[at + 1] < '0' ||
               value.ptr[at + 1] > '9')) {
        at++;
    }
    if (at + 1 >= value.len) {
        return false;
    }
    value.ptr += at + 1;
    value.len -= at + 1;
    memcpy(text, value.ptr, value.len < 31 ? value.len : 31);
    *out = (uint32_t)strtoul(text, NULL, 10);
    return true;
}

static void
saw(struct desk *k, uint32_t n)
{
    struct typed *t = &k->typed[k->typed_count];

    TD_ASSERT(t->saw_count < MODEL_SAW_MAX);
    t->saw[t->saw_count++] = n;
}

static void
saw_versions(struct desk *k, uint64_t field, tandem_slice key)
{
    struct td_version v;
    uint32_t n;

    for (size_t i = 0; k->seen != NULL &&
                       td_record_version(k->seen, field,
                           key.len == 0 ? TD_OP_SET : TD_OP_PUT, key, i, &v);
         i++) {
        if (typing_number(v.value, 'v', &n)) {
            saw(k, n);
        }
    }
}

static void
type_register(struct desk *k, uint64_t field)
{
    struct td_op *op = begin(k, TD_OP_SET, field);

    op->value = text_of(k, "v", number_of(k), "");
    saw_versions(k, field, (tandem_slice){0});
    k->typed_count++;
}

// Is what was typed among what a screen has seen, by names as on the wire?
static bool
is_seen(struct td_txn *t, const struct td_seen *seen, const struct typed *typed)
{
    struct td_log_info log;
    struct td_hash hash;

    return !seen->none && td_log_id_cmp(seen->log, typed->at.log) == 0 &&
           typed->at.seq <= seen->seq &&
           td_log_on_path(t, seen->log, seen->seq, &seen->hash, &log) ==
               TANDEM_OK &&
           td_commit_chain(t, log.number, typed->at.seq, &hash) == TANDEM_OK &&
           td_hash_eq(&hash, &typed->at.hash);
}

// Every time somebody added that element, as far as this screen knows: add
// wins over those who had not seen it.
static void
saw_adds(struct desk *k, uint32_t element)
{
    const struct model *m = &k->w->model;
    const struct td_seen *seen;
    struct td_txn *t;
    size_t n;

    world_ok(
        k->w, td_replica_seen(k->d->r, k->seen, &k->arena, &seen, &n), NULL);
    world_ok(k->w, td_store_read(k->d->store, &t), NULL);
    for (size_t i = 0; i < m->count; i++) {
        const struct typed *typed = &m->typed[i];
        bool is = false;

        if (typed->record != k->record || typed->code != TD_OP_ADD ||
            typed->element != element) {
            continue;
        }
        for (size_t j = 0; j < n && !is; j++) {
            is = is_seen(t, &seen[j], typed);
        }
        if (is) {
            saw(k, (uint32_t)i);
        }
    }
    td_store_read_end(t);
}

// A new element, one that somebody added before, or one less.
static void
type_set(struct desk *k)
{
    const struct model *m = &k->w->model;
    size_t n = k->seen == NULL ? 0 : td_record_elements(k->seen, F_TAGS);
    size_t way = world_pick(k->w, 10);
    uint32_t element = (uint32_t)number_of(k);
    bool removes = n > 0 && way < 4;
    struct td_op *op = begin(k, removes ? TD_OP_REMOVE : TD_OP_ADD, F_TAGS);

    if (removes) {
        op->value = td_record_element(k->seen, F_TAGS, world_pick(k->w, n));
        TD_ASSERT(typing_number(op->value, 'v', &element));
        saw_adds(k, element);
    } else {
        for (size_t i = m->count; way < 7 && i > 0; i--) {
            const struct typed *t = &m->typed[i - 1];

            if (t->record == k->record && t->code == TD_OP_ADD) {
                element = t->element;
                break;
            }
        }
        op->value = text_of(k, "v", element, "");
    }
    k->typed[k->typed_count++].element = element;
}

static void
type_map(struct desk *k)
{
    size_t n = k->seen == NULL ? 0 : td_record_keys(k->seen, F_CALLS);
    unsigned which = (unsigned)world_pick(k->w, 4);
    tandem_slice key = text_of(k, "k", which, "");
    struct td_op *op;

    if (n > 0 && world_chance(k->w, 25)) {
        uint32_t number;

        key = td_record_key(k->seen, F_CALLS, world_pick(k->w, n));
        TD_ASSERT(typing_number(key, 'k', &number));
        which = number;
        op = begin(k, TD_OP_DROP, F_CALLS);
    } else {
        op = begin(k, TD_OP_PUT, F_CALLS);
        op->value = text_of(k, "v", number_of(k), "");
    }
    op->key = key;
    k->typed[k->typed_count].key = which;
    saw_versions(k, F_CALLS, key);
    k->typed_count++;
}

static void
type_counter(struct desk *k)
{
    struct td_op *op = begin(k, TD_OP_COUNT, F_COUNT);

    op->delta = (int64_t)world_pick(k->w, 2000) - 1000;
    k->typed[k->typed_count++].delta = op->delta;
}

// Passages "<12>" stand whole: what is typed comes between them, what is
// erased is one of them.
static void
type_text(struct desk *k)
{
    const struct td_text *t =
        k->seen == NULL ? NULL : td_record_text(k->seen, F_TEXT);
    struct td_buf text, ranges;
    size_t at = 0, chosen = 0, passages = 0, end;
    struct td_op *op;
    uint32_t n;

    td_buf_init(&text, NULL, 1 << 20);
    td_buf_init(&ranges, NULL, 1 << 20);
    world_ok(k->w, t == NULL ? TANDEM_OK : td_text_read(t, &text), NULL);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '<' && world_pick(k->w, ++passages) == 0) {
            chosen = i;
        }
    }
    if (passages > 0 && world_chance(k->w, 25)) {
        tandem_slice from = {text.ptr + chosen, text.len - chosen};

        end = chosen;
        while (text.ptr[end++] != '>') {
        }
        op = begin(k, TD_OP_ERASE, F_TEXT);
        world_ok(k->w, td_text_ranges(t, chosen, end - chosen, &ranges), NULL);
        op->ranges =
            (const void *)td_arena_dup(&k->arena, td_buf_slice(&ranges)).ptr;
        op->range_count = ranges.len / sizeof(struct td_char_range);
        TD_ASSERT(typing_number(from, '<', &n));
        saw(k, n);
    } else {
        at = passages > 0 && world_chance(k->w, 70) ? chosen : text.len;
        op = begin(k, TD_OP_INSERT, F_TEXT);
        if (t != NULL) {
            world_ok(k->w,
                td_text_neighbours(t, at, &op->has_left, &op->left,
                    &op->has_right, &op->right),
                NULL);
        }
        op->utf8 = text_of(k, "<", number_of(k), ">");
        op->utf8.ptr += 1; // without the string's own head
        op->utf8.len -= 1;
    }
    k->typed_count++;
    td_buf_deinit(&ranges);
    td_buf_deinit(&text);
}

static void
type_mark(struct desk *k, bool deleted)
{
    struct td_op *op = begin(k, TD_OP_MARK, 0);
    struct td_version v;
    uint32_t n;

    op->deleted = deleted;
    for (size_t i = 0; td_record_mark(k->seen, i, &v); i++) {
        if (typing_number(v.why, 'w', &n)) {
            saw(k, n);
        }
    }
    op = &k->ops[k->op_count++];
    memset(op, 0, sizeof(*op));
    op->code = TD_OP_WHY;
    op->why = text_of(k, "w", number_of(k), "");
    op->why.ptr += 1;
    op->why.len -= 1;
    k->typed[k->typed_count++].deleted = deleted;
}

static void
type_some(struct desk *k)
{
    static const uint64_t registers[] = {F_NAME, F_NOTE, F_CODE};
    unsigned what = 0;

    if (k->seen != NULL && world_chance(k->w, 8)) {
        type_mark(k, td_record_deletion(k->seen) == TD_LIVE);
        return;
    }
    for (size_t n = 1 + world_pick(k->w, 3); n > 0; n--) {
        what |= 1u << world_pick(k->w, 7);
    }
    for (size_t i = 0; i < 3; i++) {
        if ((what & 1u << i) != 0 && k->op_count < 3) {
            type_register(k, registers[i]);
        }
    }
    if ((what & 8) != 0) {
        type_set(k);
    }
    if ((what & 16) != 0) {
        type_map(k);
    }
    if ((what & 32) != 0) {
        type_counter(k);
    }
    if ((what & 64) != 0) {
        type_text(k);
    }
}

// ------------------------------------------------------------------ committing

// A note speaks of what its own store told. Entries that it had told nobody
// may have left with a copy: put back behind those, a store cannot know.
static bool
left_with_a_copy(
    const struct world *w, const struct device *d, const struct td_place *at)
{
    for (size_t i = 0; d->unfound && i < w->count; i++) {
        const struct heads *took = &w->took[i];

        for (size_t k = 0; k < took->count; k++) {
            if (td_log_id_cmp(took->of[k].id, at->log) == 0 &&
                td_device_cmp(took->of[k].device, d->id) == 0 &&
                took->of[k].head_seq >= at->seq) {
                return true;
            }
        }
    }
    return false;
}

// Nobody holds another entry in the place of one that was written now, by a
// device that knows it was put back or copied.
static void
check_place(struct world *w, struct device *d, const struct td_place *at)
{
    struct heads h = {0};

    if (left_with_a_copy(w, d, at)) {
        return;
    }
    for (size_t i = 0; d->noted && d->rewritten && i < w->count; i++) {
        heads_take(&h, &w->d[i]);
        for (size_t k = 0; k < h.count; k++) {
            if (td_log_id_cmp(h.of[k].id, at->log) == 0 &&
                h.of[k].head_seq >= at->seq &&
                !heads_has(&w->d[i], at->log, at->seq, &at->hash)) {
                world_fail(w, COUNT_INCARNATION,
                    "device %zu goes on with a log that device %zu holds "
                    "further",
                    d->index, i);
            }
        }
        world_count(w, COUNT_INCARNATION);
    }
    heads_free(&h);
}

// What the change that is about to be written says its author had seen.
static size_t
note_seen(struct desk *k)
{
    struct model *m = &k->w->model;
    const size_t first = m->path_count;
    const struct td_seen *seen;
    size_t n = 0;

    if (k->seen != NULL) {
        world_ok(k->w, td_replica_seen(k->d->r, k->seen, &k->arena, &seen, &n),
            NULL);
    }
    for (size_t i = 0; i < n; i++) {
        if (!seen[i].none) {
            model_saw(m, &seen[i]);
        }
    }
    return first;
}

static bool
save(struct desk *k)
{
    const size_t first = note_seen(k);
    const struct sheet *sheet = &k->w->model.sheets[k->record];
    struct td_typed typed = {.record = sheet->id,
        .kind = KIND_SHEET,
        .seen = k->seen,
        .ops = k->ops,
        .op_count = k->op_count};
    struct td_place at;
    tandem_error e = {0};
    tandem_err err;

    td_pack_tag("test.pack", typed.pack);
    device_writes(k->d);
    err = td_replica_commit(k->d->r, k->w->sectors[sheet->sector], k->d->r->me,
        &typed, 1, device_wall(k->d), &at, &e);
    if (err == TANDEM_EDENIED || err == TANDEM_ENOKEY) {
        return false; // its right ended meanwhile
    }
    world_ok(k->w, err, &e);
    world_note_bytes(k->w, (tandem_slice){at.hash.b, 32});
    for (size_t i = 0; i < k->typed_count; i++) {
        struct typed *t = model_add(&k->w->model);
        uint64_t number = t->number;

        *t = k->typed[i];
        t->number = number;
        t->device = k->d->index;
        t->record = k->record;
        t->at = at;
        t->first_path = first;
        t->path_count = k->w->model.path_count - first;
    }
    model_wrote(k->d);
    check_place(k->w, k->d, &at);
    return true;
}

static bool
may_write(struct world *w, struct device *d, size_t sector)
{
    return d->introduced &&
           device_right(d, d, w->sectors[sector]) >= TANDEM_RIGHT_AGENT;
}

bool
typing_new(struct world *w, struct device *d, size_t sector, size_t bytes)
{
    struct desk k = {.w = w, .d = d};
    struct td_rng rng = td_sys_rng(&d->sys);
    tandem_id id;
    bool saved;

    if (!may_write(w, d, sector)) {
        return false;
    }
    td_arena_init(&k.arena, NULL, (size_t)1 << 20);
    world_ok(w, td_id_new(rng, device_wall(d), &id), NULL);
    k.record = model_sheet(&w->model, id, sector);
    type_register(&k, F_NAME);
    if (bytes > 0) {
        struct td_buf b;
        char *text = malloc(bytes + 1);

        TD_ASSERT(text != NULL);
        for (size_t i = 0; i < bytes; i++) {
            text[i] = (char)('A' + world_pick(w, 26));
        }
        text[bytes] = '\0';
        type_register(&k, F_NOTE);
        (void)snprintf(text, bytes, "v%llu", // then blank to its end
            (unsigned long long)(w->model.count + k.typed_count - 1));
        text[strlen(text)] = ' ';
        td_buf_init(&b, NULL, bytes + 16);
        put_text(&b, text);
        k.ops[k.op_count - 1].value = td_arena_dup(&k.arena, td_buf_slice(&b));
        td_buf_deinit(&b);
        free(text);
    }
    if (world_chance(w, 30)) {
        type_text(&k);
    }
    saved = save(&k);
    td_arena_deinit(&k.arena);
    return saved;
}

// A sheet this device shows and may change. false: none was hit upon.
static bool
some_sheet(
    struct world *w, struct device *d, size_t *record, struct td_snapshot *s)
{
    for (int i = 0; i < TRIES && w->model.sheet_count > 0; i++) {
        size_t at = world_pick(w, w->model.sheet_count);
        const struct sheet *sheet;

        if (world_chance(w, 50) && w->model.sheet_count > 4) {
            at = world_pick(w, 4); // where people meet
        }
        sheet = &w->model.sheets[at];
        if (may_write(w, d, sheet->sector) &&
            td_replica_read(d->r, sheet->id, s) == TANDEM_OK) {
            *record = at;
            return true;
        }
    }
    return false;
}

void
typing_forget(struct device *d)
{
    if (d->looking) {
        td_snapshot_deinit(&d->screen);
        d->looking = false;
    }
}

void
typing_look(struct world *w, struct device *d)
{
    typing_forget(d);
    d->looking = some_sheet(w, d, &d->looked_at, &d->screen);
}

void
typing_any(struct world *w, struct device *d)
{
    struct desk k = {.w = w, .d = d};
    struct td_snapshot s;

    if (world_chance(w, 15) || w->model.sheet_count < 3) {
        (void)typing_new(w, d, world_pick(w, w->sector_count), 0);
        return;
    }
    if (d->looking && world_chance(w, 50)) {
        s = d->screen;
        k.record = d->looked_at;
        d->looking = false;
    } else if (!some_sheet(w, d, &k.record, &s)) {
        return;
    }
    k.seen = s.state;
    td_arena_init(&k.arena, NULL, (size_t)1 << 20);
    type_some(&k);
    if (k.op_count > 0 && may_write(w, d, w->model.sheets[k.record].sector)) {
        (void)save(&k);
    }
    td_arena_deinit(&k.arena);
    td_snapshot_deinit(&s);
}
