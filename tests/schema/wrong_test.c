// SPDX-License-Identifier: Apache-2.0
// wrong_test.c - what is wrong in the service's fields is said in both
// languages: each check, each refused content, each type.
#include "schema/pack.h"

#include "build.h"

#define PACK TEST_BINARY_DIR "/packs/fr.terrain.pack"

static const struct {
    const char *kind, *field, *text, *en, *fr;
} wrong[] = {
    // Each check of the pack.
    {"sector", "town", "5935", "5 signs", "5 signes"},
    {"dwelling", "iris", "59350", "9 signs", "9 signes"},
    {"dwelling", "postcode", "5900", "5 digits", "5 chiffres"},
    {"dwelling", "ban_id", "8 rue X", "town_street_number",
        "commune_voie_numéro"},
    {"contact", "language", "français", "as its code", "par son code"},
    {"sector", "code", "Fives 1", "without a space", "sans espace"},
    {"encounter", "door_key", "1 rue A", "never an address",
        "jamais une adresse"},
    {"sector", "outline", "50.63,3.06", "three at least", "trois au moins"},
    {"tour", "track", "50.631234,3.06 50,3", "five decimals", "cinq décimales"},
    {"open_question", "figures", "10", "such as F10", "comme F10"},
    {"charter", "quiet_hours", "le soir", "20:00-09:00", "20:00-09:00"},
    {"attachment", "media_type", "jpeg", "image/jpeg", "image/jpeg"},
    // Each content that is refused.
    {"dwelling", "door", "2e, digicode 12A45", "entry code", "code d'entrée"},
    {"contact", "remarks", "FR1420041010050500013M02606", "IBAN", "IBAN"},
    {"note", "text", "1 99 01 59 350 123 68", "social security",
        "sécurité sociale"},
    // Each type.
    {"contact", "phones", "12", "phone number", "numéro de téléphone"},
    {"contact", "email", "x@", "e-mail address", "adresse mail"},
    {"tour", "day", "2026-02-30", "date", "date"},
    {"encounter", "at", "2026-03-01T10:00", "offset", "décalage"},
    {"advance_fund", "amount", "12,345", "amount", "montant"},
    {"advance_purchase", "amount", "-3", "less than", "inférieur"},
    {"dwelling", "position", "91,3", "latitude", "latitude"},
    {"appointment", "minutes", "2000", "between 1 and 1440", "entre 1 et 1440"},
    {"appointment", "minutes", "dix", "number", "nombre"},
    {"contact", "name",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaa",
        "at most 80", "80 au plus"},
    {"contact", "met_by", "pigeon", "words", "mots"},
    {"encounter", "interest", "peut-être", "yes, no", "oui, non"},
    {"equipment", "usable", "inconnu", "yes or no", "oui ou non"},
    {"note", "about", "x", "record", "fiche"},
    {"attachment", "digest", "00", "64", "64"},
};

static const tandem_field_info *
field_of(const tandem_schema *s, size_t i)
{
    const tandem_field_info *f = tandem_kind_field(
        tandem_schema_kind_find(s, wrong[i].kind), wrong[i].field);

    assert_non_null(f);
    return f;
}

static tandem_schema *
service(void)
{
    struct td_pack *p = NULL;
    tandem_schema *s = NULL;

    assert_int_equal(tandem_pack_load(PACK, &p, NULL), TANDEM_OK);
    assert_int_equal(tandem_pack_schema(p, &s), TANDEM_OK);
    tandem_pack_free(p);
    return s;
}

static void
test_wrong_input_is_said_in_both_languages(void **state)
{
    tandem_schema *s = service();

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const tandem_field_info *f = field_of(s, i);

        for (int lang = TANDEM_EN; lang <= TANDEM_FR; lang++) {
            tandem_error e = TANDEM_ERROR_INIT((tandem_lang)lang);
            const char *want = lang == TANDEM_FR ? wrong[i].fr : wrong[i].en;
            char room[TANDEM_PARSE_ROOM];
            tandem_value v;

            if (tandem_value_parse(&f->value, wrong[i].text, TANDEM_NO_OFFSET,
                    room, &v, &e) != TANDEM_EVALUE) {
                fail_msg("%s taken: %s", f->id, wrong[i].text);
            }
            assert_string_equal(e.field, f->id);
            if (strstr(e.msg, want) == NULL ||
                strstr(e.msg, lang == TANDEM_FR ? f->fr : f->en) == NULL) {
                fail_msg("%s: %s", wrong[i].text, e.msg);
            }
        }
    }
    tandem_schema_free(s);
}

// The table above forgets no check, no refused content, no type.
static void
test_every_check_and_type_has_its_wrong_input(void **state)
{
    tandem_schema *s = service();
    const struct td_pack *p =
        td_kind_pack(tandem_schema_kind_find(s, "contact"));
    uint32_t types = 0;

    (void)state;
    for (size_t i = 0; i < p->check_count; i++) {
        bool met = false;

        for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
            met = met || field_of(s, k)->check == &p->checks[i];
        }
        if (!met) {
            fail_msg("%s", p->checks[i].id);
        }
    }
    for (size_t i = 0; i < p->watch_count; i++) {
        bool met = !p->watches[i].refuse;

        for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
            // The first half of the sentence is enough to know it by.
            met = met || strstr(p->watches[i].en, wrong[k].en) != NULL;
        }
        if (!met) {
            fail_msg("%s", p->watches[i].id);
        }
    }
    for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
        types |= 1u << field_of(s, k)->value.base;
    }
    for (int t = TANDEM_FIELD_STR; t <= TANDEM_FIELD_HASH; t++) {
        if (t != TANDEM_FIELD_BLOB && (types & 1u << t) == 0) {
            fail_msg("type %d", t);
        }
    }
    tandem_schema_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_input_is_said_in_both_languages),
        cmocka_unit_test(test_every_check_and_type_has_its_wrong_input),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
