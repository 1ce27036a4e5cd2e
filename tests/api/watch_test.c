// SPDX-License-Identifier: Apache-2.0
// watch_test.c - what must not be noted, or should not: each watch of the
// service's packs, in every field where a person writes freely.
//
// What is refused keeps a record from being saved; a reminder is said of a
// record that is saved all the same.

#include "help.h"
#include "sample.h"

enum { NOTICES = 64, SAID_MAX = 320 };

#define NOW INT64_C(1774000000000) // 20 March 2026

static const struct watched {
    const char *id;
    bool refuse;
    const char *text;  // speaks of it
    const char *quiet; // comes near, and does not
    const char *fr, *en;
} watched[] = {
    {"iban", true, "FR1420041010050500013M02606", "FR1420041010050500013M02607",
        "on dirait un numéro de compte (IBAN) ; il n'a pas sa place ici, "
        "ôtez-le",
        "this looks like a bank account number (IBAN); it has no place here, "
        "remove it"},
    {"social_number", true, "1 99 01 59 350 123 68", "1 99 01 59 350 123 69",
        "on dirait un numéro de sécurité sociale ; il n'a pas sa place ici, "
        "ôtez-le",
        "this looks like a social security number; it has no place here, "
        "remove it"},
    {"entry_code", true, "digicode 12A45", "digicode en panne",
        "on dirait un code d'entrée ; il ne se note pas, demandez à la "
        "personne d'ouvrir",
        "this looks like an entry code; it is not noted, ask the person to "
        "open"},
    {"health", false, "une Dépression", "en haut, à droite",
        "ceci semble parler de santé : on note des faits du logement, pas la "
        "santé des personnes",
        "this seems to speak of health: facts of the home are noted, not "
        "people's health"},
    {"opinion", false, "dit qu'elle vote à gauche", "les volets sont à gauche",
        "ceci semble parler d'opinions, de croyances ou d'origines : cela ne "
        "se note pas",
        "this seems to speak of opinions, beliefs or origins: they are not "
        "noted"},
};

enum { WATCHED = sizeof watched / sizeof watched[0] };

static const struct watched *
row_of(const tandem_watch_info *w)
{
    for (size_t i = 0; i < WATCHED; i++) {
        if (strcmp(watched[i].id, w->id) == 0) {
            return &watched[i];
        }
    }
    fail_msg("%s has no row", w->id);
    return NULL;
}

/* --------------------------------------------------------------- each field */

// May a person write there what they like, so long as it is not longer?
static bool
is_free(const tandem_field_info *f, const char *text)
{
    return sample_fits(f) && f->check == NULL &&
           (f->value.base == TANDEM_FIELD_TEXT ||
               (f->value.base == TANDEM_FIELD_STR &&
                   f->value.limit >= strlen(text)));
}

static tandem_err
write_text(tandem_edit *d, const tandem_field_info *f, const char *text)
{
    switch (f->merge) {
    case TANDEM_MERGE_SET:
    case TANDEM_MERGE_LIST:
    case TANDEM_MERGE_LOG:
        return tandem_edit_add(d, f->id, tandem_str(text));
    case TANDEM_MERGE_MAP:
        return tandem_edit_put(d, f->id, sample(&f->key, 0), tandem_str(text));
    case TANDEM_MERGE_UNKNOWN:
    case TANDEM_MERGE_VIS:
    case TANDEM_MERGE_QUIET:
    case TANDEM_MERGE_ONCE:
    case TANDEM_MERGE_COUNTER:
    case TANDEM_MERGE_TEXT:
    case TANDEM_MERGE_STATE:
    case TANDEM_MERGE_DERIVED:
        break;
    }
    return tandem_edit_set(d, f->id, tandem_str(text));
}

// A new record with the text in this field and what else it needs. TANDEM_OK
// when it was saved; then the caller frees `*out`.
static tandem_err
save(struct world *w, const tandem_kind_info *k, const tandem_field_info *at,
    const char *text, tandem_lang lang, tandem_record **out)
{
    char kind[128];
    tandem_txn *t;
    tandem_edit *d;
    tandem_err err;

    (void)snprintf(kind, sizeof(kind), "%s/%s", k->pack, k->id);
    w->e = (tandem_error)TANDEM_ERROR_INIT(lang);
    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_create(t, kind, w->sector, &d));
    sample_needs(d, k, at, NULL);
    (void)write_text(d, at, text); // the commit says what was wrong
    err = tandem_txn_commit(t, &w->e);
    if (err == TANDEM_OK) {
        GOOD(w, tandem_edit_record(d, out, &w->e));
    }
    tandem_txn_free(t);
    return err;
}

static void
assert_sentence(const char *msg, const tandem_field_info *f, tandem_lang lang,
    const struct watched *row)
{
    const char *term = lang == TANDEM_FR ? f->fr : f->en;
    const char *said = lang == TANDEM_FR ? row->fr : row->en;

    if (strstr(msg, term) == NULL || strstr(msg, said) == NULL) {
        fail_msg("%s: %s", row->id, msg);
    }
}

// How often the watch speaks of this record.
static size_t
reminders(const tandem_record *r, const tandem_field_info *f,
    const struct watched *row, tandem_lang lang)
{
    tandem_notice all[NOTICES];
    size_t n = tandem_record_review(r, NOW, lang, all, NOTICES);
    size_t count = 0;

    assert_true(n <= NOTICES);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(all[i].what, row->id) == 0) {
            assert_string_equal(all[i].field, f->id);
            assert_sentence(all[i].msg, f, lang, row);
            count++;
        }
    }
    return count;
}

static void
try_refused(struct world *w, const tandem_kind_info *k,
    const tandem_field_info *f, const struct watched *row)
{
    for (int l = TANDEM_EN; l <= TANDEM_FR; l++) {
        tandem_record *r;

        if (save(w, k, f, row->text, (tandem_lang)l, &r) != TANDEM_EVALUE) {
            fail_msg("%s.%s holds: %s", k->id, f->id, row->text);
        }
        assert_string_equal(w->e.field, f->id);
        assert_sentence(w->e.msg, f, (tandem_lang)l, row);
    }
}

static void
try_reminded(struct world *w, const tandem_kind_info *k,
    const tandem_field_info *f, const struct watched *row)
{
    tandem_record *r;

    GOOD(w, save(w, k, f, row->text, TANDEM_EN, &r));
    assert_int_equal(reminders(r, f, row, TANDEM_EN), 1);
    assert_int_equal(reminders(r, f, row, TANDEM_FR), 1);
    tandem_record_free(r);
}

static void
try_field(struct world *w, const tandem_kind_info *k,
    const tandem_field_info *f, const struct watched *row)
{
    tandem_record *r;

    (row->refuse ? try_refused : try_reminded)(w, k, f, row);
    GOOD(w, save(w, k, f, row->quiet, TANDEM_EN, &r));
    assert_int_equal(reminders(r, f, row, TANDEM_EN), 0);
    tandem_record_free(r);
}

static bool
is_of_service(const tandem_kind_info *k)
{
    return strncmp(k->pack, "fr.", 3) == 0;
}

static void
test_each_watch_speaks_in_every_free_field(void **state)
{
    struct world *w = *state;
    tandem_schema *s = sample_schema(w);
    size_t count[WATCHED] = {0};

    for (size_t i = 0; i < tandem_schema_kind_count(s); i++) {
        const tandem_kind_info *k = tandem_schema_kind_at(s, i);

        for (size_t n = 0; is_of_service(k) && n < k->field_count; n++) {
            const tandem_field_info *f = &k->fields[n];

            for (size_t j = 0; j < f->watch_count; j++) {
                const struct watched *row = row_of(&f->watches[j]);

                assert_int_equal(f->watches[j].refuse, row->refuse);
                if (is_free(f, row->text)) {
                    try_field(w, k, f, row);
                    count[row - watched]++;
                }
            }
        }
    }
    for (size_t i = 0; i < WATCHED; i++) {
        assert_true(count[i] > 50);
    }
    tandem_schema_free(s);
}

/* ---------------------------------------------------------------- each word */

// A sentence with the word in it: "depress*" is met as "depressxy". Behind a
// word that announces a code, one.
static void
sentence_with(char out[SAID_MAX], const tandem_watch_info *w, const char *word)
{
    size_t len = strcspn(word, "*");

    (void)snprintf(out, SAID_MAX, "noté : %.*s%s%s.", (int)len, word,
        word[len] == '*' ? "xy" : "",
        w->find == TANDEM_FIND_CODE ? " 4512" : "");
}

// Found as it stands, and not as the end of another word ("door code" ends
// with a word of its own).
static void
try_word(struct world *w, const tandem_kind_info *k, const tandem_field_info *f,
    const tandem_watch_info *watch, const char *word)
{
    const struct watched *row = row_of(watch);
    char text[SAID_MAX], inside[SAID_MAX + 8];
    tandem_record *r = NULL;
    tandem_err err;

    sentence_with(text, watch, word);
    err = save(w, k, f, text, TANDEM_EN, &r);
    if (err != (row->refuse ? TANDEM_EVALUE : TANDEM_OK) ||
        (r != NULL && reminders(r, f, row, TANDEM_EN) != 1)) {
        fail_msg("%s: %s", watch->id, text);
    }
    tandem_record_free(r);
    if (strchr(word, ' ') != NULL) {
        return;
    }
    (void)snprintf(inside, sizeof(inside), "xx%s", text + strlen("noté : "));
    GOOD(w, save(w, k, f, inside, TANDEM_EN, &r));
    assert_int_equal(reminders(r, f, row, TANDEM_EN), 0);
    tandem_record_free(r);
}

// The first long text of a kind, or NULL.
static const tandem_field_info *
text_of(const tandem_kind_info *k)
{
    for (size_t i = 0; i < k->field_count; i++) {
        if (k->fields[i].merge == TANDEM_MERGE_TEXT) {
            return &k->fields[i];
        }
    }
    return NULL;
}

static size_t
try_words(
    struct world *w, const tandem_kind_info *k, const tandem_field_info *f)
{
    size_t words = 0;

    for (size_t i = 0; i < f->watch_count; i++) {
        for (size_t n = 0; n < f->watches[i].word_count; n++) {
            try_word(w, k, f, &f->watches[i], f->watches[i].words[n]);
            words++;
        }
    }
    return words;
}

// One text of each pack stands for the others: they have the same watches.
static void
test_each_word_of_a_watch_is_found(void **state)
{
    struct world *w = *state;
    tandem_schema *s = sample_schema(w);
    const char *tried = "";
    size_t packs = 0;

    for (size_t i = 0; i < tandem_schema_kind_count(s); i++) {
        const tandem_kind_info *k = tandem_schema_kind_at(s, i);
        const tandem_field_info *f = text_of(k);

        if (is_of_service(k) && f != NULL && strcmp(k->pack, tried) != 0) {
            assert_true(try_words(w, k, f) > 50);
            tried = k->pack;
            packs++;
        }
    }
    assert_true(packs >= 2);
    tandem_schema_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_each_watch_speaks_in_every_free_field, world_open,
            world_close),
        cmocka_unit_test_setup_teardown(
            test_each_word_of_a_watch_is_found, world_open, world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
