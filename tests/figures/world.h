// SPDX-License-Identifier: Apache-2.0
// world.h - an office and its tablets (api/pair.h) whose people do at random
// what people do in a street, for the tests of figures. Any two may meet, and
// some are away for long.
#ifndef TESTS_FIGURES_WORLD_H
#define TESTS_FIGURES_WORLD_H

#include "api/pair.h"

#include "figures/facts.h"

#define STREET_MAX     4096
#define STREET_BATCH   6
#define STREET_DEVICES 5

struct street {
    struct pair *p;
    struct pair more[STREET_DEVICES - 2]; // tablets besides the pair's
    tandem_store *at[STREET_DEVICES];     // who has the word at random
    size_t devices;                       // the first is the office
    tandem_id ids[STREET_MAX];
    size_t count;
    tandem_id fresh[STREET_BATCH]; // of the transaction under way
    size_t fresh_count;
    uint64_t seed;
    tandem_id apart; // a sector of the office alone, or none
};

static inline uint32_t
street_any(struct street *s, uint32_t n)
{
    s->seed = s->seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(s->seed >> 33) % n;
}

static inline bool
street_is(struct street *s, uint32_t percent)
{
    return street_any(s, 100) < percent;
}

// A record of some kind met before, or none.
static inline tandem_id
street_one(struct street *s)
{
    return s->count == 0 ? (tandem_id){{0}}
                         : s->ids[street_any(s, (uint32_t)s->count)];
}

static const char *const street_kinds[] = {"encounter", "contact", "dwelling",
    "solicitation", "appointment", "intervention", "item_fitted", "finding",
    "referral", "dossier", "follow_up", "visit_notice", "merge_link", "tour",
    "market_session", "shift", "stock_move", "feedback", "checkpoint",
    "objective", "sector", "target_situation", "open_question", "charter",
    "advance_fund", "advance_purchase", "journal_entry", "note", "encounter",
    "contact", "intervention", "solicitation", "item_fitted", "follow_up",
    "merge_link", "attendance", "home_meeting", "verbatim", "cluster",
    "problem", "improvement", "ballot", "ballot", "fr.immersion/session"};

static inline tandem_value
street_ref(struct street *s, tandem_store *store, const char *kind)
{
    tandem_record *r;
    tandem_value v = tandem_none();

    // An id of the kind that is wanted, if a few tries meet one.
    for (int i = 0; i < 60 && v.type == TANDEM_NONE; i++) {
        const tandem_id id = street_one(s);

        if (tandem_id_is_none(id) ||
            tandem_record_open(store, id, &r, NULL) != TANDEM_OK) {
            continue;
        }
        if (strcmp(kind, "*") == 0 ||
            strcmp(tandem_record_kind(r)->id, kind) == 0) {
            v = tandem_ref(id);
        }
        tandem_record_free(r);
    }
    if (v.type == TANDEM_NONE) { // somebody who is not held here
        tandem_id id = {{1, 2, 3}};

        id.b[15] = (uint8_t)street_any(s, 4);
        v = tandem_ref(id);
    }
    return v;
}

static inline tandem_value
street_value(struct street *s, tandem_store *store, const tandem_value_type *t)
{
    static char text[16];
    const char *of = t->ref != NULL ? strrchr(t->ref, '/') : NULL;

    switch (t->base) {
    case TANDEM_FIELD_ENUM:
        return tandem_enum(
            t->words->words[street_any(s, (uint32_t)t->words->word_count)].n);
    case TANDEM_FIELD_INT:
    case TANDEM_FIELD_CENTS:
        return tandem_int((int64_t)street_any(s, 9) - 3);
    case TANDEM_FIELD_BOOL:
        return tandem_bool(street_is(s, 50));
    case TANDEM_FIELD_TRI:
        return tandem_tri((int)street_any(s, 3));
    case TANDEM_FIELD_DATE:
        return tandem_date(20500 + (int64_t)street_any(s, 120));
    case TANDEM_FIELD_TIME:
        return tandem_time(INT64_C(20500) * 86400000 +
                               (int64_t)street_any(s, 120 * 24) * 3600000,
            120);
    case TANDEM_FIELD_REF:
        return street_ref(s, store,
            of != NULL       ? of + 1
            : t->ref != NULL ? t->ref
                             : "*");
    case TANDEM_FIELD_STR:
        (void)snprintf(text, sizeof(text), "t%u", street_any(s, 12));
        return tandem_str(text);
    case TANDEM_FIELD_TEXT:
        return tandem_str("text");
    case TANDEM_FIELD_UNKNOWN:
    case TANDEM_FIELD_GEO:
    case TANDEM_FIELD_PHONE:
    case TANDEM_FIELD_EMAIL:
    case TANDEM_FIELD_BLOB:
    case TANDEM_FIELD_HASH:
        break;
    }
    return tandem_none();
}

// The code of a sector's record: mostly that of a sector of the store.
static inline tandem_value
street_code(struct street *s)
{
    static const char *const codes[] = {"FIVES", "Apart", "nowhere"};

    return tandem_str(codes[street_any(s, 3)]);
}

static inline void
street_fill(struct street *s, tandem_store *store, tandem_edit *d,
    const tandem_field_info *f)
{
    tandem_value v = strcmp(f->id, "code") == 0
                         ? street_code(s)
                         : street_value(s, store, &f->value);

    if (v.type == TANDEM_INT && v.u.i < f->min) {
        v = tandem_int(f->min);
    }
    if (tandem_value_check(&f->value, &v, NULL) != TANDEM_OK) {
        return; // of a form that no random text has
    }
    if (v.type == TANDEM_NONE || (f->flags & TANDEM_FIELD_UNSUPPORTED) != 0) {
        return;
    }
    if (f->merge == TANDEM_MERGE_SET) {
        for (uint32_t n = street_any(s, 4); n > 0; n--) { // some at once
            GOOD(s->p->w, tandem_edit_add(d, f->id, v));
            v = street_value(s, store, &f->value);
        }
        GOOD(s->p->w, tandem_edit_add(d, f->id, v));
    } else if (f->merge == TANDEM_MERGE_MAP) {
        GOOD(s->p->w,
            tandem_edit_put(d, f->id, street_value(s, store, &f->key), v));
    } else if (f->merge == TANDEM_MERGE_COUNTER) {
        GOOD(s->p->w, tandem_edit_count(d, f->id, v.u.i));
    } else if (f->merge == TANDEM_MERGE_VIS || f->merge == TANDEM_MERGE_ONCE ||
               f->merge == TANDEM_MERGE_QUIET ||
               f->merge == TANDEM_MERGE_TEXT ||
               f->merge == TANDEM_MERGE_STATE) {
        GOOD(s->p->w, tandem_edit_set(d, f->id, v));
    }
}

// A tablet holds an agent's right: what is the office's it cannot write.
static inline bool
street_commit(struct street *s, tandem_store *store, tandem_txn *t)
{
    tandem_err err = tandem_txn_commit(t, &s->p->w->e);

    if (err == TANDEM_EDENIED && store != s->at[0]) {
        return false;
    }
    assert_int_equal(err, TANDEM_OK);
    return true;
}

static inline bool
street_is_key(const tandem_kind_info *k, size_t field)
{
    for (size_t i = 0; i < k->one_per_count; i++) {
        if (k->one_per[i] == field) {
            return true;
        }
    }
    return false;
}

// Of a kind that there is one of for what it refers to: by the key that its
// references make, and holding them. NULL: that one is there already.
static inline tandem_edit *
street_keyed(struct street *s, tandem_store *store, tandem_txn *t,
    const tandem_kind_info *k, const char *name, tandem_id sector)
{
    tandem_value refs[TANDEM_ONE_PER_MAX];
    uint8_t key[16 * TANDEM_ONE_PER_MAX];
    tandem_edit *d;
    tandem_err err;

    for (size_t i = 0; i < k->one_per_count; i++) {
        refs[i] = street_value(s, store, &k->fields[k->one_per[i]].value);
        memcpy(key + 16 * i, refs[i].u.id.b, 16);
    }
    err = tandem_txn_create_keyed(
        t, name, sector, tandem_bytes(key, 16 * k->one_per_count), &d, NULL);
    if (err == TANDEM_EEXIST) {
        return NULL;
    }
    assert_int_equal(err, TANDEM_OK);
    for (size_t i = 0; i < k->one_per_count; i++) {
        GOOD(s->p->w, tandem_edit_set(d, k->fields[k->one_per[i]].id, refs[i]));
    }
    return d;
}

static inline void
street_record(struct street *s, tandem_store *store, tandem_txn *t,
    tandem_schema *schema, tandem_id sector)
{
    const size_t kinds = sizeof(street_kinds) / sizeof(*street_kinds);
    const char *name = street_kinds[street_any(s, (uint32_t)kinds)];
    const tandem_kind_info *k = tandem_schema_kind_find(schema, name);
    tandem_edit *d;

    if (k == NULL) {
        return; // of a pack that is not here
    }
    if (k->one_per_count > 0) {
        d = street_keyed(s, store, t, k, name, sector);
    } else {
        GOOD(s->p->w, tandem_txn_create(t, name, sector, &d));
    }
    if (d == NULL) {
        return;
    }
    for (size_t i = 0; i < k->field_count; i++) {
        if (!street_is_key(k, i) &&
            ((k->fields[i].flags & TANDEM_FIELD_REQUIRED) != 0 ||
                street_is(s, 70))) {
            street_fill(s, store, d, &k->fields[i]);
        }
    }
    s->fresh[s->fresh_count++] = tandem_edit_id(d);
}

// A few records at once; the office also where the tablet does not look.
static inline void
street_create(struct street *s, tandem_store *store)
{
    const bool apart =
        store == s->at[0] && !tandem_id_is_none(s->apart) && street_is(s, 30);
    // One that it may not write would take the tablet's others with it.
    const size_t n = store == s->at[0] ? 1 + street_any(s, STREET_BATCH) : 1;
    tandem_schema *schema;
    tandem_txn *t;

    GOOD(s->p->w, tandem_store_schema(store, &schema));
    GOOD(s->p->w, tandem_txn_new(store, TANDEM_ME, &t, &s->p->w->e));
    s->fresh_count = 0;
    for (size_t i = 0; i < n; i++) {
        street_record(s, store, t, schema, apart ? s->apart : s->p->w->sector);
    }
    if (street_commit(s, store, t)) {
        for (size_t i = 0; i < s->fresh_count && s->count < STREET_MAX; i++) {
            s->ids[s->count++] = s->fresh[i];
        }
    }
    tandem_txn_free(t);
    tandem_schema_free(schema);
}

// A field written again, or the record deleted or restored.
static inline void
street_change(struct street *s, tandem_store *store, tandem_id id,
    uint32_t field, bool deletes)
{
    const tandem_kind_info *k;
    tandem_record *r;
    tandem_txn *t;
    tandem_edit *d;

    if (tandem_record_open(store, id, &r, NULL) != TANDEM_OK) {
        return; // not held here yet
    }
    k = tandem_record_kind(r);
    GOOD(s->p->w, tandem_txn_new(store, TANDEM_ME, &t, &s->p->w->e));
    GOOD(s->p->w, tandem_txn_edit(t, r, &d));
    GOOD(s->p->w, tandem_edit_why(d, "a reason"));
    if (deletes) {
        GOOD(s->p->w,
            tandem_edit_delete(d, tandem_record_deleted(r) != TANDEM_TRASHED));
    } else {
        street_fill(s, store, d, &k->fields[field % k->field_count]);
    }
    (void)street_commit(s, store, t);
    tandem_txn_free(t);
    tandem_record_free(r);
}

// By one, or by two who may not have met since.
static inline void
street_touch(struct street *s, tandem_store *store)
{
    const tandem_id id = street_one(s);
    const uint32_t field = street_any(s, 1000);

    street_change(s, store, id, field, street_is(s, 25));
    if (street_is(s, 40)) {
        // One draw a statement: compilers differ in which argument is first.
        const bool deletes = street_is(s, 10);
        const uint32_t other = street_any(s, (uint32_t)s->devices);

        street_change(s, s->at[other], id, field, deletes);
    }
}

static inline void
street_live(struct street *s, size_t steps)
{
    for (size_t i = 0; i < steps; i++) {
        tandem_store *store = s->at[street_any(s, (uint32_t)s->devices)];

        if (street_is(s, 60)) {
            street_create(s, store);
        } else {
            street_touch(s, store);
        }
    }
}

// Before anybody met. `devices`: 2 to STREET_DEVICES.
static inline void
street_begin(struct street *s, struct pair *p, size_t devices, uint64_t seed)
{
    memset(s, 0, sizeof(*s));
    s->p = p;
    s->seed = seed;
    s->at[0] = p->w->s;
    s->at[1] = p->tablet;
    s->devices = devices;
    for (size_t i = 2; i < devices; i++) {
        struct pair *one = &s->more[i - 2];
        char name[32];

        one->w = p->w;
        (void)snprintf(name, sizeof(name), "tablette %zu", i);
        pair_enrol(one, name);
        s->at[i] = one->tablet;
    }
}

static inline void
street_end(struct street *s)
{
    for (size_t i = 2; i < s->devices; i++) {
        pair_dismiss(&s->more[i - 2]);
    }
}

static inline void
street_meet(struct street *s, size_t a, size_t b)
{
    assert_int_equal(
        pair_meet_as(s->p, s->at[a], s->at[b]).state, TANDEM_SESSION_DONE);
}

// Two of them, whoever they are.
static inline void
street_cross(struct street *s)
{
    const size_t a = street_any(s, (uint32_t)s->devices);
    const size_t b =
        (a + 1 + street_any(s, (uint32_t)s->devices - 1)) % s->devices;

    street_meet(s, a, b);
}

// All hold the same afterwards.
static inline void
street_gather(struct street *s)
{
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 1; i < s->devices; i++) {
            street_meet(s, 0, i);
        }
    }
}

#endif
