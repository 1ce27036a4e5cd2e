// SPDX-License-Identifier: Apache-2.0
// build_test.c - JSON into packs: what is taken, what is called a mistake.
#include "pack/pack_build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

// Build from these bytes, through a file as the command does.
static tandem_err
build_text(const char *json, tandem_pack **out, tandem_error *e)
{
    char path[] = "/tmp/tandem-json-XXXXXX";
    int fd = mkstemp(path);
    tandem_err err;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, json, strlen(json)), strlen(json));
    assert_int_equal(close(fd), 0);
    err = pack_build(path, out, e);
    assert_int_equal(unlink(path), 0);
    return err;
}

static void
test_order_and_spaces_do_not_change_the_bytes(void **state)
{
    static const char *const texts[] = {
        "{\"pack\":\"p\",\"version\":1,\"enums\":{\"bb\":[{\"n\":1,\"id\":"
        "\"x\",\"fr\":\"é\",\"en\":\"e\"}],\"a\":[{\"n\":1,\"id\":\"x\","
        "\"fr\":\"x\",\"en\":\"x\"}]},\"kinds\":[]}",
        "{ \"kinds\" : [ ] , \"version\" : 1,\n \"enums\": { \"a\": [ {"
        "\"en\":\"x\",\"fr\":\"x\",\"id\":\"x\",\"n\":1 } ],\n \"bb\": [ {"
        "\"fr\":\"\\u00e9\",\"en\":\"e\",\"id\":\"x\",\"n\":1 } ] },"
        " \"pack\": \"p\"}\n",
    };
    tandem_pack *p[2] = {NULL, NULL};
    tandem_slice a;
    tandem_slice b;

    (void)state;
    for (int i = 0; i < 2; i++) {
        tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

        if (build_text(texts[i], &p[i], &e) != TANDEM_OK) {
            fail_msg("%s", e.msg);
        }
    }
    a = tandem_pack_bytes(p[0]);
    b = tandem_pack_bytes(p[1]);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
    tandem_pack_free(p[0]);
    tandem_pack_free(p[1]);
}

#define FIELD(more)                                                            \
    "{\"pack\":\"p\",\"version\":1,\"kinds\":[{\"n\":1,\"id\":\"k\","          \
    "\"fr\":\"K\",\"en\":\"K\",\"fields\":[{\"n\":1,\"id\":\"f\","             \
    "\"fr\":\"F\",\"en\":\"F\"" more "}]}]}"

static void
test_mistakes_of_a_person_are_named_in_both_languages(void **state)
{
    static const struct {
        const char *json, *en, *fr;
    } wrong[] = {
        {"", "line", "ligne"},
        {"[]", "right form", "mal formé"},
        {"{\"pack\":\"p\",\"pack\":\"q\"}", "line 1", "ligne 1"},
        {"{\"pack\":\"p\",\"version\":1}", "kinds", "kinds"},
        {"{\"pack\":\"p\",\"version\":1.5,\"kinds\":[]}", "version", "version"},
        {"{\"pack\":\"p\",\"version\":-1,\"kinds\":[]}", "version", "version"},
        {"{\"pack\":\"p\",\"version\":1,\"kinds\":{}}", "kinds", "kinds"},
        {"{\"pack\":\"p\",\"version\":1,\"kinds\":[7]}", "?", "?"},
        {"{\"pack\":\"p\",\"version\":1,\"enums\":[],\"kinds\":[]}", "{}",
            "{}"},
        {FIELD(",\"type\":\"int\",\"merge\":\"vis\",\"requierd\":true"),
            "in \"k.f\": \"requierd\" is unknown",
            "dans « k.f » : « requierd » est inconnu"},
        {FIELD(",\"type\":\"integer\",\"merge\":\"vis\""), "unknown integer",
            "integer inconnu"},
        {FIELD(",\"type\":\"int\",\"merge\":\"visible\""), "unknown merge",
            "merge inconnu"},
        {FIELD(",\"type\":\"int\",\"merge\":\"vis\",\"class\":\"P4\""), "class",
            "class"},
        {FIELD(",\"type\":\"int\",\"merge\":\"vis\",\"index\":\"all\""),
            "index", "index"},
        {FIELD(",\"type\":\"int\",\"merge\":\"vis\",\"required\":1"),
            "required", "required"},
        {FIELD(",\"type\":\"int\""), "merge", "merge"},
        {FIELD(",\"type\":\"int\",\"merge\":\"set\""), "merge type",
            "type de fusion"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        for (int lang = TANDEM_EN; lang <= TANDEM_FR; lang++) {
            tandem_error e = TANDEM_ERROR_INIT((tandem_lang)lang);
            const char *want = lang == TANDEM_FR ? wrong[i].fr : wrong[i].en;
            tandem_pack *p = NULL;

            if (build_text(wrong[i].json, &p, &e) == TANDEM_OK) {
                fail_msg("taken: %s", wrong[i].json);
            }
            assert_null(p);
            if (strstr(e.msg, want) == NULL) {
                fail_msg("%s: %s", wrong[i].json, e.msg);
            }
        }
    }
}

static void
test_a_file_that_is_not_there_is_said(void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
    tandem_pack *p = NULL;

    (void)state;
    assert_int_equal(
        pack_build("/tmp/no/such/pack.json", &p, &e), TANDEM_ENOTFOUND);
    assert_non_null(strstr(e.msg, "/tmp/no/such/pack.json"));
    assert_true(pack_build("/tmp", &p, &e) != TANDEM_OK);
    assert_null(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_spaces_do_not_change_the_bytes),
        cmocka_unit_test(test_mistakes_of_a_person_are_named_in_both_languages),
        cmocka_unit_test(test_a_file_that_is_not_there_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
