// SPDX-License-Identifier: Apache-2.0
// schema_test.c - snapshots: finding kinds and fields; versions of a pack.
#include "schema/schema.h"

#include <unistd.h>

#include "build.h"

#define PACK TEST_BINARY_DIR "/packs/fr.terrain.pack"

static struct td_pack *
load(const char *path)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    struct td_pack *p = NULL;

    if (tandem_pack_load(path, &p, &e) != TANDEM_OK) {
        fail_msg("%s: %s; build the target \"packs\" first", path, e.msg);
    }
    return p;
}

static void
test_kinds_and_fields_are_found_by_any_of_their_names(void **state)
{
    struct td_pack *p = load(PACK);
    tandem_schema *s = NULL;
    const tandem_kind_info *k;
    const tandem_field_info *f;

    (void)state;
    assert_int_equal(tandem_pack_schema(p, &s), TANDEM_OK);
    tandem_pack_free(p); // the schema keeps what it needs
    k = tandem_schema_kind_find(s, "contact");
    assert_non_null(k);
    assert_int_equal(k->n, 26);
    assert_ptr_equal(tandem_schema_kind_find(s, "fr.terrain/contact"), k);
    assert_ptr_equal(tandem_schema_kind_find(s, "FICHE contact"), k);
    assert_ptr_equal(tandem_schema_kind_find(s, "Contact sheet"), k);
    assert_ptr_equal(tandem_schema_kind_find(s, "fr.terrain/contact sheet"), k);
    assert_null(tandem_schema_kind_find(s, "de.terrain/contact"));
    assert_null(tandem_schema_kind_find(s, ""));
    assert_null(tandem_schema_kind_find(NULL, "contact"));
    assert_null(tandem_schema_kind_at(s, tandem_schema_kind_count(s)));
    f = tandem_kind_field(k, "phones");
    assert_non_null(f);
    assert_int_equal(f->n, 4);
    assert_int_equal(f->merge, TANDEM_MERGE_SET);
    assert_int_equal(f->value.base, TANDEM_FIELD_PHONE);
    assert_true((f->flags & TANDEM_FIELD_INDEXED) != 0);
    assert_ptr_equal(tandem_kind_field(k, "Téléphones"), f);
    assert_ptr_equal(tandem_kind_field(k, "phone NUMBERS"), f);
    assert_null(tandem_kind_field(k, "phone"));
    assert_int_equal(k->code_field, 0);
    assert_string_equal(k->fields[k->title[0]].id, "name");
    assert_string_equal(k->writers[1], "office");
    assert_string_equal(k->retention, "K2");
    tandem_schema_free(s);
}

// Nothing could be made if what is computed when read were demanded.
static void
test_fields_that_cannot_be_written_are_told_from_needed_ones(void **state)
{
    struct obj fields[2] = {
        a_field(1, "f", "int", "derived"), a_field(2, "g", "bool", "state")};
    struct td_pack *p = NULL;
    const tandem_field_info *f;
    struct obj k;
    struct obj o;

    (void)state;
    obj_bool(&fields[0], "required", true);
    obj_bool(&fields[1], "required", true);
    k = a_kind(3, "thing", fields, 2);
    o = a_pack(1, &k, 1);
    assert_int_equal(parse_obj(&o, &p, NULL), TANDEM_OK);
    f = &p->kinds[0].info.fields[0];
    assert_true((f->flags & TANDEM_FIELD_REQUIRED) != 0);
    assert_true((f->flags & TANDEM_FIELD_UNSUPPORTED) != 0);
    assert_int_equal(td_field_writable(f, NULL), TANDEM_EUNSUPPORTED);
    assert_false(td_field_needed(f));
    assert_true(td_field_needed(f + 1));
    td_pack_release(p);
}

// A pack of this name with one kind "thing".
static struct td_pack *
named(const char *name)
{
    struct obj k = a_kind(3, "thing", NULL, 0);
    struct obj o;
    struct td_pack *p = NULL;

    obj_str(&k, "fr", "Chose");
    o = a_pack(1, &k, 1);
    obj_str(&o, "pack", name);
    assert_int_equal(parse_obj(&o, &p, NULL), TANDEM_OK);
    return p;
}

static void
test_two_packs_may_share_a_name(void **state)
{
    struct td_pack *packs[2] = {named("b"), named("a")};
    struct td_schema *s = NULL;
    const uint8_t tag[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const uint8_t other[8] = {9};

    (void)state;
    memcpy(packs[1]->tag, tag, sizeof tag);
    assert_int_equal(td_schema_new(NULL, packs, 2, &s), TANDEM_OK);
    assert_null(tandem_schema_kind_find(s, "thing"));
    assert_null(tandem_schema_kind_find(s, "chose"));
    assert_string_equal(tandem_schema_kind_find(s, "b/thing")->pack, "b");
    assert_string_equal(tandem_schema_kind_find(s, "a/Chose")->pack, "a");
    assert_string_equal(tandem_schema_kind_at(s, 0)->pack, "a");
    assert_string_equal(tandem_schema_kind_at(s, 1)->pack, "b");
    assert_string_equal(td_schema_kind_by_tag(s, tag, 3)->pack, "a");
    assert_null(td_schema_kind_by_tag(s, tag, 4));
    assert_null(td_schema_kind_by_tag(s, other, 3));
    td_pack_release(packs[0]);
    td_pack_release(packs[1]);
    assert_ptr_equal(td_schema_retain(s), s);
    tandem_schema_free(s);
    assert_int_equal(tandem_schema_kind_count(s), 2);
    tandem_schema_free(s);
}

static void
test_one_name_counts_once(void **state)
{
    struct td_pack *packs[2] = {named("a"), named("a")};
    struct td_schema *s = NULL;

    (void)state;
    assert_int_equal(td_schema_new(NULL, packs, 2, &s), TANDEM_EMISUSE);
    assert_null(s);
    assert_int_equal(td_schema_new(NULL, packs, 0, &s), TANDEM_OK);
    assert_int_equal(tandem_schema_kind_count(s), 0);
    assert_null(tandem_schema_kind_at(s, 0));
    tandem_schema_free(s);
    td_pack_release(packs[0]);
    td_pack_release(packs[1]);
}

// Two fields with one French term: which one is meant is not guessed.
static void
test_a_term_of_two_fields_names_none(void **state)
{
    struct obj f[2] = {
        a_field(1, "a", "int", "vis"), a_field(2, "b", "int", "vis")};
    struct obj k;
    struct obj o;
    struct td_pack *p = NULL;
    const tandem_kind_info *info;

    (void)state;
    obj_str(&f[0], "fr", "Nombre");
    obj_str(&f[1], "fr", "Nombre");
    obj_str(&f[1], "en", "a"); // an identifier wins over a term
    k = a_kind(1, "thing", f, 2);
    o = a_pack(1, &k, 1);
    assert_int_equal(parse_obj(&o, &p, NULL), TANDEM_OK);
    info = &p->kinds[0].info;
    assert_null(tandem_kind_field(info, "nombre"));
    assert_int_equal(tandem_kind_field(info, "a")->n, 1);
    td_pack_release(p);
}

/* ---------------------------------------------------------------- versions */

// What the second version of a small pack changes.
struct change {
    const char *id, *type, *merge;
    int64_t field_n, kind_n, version;
    bool required;
    const char *pack;
    const char *en, *fr; // what is said; NULL: it follows
};

static struct td_pack *
version_of(const struct change *c)
{
    struct obj f = a_field(c->field_n, c->id, c->type, c->merge);
    struct obj k;
    struct obj o;
    struct td_pack *p = NULL;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    obj_bool(&f, "required", c->required);
    k = a_kind(c->kind_n, "thing", &f, 1);
    o = a_pack(c->version, &k, 1);
    obj_str(&o, "pack", c->pack);
    if (parse_obj(&o, &p, &e) != TANDEM_OK) {
        fail_msg("%s", e.msg);
    }
    return p;
}

static void
follows_or_says(const struct change *first, const struct change *c)
{
    struct td_pack *was = version_of(first);
    struct td_pack *now = version_of(c);

    for (int lang = TANDEM_EN; lang <= TANDEM_FR; lang++) {
        tandem_error e = TANDEM_ERROR_INIT((tandem_lang)lang);
        const char *want = lang == TANDEM_FR ? c->fr : c->en;
        tandem_err err = tandem_pack_follows(was, now, &e);

        if (want == NULL
                ? err != TANDEM_OK
                : err != TANDEM_EVALUE || strstr(e.msg, want) == NULL) {
            fail_msg("%s %s: %s", c->type, c->merge, e.msg);
        }
    }
    td_pack_release(was);
    td_pack_release(now);
}

static void
test_a_later_version_adds_and_relaxes_only(void **state)
{
    static const struct change first = {
        "f", "map:str:5:str:9", "map", 1, 1, 1, false, "p", NULL, NULL};
    static const struct change later[] = {
        {"f", "map:str:5:str:9", "map", 1, 1, 2, false, "p", NULL, NULL},
        {"f", "map:str:50:str:90", "map", 1, 1, 2, false, "p", NULL, NULL},
        {"f", "map:str:4:str:9", "map", 1, 1, 2, false, "p", "type cannot",
            "ne change pas"},
        {"f", "map:str:5:str:8", "map", 1, 1, 2, false, "p", "type cannot",
            "ne change pas"},
        {"f", "map:str:5:int", "map", 1, 1, 2, false, "p", "type cannot",
            "ne change pas"},
        {"f", "str:5", "vis", 1, 1, 2, false, "p", "merge cannot",
            "fusion d'un champ"},
        {"g", "map:str:5:str:9", "map", 1, 1, 2, false, "p",
            "keeps its identifier", "garde son identifiant"},
        {"f", "map:str:5:str:9", "map", 2, 1, 2, false, "p",
            "field cannot be taken away", "un champ ne s'enlève"},
        {"f", "map:str:5:str:9", "map", 1, 2, 2, false, "p",
            "kind cannot be taken away", "un type ne s'enlève"},
        {"f", "map:str:5:str:9", "map", 1, 1, 2, true, "p", "become required",
            "obligatoire"},
        {"f", "map:str:5:str:9", "map", 1, 1, 1, false, "p",
            "does not come after", "ne vient pas après"},
        {"f", "map:str:5:str:9", "map", 1, 1, 2, false, "q", "another name",
            "autre nom"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        follows_or_says(&first, &later[i]);
    }
}

static void
test_what_has_one_record_stays_so(void **state)
{
    static const char *const names[] = {"f", NULL};
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    struct td_pack *of[4];

    (void)state;
    for (int64_t v = 1; v <= 4; v++) {
        struct obj f = a_field(7, "f", "ref:thing", "once");
        struct obj k;
        struct obj o;

        obj_bool(&f, "required", true);
        k = a_kind(1, "thing", &f, 1);
        if (v <= 2) {
            obj_list(&k, "one_per", names);
        }
        o = a_pack(v, &k, 1);
        assert_int_equal(parse_obj(&o, &of[v - 1], NULL), TANDEM_OK);
    }
    assert_int_equal(td_pack_follows(of[0], of[1], &e), TANDEM_OK);
    assert_int_equal(td_pack_follows(of[2], of[3], &e), TANDEM_OK);
    assert_int_equal(td_pack_follows(of[1], of[2], &e), TANDEM_EVALUE);
    assert_non_null(strstr(e.msg, "one record"));
    for (size_t i = 0; i < 4; i++) {
        td_pack_release(of[i]);
    }
}

static void
test_words_are_never_taken_away(void **state)
{
    struct obj o = a_pack(1, NULL, 0);
    struct td_pack *was = NULL;
    struct td_pack *now = NULL;
    struct td_buf *b;
    struct obj w = a_word(1, "scarlet");
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    (void)state;
    assert_int_equal(parse_obj(&o, &was, NULL), TANDEM_OK);
    o = a_pack(2, NULL, 0);
    obj_drop(&o, "enums");
    assert_int_equal(parse_obj(&o, &now, NULL), TANDEM_OK);
    assert_int_equal(td_pack_follows(was, now, &e), TANDEM_EVALUE);
    assert_non_null(strstr(e.msg, "enumeration"));
    td_pack_release(now);
    o = a_pack(2, NULL, 0);
    b = obj_key(&o, "enums");
    td_mp_map(b, 1);
    td_mp_str(b, td_slice_str("colour"));
    td_mp_array(b, 1);
    obj_write(&w, b);
    assert_int_equal(parse_obj(&o, &now, NULL), TANDEM_OK);
    assert_int_equal(td_pack_follows(was, now, &e), TANDEM_EVALUE);
    assert_non_null(strstr(e.msg, "red"));
    td_pack_release(now);
    td_pack_release(was);
}

/* ------------------------------------------------------------------- files */

static void
test_a_pack_that_is_not_there_or_no_pack_is_said(void **state)
{
    char path[] = "/tmp/tandem-pack-XXXXXX";
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
    struct td_pack *p = NULL;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "\x92\x01", 2), 2);
    assert_int_equal(close(fd), 0);
    assert_int_equal(tandem_pack_load(path, &p, &e), TANDEM_ECORRUPT);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(tandem_pack_load(path, &p, &e), TANDEM_ENOTFOUND);
    assert_non_null(strstr(e.msg, path));
    assert_int_equal(tandem_pack_load("/tmp", &p, &e), TANDEM_EIO);
    assert_int_equal(
        tandem_pack_parse(tandem_bytes(NULL, 3), &p, &e), TANDEM_EMISUSE);
    assert_null(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_and_fields_are_found_by_any_of_their_names),
        cmocka_unit_test(
            test_fields_that_cannot_be_written_are_told_from_needed_ones),
        cmocka_unit_test(test_two_packs_may_share_a_name),
        cmocka_unit_test(test_one_name_counts_once),
        cmocka_unit_test(test_a_term_of_two_fields_names_none),
        cmocka_unit_test(test_a_later_version_adds_and_relaxes_only),
        cmocka_unit_test(test_what_has_one_record_stays_so),
        cmocka_unit_test(test_words_are_never_taken_away),
        cmocka_unit_test(test_a_pack_that_is_not_there_or_no_pack_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
