// SPDX-License-Identifier: Apache-2.0
// way_test.c - where a household stands, how it comes there and how it leaves;
// the same on every device, in whatever order records came.

#include "world.h"

#include "figures/due.h"
#include "figures/words.h"

#define DAY0 20500 // 2026-02-16, a Monday

static int64_t
ms(int day, int hour)
{
    return ((int64_t)(DAY0 + day) * 24 + hour) * 3600000;
}

static tandem_value
at(int day, int hour)
{
    return tandem_time(ms(day, hour), 60);
}

static tandem_value
on(int day)
{
    return tandem_date(DAY0 + day);
}

struct put {
    const char *field;
    tandem_value v, key; // a map's key, else none
};

static void
put_all(struct world *w, tandem_edit *d, const struct put *puts,
    const tandem_kind_info *k)
{
    for (; puts->field != NULL; puts++) {
        const tandem_field_info *f = tandem_kind_field(k, puts->field);

        assert_non_null(f);
        if (f->merge == TANDEM_MERGE_MAP) {
            GOOD(w, tandem_edit_put(d, f->id, puts->key, puts->v));
        } else if (f->merge == TANDEM_MERGE_SET) {
            GOOD(w, tandem_edit_add(d, f->id, puts->v));
        } else {
            GOOD(w, tandem_edit_set(d, f->id, puts->v));
        }
    }
}

static tandem_id
make(struct world *w, const char *kind, const struct put *puts)
{
    tandem_schema *schema;
    tandem_txn *t;
    tandem_edit *d;
    tandem_id id;

    GOOD(w, tandem_store_schema(w->s, &schema));
    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_create(t, kind, w->sector, &d));
    put_all(w, d, puts, tandem_schema_kind_find(schema, kind));
    id = tandem_edit_id(d);
    GOOD(w, tandem_txn_commit(t, &w->e));
    tandem_txn_free(t);
    tandem_schema_free(schema);
    return id;
}

static void
change(tandem_store *s, struct world *w, tandem_id id, const struct put *puts)
{
    tandem_record *r;
    tandem_txn *t;
    tandem_edit *d;

    GOOD(w, tandem_record_open(s, id, &r, &w->e));
    GOOD(w, tandem_txn_new(s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_edit(t, r, &d));
    GOOD(w, tandem_edit_why(d, "a reason"));
    put_all(w, d, puts, tandem_record_kind(r));
    GOOD(w, tandem_txn_commit(t, &w->e));
    tandem_txn_free(t);
    tandem_record_free(r);
}

#define PUTS(...)                                                              \
    (const struct put[])                                                       \
    {                                                                          \
        __VA_ARGS__,                                                           \
        {                                                                      \
            .field = NULL                                                      \
        }                                                                      \
    }
#define NEW(kind, ...) make(w, kind, PUTS(__VA_ARGS__))
#define SET(id, ...)   change(w->s, w, id, PUTS(__VA_ARGS__))
#define WORD(f, n)                                                             \
    {                                                                          \
        .field = f, .v = tandem_enum(n)                                        \
    }
#define TIME(f, d, h)                                                          \
    {                                                                          \
        .field = f, .v = at(d, h)                                              \
    }
#define REF(f, id)                                                             \
    {                                                                          \
        .field = f, .v = tandem_ref(id)                                        \
    }

// ------------------------------------------------------------------- standing

struct seen {
    struct facts *f;
    struct view *v;
    struct ways w;
    struct charter c;
    struct dues d;
};

static void
look(struct world *w, tandem_store *s, int64_t now_ms, struct seen *x)
{
    GOOD(w, facts_open(s, &x->f, &w->e));
    GOOD(w, facts_refresh(x->f, &w->e));
    GOOD(w, view_open(x->f, now_ms, &x->v));
    GOOD(w, ways_find(x->v, &x->w));
    GOOD(w, charter_read(x->v, &x->c));
    GOOD(w, due_find(x->v, &x->w, &x->c, &x->d));
}

static void
look_away(struct seen *x)
{
    due_free(&x->d);
    charter_free(&x->c);
    ways_free(&x->w);
    view_free(x->v);
    facts_free(x->f);
}

static struct stand
stand_on(struct world *w, tandem_id id, int day)
{
    const struct stand *s;
    struct stand out;
    struct seen x;
    uint32_t h;

    look(w, w->s, ms(day, 12), &x);
    GOOD(w, facts_find(x.f, id, &h));
    s = ways_of(&x.w, h);
    assert_non_null(s);
    out = *s;
    look_away(&x);
    return out;
}

#define STANDS(id, day, expected)                                              \
    assert_string_equal(way_name(stand_on(w, id, day).way)->code, expected)

// Where a home stands, or its people do.
static const char *
stands_at(struct world *w, tandem_id id, int day)
{
    const struct stand *s;
    const char *code;
    struct seen x;
    uint32_t h;

    look(w, w->s, ms(day, 12), &x);
    GOOD(w, facts_find(x.f, id, &h));
    s = ways_at(&x.w, h);
    code = s != NULL ? way_name(s->way)->code : "";
    look_away(&x);
    return code;
}

// What is due that day for the household of a record: the first of a kind.
static bool
is_due(
    struct world *w, tandem_id id, int day, enum due_kind kind, struct due *out)
{
    const struct stand *s;
    bool found = false;
    struct seen x;
    uint32_t h;

    look(w, w->s, ms(day, 12), &x);
    GOOD(w, facts_find(x.f, id, &h));
    s = ways_of(&x.w, h);
    for (size_t i = 0; i < x.d.count && !found; i++) {
        const struct due *d = &x.d.at[i];

        found = d->kind == kind && s != NULL && d->household == s->household &&
                d->day <= DAY0 + day;
        if (found) {
            *out = *d;
        }
    }
    look_away(&x);
    return found;
}

static tandem_id
sheet(struct world *w, const char *name)
{
    return NEW("contact", {.field = "name", .v = tandem_str(name)},
        WORD("met_by", CHANNEL_DOOR));
}

static tandem_id
home(struct world *w)
{
    return NEW("dwelling", {.field = "address", .v = tandem_str("1 rue A")});
}

static tandem_id
knock(struct world *w, tandem_id home_id, int day, int outcome)
{
    return NEW("encounter", WORD("channel", CHANNEL_DOOR), TIME("at", day, 10),
        WORD("outcome", outcome), REF("dwelling", home_id));
}

static tandem_id
visit(struct world *w, tandem_id contact, int day, int type, bool closed)
{
    return NEW("intervention", REF("contact", contact),
        WORD("intervention_type", type), TIME("started_at", day, 14),
        REF("agents", ((tandem_id){{1}})),
        {.field = "situation_moved", .v = tandem_tri(2)},
        {.field = "closing_steps",
            .key = tandem_enum(CLOSING_DISCUSSION),
            .v = tandem_enum(STEP_DONE)},
        {.field = "signed_off", .v = tandem_bool(closed)});
}

// ---------------------------------------------------------------------- states

static void
test_a_door_nobody_knocked_at_is_unknown(void **state)
{
    struct world *w = ((struct pair *)*state)->w;
    const tandem_id h = home(w);

    STANDS(h, 0, "H0");
    knock(w, h, 0, OUTCOME_PITCH_GIVEN);
    STANDS(h, 0, "H2");
}

static void
test_nobody_answered_then_a_notice_then_it_rests(void **state)
{
    struct world *w = ((struct pair *)*state)->w;
    const tandem_id h = home(w);
    struct due d;

    knock(w, h, 0, OUTCOME_NO_ANSWER);
    STANDS(h, 0, "H1");
    assert_false(is_due(w, h, 0, DUE_KNOCK, &d)); // not on the same day
    assert_true(is_due(w, h, 1, DUE_KNOCK, &d));
    assert_false(d.noticed);
    NEW("visit_notice", {.field = "number", .v = tandem_str("F1001")},
        REF("dwelling", h), TIME("left_at", 0, 11));
    STANDS(h, 0, "H1n");
    assert_true(is_due(w, h, 1, DUE_KNOCK, &d));
    assert_true(d.noticed && d.knocks == 1 && d.until == DAY0 + 21);
    STANDS(h, 40, "H1n"); // one knock alone is no reason to give up
    knock(w, h, 3, OUTCOME_NO_ANSWER);
    STANDS(h, 3, "H1n");
    STANDS(h, 23, "H1n");
    STANDS(h, 24, "H9"); // two, and 21 days after the last
    assert_false(is_due(w, h, 24, DUE_KNOCK, &d));
    knock(w, h, 30, OUTCOME_PITCH_GIVEN); // any new encounter
    STANDS(h, 30, "H2");
}

static void
test_a_call_with_the_number_of_a_notice_asks(void **state)
{
    struct world *w = ((struct pair *)*state)->w;
    const tandem_id h = home(w);
    tandem_id notice, call;

    knock(w, h, 0, OUTCOME_NO_ANSWER);
    notice = NEW("visit_notice", {.field = "number", .v = tandem_str("F1002")},
        REF("dwelling", h), TIME("left_at", 0, 11));
    call = NEW("solicitation", WORD("channel", CHANNEL_NOTICE_RETURN),
        TIME("at", 2, 9), WORD("reasons", REASON_STANDARD_KIT));
    STANDS(h, 2, "H1n");
    SET(notice, REF("solicitation", call));
    STANDS(h, 2, "H3");
    STANDS(call, 2, "H3");
}

static void
test_met_refused_and_met_again(void **state)
{
    struct world *w = ((struct pair *)*state)->w;
    const tandem_id h = home(w);

    knock(w, h, 0, OUTCOME_PITCH_GIVEN);
    STANDS(h, 0, "H2");
    knock(w, h, 1, OUTCOME_NO_ANSWER); // does not undo that they met
    STANDS(h, 1, "H2");
    knock(w, h, 2, OUTCOME_REFUSED);
    STANDS(h, 2, "H9");
    knock(w, h, 5, OUTCOME_NO_ANSWER);
    STANDS(h, 5, "H1");
    knock(w, h, 6, OUTCOME_TALKED);
    STANDS(h, 6, "H2");
}

static void
test_a_proposal_waits_sixty_days(void **state)
{
    struct world *w = ((struct pair *)*state)->w;
    const tandem_id h = home(w);
    struct due d;
    tandem_id met;

    met = NEW("encounter", WORD("channel", CHANNEL_DOOR), TIME("at", 0, 10),
        WORD("outcome", OUTCOME_PITCH_GIVEN), REF("dwelling", h),
        WORD("proposals", PROPOSAL_APPOINTMENT),
        WORD("answer", ANSWER_WAITING));
    STANDS(h, 0, "H2w");
    STANDS(h, 59, "H2w");
    assert_true(is_due(w, h, 59, DUE_ANSWER, &d));
    assert_int_equal(d.until, DAY0 + 60);
    STANDS(h, 60, "H9");
    SET(met, WORD("answer", ANSWER_REFUSED));
    STANDS(h, 1, "H9");
    SET(met, WORD("answer", ANSWER_ACCEPTED));
    STANDS(h, 1, "H2");
}

static void
test_asked_booked_kept_and_missed(void **state)
{
    struct world *w = ((struct pair *)*state)->w;
    const tandem_id c = sheet(w, "A");
    struct due d;
    tandem_id rdv;

    STANDS(c, 0, "H2"); // a sheet was written of somebody who was met
    NEW("solicitation", WORD("channel", CHANNEL_PHONE), TIME("at", 0, 9),
        WORD("reasons", REASON_SEE_A_PROBLEM), REF("contact", c));
    STANDS(c, 0, "H3");
    assert_true(is_due(w, c, 0, DUE_REQUEST, &d));
    rdv = NEW("appointment", WORD("appointment_kind", FOR_INTERVENTION),
        REF("contact", c), WORD("channel", 4), TIME("starts_at", 4, 10),
        WORD("state", APPOINTMENT_IS_PROPOSED));
    STANDS(c, 0, "H3"); // proposed is not booked
    SET(rdv, WORD("state", APPOINTMENT_IS_BOOKED));
    STANDS(c, 0, "H4");
    assert_true(is_due(w, c, 4, DUE_APPOINTMENT, &d));
    assert_true(d.at_ms == ms(4, 10) && !d.disputed);
    assert_true(is_due(w, c, 5, DUE_OUTCOME, &d));
    visit(w, c, 4, TYPE_STANDARD, false); // somebody came
    STANDS(c, 4, "H5s");
    assert_false(is_due(w, c, 5, DUE_OUTCOME, &d));
    assert_true(is_due(w, c, 5, DUE_CLOSE, &d));
}

static void
test_a_missed_appointment_asks_again(void **state)
{
    struct world *w = ((struct pair *)*state)->w;
    const tandem_id c = sheet(w, "B");
    struct due d;
    tandem_id rdv;

    rdv = NEW("appointment", WORD("appointment_kind", FOR_INTERVENTION),
        REF("contact", c), WORD("channel", 4), TIME("starts_at", 1, 10),
        WORD("state", APPOINTMENT_IS_BOOKED));
    STANDS(c, 1, "H4");
    SET(rdv, WORD("state", APPOINTMENT_IS_MISSED));
    STANDS(c, 2, "H3");
    assert_true(is_due(w, c, 2, DUE_MISSED, &d));
    NEW("appointment", WORD("appointment_kind", FOR_INTERVENTION),
        REF("contact", c), WORD("channel", 4), TIME("starts_at", 9, 10),
        WORD("state", APPOINTMENT_IS_BOOKED));
    STANDS(c, 3, "H4");
    assert_false(is_due(w, c, 3, DUE_MISSED, &d));
}

static void
test_two_times_of_one_appointment_are_disputed(void **state)
{
    struct pair *p = *state;
    struct world *w = p->w;
    const tandem_id c = sheet(w, "C");
    const tandem_id rdv =
        NEW("appointment", WORD("appointment_kind", FOR_INTERVENTION),
            REF("contact", c), WORD("channel", 4), TIME("starts_at", 1, 10),
            WORD("state", APPOINTMENT_IS_BOOKED));
    struct due d;

    (void)pair_meet(p);
    change(p->tablet, w, rdv, PUTS(TIME("starts_at", 2, 14)));
    SET(rdv, TIME("starts_at", 2, 10));
    (void)pair_meet(p);
    assert_true(is_due(w, c, 2, DUE_APPOINTMENT, &d));
    assert_true(d.disputed);
}

static void
test_interventions_and_what_comes_after(void **state)
{
    struct world *w = ((struct pair *)*state)->w;
    const tandem_id c = sheet(w, "D");
    const tandem_id first = visit(w, c, 0, TYPE_STANDARD, false);
    struct due d;
    tandem_id second;

    STANDS(c, 0, "H5s");
    second = visit(w, c, 1, TYPE_ADVICE, false);
    SET(second, REF("previous", first));
    STANDS(c, 1, "H5c");
    SET(second, WORD("intervention_type", TYPE_EMERGENCY));
    STANDS(c, 1, "H5u");
    SET(second, {.field = "signed_off", .v = tandem_bool(true)});
    STANDS(c, 1, "H6");
    STANDS(c, 21, "H6");
    STANDS(c, 22, "H7f"); // the call-back, three weeks after
    assert_false(is_due(w, c, 21, DUE_CALL_BACK, &d));
    assert_true(is_due(w, c, 22, DUE_CALL_BACK, &d));
    assert_int_equal(d.allowed, DAY0 + 22);
    NEW("follow_up", WORD("follow_up_kind", FOLLOW_PHONE_CALLBACK),
        REF("contact", c), {.field = "due_on", .v = on(22)},
        TIME("done_at", 23, 10), WORD("result", FOLLOWED_REACHED));
    STANDS(c, 23, "H9");
    assert_false(is_due(w, c, 60, DUE_CALL_BACK, &d));
}

static void
test_referred_and_a_file(void **state)
{
    struct world *w = ((struct pair *)*state)->w;
    const tandem_id c = sheet(w, "E");
    const tandem_id v = visit(w, c, 0, TYPE_STANDARD, true);
    tandem_id file;

    NEW("referral", REF("contact", c), WORD("target", TARGET_AMELIO),
        REF("intervention", v));
    STANDS(c, 1, "H6r");
    file =
        NEW("dossier", REF("contact", c), WORD("state", DOSSIER_IS_DETECTED));
    STANDS(c, 1, "H8");
    SET(file, WORD("state", DOSSIER_IS_OPENED));
    STANDS(c, 100, "H8"); // its adviser has it: no call-back by itself
    NEW("follow_up", WORD("follow_up_kind", FOLLOW_COURTESY_VISIT),
        REF("contact", c), {.field = "due_on", .v = on(30)},
        REF("dossier", file));
    STANDS(c, 29, "H8");
    STANDS(c, 30, "H7f");
    NEW("solicitation", WORD("channel", CHANNEL_PHONE), TIME("at", 31, 9),
        WORD("reasons", REASON_FOLLOW_UP), REF("contact", c));
    STANDS(c, 31, "H3");
    visit(w, c, 32, TYPE_STANDARD, true);
    SET(file, WORD("state", DOSSIER_IS_COMPLETED));
    STANDS(c, 32, "H7f"); // the visit that the adviser asked for is open
}

static void
test_stop_absorbs_everything(void **state)
{
    struct world *w = ((struct pair *)*state)->w;
    const tandem_id h = home(w), c = sheet(w, "F"), other = sheet(w, "G");
    struct due d;

    SET(c, REF("dwelling", h));
    visit(w, c, 0, TYPE_STANDARD, true);
    SET(h, {.field = "do_not_knock", .v = tandem_bool(true)});
    STANDS(h, 0, "H10");
    STANDS(c, 0, "H10"); // who lives there, too
    knock(w, h, 1, OUTCOME_PITCH_GIVEN);
    NEW("solicitation", WORD("channel", CHANNEL_PHONE), TIME("at", 31, 9),
        WORD("reasons", REASON_FOLLOW_UP), REF("contact", c));
    STANDS(c, 40, "H10");
    assert_false(is_due(w, c, 40, DUE_CALL_BACK, &d));
    SET(other, {.field = "consents",
                   .key = tandem_enum(SCOPE_CONTACT_AGAIN),
                   .v = tandem_enum(CONSENT_WITHDRAWN)});
    STANDS(other, 0, "H10");
    NEW("follow_up", WORD("follow_up_kind", FOLLOW_NUDGE),
        REF("contact", other), {.field = "due_on", .v = on(2)});
    assert_true(is_due(w, other, 3, DUE_FOLLOW_UP, &d));
    assert_true(d.stopped && d.allowed == NO_DAY);
}

static void
test_a_home_stands_where_its_people_do(void **state)
{
    struct world *w = ((struct pair *)*state)->w;
    const tandem_id h = home(w), a = sheet(w, "A"), b = sheet(w, "B");

    assert_string_equal(stands_at(w, h, 0), "H0");
    SET(a, REF("dwelling", h));
    SET(b, REF("dwelling", h));
    visit(w, a, 40, TYPE_STANDARD, false);
    STANDS(h, 41, "H0"); // nothing was noted of the home itself
    assert_string_equal(stands_at(w, h, 41), "H5s");
    visit(w, b, 42, TYPE_ADVICE, false);
    assert_string_equal(stands_at(w, h, 43), "H5c"); // as open, and moved last
    assert_string_equal(stands_at(w, a, 43), "H5s");
    SET(h, {.field = "do_not_knock", .v = tandem_bool(true)});
    assert_string_equal(stands_at(w, h, 43), "H10");
}

static void
test_asked_to_stop(void **state)
{
    struct world *w = ((struct pair *)*state)->w;
    const tandem_id c = sheet(w, "H");

    NEW("follow_up", WORD("follow_up_kind", FOLLOW_NUDGE), REF("contact", c),
        {.field = "due_on", .v = on(2)}, TIME("done_at", 2, 10),
        WORD("result", FOLLOWED_ASKED_TO_STOP));
    STANDS(c, 2, "H10");
}

// ----------------------------------------------------------------------
// charter

static tandem_id
done(struct world *w, tandem_id c, int day)
{
    return NEW("follow_up", WORD("follow_up_kind", FOLLOW_NUDGE),
        REF("contact", c), {.field = "due_on", .v = on(day)},
        TIME("done_at", day, 10), WORD("result", FOLLOWED_REACHED));
}

static void
test_nobody_is_called_too_often(void **state)
{
    struct world *w = ((struct pair *)*state)->w;
    const tandem_id c = sheet(w, "I");
    struct due d;

    done(w, c, 13); // 1 March
    NEW("follow_up", WORD("follow_up_kind", FOLLOW_NUDGE), REF("contact", c),
        {.field = "due_on", .v = on(15)});
    assert_true(is_due(w, c, 15, DUE_FOLLOW_UP, &d));
    assert_int_equal(d.allowed, DAY0 + 23); // ten days between
    done(w, c, 30);
    assert_true(is_due(w, c, 31, DUE_FOLLOW_UP, &d));
    assert_int_equal(d.allowed, DAY0 + 44); // two in March: 1 April
    NEW("charter", {.field = "text", .v = tandem_str("text")},
        WORD("side", SIDE_SERVICE_TO_HOUSEHOLD),
        {.field = "max_per_month", .v = tandem_int(3)},
        {.field = "min_days_between", .v = tandem_int(5)});
    assert_true(is_due(w, c, 31, DUE_FOLLOW_UP, &d));
    assert_int_equal(d.allowed, DAY0 + 35);
    SET(c, {.field = "consents",
               .key = tandem_enum(SCOPE_CONTACT_AGAIN),
               .v = tandem_enum(CONSENT_REFUSED)});
    assert_true(is_due(w, c, 31, DUE_FOLLOW_UP, &d));
    assert_int_equal(d.allowed, NO_DAY);
}

// --------------------------------------------------------- the same everywhere

// Two sheets of one person are one household; undone, they are two again.
static void
test_sheets_that_are_the_same_stand_as_one(void **state)
{
    struct world *w = ((struct pair *)*state)->w;
    const tandem_id a = sheet(w, "J"), b = sheet(w, "J");
    tandem_id link;

    visit(w, b, 0, TYPE_STANDARD, false);
    STANDS(a, 0, "H2");
    link = NEW("merge_link", REF("keep", a), REF("other", b),
        WORD("decided", DECIDED_SAME));
    STANDS(a, 0, "H5s");
    STANDS(b, 0, "H5s");
    SET(link, WORD("decided", DECIDED_NOT_SAME));
    STANDS(a, 0, "H2");
}

// Knocks by key alone, at one door: one household, two knocks.
static void
test_a_door_without_a_home_stands_for_itself(void **state)
{
    struct world *w = ((struct pair *)*state)->w;
    const tandem_id a = NEW("encounter", WORD("channel", CHANNEL_DOOR),
        TIME("at", 0, 10), WORD("outcome", OUTCOME_NO_ANSWER),
        {.field = "door_key", .v = tandem_str("k1")});
    const tandem_id b = NEW("encounter", WORD("channel", CHANNEL_DOOR),
        TIME("at", 0, 14), WORD("outcome", OUTCOME_NO_ANSWER),
        {.field = "door_key", .v = tandem_str("k1")});
    const struct stand x = stand_on(w, a, 0), y = stand_on(w, b, 0);

    assert_int_equal(x.household, y.household);
    assert_int_equal(x.knocks, 2);
}

// How many different ways there were.
static size_t
assert_same_ways(struct seen *a, struct seen *b)
{
    size_t ways[WAYS] = {0}, kinds = 0;

    assert_int_equal(a->w.count, b->w.count);
    for (size_t i = 0; i < a->w.count; i++) {
        const struct stand *p = &a->w.at[i], *q = &b->w.at[i];

        assert_memory_equal(&a->f->ids[p->household], &b->f->ids[q->household],
            sizeof(tandem_id));
        assert_int_equal(p->way, q->way);
        assert_int_equal(p->since_ms, q->since_ms);
        assert_memory_equal(
            &a->f->ids[p->by], &b->f->ids[q->by], sizeof(tandem_id));
        assert_int_equal(p->knocks, q->knocks);
        assert_int_equal(p->through, q->through);
        assert_int_equal(p->sheet, q->sheet);
        ways[p->way]++;
    }
    assert_int_equal(a->d.count, b->d.count);
    for (size_t i = 0; i < a->d.count; i++) {
        assert_int_equal(a->d.at[i].kind, b->d.at[i].kind);
        assert_memory_equal(&a->d.at[i].id, &b->d.at[i].id, sizeof(tandem_id));
        assert_int_equal(a->d.at[i].day, b->d.at[i].day);
        assert_int_equal(a->d.at[i].allowed, b->d.at[i].allowed);
    }
    for (size_t i = 0; i < WAYS; i++) {
        kinds += ways[i] > 0;
    }
    return kinds;
}

// What a view that followed the feed from the start shows.
static void
assert_followed(struct world *w, struct facts *f, struct seen *as)
{
    struct seen followed = {.f = f};

    GOOD(w, view_open(f, ms(50, 12), &followed.v));
    GOOD(w, ways_find(followed.v, &followed.w));
    GOOD(w, charter_read(followed.v, &followed.c));
    GOOD(w, due_find(followed.v, &followed.w, &followed.c, &followed.d));
    (void)assert_same_ways(as, &followed);
    due_free(&followed.d);
    charter_free(&followed.c);
    ways_free(&followed.w);
    view_free(followed.v);
}

static void
see_the_same(void **state, size_t devices, uint64_t seed)
{
    struct street s;
    struct pair *p = *state;
    struct world *w = p->w;
    struct facts *f;
    size_t most = 0;

    street_begin(&s, p, devices, seed);
    street_gather(&s);
    GOOD(w, facts_open(w->s, &f, &w->e));
    for (int round = 0; round < 6; round++) {
        struct seen office;

        street_live(&s, 20);
        street_cross(&s);
        street_live(&s, 20);
        GOOD(w, facts_refresh(f, &w->e)); // half of it, to be followed
        street_gather(&s);
        GOOD(w, facts_refresh(f, &w->e));
        look(w, s.at[0], ms(50, 12), &office);
        for (size_t i = 1; i < devices; i++) {
            struct seen tablet;
            size_t kinds;

            look(w, s.at[i], ms(50, 12), &tablet);
            kinds = assert_same_ways(&office, &tablet);
            most = kinds > most ? kinds : most;
            look_away(&tablet);
        }
        assert_followed(w, f, &office);
        look_away(&office);
    }
    facts_free(f);
    street_end(&s);
    assert_true(most >= 8); // worth the comparison
}

static void
test_two_devices_with_the_same_records_see_the_same(void **state)
{
    see_the_same(state, 2, 7);
}

static void
test_four_devices_with_the_same_records_see_the_same(void **state)
{
    see_the_same(state, 4, 8);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, pair_open, pair_close)
    const struct CMUnitTest tests[] = {
        TEST(test_a_door_nobody_knocked_at_is_unknown),
        TEST(test_nobody_answered_then_a_notice_then_it_rests),
        TEST(test_a_call_with_the_number_of_a_notice_asks),
        TEST(test_met_refused_and_met_again),
        TEST(test_a_proposal_waits_sixty_days),
        TEST(test_asked_booked_kept_and_missed),
        TEST(test_a_missed_appointment_asks_again),
        TEST(test_two_times_of_one_appointment_are_disputed),
        TEST(test_interventions_and_what_comes_after),
        TEST(test_referred_and_a_file),
        TEST(test_stop_absorbs_everything),
        TEST(test_a_home_stands_where_its_people_do),
        TEST(test_asked_to_stop),
        TEST(test_nobody_is_called_too_often),
        TEST(test_sheets_that_are_the_same_stand_as_one),
        TEST(test_a_door_without_a_home_stands_for_itself),
        TEST(test_two_devices_with_the_same_records_see_the_same),
        TEST(test_four_devices_with_the_same_records_see_the_same),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
