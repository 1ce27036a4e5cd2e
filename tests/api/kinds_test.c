// SPDX-License-Identifier: Apache-2.0
// kinds_test.c - every kind of the service's packs: created, changed on two
// devices that do not meet meanwhile, merged, read back.

#include "pair.h"
#include "sample.h"

// By the key that its references make, where there is one for each set.
static tandem_edit *
begin(struct pair *p, tandem_txn *t, const tandem_kind_info *k)
{
    uint8_t key[16 * TANDEM_ONE_PER_MAX];
    tandem_edit *d;
    char kind[128];

    (void)snprintf(kind, sizeof(kind), "%s/%s", k->pack, k->id);
    if (k->one_per_count == 0) {
        GOOD(p->w, tandem_txn_create(t, kind, p->w->sector, &d));
        return d;
    }
    for (size_t i = 0; i < k->one_per_count; i++) {
        tandem_value v = sample(&k->fields[k->one_per[i]].value, 0);

        memcpy(key + 16 * i, v.u.id.b, 16);
    }
    GOOD(p->w, tandem_txn_create_keyed(t, kind, p->w->sector,
                   tandem_bytes(key, 16 * k->one_per_count), &d, NULL));
    return d;
}

static tandem_id
create(struct pair *p, const tandem_kind_info *k)
{
    tandem_txn *t;
    tandem_edit *d;
    tandem_id id;

    GOOD(p->w, tandem_txn_new(p->w->s, TANDEM_ME, &t, &p->w->e));
    d = begin(p, t, k);
    for (size_t i = 0; i < k->field_count; i++) {
        if (sample_fits(&k->fields[i])) {
            sample_write(d, &k->fields[i], 0);
        }
    }
    id = tandem_edit_id(d);
    if (tandem_txn_commit(t, &p->w->e) != TANDEM_OK) {
        fail_msg("%s: %s", k->id, p->w->e.msg);
    }
    tandem_txn_free(t);
    return id;
}

// Each field that can change gets another value; `once` ones stay.
static void
change(struct pair *p, tandem_store *s, tandem_id id)
{
    const tandem_kind_info *k;
    tandem_record *r;
    tandem_txn *t;
    tandem_edit *d;

    GOOD(p->w, tandem_record_open(s, id, &r, &p->w->e));
    k = tandem_record_kind(r);
    GOOD(p->w, tandem_txn_new(s, TANDEM_ME, &t, &p->w->e));
    GOOD(p->w, tandem_txn_edit(t, r, &d));
    GOOD(p->w, tandem_edit_why(d, "un motif"));
    for (size_t i = 0; i < k->field_count; i++) {
        if (sample_fits(&k->fields[i]) &&
            k->fields[i].merge != TANDEM_MERGE_ONCE) {
            sample_write(d, &k->fields[i], 1);
        }
    }
    if (tandem_txn_commit(t, &p->w->e) != TANDEM_OK) {
        fail_msg("%s: %s", k->id, p->w->e.msg);
    }
    tandem_txn_free(t);
    tandem_record_free(r);
}

static void
assert_value(const tandem_record *r, const tandem_field_info *f, int which)
{
    tandem_value want = sample(&f->value, which);
    tandem_value have;

    assert_int_equal(tandem_record_get(r, f->id, &have), TANDEM_OK);
    if (!tandem_value_equal(&want, &have)) {
        fail_msg(
            "%s.%s is not what was written", tandem_record_kind(r)->id, f->id);
    }
}

// What two changes of the same wish make of one field.
static void
assert_merged(const tandem_record *r, const tandem_field_info *f)
{
    tandem_value v;

    switch (f->merge) {
    case TANDEM_MERGE_SET:
    case TANDEM_MERGE_MAP:
        assert_int_equal(tandem_record_items(r, f->id), 2);
        return;
    case TANDEM_MERGE_LIST:
    case TANDEM_MERGE_LOG: // what both added stands there twice
        assert_int_equal(tandem_record_items(r, f->id), 3);
        return;
    case TANDEM_MERGE_COUNTER: // each counts, the same wish or not
        assert_int_equal(tandem_record_get(r, f->id, &v), TANDEM_OK);
        assert_int_equal(v.u.i, sample_int(f, 0) + 2 * sample_int(f, 1));
        return;
    case TANDEM_MERGE_TEXT: // both typed: nothing of either is lost
        assert_int_equal(tandem_record_get(r, f->id, &v), TANDEM_OK);
        assert_int_equal(v.u.s.len, strlen("un texte plus long plus long"));
        return;
    case TANDEM_MERGE_ONCE:
        assert_value(r, f, 0);
        return;
    case TANDEM_MERGE_VIS:
    case TANDEM_MERGE_QUIET:
    case TANDEM_MERGE_STATE:
    case TANDEM_MERGE_DERIVED:
    case TANDEM_MERGE_UNKNOWN:
        break;
    }
    assert_int_equal(tandem_record_versions(r, f->id, NULL), 1);
    assert_value(r, f, 1);
}

static size_t
read_back(struct pair *p, tandem_store *s, tandem_id id)
{
    const tandem_kind_info *k;
    tandem_record *r;
    size_t n = 0;

    GOOD(p->w, tandem_record_open(s, id, &r, &p->w->e));
    k = tandem_record_kind(r);
    for (size_t i = 0; i < k->field_count; i++) {
        if (sample_fits(&k->fields[i])) {
            assert_merged(r, &k->fields[i]);
            n++;
        }
    }
    tandem_record_free(r);
    return n;
}

static void
test_every_kind_is_changed_on_two_devices_and_merged(void **state)
{
    struct pair *p = *state;
    tandem_workspace tablet;
    tandem_schema *schema;
    tandem_id ids[128];
    size_t kinds;
    size_t fields = 0;

    world_publish_rest(p->w);
    GOOD(p->w, tandem_workspace_get(p->tablet, &tablet, &p->w->e));
    GOOD(p->w, tandem_device_grant(p->w->s, tablet.device, p->w->sector,
                   TANDEM_RIGHT_OFFICE, &p->w->e));
    GOOD(p->w, tandem_store_schema(p->w->s, &schema));
    kinds = tandem_schema_kind_count(schema);
    for (size_t i = 0; i < kinds; i++) {
        const tandem_kind_info *k = tandem_schema_kind_at(schema, i);

        memset(&ids[i], 0, sizeof(ids[i]));
        if (strncmp(k->pack, "fr.", 3) == 0) {
            ids[i] = create(p, k);
        }
    }
    assert_int_equal(pair_meet(p).state, TANDEM_SESSION_DONE);
    for (size_t i = 0; i < kinds; i++) {
        if (!tandem_id_is_none(ids[i])) {
            change(p, p->w->s, ids[i]);
            change(p, p->tablet, ids[i]);
        }
    }
    assert_int_equal(pair_meet(p).state, TANDEM_SESSION_DONE);
    for (size_t i = 0; i < kinds; i++) {
        if (!tandem_id_is_none(ids[i])) {
            size_t n = read_back(p, p->w->s, ids[i]);

            assert_int_equal(n, read_back(p, p->tablet, ids[i]));
            fields += n;
        }
    }
    assert_true(fields > 350);
    tandem_schema_free(schema);
}

// A tablet with an agent's right: what is the office's alone is refused, and
// the sentence says who may.
static void
test_what_is_the_office_s_an_agent_does_not_write(void **state)
{
    struct pair *p = *state;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
    tandem_id question;
    tandem_txn *t;
    tandem_edit *d;

    GOOD(p->w, tandem_txn_new(p->tablet, TANDEM_ME, &t, &e));
    GOOD(p->w, tandem_txn_create(t, "charter", p->w->sector, &d));
    GOOD(p->w, tandem_edit_set(d, "text", tandem_str("x")));
    GOOD(p->w, tandem_edit_set(d, "side", tandem_enum(1)));
    assert_int_equal(tandem_txn_commit(t, &e), TANDEM_EDENIED);
    assert_non_null(strstr(e.msg, "« office »"));
    tandem_txn_free(t);

    GOOD(p->w, tandem_txn_new(p->tablet, TANDEM_ME, &t, &e));
    GOOD(p->w, tandem_txn_create(t, "open_question", p->w->sector, &d));
    GOOD(p->w, tandem_edit_set(d, "chapter", tandem_enum(1)));
    GOOD(p->w, tandem_edit_set(d, "question", tandem_str("x ?")));
    GOOD(p->w, tandem_edit_set(d, "state", tandem_enum(4)));
    assert_int_equal(tandem_txn_commit(t, &e), TANDEM_EDENIED);
    assert_non_null(strstr(e.msg, "abandonnée"));
    assert_string_equal(e.field, "state");
    tandem_txn_free(t);

    GOOD(p->w, tandem_txn_new(p->tablet, TANDEM_ME, &t, &e));
    GOOD(p->w, tandem_txn_create(t, "open_question", p->w->sector, &d));
    GOOD(p->w, tandem_edit_set(d, "chapter", tandem_enum(1)));
    GOOD(p->w, tandem_edit_set(d, "question", tandem_str("x ?")));
    GOOD(p->w, tandem_edit_set(d, "state", tandem_enum(1)));
    question = tandem_edit_id(d);
    GOOD(p->w, tandem_txn_commit(t, &e));
    tandem_txn_free(t);
    assert_false(tandem_id_is_none(question));
}

// A ballot by `key`, in which so many of its references stand.
static tandem_err
vote(struct pair *p, const uint8_t *key, size_t len, int refs, tandem_error *e)
{
    tandem_txn *t;
    tandem_edit *d;
    tandem_err err;

    GOOD(p->w, tandem_txn_new(p->w->s, TANDEM_ME, &t, e));
    GOOD(p->w, key == NULL ? tandem_txn_create(t, "ballot", p->w->sector, &d)
                           : tandem_txn_create_keyed(t, "ballot", p->w->sector,
                                 tandem_bytes(key, len), &d, NULL));
    for (int i = 0; i < refs; i++) {
        tandem_id id = {{9, (uint8_t)i}};

        GOOD(p->w,
            tandem_edit_set(d, i == 0 ? "session" : "voter", tandem_ref(id)));
    }
    err = tandem_txn_commit(t, e);
    tandem_txn_free(t);
    return err;
}

// One record for what it refers to: whoever makes it makes the same, or none.
static void
test_a_record_there_is_one_of_has_the_id_its_references_make(void **state)
{
    uint8_t key[32] = {9, 0}, other[32] = {9, 0};
    struct pair *p = *state;
    tandem_error en = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_error fr = TANDEM_ERROR_INIT(TANDEM_FR);

    world_publish_rest(p->w);
    key[16] = other[16] = 9;
    key[17] = 1;
    other[17] = 2;
    assert_int_equal(vote(p, NULL, 0, 2, &en), TANDEM_EVALUE);
    assert_non_null(strstr(en.msg, "there is one such record"));
    assert_int_equal(vote(p, other, 32, 2, &fr), TANDEM_EVALUE);
    assert_non_null(strstr(fr.msg, "il y a une seule fiche"));
    assert_int_equal(vote(p, key, 16, 2, &en), TANDEM_EVALUE);
    assert_int_equal(vote(p, key, 32, 1, &en), TANDEM_EVALUE);
    assert_string_equal(en.field, "voter");
    GOOD(p->w, vote(p, key, 32, 2, &en));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_every_kind_is_changed_on_two_devices_and_merged, pair_open,
            pair_close),
        cmocka_unit_test_setup_teardown(
            test_what_is_the_office_s_an_agent_does_not_write, pair_open,
            pair_close),
        cmocka_unit_test_setup_teardown(
            test_a_record_there_is_one_of_has_the_id_its_references_make,
            pair_open, pair_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
