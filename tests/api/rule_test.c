// SPDX-License-Identifier: Apache-2.0
// rule_test.c - what the service's packs want of a record that holds this or
// that: each rule, with every word it could turn on, and what it says.

#include "help.h"
#include "sample.h"

enum { NOTICES = 32, WORDS = 24 };

#define NOW  INT64_C(1774000000000) // 20 March 2026
#define ANY  "*"
#define NONE "-"

// One rule: with one of these in `field`, `wanted` should hold one of those.
// Words are identifiers; ANY: whatever it holds, NONE: it holds nothing.
static const struct rule {
    const char *kind, *id;
    const char *field, *is;
    const char *wanted, *is_met;
    const char *fr, *en;
} rules[] = {
    {"fr.terrain/open_question", "answer_said", "state", "partly answered",
        "answer", ANY, "dites ce que l'on sait désormais",
        "say what is known by now"},
    {"fr.terrain/checkpoint", "change_said", "decision", "adjust new_mode stop",
        "changes", ANY, "dites ce qui change", "say what changes"},
    {"fr.terrain/advance_purchase", "bought_when", "state", "bought settled",
        "bought_on", ANY, "un achat fait a une date",
        "a purchase that was made has a date"},
    {"fr.terrain/advance_purchase", "settled_receipt", "state", "settled",
        "receipt", ANY, "un achat soldé a son justificatif",
        "a settled purchase has its receipt"},
    {"fr.terrain/advance_purchase", "material_missing", "state",
        "approved bought", "person_has_material", "no partial",
        "le fonds d'avance sert quand la personne n'a pas le matériel : notez "
        "ce qu'elle a",
        "the advance fund is for when the person lacks the material: note "
        "what they have"},
    {"fr.terrain/encounter", "door_tour", "channel", "door", "tour", ANY,
        "une porte frappée appartient à une tournée ; indiquez laquelle",
        "a knock at a door belongs to a tour; say which"},
    {"fr.terrain/encounter", "market_session", "channel", "market", "session",
        ANY,
        "une rencontre au marché appartient à une permanence ; indiquez "
        "laquelle",
        "a talk at the market belongs to a session; say which"},
    {"fr.terrain/encounter", "no_answer_notice", "outcome", "no_answer",
        "notice", ANY,
        "personne n'a répondu : laissez un avis de passage et notez-le",
        "nobody answered: leave a visit notice and note it"},
    {"fr.terrain/encounter", "proposal_answer", "proposals", ANY, "answer", ANY,
        "une proposition a une réponse, ou on l'attend : notez-le",
        "a proposal has an answer, or is waiting for one: note it"},
    {"fr.terrain/visit_notice", "returned_how", "returned", "yes",
        "returned_by", ANY, "un retour arrive par un canal ; indiquez lequel",
        "a notice comes back by some channel; say which"},
    {"fr.terrain/contact", "name_or_alias", "name", NONE, "alias", ANY,
        "sans nom, un repère aide à retrouver la personne",
        "without a name, a landmark helps to find the person again"},
    {"fr.terrain/contact", "brought_by_whom", "met_by", "word_of_mouth",
        "brought_by", ANY, "venue par le bouche-à-oreille : notez par qui",
        "came by word of mouth: note through whom"},
    {"fr.terrain/contact", "charter_explained", "over_soliciting", "yes",
        "charter_given", ANY,
        "la charte de sollicitation reste à expliquer à cette personne",
        "the solicitation charter is still to be explained to this person"},
    {"fr.terrain/appointment", "adviser_named", "appointment_kind", "adviser",
        "with_adviser", ANY, "indiquez avec quel conseiller",
        "say with which adviser"},
    {"fr.terrain/appointment", "adviser_papers", "appointment_kind", "adviser",
        "papers", ANY, "dites quelles pièces apporter au conseiller",
        "say which papers to bring to the adviser"},
    {"fr.terrain/intervention", "amelio_spoken", "signed_off", "yes",
        "closing_steps", "amelio_talk",
        "on ne part pas sans avoir parlé d'Amelio : dites si cela a été fait",
        "one does not leave without having spoken of Amelio: say whether it "
        "was done"},
    {"fr.terrain/intervention", "situation_said", "signed_off", "yes",
        "situation_moved", "yes no",
        "on ne part pas sans que la situation avance : dites si elle a avancé",
        "one does not leave before the situation moves: say whether it did"},
    {"fr.terrain/intervention", "closed_when", "signed_off", "yes", "ended_at",
        ANY, "une intervention clôturée a une heure de fin",
        "a closed intervention has an end"},
    {"fr.terrain/intervention", "danger_urgent", "danger", "yes",
        "intervention_type", "emergency",
        "un danger fait de la visite une intervention d'urgence",
        "a danger makes the visit an emergency intervention"},
    {"fr.terrain/referral", "where_from", "intervention", NONE, "encounter",
        ANY, "indiquez l'intervention ou la rencontre d'où vient l'orientation",
        "say from which intervention or encounter the referral comes"},
    {"fr.terrain/referral", "document_given", "target", "amelio", "steps",
        "amelio_doc",
        "dites si le document sur les aides a été remis et expliqué",
        "say whether the document on grants was handed over and explained"},
    {"fr.terrain/dossier", "opened_when", "state",
        "opened followed works_started completed", "opened_on", ANY,
        "un dossier ouvert a une date d'ouverture",
        "an opened case file has an opening date"},
    {"fr.terrain/follow_up", "done_result", "done_at", ANY, "result", ANY,
        "un suivi fait a une issue",
        "a follow-up that was done has an outcome"},
    {"fr.terrain/follow_up", "courtesy_asked", "follow_up_kind",
        "courtesy_visit", "asked_by", ANY,
        "une visite de courtoisie se fait à la demande d'un conseiller ; "
        "indiquez lequel",
        "a courtesy visit is made when an adviser asks; say who"},
    {"fr.immersion/attendance", "no_reason_needed", "presence", "present",
        "reason", NONE, "le motif ne sert que pour une absence",
        "a reason is for an absence only"},
    {"fr.immersion/home_meeting", "journey_of_user", "method", "user_journey",
        "interlocutor", "user",
        "le parcours-utilisateur va aux personnes qui ont utilisé le service "
        "; sinon, un entretien",
        "a user journey is for people who have used the service; otherwise, "
        "an interview"},
};

enum { RULES = sizeof rules / sizeof rules[0] };

/* -------------------------------------------------- what a field could hold */

// One thing a field could hold.
struct choice {
    const char *word; // its identifier, or NONE, or ANY where no word is
    tandem_value value;
};

static const tandem_value_type *
chosen_type(const tandem_field_info *f)
{
    return f->merge == TANDEM_MERGE_MAP ? &f->key : &f->value;
}

static size_t
answers(const tandem_value_type *t, struct choice *out)
{
    static const char *const words[] = {"no", "yes", "unknown"};
    size_t n = t->base == TANDEM_FIELD_TRI ? 3 : 2;

    for (size_t i = 0; i < n; i++) {
        out[i] = (struct choice){
            words[i], n == 3 ? tandem_tri((int)i) : tandem_bool(i == 1)};
    }
    return n;
}

// Nothing, unless a record needs it; then every word there is.
static size_t
choices(const tandem_field_info *f, struct choice out[WORDS])
{
    const tandem_value_type *t = chosen_type(f);
    size_t n = 0;

    if ((f->flags & TANDEM_FIELD_REQUIRED) == 0) {
        out[n++] = (struct choice){NONE, tandem_none()};
    }
    if (t->base == TANDEM_FIELD_BOOL || t->base == TANDEM_FIELD_TRI) {
        return n + answers(t, &out[n]);
    }
    if (t->words == NULL) {
        out[n++] = (struct choice){ANY, sample(t, 0)};
        return n;
    }
    for (size_t i = 0; i < t->words->word_count; i++) {
        assert_true(n < WORDS);
        out[n++] = (struct choice){
            t->words->words[i].id, tandem_enum(t->words->words[i].n)};
    }
    return n;
}

static bool
is_none(const struct choice *c)
{
    return strcmp(c->word, NONE) == 0;
}

// Is it one of `words`?
static bool
is_among(const char *words, const struct choice *c)
{
    size_t len = strlen(c->word);

    if (strcmp(words, ANY) == 0) {
        return !is_none(c);
    }
    for (const char *at = words; at != NULL && *at != '\0';) {
        if (strncmp(at, c->word, len) == 0 &&
            (at[len] == ' ' || at[len] == '\0')) {
            return true;
        }
        at = strchr(at, ' ');
        at = at != NULL ? at + 1 : NULL;
    }
    return false;
}

/* ------------------------------------------------------------------ records */

// A rule, and where it stands in the schema.
struct place {
    const struct rule *rule;
    const tandem_kind_info *kind;
    const tandem_field_info *field, *wanted;
};

static struct place
place_of(const tandem_schema *s, const struct rule *rule)
{
    struct place p = {rule, tandem_schema_kind_find(s, rule->kind), NULL, NULL};

    assert_non_null(p.kind);
    p.field = tandem_kind_field(p.kind, rule->field);
    p.wanted = tandem_kind_field(p.kind, rule->wanted);
    assert_non_null(p.field);
    assert_non_null(p.wanted);
    assert_ptr_not_equal(p.field, p.wanted);
    return p;
}

static void
choose(tandem_edit *d, const tandem_field_info *f, const struct choice *c)
{
    tandem_err err = TANDEM_OK;

    if (!is_none(c) && f->merge == TANDEM_MERGE_MAP) {
        err = tandem_edit_put(d, f->id, c->value, sample(&f->value, 1));
    } else if (!is_none(c) && f->merge == TANDEM_MERGE_SET) {
        err = tandem_edit_add(d, f->id, c->value);
    } else if (!is_none(c)) {
        err = tandem_edit_set(d, f->id, c->value);
    }
    if (err != TANDEM_OK) {
        fail_msg("%s=%s: %s", f->id, c->word, tandem_err_name(err));
    }
}

// Of this kind, with what it needs and the two choices.
static tandem_edit *
filled(struct world *w, const struct place *p, tandem_txn *t,
    const struct choice *held, const struct choice *met)
{
    tandem_edit *d;

    GOOD(w, tandem_txn_create(t, p->rule->kind, w->sector, &d));
    sample_needs(d, p->kind, p->field, p->wanted);
    choose(d, p->field, held);
    choose(d, p->wanted, met);
    return d;
}

/* ------------------------------------------------------------- what is said */

static void
assert_said(const struct place *p, const tandem_notice *n, tandem_lang lang)
{
    bool french = lang == TANDEM_FR;
    char want[sizeof(n->msg)];

    (void)snprintf(want, sizeof(want), french ? "%s : %s" : "%s: %s",
        french ? p->wanted->fr : p->wanted->en,
        french ? p->rule->fr : p->rule->en);
    assert_string_equal(n->msg, want);
    assert_string_equal(n->field, p->wanted->id);
}

// How often the rule speaks; each time with its sentence.
static size_t
said(const struct place *p, const tandem_record *r, tandem_lang lang)
{
    tandem_notice all[NOTICES];
    size_t n = tandem_record_review(r, NOW, lang, all, NOTICES);
    size_t count = 0;

    assert_true(n <= NOTICES);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(all[i].what, p->rule->id) == 0) {
            assert_said(p, &all[i], lang);
            count++;
        }
    }
    return count;
}

// With this in `field`: each thing that `wanted` could hold. How often it was
// said.
static size_t
try_wanted(struct world *w, const struct place *p, const struct choice *held)
{
    struct choice met[WORDS];
    tandem_edit *edits[WORDS];
    size_t n = choices(p->wanted, met);
    size_t count = 0;
    tandem_txn *t;

    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    for (size_t i = 0; i < n; i++) {
        edits[i] = filled(w, p, t, held, &met[i]);
    }
    GOOD(w, tandem_txn_commit(t, &w->e)); // said, never refused
    for (size_t i = 0; i < n; i++) {
        bool want =
            is_among(p->rule->is, held) && !is_among(p->rule->is_met, &met[i]);
        tandem_record *r;

        GOOD(w, tandem_edit_record(edits[i], &r, &w->e));
        if (said(p, r, TANDEM_FR) != want || said(p, r, TANDEM_EN) != want) {
            fail_msg("%s: %s=%s %s=%s", p->rule->id, p->field->id, held->word,
                p->wanted->id, met[i].word);
        }
        count += want;
        tandem_record_free(r);
    }
    tandem_txn_free(t);
    return count;
}

static void
test_each_rule_speaks_where_it_should_and_nowhere_else(void **state)
{
    struct world *w = *state;
    tandem_schema *s = sample_schema(w);

    for (size_t i = 0; i < RULES; i++) {
        struct place p = place_of(s, &rules[i]);
        struct choice held[WORDS];
        size_t n = choices(p.field, held);
        size_t count = 0;

        for (size_t k = 0; k < n; k++) {
            count += try_wanted(w, &p, &held[k]);
        }
        if (count == 0) { // a word of the table that the field does not have
            fail_msg("%s never speaks", rules[i].id);
        }
    }
    tandem_schema_free(s);
}

/* ------------------------------------------------------------ none forgotten
 */

static size_t
rows_of(const tandem_kind_info *k, const tandem_rule_info *rule)
{
    size_t n = 0;

    for (size_t i = 0; i < RULES; i++) {
        const char *kind = strchr(rules[i].kind, '/') + 1;

        n += strcmp(rules[i].id, rule->id) == 0 && strcmp(kind, k->id) == 0 &&
             strncmp(rules[i].kind, k->pack, strlen(k->pack)) == 0;
    }
    return n;
}

// The rules that the packs hold are the rows of the table; each turns on one
// field and wants one, as a row says it.
static void
test_the_table_holds_every_rule_of_the_packs(void **state)
{
    tandem_schema *s = sample_schema(*state);
    size_t count = 0;

    for (size_t i = 0; i < tandem_schema_kind_count(s); i++) {
        const tandem_kind_info *k = tandem_schema_kind_at(s, i);

        for (size_t n = 0; n < k->rule_count; n++) {
            if (rows_of(k, &k->rules[n]) != 1) {
                fail_msg("%s.%s has no row", k->id, k->rules[n].id);
            }
            assert_int_equal(k->rules[n].when_count, 1);
            assert_int_equal(k->rules[n].want_count, 1);
            count++;
        }
    }
    assert_int_equal(count, RULES);
    tandem_schema_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_each_rule_speaks_where_it_should_and_nowhere_else, world_open,
            world_close),
        cmocka_unit_test_setup_teardown(
            test_the_table_holds_every_rule_of_the_packs, world_open,
            world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
