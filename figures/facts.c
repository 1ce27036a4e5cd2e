// SPDX-License-Identifier: Apache-2.0
// facts.c - facts: opened, followed from the change feed, kept.
#include "facts_own.h"

#include <stdlib.h>
#include <string.h>

#include "mark.h"

#define FEED_CHUNK    512
#define READ_AT_ONCE  256
#define SAVE_AFTER    512 // records read: so many are quickly read again
#define HANDLES_MAX   (UINT32_MAX / 4)
#define POINTS_MAX    INT32_MAX
#define PLACES_MAX    UINT16_MAX
#define FACTS_VERSION 2

// ------------------------------------------------------------------- growing

static void *
grown(void *p, size_t *cap, size_t wanted, size_t size)
{
    size_t more = *cap < 64 ? 64 : *cap * 2;

    if (more < wanted) {
        more = wanted;
    }
    p = realloc(p, more * size);
    if (p != NULL) {
        *cap = more;
    }
    return p;
}

tandem_err
facts_grow(struct facts *f, size_t count)
{
    size_t cap = f->cap;
    tandem_id *ids;
    struct fact *at;

    if (count <= f->cap) {
        return TANDEM_OK;
    }
    if (count > HANDLES_MAX) {
        return TANDEM_ELIMIT;
    }
    ids = grown(f->ids, &cap, count, sizeof(*ids));
    if (ids == NULL) {
        return TANDEM_ENOMEM;
    }
    f->ids = ids;
    at = realloc(f->at, cap * sizeof(*at));
    if (at == NULL) {
        return TANDEM_ENOMEM;
    }
    f->at = at;
    f->cap = cap;
    return TANDEM_OK;
}

tandem_err
facts_points(struct facts *f, size_t n, int64_t *at)
{
    const size_t first = f->point_count > 0 ? f->point_count : 1;
    int64_t *more = f->points;

    if (n > POINTS_MAX / 4 || first > POINTS_MAX / 2) {
        return TANDEM_ELIMIT;
    }
    if (first + 1 + 2 * n > f->point_cap) {
        more =
            grown(f->points, &f->point_cap, first + 1 + 2 * n, sizeof(*more));
    }
    if (more == NULL) {
        return TANDEM_ENOMEM;
    }
    f->points = more;
    more[first] = (int64_t)n;
    f->point_count = first + 1 + 2 * n;
    *at = (int64_t)first;
    return TANDEM_OK;
}

tandem_err
facts_sector(struct facts *f, tandem_id id, uint16_t *out)
{
    tandem_id *more;

    for (size_t i = f->sector_count; i-- > 0;) {
        if (tandem_id_equal(f->sectors[i], id)) {
            *out = (uint16_t)i;
            return TANDEM_OK;
        }
    }
    if (f->sector_count == PLACES_MAX) {
        return TANDEM_ELIMIT;
    }
    more = realloc(f->sectors, (f->sector_count + 1) * sizeof(*more));
    if (more == NULL) {
        return TANDEM_ENOMEM;
    }
    f->sectors = more;
    more[f->sector_count] = id;
    *out = (uint16_t)f->sector_count++;
    return TANDEM_OK;
}

tandem_err
facts_device(struct facts *f, tandem_device_id id, uint16_t *out)
{
    struct fact_device *more;

    for (size_t i = f->device_count; i-- > 0;) {
        if (memcmp(f->devices[i].id.b, id.b, sizeof(id.b)) == 0) {
            *out = (uint16_t)i;
            return TANDEM_OK;
        }
    }
    if (f->device_count == PLACES_MAX) {
        return TANDEM_ELIMIT;
    }
    more = realloc(f->devices, (f->device_count + 1) * sizeof(*more));
    if (more == NULL) {
        return TANDEM_ENOMEM;
    }
    f->devices = more;
    more[f->device_count] = (struct fact_device){.id = id};
    *out = (uint16_t)f->device_count++;
    return TANDEM_OK;
}

// ----------------------------------------------------------------- ids

// Where an id stands in the table, or the empty place where it would. The
// seed is where the facts lie: nobody outside can make ids that collide.
static size_t
place_of(const struct facts *f, tandem_id id)
{
    uint64_t half[2], sum = (uint64_t)(uintptr_t)f * 0x9e3779b97f4a7c15U;
    size_t at;

    memcpy(half, id.b, sizeof(half));
    sum = (sum ^ half[0]) * 0xff51afd7ed558ccdU;
    sum = (sum ^ sum >> 32 ^ half[1]) * 0xc4ceb9fe1a85ec53U;
    at = (size_t)(sum ^ sum >> 29);

    for (;; at++) {
        const uint32_t handle = f->table[at &= f->table_size - 1];

        if (handle == 0 || tandem_id_equal(f->ids[handle], id)) {
            return at;
        }
    }
}

static tandem_err
make_table(struct facts *f)
{
    size_t size = 1024;

    while (size < f->count * 3) {
        size *= 2;
    }
    free(f->table);
    f->table = calloc(size, sizeof(*f->table));
    if (f->table == NULL) {
        return TANDEM_ENOMEM;
    }
    f->table_size = size;
    for (size_t i = 1; i < f->count; i++) {
        f->table[place_of(f, f->ids[i])] = (uint32_t)i;
    }
    return TANDEM_OK;
}

static tandem_err
need_table(struct facts *f)
{
    return f->table != NULL && f->count * 2 < f->table_size ? TANDEM_OK
                                                            : make_table(f);
}

tandem_err
facts_find(struct facts *f, tandem_id id, uint32_t *out)
{
    tandem_err err = need_table(f);

    if (err == TANDEM_OK) {
        *out = f->table[place_of(f, id)];
    }
    return err;
}

tandem_err
facts_handle(struct facts *f, tandem_id id, uint32_t *out)
{
    tandem_err err = need_table(f);
    size_t place;

    if (err == TANDEM_OK) {
        err = facts_grow(f, f->count + 1);
    }
    if (err != TANDEM_OK) {
        return err;
    }
    place = place_of(f, id);
    if (f->table[place] == 0) {
        memset(&f->at[f->count], 0, sizeof(*f->at));
        f->ids[f->count] = id;
        f->table[place] = (uint32_t)f->count++;
    }
    *out = f->table[place];
    return TANDEM_OK;
}

// --------------------------------------------------------------- from the feed

// Handles with a change, in the order of their first.
struct touched {
    uint32_t *handles;
    size_t count, cap;
};

// The change's number into its row, the handle into the list: once for each
// refresh, for `from` is below every number of it.
static tandem_err
touch(struct facts *f, struct touched *t, uint64_t from, const tandem_change *x)
{
    uint32_t handle = 0, *more;
    uint16_t device;
    tandem_err err = facts_device(f, x->device, &device);

    if (err == TANDEM_OK) {
        // What is common has its name, which it tells when it is enrolled.
        if (!tandem_id_equal(x->sector, tandem_sector_common())) {
            f->devices[device].number = x->number;
        }
        if (fact_kind_of(x->kind) == FACT_NOTHING) {
            return TANDEM_OK;
        }
        err = facts_handle(f, x->record, &handle);
    }
    if (err != TANDEM_OK) {
        return err;
    }
    if (f->at[handle].number <= from) {
        if (t->count == t->cap) {
            more = grown(t->handles, &t->cap, t->count + 1, sizeof(*more));
            if (more == NULL) {
                return TANDEM_ENOMEM;
            }
            t->handles = more;
        }
        t->handles[t->count++] = handle;
    }
    f->at[handle].number = x->number;
    return TANDEM_OK;
}

static tandem_err
read_feed(struct facts *f, struct touched *t, tandem_error *e)
{
    const uint64_t from = f->number;
    tandem_change *some = malloc(FEED_CHUNK * sizeof(*some));
    tandem_err err = some != NULL ? TANDEM_OK : TANDEM_ENOMEM;
    size_t n = 1;

    while (err == TANDEM_OK && n > 0) {
        err = tandem_feed_read(f->store, f->number, some, FEED_CHUNK, &n, e);
        for (size_t i = 0; err == TANDEM_OK && i < n; i++) {
            err = touch(f, t, from, &some[i]);
            f->number = some[i].number;
        }
    }
    free(some);
    return err;
}

// One page of them. What is not there waits, or is set apart: tandem waiting
// and verify name it.
static tandem_err
read_page(struct facts *f, const uint32_t *handles, size_t n, tandem_error *e)
{
    tandem_id ids[READ_AT_ONCE] = {{{0}}};
    tandem_page *page = NULL;
    tandem_err err;

    for (size_t i = 0; i < n; i++) {
        ids[i] = f->ids[handles[i]];
    }
    err = tandem_open_some(f->store, ids, n, &page, e);
    for (size_t i = 0; err == TANDEM_OK && i < n; i++) {
        const tandem_record *r = tandem_page_record(page, i);
        const uint64_t number = f->at[handles[i]].number;

        if (r == NULL) {
            f->at[handles[i]] = (struct fact){.number = number};
        } else {
            err = fact_read(f, r, handles[i], number);
        }
    }
    tandem_page_free(page);
    f->read += n;
    return err;
}

static tandem_err
follow(struct facts *f, tandem_error *e)
{
    struct touched t = {NULL, 0, 0};
    tandem_err err = read_feed(f, &t, e);

    for (size_t i = 0; err == TANDEM_OK && i < t.count; i += READ_AT_ONCE) {
        err = read_page(f, t.handles + i,
            t.count - i < READ_AT_ONCE ? t.count - i : READ_AT_ONCE, e);
    }
    free(t.handles);
    return err;
}

static uint64_t
add_text(uint64_t sum, const char *text)
{
    return mark_add(sum, text, strlen(text) + 1);
}

static uint64_t
add_words(uint64_t sum, const tandem_enum_info *words)
{
    for (size_t i = 0; words != NULL && i < words->word_count; i++) {
        sum = mark_add(sum, &words->words[i].n, sizeof(words->words[i].n));
        sum = add_text(sum, words->words[i].id);
    }
    return sum;
}

static uint64_t
add_kind(uint64_t sum, const tandem_kind_info *k)
{
    sum = add_text(add_text(sum, k->pack), k->id);
    for (size_t i = 0; i < k->field_count; i++) {
        const tandem_field_info *field = &k->fields[i];

        sum = add_text(add_text(sum, field->id), field->type);
        sum = mark_add(sum, &field->n, sizeof(field->n));
        sum = mark_add(sum, &field->merge, sizeof(field->merge));
        sum = mark_add(sum, &field->flags, sizeof(field->flags));
        sum = add_words(add_words(sum, field->key.words), field->value.words);
    }
    return sum;
}

// What they are read with: this program's tables, the store's kinds.
static uint64_t
stamp_of(const struct facts *f)
{
    uint64_t sum = fact_tables_sum() + FACTS_VERSION;

    for (int k = 1; k < FACT_KINDS; k++) {
        if (f->known[k].kind != NULL) {
            sum = add_kind(sum, f->known[k].kind);
        }
    }
    return sum;
}

// What is not of the schema keeps its own name, which is then not found.
static void
know(struct facts *f, enum fact_kind kind)
{
    const struct fact_table *table = fact_table(kind);
    struct fact_known *known = &f->known[kind];

    known->kind = tandem_schema_kind_find(f->schema, table->name);
    for (size_t i = 0; i < table->count; i++) {
        const tandem_field_info *field =
            tandem_kind_field(known->kind, table->columns[i].field);

        known->fields[i] = field != NULL ? field->id : table->columns[i].field;
    }
}

static tandem_err
take_schema(struct facts *f)
{
    tandem_schema *schema = NULL;
    tandem_err err = tandem_store_schema(f->store, &schema);

    if (err != TANDEM_OK) {
        return err;
    }
    tandem_schema_free(f->schema);
    f->schema = schema;
    for (int k = 1; k < FACT_KINDS; k++) {
        know(f, (enum fact_kind)k);
    }
    return TANDEM_OK;
}

tandem_err
facts_refresh(struct facts *f, tandem_error *e)
{
    tandem_err err = take_schema(f);
    uint64_t stamp = 0;

    if (err == TANDEM_OK) {
        stamp = stamp_of(f);
    }
    if (err == TANDEM_OK && stamp != f->stamp) {
        err = facts_clear(f);
        f->stamp = stamp;
    }
    if (err == TANDEM_OK) {
        err = follow(f, e);
    }
    if (err != TANDEM_OK) { // half of it is worth nothing
        (void)facts_clear(f);
    }
    return err;
}

// ------------------------------------------------------------ open, save, free

tandem_err
facts_clear(struct facts *f)
{
    const tandem_device_id nobody = {{0}};
    uint16_t device;
    tandem_err err;

    f->number = f->kept = 0;
    f->read = 0;
    f->count = 0;
    f->point_count = 0;
    for (int k = 1; k < FACT_KINDS; k++) {
        rows_clear(&f->rows[k]);
    }
    f->sector_count = 0;
    f->device_count = 0;
    free(f->table);
    f->table = NULL;
    err = facts_grow(f, 1);
    if (err == TANDEM_OK) {
        err = facts_device(f, nobody, &device);
    }
    if (err == TANDEM_OK) { // handle 0: none
        memset(&f->at[0], 0, sizeof(*f->at));
        memset(&f->ids[0], 0, sizeof(*f->ids));
        f->count = 1;
    }
    return err;
}

// What was kept, if it is beyond doubt.
static tandem_err
load(struct facts *f, tandem_error *e)
{
    struct facts_kept kept;
    tandem_err err = facts_parts_get(f, &kept, e);

    if (err == TANDEM_OK && kept.bytes.len > 0) {
        err = facts_decode(f, kept.bytes.ptr, kept.bytes.len);
        if (err == TANDEM_ECORRUPT) {
            err = facts_clear(f);
        }
    }
    facts_parts_free(&kept);
    return err;
}

tandem_err
facts_new(struct facts **out)
{
    struct facts *f = calloc(1, sizeof(*f));
    tandem_err err;

    if (f == NULL) {
        return TANDEM_ENOMEM;
    }
    f->parts = FACTS_PARTS_MAX;
    f->part_bytes = FACTS_PART_BYTES;
    for (int k = 1; k < FACT_KINDS; k++) {
        rows_init(&f->rows[k], (enum fact_kind)k);
    }
    err = facts_clear(f);
    if (err != TANDEM_OK) {
        facts_free(f);
        return err;
    }
    *out = f;
    return TANDEM_OK;
}

tandem_err
facts_open(tandem_store *s, struct facts **out, tandem_error *e)
{
    struct facts *f;
    tandem_err err = facts_new(&f);

    if (err != TANDEM_OK) {
        return err;
    }
    f->store = s;
    err = take_schema(f);
    if (err == TANDEM_OK) {
        f->stamp = stamp_of(f);
        err = load(f, e);
    }
    if (err != TANDEM_OK) {
        facts_free(f);
        return err;
    }
    *out = f;
    return TANDEM_OK;
}

tandem_err
facts_save(struct facts *f, tandem_error *e)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    tandem_err err;

    if (f->read <= SAVE_AFTER) {
        return TANDEM_OK;
    }
    err = facts_encode(f, &bytes, &len);
    if (err == TANDEM_OK) {
        err = facts_parts_put(f, bytes, len, e);
    }
    free(bytes);
    if (err == TANDEM_OK) {
        f->kept = f->number;
        f->read = 0;
    }
    return err;
}

void
facts_free(struct facts *f)
{
    if (f == NULL) {
        return;
    }
    tandem_schema_free(f->schema);
    free(f->at);
    free(f->ids);
    free(f->points);
    for (int k = 1; k < FACT_KINDS; k++) {
        rows_free(&f->rows[k]);
    }
    free(f->sectors);
    free(f->devices);
    free(f->table);
    free(f);
}
