// SPDX-License-Identifier: Apache-2.0
// pack_test.c - the one parser: what it takes, what it refuses and says.
#include "schema/pack.h"

#include "base/limits.h"
#include "build.h"
#include "walk.h"

#define PACK      TEST_BINARY_DIR "/packs/fr.terrain.pack"
#define IMMERSION TEST_BINARY_DIR "/packs/fr.immersion.pack"

// Build a pack of one kind whose only field is `f` (used up).
static struct obj
pack_of_field(struct obj *f)
{
    struct obj k = a_kind(1, "thing", f, 1);

    return a_pack(1, &k, 1);
}

static void
is_whole(const char *path, const char *name, size_t kinds, size_t enums)
{
    size_t len = 0;
    uint8_t *bytes = read_whole(path, &len);
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    struct td_pack *p = NULL;

    assert_int_equal(
        td_pack_parse(tandem_bytes(bytes, len), NULL, &p, &e), TANDEM_OK);
    free(bytes);
    assert_string_equal(tandem_pack_name(p), name);
    assert_int_equal(p->kind_count, kinds);
    assert_int_equal(p->enum_count, enums);
    assert_int_equal(tandem_pack_bytes(p).len, len);
    walk_pack(p);
    td_pack_release(p);
}

static void
test_the_packs_of_the_service_are_whole(void **state)
{
    (void)state;
    is_whole(PACK, "fr.terrain", 39, 49);
    is_whole(IMMERSION, "fr.immersion", 16, 12);
}

// All of the first and last kibibyte, then one in 31: each is read whole.
static void
test_no_beginning_of_a_pack_is_a_pack(void **state)
{
    size_t len = 0;
    uint8_t *bytes = read_whole(PACK, &len);
    struct td_pack *p = NULL;

    (void)state;
    for (size_t n = 0; n < len; n += n < 1024 || len - n < 1024 ? 1 : 31) {
        if (td_pack_parse(tandem_bytes(bytes, n), NULL, &p, NULL) !=
            TANDEM_ECORRUPT) {
            fail_msg("the first %zu bytes were taken", n);
        }
    }
    assert_null(p);
    free(bytes);
}

// One byte wrong: refused with a sentence, or a pack that is sound.
static void
test_a_damaged_byte_never_makes_an_unsound_pack(void **state)
{
    size_t len = 0;
    uint8_t *bytes = read_whole(PACK, &len);
    size_t refused = 0;

    (void)state;
    for (size_t i = 0; i < len; i += 61) {
        uint8_t was = bytes[i];
        tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
        struct td_pack *p = NULL;

        bytes[i] = (uint8_t)(was ^ (1u << (i % 8)));
        if (td_pack_parse(tandem_bytes(bytes, len), NULL, &p, &e) ==
            TANDEM_OK) {
            walk_pack(p);
            td_pack_release(p);
        } else {
            assert_true(e.msg[0] != '\0');
            refused++;
        }
        bytes[i] = was;
    }
    assert_true(refused > 100);
    free(bytes);
}

struct refusal {
    const char *type, *merge, *en, *fr;
};

static void
test_types_and_merges_that_do_not_go_together_are_refused(void **state)
{
    static const struct refusal refusals[] = {
        {"text", "set", "merge type", "type de fusion"},
        {"int", "text", "merge type", "type de fusion"},
        {"str:5", "ctr", "merge type", "type de fusion"},
        {"str:5", "state", "merge type", "type de fusion"},
        {"set:str:5", "vis", "merge type", "type de fusion"},
        {"str:5", "set", "merge type", "type de fusion"},
        {"set:text", "set", "merge type", "type de fusion"},
        {"map:enum:colour:int", "set", "merge type", "type de fusion"},
        {"int", "map", "merge type", "type de fusion"},
        {"log", "vis", "merge type", "type de fusion"},
        {"list:int", "log", "merge type", "type de fusion"},
        {"list:text", "list", "merge type", "type de fusion"},
        {"str:0", "vis", "1 to 16384", "1 à 16384"},
        {"str:16385", "vis", "1 to 16384", "1 à 16384"},
        {"str:99999999999999999999", "vis", "1 to 16384", "1 à 16384"},
        {"str:5x", "vis", "cannot be read", "illisible"},
        {"str", "vis", "1 to 16384", "1 à 16384"},
        {"int:5", "vis", "cannot be read", "illisible"},
        {"enum:shape", "vis", "enumeration", "énumération"},
        {"enum", "vis", "enumeration", "énumération"},
        {"ref", "vis", "cannot be read", "illisible"},
        {"ref:Bad Name", "vis", "cannot be read", "illisible"},
        {"ref:/x", "vis", "cannot be read", "illisible"},
        {"set", "set", "cannot be read", "illisible"},
        {"map:int", "map", "cannot be read", "illisible"},
        {"map:text:int", "map", "cannot be read", "illisible"},
        {"map::int", "map", "cannot be read", "illisible"},
        {":", "vis", "cannot be read", "illisible"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        for (int lang = TANDEM_EN; lang <= TANDEM_FR; lang++) {
            const struct refusal *r = &refusals[i];
            const char *want = lang == TANDEM_FR ? r->fr : r->en;
            tandem_error e = TANDEM_ERROR_INIT((tandem_lang)lang);
            struct obj f = a_field(1, "f", r->type, r->merge);
            struct obj o = pack_of_field(&f);
            struct td_pack *p = NULL;

            if (parse_obj(&o, &p, &e) != TANDEM_EVALUE) {
                fail_msg("%s was taken with %s", r->type, r->merge);
            }
            assert_null(p);
            assert_string_equal(e.field, "f");
            if (strstr(e.msg, want) == NULL ||
                strstr(e.msg, "test.pack/thing.f") == NULL) {
                fail_msg("%s %s: %s", r->type, r->merge, e.msg);
            }
        }
    }
}

static void
test_every_type_is_taken_with_its_merge(void **state)
{
    static const char *const pairs[][2] = {{"str:16384", "vis"},
        {"str:1", "quiet"}, {"text", "once"}, {"text", "text"}, {"int", "ctr"},
        {"cents", "ctr"}, {"bool", "once"}, {"tri", "vis"},
        {"enum:colour", "quiet"}, {"enum:colour", "state"}, {"bool", "state"},
        {"log", "log"}, {"list:int", "list"}, {"list:ref:thing", "list"},
        {"date", "vis"}, {"dt", "once"}, {"geo", "vis"}, {"phone", "vis"},
        {"email", "vis"}, {"ref:thing", "once"},
        {"ref:other.pack/thing", "vis"}, {"ref:*", "vis"}, {"blob", "once"},
        {"hash", "once"}, {"refs:*", "set"}, {"blobs", "set"},
        {"set:phone", "set"}, {"set:enum:colour", "set"},
        {"map:enum:colour:text", "map"}, {"map:str:5:str:6", "map"},
        {"map:ref:thing:int", "map"}};

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct td_pack *p = one_field(pairs[i][0], pairs[i][1]);
        const tandem_field_info *f = &p->kinds[0].info.fields[0];

        assert_int_equal(f->flags & TANDEM_FIELD_UNSUPPORTED, 0);
        assert_int_equal(td_field_writable(f, NULL), TANDEM_OK);
        assert_string_equal(tandem_merge_name(f->merge), pairs[i][1]);
        td_pack_release(p);
    }
}

static void
test_map_keys_and_values_have_their_own_types(void **state)
{
    struct td_pack *p = one_field("map:enum:colour:str:6", "map");
    struct td_pack *q = one_field("map:int:text", "map");
    const tandem_field_info *f = &p->kinds[0].info.fields[0];

    (void)state;
    assert_int_equal(f->key.base, TANDEM_FIELD_ENUM);
    assert_int_equal(f->key.words->word_count, 3);
    assert_int_equal(f->value.base, TANDEM_FIELD_STR);
    assert_int_equal(f->value.limit, 6);
    assert_ptr_equal(f->key.field, f);
    assert_int_equal(q->kinds[0].info.fields[0].value.base, TANDEM_FIELD_TEXT);
    td_pack_release(p);
    td_pack_release(q);
}

static void
test_fields_this_version_does_not_write_say_why(void **state)
{
    static const struct refusal refusals[] = {
        {"int", "derived", "computed", "calculé"},
        {"vector:9", "vis", "newer version", "plus récente"},
        {"set:vector:9", "set", "newer version", "plus récente"},
        {"map:vector:9:int", "map", "newer version", "plus récente"},
        {"int", "median", "newer version", "plus récente"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *r = &refusals[i];
        struct td_pack *p = one_field(r->type, r->merge);
        const tandem_field_info *f = &p->kinds[0].info.fields[0];
        tandem_error en = TANDEM_ERROR_INIT(TANDEM_EN);
        tandem_error fr = TANDEM_ERROR_INIT(TANDEM_FR);

        assert_true((f->flags & TANDEM_FIELD_UNSUPPORTED) != 0);
        assert_int_equal(td_field_writable(f, &en), TANDEM_EUNSUPPORTED);
        assert_int_equal(td_field_writable(f, &fr), TANDEM_EUNSUPPORTED);
        assert_string_equal(en.field, "f");
        if (strstr(en.msg, r->en) == NULL || strstr(fr.msg, r->fr) == NULL ||
            strncmp(fr.msg, "Champ : ", 8) != 0) {
            fail_msg("%s %s: %s / %s", r->type, r->merge, en.msg, fr.msg);
        }
        td_pack_release(p);
    }
}

// A pack of the future: keys, an index, a class nobody here knows.
static void
test_what_a_newer_version_adds_is_passed_over(void **state)
{
    struct obj f = a_field(1, "f", "str:5", "vis");
    struct obj k;
    struct obj o;
    struct td_pack *p = NULL;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    (void)state;
    obj_str(&f, "hint", "shown below");
    obj_str(&f, "class", "P9");
    obj_str(&f, "index", "prefix");
    k = a_kind(1, "thing", &f, 1);
    obj_int(&k, "colour", 7);
    o = pack_of_field(&f);
    obj_drop(&o, "kinds");
    obj_objects(&o, "kinds", &k, 1);
    obj_bool(&o, "states", true);
    assert_int_equal(parse_obj(&o, &p, &e), TANDEM_OK);
    // An unknown class is the most private one.
    assert_int_equal(p->kinds[0].info.fields[0].privacy, 3);
    assert_int_equal(p->kinds[0].info.fields[0].flags, 0);
    td_pack_release(p);
}

static void
test_a_newer_format_is_said(void **state)
{
    struct obj o = a_pack(1, NULL, 0);
    struct td_buf b;
    struct td_pack *p = NULL;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);

    (void)state;
    build(&o, 2, &b);
    assert_int_equal(
        td_pack_parse(td_buf_slice(&b), NULL, &p, &e), TANDEM_EVERSION);
    assert_non_null(strstr(e.msg, "plus récente"));
    td_buf_deinit(&b);
}

static void
expect(struct obj *o, tandem_err want, const char *says)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    struct td_pack *p = NULL;
    tandem_err err = parse_obj(o, &p, &e);

    if (err != want || (says != NULL && strstr(e.msg, says) == NULL)) {
        fail_msg("%s: %s (wanted %s, \"%s\")", tandem_err_name(err), e.msg,
            tandem_err_name(want), says != NULL ? says : "");
    }
    td_pack_release(p);
}

static void
test_numbers_and_names_stand_once(void **state)
{
    struct obj f[2];
    struct obj k[2];
    struct obj o;

    (void)state;
    f[0] = a_field(1, "a", "int", "vis");
    f[1] = a_field(1, "b", "int", "vis");
    k[0] = a_kind(1, "thing", f, 2);
    o = a_pack(1, k, 1);
    expect(&o, TANDEM_EVALUE, "stands twice");
    f[0] = a_field(1, "a", "int", "vis");
    f[1] = a_field(2, "a", "int", "vis");
    k[0] = a_kind(1, "thing", f, 2);
    o = a_pack(1, k, 1);
    expect(&o, TANDEM_EVALUE, "stands twice");
    k[0] = a_kind(1, "thing", NULL, 0);
    k[1] = a_kind(1, "other", NULL, 0);
    o = a_pack(1, k, 2);
    expect(&o, TANDEM_EVALUE, "stands twice");
    k[0] = a_kind(1, "thing", NULL, 0);
    k[1] = a_kind(2, "thing", NULL, 0);
    o = a_pack(1, k, 2);
    expect(&o, TANDEM_EVALUE, "stands twice");
}

static void
test_a_missing_or_wrong_part_is_damage(void **state)
{
    static const char *const needed[] = {
        "n", "id", "fr", "en", "type", "merge"};
    struct obj f;
    struct obj o;

    (void)state;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        f = a_field(1, "f", "int", "vis");
        obj_drop(&f, needed[i]);
        o = pack_of_field(&f);
        expect(&o, TANDEM_ECORRUPT, needed[i]);
        f = a_field(1, "f", "int", "vis");
        obj_bool(&f, needed[i], true);
        o = pack_of_field(&f);
        expect(&o, TANDEM_ECORRUPT, needed[i]);
    }
    f = a_field(0, "f", "int", "vis");
    o = pack_of_field(&f);
    expect(&o, TANDEM_ECORRUPT, "n");
    f = a_field(-1, "f", "int", "vis");
    o = pack_of_field(&f);
    expect(&o, TANDEM_ECORRUPT, "n");
    f = a_field(1, "Bad", "int", "vis");
    o = pack_of_field(&f);
    expect(&o, TANDEM_EVALUE, "identifier");
    f = a_field(1, "f", "int", "vis");
    obj_str(&f, "en", "a\x1b[2J");
    o = pack_of_field(&f);
    expect(&o, TANDEM_ECORRUPT, "en");
    o = a_pack(1, NULL, 0);
    obj_drop(&o, "kinds");
    expect(&o, TANDEM_ECORRUPT, "kinds");
    o = a_pack(1, NULL, 0);
    obj_str(&o, "follows", "abc");
    expect(&o, TANDEM_ECORRUPT, "follows");
}

static void
test_lists_name_fields_of_their_kind(void **state)
{
    static const char *const right[] = {"f", NULL};
    static const char *const wrong[] = {"g", NULL};
    struct obj f = a_field(7, "f", "int", "vis");
    struct obj k = a_kind(1, "thing", &f, 1);
    struct obj o;

    (void)state;
    obj_list(&k, "title", right);
    obj_list(&k, "subject", right);
    obj_list(&k, "writers", right);
    o = a_pack(1, &k, 1);
    expect(&o, TANDEM_OK, NULL);
    f = a_field(7, "f", "int", "vis");
    k = a_kind(1, "thing", &f, 1);
    obj_list(&k, "title", wrong);
    o = a_pack(1, &k, 1);
    expect(&o, TANDEM_EVALUE, "title");
}

static void
test_one_record_for_each_set_of_references(void **state)
{
    static const struct {
        const char *type, *merge;
        bool required;
        size_t times;
        tandem_err err;
    } each[] = {
        {"ref:thing", "once", true, 1, TANDEM_OK},
        {"ref:*", "once", true, 4, TANDEM_OK},
        {"ref:thing", "once", true, 5, TANDEM_ELIMIT},
        {"ref:thing", "once", false, 1, TANDEM_OK},
        {"ref:thing", "vis", true, 1, TANDEM_EVALUE},
        {"str:9", "once", true, 1, TANDEM_EVALUE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
        const char *names[6] = {NULL};
        struct obj f = a_field(7, "f", each[i].type, each[i].merge);
        struct obj k;
        struct obj o;

        for (size_t n = 0; n < each[i].times; n++) {
            names[n] = "f";
        }
        obj_bool(&f, "required", each[i].required);
        k = a_kind(1, "thing", &f, 1);
        obj_list(&k, "one_per", names);
        o = a_pack(1, &k, 1);
        expect(&o, each[i].err, each[i].err == TANDEM_OK ? NULL : "one_per");
    }
}

static void
test_short_codes_are_one_str_written_once(void **state)
{
    struct obj f[2];
    struct obj k;
    struct obj o;

    (void)state;
    f[0] = a_field(1, "f", "str:10", "vis");
    obj_str(&f[0], "make", "code");
    o = pack_of_field(f);
    expect(&o, TANDEM_EVALUE, "short code");
    for (int i = 0; i < 2; i++) {
        f[i] = a_field(i + 1, i == 0 ? "a" : "b", "str:10", "once");
        obj_str(&f[i], "make", "code");
    }
    k = a_kind(1, "thing", f, 2);
    o = a_pack(1, &k, 1);
    expect(&o, TANDEM_EVALUE, "twice");
    f[0] = a_field(1, "f", "text", "text");
    obj_str(&f[0], "index", "equal");
    o = pack_of_field(f);
    expect(&o, TANDEM_EVALUE, "indexed");
}

// `count` kinds, the last with `fields` fields.
static struct obj
many(size_t count, size_t fields)
{
    static char names[1024][16];
    struct obj *k = calloc(count, sizeof *k);
    struct obj *f = calloc(fields + 1, sizeof *f);
    struct obj o;

    assert_non_null(k);
    assert_non_null(f);
    for (size_t i = 0; i < 1024; i++) {
        (void)snprintf(names[i], sizeof names[i], "x%zu", i);
    }
    for (size_t i = 0; i < fields; i++) {
        f[i] = a_field((int64_t)(fields - i), names[i], "int", "vis");
    }
    for (size_t i = 0; i < count; i++) {
        k[i] = a_kind(
            (int64_t)(count - i), names[i], f, i + 1 == count ? fields : 0);
    }
    o = a_pack(1, k, count);
    free(k);
    free(f);
    return o;
}

static void
test_counts_reach_their_maximum_and_no_further(void **state)
{
    struct obj o = many(TD_PACK_KINDS_MAX, TD_KIND_FIELDS_MAX);
    struct td_pack *p = NULL;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    (void)state;
    assert_int_equal(parse_obj(&o, &p, &e), TANDEM_OK);
    walk_pack(p);
    // Numbers run backwards in the pack; finding them must not mind.
    assert_string_equal(td_pack_kind_by_n(p, 512)->info.id, "x0");
    assert_string_equal(td_pack_kind_by_n(p, 1)->info.id, "x511");
    assert_null(td_pack_kind_by_n(p, 513));
    td_pack_release(p);
    o = many(TD_PACK_KINDS_MAX + 1, 0);
    expect(&o, TANDEM_ELIMIT, "too many");
    o = many(1, TD_KIND_FIELDS_MAX + 1);
    expect(&o, TANDEM_ELIMIT, "too many");
}

static void
test_a_pack_of_too_many_bytes_is_refused(void **state)
{
    uint8_t *zeros = calloc(1, TD_PACK_BYTES_MAX + 1);
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
    struct td_pack *p = NULL;

    (void)state;
    assert_non_null(zeros);
    assert_int_equal(
        td_pack_parse(tandem_bytes(zeros, TD_PACK_BYTES_MAX + 1), NULL, &p, &e),
        TANDEM_ELIMIT);
    assert_non_null(strstr(e.msg, "dépasse"));
    free(zeros);
}

// Memory that ends after `left` allocations.
static void *
scarce(void *ctx, void *p, size_t was, size_t now)
{
    int *left = ctx;
    void *q = NULL;

    (void)was;
    if (now == 0) {
        free(p);
    } else if (*left > 0) {
        (*left)--;
        q = realloc(p, now);
    }
    return q;
}

static void
oom_a_pack_without_memory_leaves_nothing(void **state)
{
    size_t len = 0;
    uint8_t *bytes = read_whole(PACK, &len);
    tandem_err err = TANDEM_ENOMEM;
    int n = 0;

    (void)state;
    for (; err == TANDEM_ENOMEM && n < 1000; n++) {
        int left = n;
        tandem_sys sys = TANDEM_SYS_INIT;
        struct td_pack *p = NULL;

        sys.ctx = &left;
        sys.resize = scarce;
        err = td_pack_parse(tandem_bytes(bytes, len), &sys, &p, NULL);
        assert_true((err == TANDEM_OK) == (p != NULL));
        td_pack_release(p);
    }
    assert_int_equal(err, TANDEM_OK);
    assert_true(n > 2);
    free(bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_packs_of_the_service_are_whole),
        cmocka_unit_test(test_no_beginning_of_a_pack_is_a_pack),
        cmocka_unit_test(test_a_damaged_byte_never_makes_an_unsound_pack),
        cmocka_unit_test(
            test_types_and_merges_that_do_not_go_together_are_refused),
        cmocka_unit_test(test_every_type_is_taken_with_its_merge),
        cmocka_unit_test(test_map_keys_and_values_have_their_own_types),
        cmocka_unit_test(test_fields_this_version_does_not_write_say_why),
        cmocka_unit_test(test_what_a_newer_version_adds_is_passed_over),
        cmocka_unit_test(test_a_newer_format_is_said),
        cmocka_unit_test(test_numbers_and_names_stand_once),
        cmocka_unit_test(test_a_missing_or_wrong_part_is_damage),
        cmocka_unit_test(test_lists_name_fields_of_their_kind),
        cmocka_unit_test(test_one_record_for_each_set_of_references),
        cmocka_unit_test(test_short_codes_are_one_str_written_once),
        cmocka_unit_test(test_counts_reach_their_maximum_and_no_further),
        cmocka_unit_test(test_a_pack_of_too_many_bytes_is_refused),
        cmocka_unit_test(oom_a_pack_without_memory_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
