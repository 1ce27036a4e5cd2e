// SPDX-License-Identifier: Apache-2.0
// value_test.c - values: typed, checked, to bytes and back, and read.
#include "schema/value.h"

#include "build.h"
#include "codec/cursor.h"

struct sample {
    const char *type;  // as in a pack
    const char *typed; // what a person writes
    const char *en;    // what is shown then; NULL: as typed
    const char *fr;    // the same in French; NULL: as in English
};

static const struct sample good[] = {
    {"str:5", "  abc ", "abc", NULL},
    {"str:5", "éàüñç", NULL, NULL},
    {"str:1", "\xf0\x9f\x94\xa7", NULL, NULL},
    {"text", "two\nlines", NULL, NULL},
    {"int", "-3", NULL, NULL},
    {"int", "+12", "12", NULL},
    {"int", "9223372036854775807", NULL, NULL},
    {"int", "-9223372036854775808", NULL, NULL},
    {"int",
        "\xe2\x88\x92"
        "7",
        "-7", NULL},
    {"cents", "12,50", "12.50", "12,50"},
    {"cents", "12.5", "12.50", "12,50"},
    {"cents", "-0.05", "-0.05", "-0,05"},
    {"cents", "7 \xe2\x82\xac", "7.00", "7,00"},
    {"bool", "OUI", "yes", "oui"},
    {"bool", "false", "no", "non"},
    {"tri", "inconnu", "unknown", "inconnu"},
    {"tri", "yes", "yes", "oui"},
    {"enum:colour", "RED", "red", "rouge"},
    {"enum:colour", "Bleu", "blue", "bleu"},
    {"date", "2024-02-29", "2024-02-29", "29/02/2024"},
    {"date", "31/3/2026", "2026-03-31", "31/03/2026"},
    {"date", "0001-01-01", "0001-01-01", "01/01/0001"},
    {"date", "9999-12-31", "9999-12-31", "31/12/9999"},
    {"dt", "2026-03-31T14:05+02:00", "2026-03-31T14:05+02:00",
        "31/03/2026 14:05 +02:00"},
    {"dt", "2026-03-31T14:05:09.250Z", "2026-03-31T14:05:09.250+00:00",
        "31/03/2026 14:05:09.250 +00:00"},
    {"dt", "31/03/2026 23h59 -03:30", "2026-03-31T23:59-03:30",
        "31/03/2026 23:59 -03:30"},
    {"dt", "1969-12-31T23:59:59+00:00", "1969-12-31T23:59:59+00:00",
        "31/12/1969 23:59:59 +00:00"},
    {"geo", "50.63,3.06", "50.63000,3.06000", NULL},
    {"geo", "-90 , -180.00000", "-90.00000,-180.00000", NULL},
    {"geo", "50,63 ; 3,06", "50.63000,3.06000", NULL},
    {"phone", "03 20 00 00 01", "+33320000001", NULL},
    {"phone", "+33 (0)3.20.00.00.01", "+33320000001", NULL},
    {"phone", "0032 2 555 12 12", "+3225551212", NULL},
    {"email", "marie.l@example.org", NULL, NULL},
    {"email", "é@exemple.fr", NULL, NULL},
    {"ref:thing", "0190C5A8-0000-7000-8000-000000000001",
        "0190c5a8-0000-7000-8000-000000000001", NULL},
    {"hash", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        NULL, NULL},
    {"blob", "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff",
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        NULL},
};

static const struct sample bad[] = {
    {"str:5", "abcdef", "at most 5", "5 au plus"},
    {"str:5", "a\nb", "one line", "une seule ligne"},
    {"str:5",
        "a\xc2\x85"
        "b",
        "one line", "une seule ligne"},
    {"str:5", "\xff", "not UTF-8", "pas en UTF-8"},
    {"text", "\xc0\x80", "not UTF-8", "pas en UTF-8"},
    {"int", "12a", "whole number", "nombre entier"},
    {"int", "1.5", "whole number", "nombre entier"},
    {"int", "9223372036854775808", "whole number", "nombre entier"},
    {"int", "-", "whole number", "nombre entier"},
    {"cents", "12.505", "12.50", "12,50"},
    {"cents", "12.", "12.50", "12,50"},
    {"cents", ".5", "12.50", "12,50"},
    {"cents", "92233720368547758.08", "12.50", "12,50"},
    {"bool", "inconnu", "yes or no", "oui ou non"},
    {"tri", "peut-être", "yes, no or unknown", "oui, non ou inconnu"},
    {"enum:colour", "yellow", "not one of its 3 words: ", "pas un de ses 3"},
    {"enum:colour", "green", "retired", "retiré"},
    {"date", "2023-02-29", "no such date", "n'existe pas"},
    {"date", "0000-01-01", "no such date", "n'existe pas"},
    {"date", "2026-3-1", "no such date", "n'existe pas"},
    {"date", "2026-03-31x", "no such date", "n'existe pas"},
    {"dt", "2026-03-31T14:05", "time zone", "fuseau"},
    {"dt", "31/03/2026 14:05", "time zone", "fuseau"},
    {"dt", "2026-03-31T24:00Z", "date and time", "date et heure"},
    {"dt", "2026-03-31T14:05+19:00", "18:00", "18:00"},
    {"dt", "0001-01-01T00:00+02:00", "years 1 and 9999", "années 1 et"},
    {"dt", "2026-03-31", "date and time", "date et heure"},
    {"geo", "90.00001,0", "latitude", "latitude"},
    {"geo", "50.630001,3.06", "5 decimals", "5 décimales"},
    {"geo", "50.63", "position", "position"},
    {"geo", "99999999999999,1", "position", "position"},
    {"phone", "123", "phone number", "numéro de téléphone"},
    {"phone", "+0320000001", "phone number", "numéro de téléphone"},
    {"phone", "03 20 00 00 0x", "phone number", "numéro de téléphone"},
    {"phone", "+333200000011111111111111111111111", "phone", "téléphone"},
    {"email", "marie", "e-mail", "mail"},
    {"email", "a@b@c.fr", "e-mail", "mail"},
    {"email", "a..b@c.fr", "e-mail", "mail"},
    {"email", "a@localhost", "e-mail", "mail"},
    {"email", "@c.fr", "e-mail", "mail"},
    {"ref:thing", "KX7", "record's id", "identifiant"},
    {"ref:*", "00000000-0000-0000-0000-000000000000", "names no record",
        "aucune fiche"},
    {"hash", "00", "64 hex", "64 chiffres"},
};

static const char *
merge_for(const char *type)
{
    return strcmp(type, "text") == 0 ? "text" : "vis";
}

static const tandem_value_type *
type_of(const struct td_pack *p)
{
    return &p->kinds[0].info.fields[0].value;
}

// Typed, then through bytes, then shown in `lang`, then typed again.
static void
round_trip(const struct sample *s, tandem_lang lang)
{
    struct td_pack *p = one_field(s->type, merge_for(s->type));
    const tandem_value_type *type = type_of(p);
    const char *want = s->en != NULL ? s->en : s->typed;
    tandem_error e = TANDEM_ERROR_INIT(lang);
    tandem_value typed;
    tandem_value read;
    tandem_value again;
    struct td_buf b;
    char room[TANDEM_PARSE_ROOM];
    char room2[TANDEM_PARSE_ROOM];
    char shown[128];

    want = lang == TANDEM_FR && s->fr != NULL ? s->fr : want;
    td_buf_init(&b, NULL, 1024);
    if (tandem_value_parse(
            type, s->typed, TANDEM_NO_OFFSET, room, &typed, &e)) {
        fail_msg("%s \"%s\": %s", s->type, s->typed, e.msg);
    }
    assert_int_equal(td_value_encode(type, &typed, &b, &e), TANDEM_OK);
    assert_int_equal(td_value_decode(type, td_buf_slice(&b), &read), TANDEM_OK);
    assert_true(tandem_value_equal(&typed, &read));
    assert_int_equal(
        tandem_value_format(type, &read, lang, shown, sizeof shown),
        strlen(want));
    assert_string_equal(shown, want);
    assert_int_equal(
        tandem_value_parse(type, shown, TANDEM_NO_OFFSET, room2, &again, &e),
        TANDEM_OK);
    assert_true(tandem_value_equal(&typed, &again));
    td_buf_deinit(&b);
    td_pack_release(p);
}

static void
test_what_people_type_comes_back_in_both_languages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        round_trip(&good[i], TANDEM_EN);
        round_trip(&good[i], TANDEM_FR);
    }
}

static void
test_wrong_text_is_refused_with_the_field_in_both_languages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct sample *s = &bad[i];
        struct td_pack *p = one_field(s->type, merge_for(s->type));

        for (int lang = TANDEM_EN; lang <= TANDEM_FR; lang++) {
            tandem_error e = TANDEM_ERROR_INIT((tandem_lang)lang);
            const char *want = lang == TANDEM_FR ? s->fr : s->en;
            const char *term = lang == TANDEM_FR ? "Champ : " : "Field: ";
            tandem_value v = tandem_int(77);
            char room[TANDEM_PARSE_ROOM];

            if (tandem_value_parse(type_of(p), s->typed, TANDEM_NO_OFFSET, room,
                    &v, &e) != TANDEM_EVALUE) {
                fail_msg("%s took \"%s\"", s->type, s->typed);
            }
            assert_int_equal(e.code, TANDEM_EVALUE);
            assert_string_equal(e.field, "f");
            if (strstr(e.msg, want) == NULL ||
                strncmp(e.msg, term, strlen(term)) != 0) {
                fail_msg("%s \"%s\": %s", s->type, s->typed, e.msg);
            }
            assert_int_equal(v.u.i, 77);
        }
        td_pack_release(p);
    }
}

static void
test_spaces_alone_are_no_value(void **state)
{
    struct td_pack *p = one_field("int", "vis");
    tandem_value v = tandem_int(1);
    char room[TANDEM_PARSE_ROOM];

    (void)state;
    assert_int_equal(
        tandem_value_parse(type_of(p), " \t", 0, room, &v, NULL), TANDEM_OK);
    assert_int_equal(v.type, TANDEM_NONE);
    td_pack_release(p);
}

static void
test_a_time_without_offset_takes_the_default(void **state)
{
    struct td_pack *p = one_field("dt", "vis");
    tandem_value v;
    char room[TANDEM_PARSE_ROOM];

    (void)state;
    assert_int_equal(
        tandem_value_parse(type_of(p), "01/01/1970 02:00", 120, room, &v, NULL),
        TANDEM_OK);
    assert_int_equal(v.u.dt.ms, 0);
    assert_int_equal(v.u.dt.offset_min, 120);
    assert_int_equal(tandem_value_parse(
                         type_of(p), "01/01/1970 02:00", 9999, room, &v, NULL),
        TANDEM_EVALUE);
    td_pack_release(p);
}

static void
test_a_value_of_another_type_is_refused(void **state)
{
    static const char *const types[] = {"str:5", "text", "int", "cents", "bool",
        "tri", "enum:colour", "date", "dt", "geo", "phone", "email",
        "ref:thing", "blob", "hash"};
    tandem_value geo = tandem_geo(1, 2);
    tandem_value yes = tandem_bool(true);

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct td_pack *p = one_field(types[i], merge_for(types[i]));
        tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
        const tandem_value *v = strcmp(types[i], "geo") == 0 ? &yes : &geo;
        struct td_buf b;

        td_buf_init(&b, NULL, 64);
        assert_int_equal(td_value_encode(type_of(p), v, &b, &e), TANDEM_EVALUE);
        assert_non_null(strstr(e.msg, types[i]));
        assert_int_equal(b.len, 0);
        td_buf_deinit(&b);
        td_pack_release(p);
    }
}

// Bytes that fit no type, one that fits each, and what each takes.
static void
test_bytes_of_another_shape_are_no_value(void **state)
{
    static const char *const types[] = {"str:5", "int", "bool", "tri",
        "enum:colour", "date", "dt", "geo", "ref:thing", "hash"};
    static const uint8_t floats[] = {0xcb, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t map[] = {0x80};
    static const uint8_t one[] = {0x93, 1, 2, 3};
    static const uint8_t two[] = {1, 1};
    static const uint8_t wide[] = {0xcc, 1};
    const tandem_slice wrong[] = {tandem_bytes(floats, sizeof floats),
        tandem_bytes(map, sizeof map), tandem_bytes(one, sizeof one),
        tandem_bytes(two, sizeof two), tandem_bytes(wide, sizeof wide),
        tandem_bytes(NULL, 0)};

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct td_pack *p = one_field(types[i], "vis");

        for (size_t j = 0; j < sizeof wrong / sizeof wrong[0]; j++) {
            tandem_value v = tandem_int(77);

            assert_int_equal(
                td_value_decode(type_of(p), wrong[j], &v), TANDEM_EVALUE);
            assert_int_equal(v.u.i, 77);
        }
        td_pack_release(p);
    }
}

static tandem_err
decode_pair(const char *type, int64_t a, int64_t b)
{
    struct td_pack *p = one_field(type, "vis");
    struct td_buf buf;
    tandem_value v;
    tandem_err err;

    td_buf_init(&buf, NULL, 64);
    td_mp_array(&buf, 2);
    td_mp_int(&buf, a);
    td_mp_int(&buf, b);
    err = td_value_decode(type_of(p), td_buf_slice(&buf), &v);
    td_buf_deinit(&buf);
    td_pack_release(p);
    return err;
}

static void
test_pairs_outside_the_world_are_no_value(void **state)
{
    (void)state;
    assert_int_equal(decode_pair("geo", 9000000, -18000000), TANDEM_OK);
    assert_int_equal(decode_pair("geo", 9000001, 0), TANDEM_EVALUE);
    assert_int_equal(decode_pair("geo", INT64_MAX, 0), TANDEM_EVALUE);
    assert_int_equal(decode_pair("dt", 0, 1080), TANDEM_OK);
    assert_int_equal(decode_pair("dt", 0, 1081), TANDEM_EVALUE);
    assert_int_equal(decode_pair("dt", 0, INT64_MIN), TANDEM_EVALUE);
    assert_int_equal(decode_pair("dt", INT64_MAX, 0), TANDEM_EVALUE);
    assert_int_equal(decode_pair("dt", INT64_MIN, 0), TANDEM_EVALUE);
}

// What reaches wire and disk, byte for byte.
static void
test_the_bytes_of_a_value_are_these(void **state)
{
    static const struct {
        const char *type, *typed, *hex;
    } known[] = {
        {"str:9", "L\xc3\xa9o", "a44cc3a96f"},
        {"int", "-33", "d0df"},
        {"int", "127", "7f"},
        {"int", "128", "cc80"},
        {"cents", "12,50", "cd04e2"},
        {"bool", "oui", "c3"},
        {"tri", "inconnu", "02"},
        {"enum:colour", "bleu", "02"},
        {"date", "31/03/2026", "cd503f"},
        {"dt", "1970-01-01T01:00+01:00", "92003c"},
        {"dt", "1969-12-31T23:59:59.999Z", "92ff00"},
        {"geo", "50.63000,-3.06000", "92ce004d4158d2fffb54b0"},
        {"phone", "03 20 00 00 01", "ac2b3333333230303030303031"},
        {"ref:*", "0190c5a8-0000-7000-8000-000000000001",
            "c4100190c5a8000070008000000000000001"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct td_pack *p = one_field(known[i].type, "vis");
        struct td_buf b;
        tandem_value v;
        char room[TANDEM_PARSE_ROOM];
        char hex[256];

        td_buf_init(&b, NULL, 100);
        assert_int_equal(tandem_value_parse(type_of(p), known[i].typed,
                             TANDEM_NO_OFFSET, room, &v, NULL),
            TANDEM_OK);
        assert_int_equal(td_value_encode(type_of(p), &v, &b, NULL), TANDEM_OK);
        td_hex(td_buf_slice(&b), hex);
        if (strcmp(hex, known[i].hex) != 0) {
            fail_msg("%s \"%s\": %s", known[i].type, known[i].typed, hex);
        }
        td_buf_deinit(&b);
        td_pack_release(p);
    }
}

// A newer pack may know more words and longer strings.
static void
test_what_a_newer_pack_allowed_is_still_shown(void **state)
{
    struct td_pack *p = one_field("enum:colour", "vis");
    struct td_pack *q = one_field("str:2", "vis");
    static const uint8_t seven[] = {7};
    static const uint8_t abc[] = {0xa3, 'a', 'b', 'c'};
    tandem_value v;
    char shown[16];

    (void)state;
    assert_int_equal(
        td_value_decode(type_of(p), tandem_bytes(seven, 1), &v), TANDEM_OK);
    assert_int_equal(
        tandem_value_format(type_of(p), &v, TANDEM_EN, shown, 16), 2);
    assert_string_equal(shown, "?7");
    assert_int_equal(
        td_value_decode(type_of(q), tandem_bytes(abc, 4), &v), TANDEM_OK);
    assert_int_equal(v.u.s.len, 3);
    td_pack_release(p);
    td_pack_release(q);
}

static void
test_cleared_is_nil_in_bytes(void **state)
{
    struct td_pack *p = one_field("date", "vis");
    tandem_value v = tandem_none();
    tandem_value back = tandem_int(1);
    struct td_buf b;
    char shown[4] = "x";

    (void)state;
    td_buf_init(&b, NULL, 8);
    assert_int_equal(td_value_encode(type_of(p), &v, &b, NULL), TANDEM_OK);
    assert_int_equal(b.len, 1);
    assert_int_equal(b.ptr[0], 0xc0);
    assert_int_equal(
        td_value_decode(type_of(p), td_buf_slice(&b), &back), TANDEM_OK);
    assert_int_equal(back.type, TANDEM_NONE);
    assert_int_equal(
        tandem_value_format(type_of(p), &back, TANDEM_FR, shown, 4), 0);
    assert_string_equal(shown, "");
    td_buf_deinit(&b);
    td_pack_release(p);
}

static void
test_a_full_buffer_is_said(void **state)
{
    struct td_pack *p = one_field("str:20", "vis");
    tandem_value v = tandem_str("twelve bytes");
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    struct td_buf b;

    (void)state;
    td_buf_init(&b, NULL, 4);
    assert_int_equal(td_value_encode(type_of(p), &v, &b, &e), TANDEM_ELIMIT);
    assert_int_equal(e.code, TANDEM_ELIMIT);
    td_buf_deinit(&b);
    td_pack_release(p);
}

static void
test_a_shown_value_is_cut_between_characters(void **state)
{
    tandem_value v = tandem_str("aé");
    char out[3];

    (void)state;
    assert_int_equal(tandem_value_format(NULL, &v, TANDEM_EN, out, 3), 3);
    assert_string_equal(out, "a");
    assert_int_equal(tandem_value_format(NULL, &v, TANDEM_EN, NULL, 0), 3);
}

// Ten thousand years, in steps that meet every month and leap rule; two days
// are known from elsewhere (`date -d 2024-02-29 +%s`).
static void
test_every_day_of_the_calendar_returns(void **state)
{
    struct td_pack *p = one_field("date", "vis");
    char shown[16];
    char room[TANDEM_PARSE_ROOM];

    tandem_value v;

    (void)state;
    assert_int_equal(
        tandem_value_parse(type_of(p), "2024-02-29", 0, room, &v, NULL),
        TANDEM_OK);
    assert_int_equal(v.u.i, 1709164800 / 86400);
    assert_int_equal(
        tandem_value_parse(type_of(p), "1900-03-01", 0, room, &v, NULL),
        TANDEM_OK);
    assert_int_equal(v.u.i, -2203891200 / 86400);
    for (int64_t day = -719162; day <= 2932896; day += 97) {
        tandem_value back;

        v = tandem_date(day);
        assert_int_equal(
            tandem_value_format(type_of(p), &v, TANDEM_EN, shown, 16), 10);
        assert_int_equal(
            tandem_value_parse(type_of(p), shown, 0, room, &back, NULL),
            TANDEM_OK);
        assert_int_equal(back.u.i, day);
    }
    td_pack_release(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_people_type_comes_back_in_both_languages),
        cmocka_unit_test(
            test_wrong_text_is_refused_with_the_field_in_both_languages),
        cmocka_unit_test(test_spaces_alone_are_no_value),
        cmocka_unit_test(test_a_time_without_offset_takes_the_default),
        cmocka_unit_test(test_a_value_of_another_type_is_refused),
        cmocka_unit_test(test_bytes_of_another_shape_are_no_value),
        cmocka_unit_test(test_the_bytes_of_a_value_are_these),
        cmocka_unit_test(test_pairs_outside_the_world_are_no_value),
        cmocka_unit_test(test_what_a_newer_pack_allowed_is_still_shown),
        cmocka_unit_test(test_cleared_is_nil_in_bytes),
        cmocka_unit_test(test_a_full_buffer_is_said),
        cmocka_unit_test(test_a_shown_value_is_cut_between_characters),
        cmocka_unit_test(test_every_day_of_the_calendar_returns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
