// SPDX-License-Identifier: Apache-2.0
// fail_test.c - codes, sentences, languages.
#include "base/faulty.h"

#include "base/fail.h"
#include "base/slice.h"

static void
test_every_code_has_a_name_and_two_sentences(void **state)
{
#define ENTRY(name, number, en, fr) {(number), #name, (en), (fr)},
    static const struct {
        int code;
        const char *name, *en, *fr;
    } all[] = {TANDEM_ERR_MAP(ENTRY)};
#undef ENTRY
    const size_t n = sizeof(all) / sizeof(all[0]);
    size_t i, j;

    (void)state;
    for (i = 0; i < n; i++) {
        tandem_err e = (tandem_err)all[i].code;

        assert_string_equal(tandem_err_name(e), all[i].name);
        assert_string_equal(tandem_err_text(e, TANDEM_EN), all[i].en);
        assert_string_equal(tandem_err_text(e, TANDEM_FR), all[i].fr);
        assert_true(td_utf8_valid(td_slice_str(all[i].fr)));
        assert_true(strlen(all[i].en) > 0 && strlen(all[i].fr) > 0);
        for (j = 0; j < i; j++) {
            assert_int_not_equal(all[i].code, all[j].code);
        }
    }
    assert_string_equal(
        tandem_err_text((tandem_err)-1, TANDEM_EN), "unknown error");
    assert_string_equal(
        tandem_err_text((tandem_err)-1, TANDEM_FR), "erreur inconnue");
    assert_string_equal(tandem_err_name((tandem_err)-1), "EUNKNOWN");
}

static void
test_version_is_that_of_the_header(void **state)
{
    char text[32];

    (void)state;
    snprintf(text, sizeof(text), "%d.%d.%d", TANDEM_VERSION_MAJOR,
        TANDEM_VERSION_MINOR, TANDEM_VERSION_PATCH);
    assert_string_equal(tandem_version(), text);
}

static void
test_language_of_a_locale(void **state)
{
    static const char *const french[] = {
        "fr", "fr_FR", "fr_FR.UTF-8", "fr-BE", "FR", "fr@euro", "fr:en"};
    static const char *const other[] = {
        "", "f", "en", "en_US.UTF-8", "C", "POSIX", "frp", "fry_NL", "de"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(french) / sizeof(french[0]); i++) {
        assert_int_equal(tandem_lang_of(french[i]), TANDEM_FR);
    }
    for (i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        assert_int_equal(tandem_lang_of(other[i]), TANDEM_EN);
    }
    assert_int_equal(tandem_lang_of(NULL), TANDEM_EN);
}

static void
test_fail_speaks_the_language_asked_for(void **state)
{
    tandem_error en = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_error fr = TANDEM_ERROR_INIT(TANDEM_FR);
    tandem_error *both[] = {&en, &fr};
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        assert_int_equal(td_fail(both[i], TANDEM_EBUSY, "store %s, %d times",
                             "dépôt %s, %d fois", "x", 3),
            TANDEM_EBUSY);
        assert_int_equal(both[i]->code, TANDEM_EBUSY);
    }
    assert_string_equal(en.msg, "store x, 3 times");
    assert_string_equal(fr.msg, "dépôt x, 3 fois");
    assert_int_equal(td_fail(NULL, TANDEM_EIO, "a", "b"), TANDEM_EIO);
}

// Every length of a text of 1 to 4 byte characters around the edge.
static void
test_fail_never_cuts_a_character(void **state)
{
    static const char *const letter[] = {"x", "é", "€", "\xf0\x9f\x99\x82"};
    size_t pad, k, i;

    (void)state;
    for (k = 0; k < 4; k++) {
        for (pad = 0; pad < 8; pad++) {
            tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
            char text[2048] = "";
            size_t len;

            memset(text, '.', pad);
            text[pad] = '\0';
            for (i = 0; i < 400; i++) {
                strcat(text, letter[k]);
            }
            (void)td_fail(&e, TANDEM_EIO, "%s", "%s", text);
            len = strnlen(e.msg, sizeof(e.msg));
            assert_true(len < sizeof(e.msg));
            assert_true(len + strlen(letter[k]) >= sizeof(e.msg));
            assert_true(td_utf8_valid(td_slice_str(e.msg)));
            assert_memory_equal(e.msg, text, len);

            td_fail_field(&e, text);
            len = strnlen(e.field, sizeof(e.field));
            assert_true(len < sizeof(e.field));
            assert_true(len + strlen(letter[k]) >= sizeof(e.field));
            assert_true(td_utf8_valid(td_slice_str(e.field)));
        }
    }
}

static void
test_fail_just_fitting_is_kept_whole(void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    char text[sizeof(e.msg)];

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text + sizeof(text) - 3, "é", 3);
    (void)td_fail(&e, TANDEM_EIO, "%s", "%s", text);
    assert_string_equal(e.msg, text);
}

static void
test_fail_clear_keeps_only_the_language(void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
    tandem_id id = {{1}};

    (void)state;
    (void)td_fail_sys(&e, TANDEM_EIO, 28);
    td_fail_record(&e, id);
    td_fail_field(&e, "phone");
    assert_int_equal(e.sys, 28);
    assert_string_equal(e.msg, tandem_err_text(TANDEM_EIO, TANDEM_FR));
    assert_string_equal(e.field, "phone");
    assert_true(tandem_id_equal(e.record, id));
    td_fail_clear(&e);
    assert_int_equal(e.code, TANDEM_OK);
    assert_int_equal(e.sys, 0);
    assert_int_equal(e.lang, TANDEM_FR);
    assert_true(tandem_id_is_none(e.record));
    assert_string_equal(e.field, "");
    assert_string_equal(e.msg, "");
    td_fail_clear(NULL);
    td_fail_record(NULL, id);
    td_fail_field(NULL, "x");
    td_fail_field(&e, NULL);
    assert_string_equal(e.field, "");
}

static void
test_fail_code_respects_the_deeper_sentence(void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    (void)state;
    (void)td_fail(&e, TANDEM_EKEY, "deep", "profond");
    assert_int_equal(td_fail_code(&e, TANDEM_EKEY), TANDEM_EKEY);
    assert_string_equal(e.msg, "deep");
    assert_int_equal(td_fail_code(&e, TANDEM_ENOMEM), TANDEM_ENOMEM);
    assert_string_equal(e.msg, tandem_err_text(TANDEM_ENOMEM, TANDEM_EN));
    assert_int_equal(e.code, TANDEM_ENOMEM);
    assert_int_equal(td_fail_code(&e, TANDEM_OK), TANDEM_OK);
    assert_int_equal(e.code, TANDEM_ENOMEM);
    assert_int_equal(td_fail_code(NULL, TANDEM_EIO), TANDEM_EIO);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_has_a_name_and_two_sentences),
        cmocka_unit_test(test_version_is_that_of_the_header),
        cmocka_unit_test(test_language_of_a_locale),
        cmocka_unit_test(test_fail_speaks_the_language_asked_for),
        cmocka_unit_test(test_fail_never_cuts_a_character),
        cmocka_unit_test(test_fail_just_fitting_is_kept_whole),
        cmocka_unit_test(test_fail_clear_keeps_only_the_language),
        cmocka_unit_test(test_fail_code_respects_the_deeper_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
