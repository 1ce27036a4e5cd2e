// SPDX-License-Identifier: Apache-2.0
// asked_test.c - what a pack asks of values: forms, contents, bounds, rules.
#include "schema/form.h"
#include "schema/pack.h"
#include "schema/watch.h"

#include "build.h"
#include "walk.h"

static bool
fits(const char *match, const char *s)
{
    tandem_check_info c = {.match = match};

    return td_form_fits(&c, td_slice_str(s));
}

static void
test_a_pattern_takes_all_of_a_string_or_nothing(void **state)
{
    (void)state;
    assert_true(fits("99999|2\\A999|2\\B999", "59350"));
    assert_true(fits("99999|2\\A999|2\\B999", "2A004"));
    assert_false(fits("99999|2\\A999|2\\B999", "5935"));
    assert_false(fits("99999|2\\A999|2\\B999", "593500"));
    assert_false(fits("99999|2\\A999|2\\B999", "2C004"));
    assert_false(fits("99999", ""));
    assert_true(fits("a+/.+", "image/svg+xml"));
    assert_false(fits("a+/.+", "image/ jpeg"));
    assert_false(fits("a+/.+", "/jpeg"));
    assert_true(fits("-?9+", "-12"));
    assert_true(fits("-?9+", "7"));
    assert_false(fits("-?9+", "-"));
    assert_true(fits("w+", "FIVES-7_b"));
    assert_false(fits("w+", "FIVES 7"));
    assert_false(fits("w+", "été"));
    assert_true(fits("\\9\\+", "9+"));
    assert_false(fits("\\9", "8"));
    assert_true(fits("A?A?A?X", "AA7"));
}

// Alternatives of one sign each, so many that a matcher that tries them one
// after another would not end.
static void
test_no_pattern_takes_long(void **state)
{
    static const char match[] =
        "9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+9+A";
    char s[4096];

    (void)state;
    memset(s, '1', sizeof s);
    s[sizeof s - 1] = '\0';
    assert_true(td_form_valid(match));
    assert_false(fits(match, s));
}

static void
test_patterns_that_cannot_be_read_are_said(void **state)
{
    static const char *const wrong[] = {"", "|", "9|", "+", "?", "9+?", "9\\",
        "1234567890123456789012345678901234567890123456789012345678901234"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(td_form_valid(wrong[i]));
    }
    assert_true(td_form_valid(
        "123456789012345678901234567890123456789012345678901234567890123"));
}

static void
test_places_are_degrees_with_five_decimals(void **state)
{
    tandem_check_info c = {.places = 2};
    static const char *const right[] = {
        "50.63,3.06 50.64,3.07", "-90,180 90.00000,-180.0 0,0"};
    static const char *const wrong[] = {"", "50.63,3.06", "50.63 3.06",
        "50.630001,3.06 50,3", "91,3 50,3", "90.1,3 50,3", "50,181 50,3",
        "50,3  50,4", "50,3 50,4 ", "50.,3 50,4", ".5,3 50,4", "0000,3 50,4",
        "50,3;50,4"};

    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_true(td_form_fits(&c, td_slice_str(right[i])));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (td_form_fits(&c, td_slice_str(wrong[i]))) {
            fail_msg("taken: %s", wrong[i]);
        }
    }
}

static bool
finds(tandem_sought find, const char *const *words, size_t n, const char *s)
{
    tandem_watch_info w = {.find = find, .words = words, .word_count = n};

    return td_watch_finds(&w, td_slice_str(s));
}

static void
test_account_numbers_are_known_by_their_checksum(void **state)
{
    static const char *const accounts[] = {
        "FR14 2004 1010 0505 0001 3M02 606", // the standard's own example
        "virer sur FR1420041010050500013M02606, merci",
        "iban:fr14 2004 1010 0505 0001 3m02 606.",
        "DE89370400440532013000",
        "GB82 WEST 1234 5698 7654 32 demain",
    };
    static const char *const others[] = {
        "FR14 2004 1010 0505 0001 3M02 607",
        "XFR1420041010050500013M02606",
        "FR14",
        "",
        "la RN12 tourne à droite puis 3 portes plus loin",
        "03 20 00 00 01",
    };

    (void)state;
    for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++) {
        if (!finds(TANDEM_FIND_IBAN, NULL, 0, accounts[i])) {
            fail_msg("not found: %s", accounts[i]);
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (finds(TANDEM_FIND_IBAN, NULL, 0, others[i])) {
            fail_msg("found: %s", others[i]);
        }
    }
}

// Of no person: the keys are worked out from the first 13 signs.
static void
test_social_security_numbers_are_known_by_their_key(void **state)
{
    char text[64];
    unsigned long long number = 1991359350123ULL; // month 13: of nobody

    (void)state;
    (void)snprintf(text, sizeof text, "%llu%02llu", number, 97 - number % 97);
    assert_false(finds(TANDEM_FIND_NIR, NULL, 0, text));
    number = 1990159350123ULL;
    (void)snprintf(
        text, sizeof text, "n° %llu%02llu.", number, 97 - number % 97);
    assert_true(finds(TANDEM_FIND_NIR, NULL, 0, text));
    (void)snprintf(
        text, sizeof text, "1 99 01 59 350 123 %02llu", 97 - number % 97);
    assert_true(finds(TANDEM_FIND_NIR, NULL, 0, text));
    (void)snprintf(
        text, sizeof text, "%llu%02llu", number, 97 - (number + 1) % 97);
    assert_false(finds(TANDEM_FIND_NIR, NULL, 0, text));
    (void)snprintf(text, sizeof text, "%llu%02llu4", number, 97 - number % 97);
    assert_false(finds(TANDEM_FIND_NIR, NULL, 0, text));
    // 2A counts as 19.
    number = 2990119350123ULL;
    (void)snprintf(
        text, sizeof text, "2 99 01 2A 350 123 %02llu", 97 - number % 97);
    assert_true(finds(TANDEM_FIND_NIR, NULL, 0, text));
}

static void
test_entry_codes_follow_their_word(void **state)
{
    static const char *const words[] = {"digicode", "code de l'entree", "code"};
    static const char *const codes[] = {"digicode 12A45", "Digicode : 4589B",
        "le code de l’entrée: 1234", "code=*1234#", "CODE 1234, 2e gauche"};
    static const char *const others[] = {"digicode en panne",
        "code postal 59000", "2e étage porte 1234", "code Q7HK2",
        "décoder 1234", "code 123456789", "code 12"};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (!finds(TANDEM_FIND_CODE, words, 3, codes[i])) {
            fail_msg("not found: %s", codes[i]);
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (finds(TANDEM_FIND_CODE, words, 3, others[i])) {
            fail_msg("found: %s", others[i]);
        }
    }
}

static void
test_words_are_found_whole_without_case_or_accents(void **state)
{
    static const char *const words[] = {"depress*", "juif", "sante mentale"};

    (void)state;
    assert_true(
        finds(TANDEM_FIND_WORDS, words, 3, "une Dépression l'an passé"));
    assert_true(finds(TANDEM_FIND_WORDS, words, 3, "santé mentale"));
    assert_true(finds(TANDEM_FIND_WORDS, words, 3, "(juif)"));
    assert_false(finds(TANDEM_FIND_WORDS, words, 3, "juifs"));
    assert_false(finds(TANDEM_FIND_WORDS, words, 3, "indépression"));
    assert_false(finds(TANDEM_FIND_WORDS, words, 3, "santé"));
    assert_false(finds(TANDEM_FIND_UNKNOWN, words, 3, "santé mentale"));
}

// Any bytes at all: no reading beyond them.
static void
test_any_bytes_can_be_looked_through(void **state)
{
    static const char *const words[] = {"a", "code"};
    uint32_t x = 1;

    (void)state;
    for (size_t round = 0; round < 2000; round++) {
        size_t n = round % 64;
        uint8_t *copy = malloc(n > 0 ? n : 1);

        assert_non_null(copy);
        for (size_t i = 0; i < n; i++) {
            x = x * 1664525u + 1013904223u;
            copy[i] = (uint8_t)(x >> 24);
        }
        for (int find = TANDEM_FIND_UNKNOWN; find <= TANDEM_FIND_NIR; find++) {
            tandem_watch_info w = {.find = (tandem_sought)find,
                .words = words,
                .word_count = find == TANDEM_FIND_CODE ? 2 : 0};

            (void)td_watch_finds(&w, tandem_bytes(copy, n));
        }
        free(copy);
    }
}

/* -------------------------------------------------------------------- packs */

static void
refused(struct obj *pack, const char *en, const char *fr)
{
    struct td_buf built;

    build(pack, 1, &built);
    for (int lang = TANDEM_EN; lang <= TANDEM_FR; lang++) {
        tandem_error e = TANDEM_ERROR_INIT((tandem_lang)lang);
        struct td_pack *p = NULL;

        assert_int_equal(
            td_pack_parse(td_buf_slice(&built), NULL, &p, &e), TANDEM_EVALUE);
        if (strstr(e.msg, lang == TANDEM_FR ? fr : en) == NULL) {
            fail_msg("%s", e.msg);
        }
    }
    td_buf_deinit(&built);
}

static struct obj
with_field(struct obj *f)
{
    struct obj k = a_kind(1, "thing", f, 1);

    return a_pack(1, &k, 1);
}

static void
test_a_field_asks_only_what_its_type_can_give(void **state)
{
    struct obj f = a_field(1, "f", "str:5", "vis");
    struct obj o;

    (void)state;
    obj_int(&f, "min", 1);
    o = with_field(&f);
    refused(&o, "min and max", "min et max");
    f = a_field(1, "f", "int", "ctr");
    obj_int(&f, "max", 1);
    o = with_field(&f);
    refused(&o, "min and max", "min et max");
    f = a_field(1, "f", "int", "vis");
    obj_int(&f, "low", 3);
    obj_int(&f, "high", 2);
    o = with_field(&f);
    refused(&o, "lower one first", "plus petit d'abord");
    f = a_field(1, "f", "int", "vis");
    obj_bool(&f, "past", true);
    o = with_field(&f);
    refused(&o, "in the past", "passée");
    f = a_field(1, "f", "date", "vis");
    obj_str(&f, "not_before", "g");
    o = with_field(&f);
    refused(&o, "not before another", "ne précède pas");
    f = a_field(1, "f", "str:5", "vis");
    obj_str(&f, "check", "nothing");
    o = with_field(&f);
    refused(&o, "check is of the pack's list", "contrôle est de la liste");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pattern_takes_all_of_a_string_or_nothing),
        cmocka_unit_test(test_no_pattern_takes_long),
        cmocka_unit_test(test_patterns_that_cannot_be_read_are_said),
        cmocka_unit_test(test_places_are_degrees_with_five_decimals),
        cmocka_unit_test(test_account_numbers_are_known_by_their_checksum),
        cmocka_unit_test(test_social_security_numbers_are_known_by_their_key),
        cmocka_unit_test(test_entry_codes_follow_their_word),
        cmocka_unit_test(test_words_are_found_whole_without_case_or_accents),
        cmocka_unit_test(test_any_bytes_can_be_looked_through),
        cmocka_unit_test(test_a_field_asks_only_what_its_type_can_give),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
