// SPDX-License-Identifier: Apache-2.0
// guide.c - what the agents' guide asks beside what a pack can.
#include "record/guide.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "figures/calendar.h"
#include "figures/mark.h"
#include "figures/quiet.h"
#include "figures/words.h"
#include "page/utf8.h"
#include "record/record.h"

#define ITEMS_OF_A_STANDARD 3
enum { WHO_BYTES_MAX = 100 }; // of a name in a sentence

static bool
is_kind(const tandem_kind_info *k, const char *id)
{
    return k != NULL && strcmp(k->pack, "fr.terrain") == 0 &&
           strcmp(k->id, id) == 0;
}

static tandem_value
shown(const tandem_record *r, const char *field)
{
    tandem_value v;

    return tandem_record_get(r, field, &v) == TANDEM_OK ? v : tandem_none();
}

static int64_t
word_of(const tandem_record *r, const char *field)
{
    const tandem_value v = shown(r, field);

    return v.type == TANDEM_ENUM ? v.u.i : 0;
}

// What stands under a word of a map; 0 nothing.
static int64_t
step_of(const tandem_record *r, const char *field, int64_t word)
{
    tandem_value key, v;

    for (size_t i = 0; tandem_record_item(r, field, i, &key, &v) == TANDEM_OK;
         i++) {
        if (key.type == TANDEM_ENUM && key.u.i == word &&
            v.type == TANDEM_ENUM) {
            return v.u.i;
        }
    }
    return 0;
}

// --------------------------------------------------------------------- closing

void
guide_hear(struct guide *g, const struct value_place *p,
    const tandem_kind_info *k, const struct change *x)
{
    tandem_error e = cli_no_error(p->c);
    char room[TANDEM_PARSE_ROOM];
    tandem_value v;

    if (!is_kind(k, "intervention")) {
        return;
    }
    if (strcmp(x->field->id, "signed_off") == 0) {
        g->closes = value_read(p, &x->field->value, x->text, room, &v, &e) ==
                        TANDEM_OK &&
                    v.type == TANDEM_BOOL && v.u.i == 1;
    }
    g->says_moved |= strcmp(x->field->id, "situation_moved") == 0;
    g->says_talk |= strcmp(x->field->id, "closing_steps") == 0 && x->keyed &&
                    x->key.type == TANDEM_ENUM &&
                    x->key.u.i == CLOSING_AMELIO_TALK;
}

enum answer { ANSWER_NONE, ANSWER_YES, ANSWER_NO };

static enum answer
ask(const char *question)
{
    char line[64];

    (void)fprintf(stderr, "%s ", question);
    (void)fflush(stderr);
    if (fgets(line, sizeof(line), stdin) == NULL) {
        return ANSWER_NONE;
    }
    switch (line[0]) {
    case 'y':
    case 'Y':
    case 'o':
    case 'O':
        return ANSWER_YES;
    case 'n':
    case 'N':
        return ANSWER_NO;
    default:
        return ANSWER_NONE;
    }
}

static tandem_err
ask_moved(tandem_edit *d)
{
    const enum answer a =
        ask(_("Did the situation move forward? [y/n, Enter: not said]"));

    return a == ANSWER_NONE ? TANDEM_OK
                            : tandem_edit_set(d, "situation_moved",
                                  tandem_tri(a == ANSWER_YES));
}

static tandem_err
ask_talk(tandem_edit *d)
{
    const enum answer a =
        ask(_("Was Amelio spoken of? [y/n, Enter: not said]"));

    return a == ANSWER_NONE
               ? TANDEM_OK
               : tandem_edit_put(d, "closing_steps",
                     tandem_enum(CLOSING_AMELIO_TALK),
                     tandem_enum(a == ANSWER_YES ? STEP_DONE : STEP_NOT_DONE));
}

static bool
has_moved_said(const tandem_record *r)
{
    const tandem_value v = shown(r, "situation_moved");

    return v.type == TANDEM_TRI && (v.u.i == 0 || v.u.i == 1);
}

tandem_err
guide_ask(const struct cli *c, const struct guide *g, const tandem_record *seen,
    tandem_edit *d)
{
    const tandem_value closed = shown(seen, "signed_off");
    tandem_err err = TANDEM_OK;

    if (!g->closes || (closed.type == TANDEM_BOOL && closed.u.i == 1) ||
        c->yes || c->json || isatty(STDIN_FILENO) != 1 ||
        isatty(STDERR_FILENO) != 1) {
        return TANDEM_OK;
    }
    if (!g->says_moved && !has_moved_said(seen)) {
        err = ask_moved(d);
    }
    if (err == TANDEM_OK && !g->says_talk &&
        step_of(seen, "closing_steps", CLOSING_AMELIO_TALK) == 0) {
        err = ask_talk(d);
    }
    return err;
}

// --------------------------------------------------------------------- notices

// Records of a kind whose field is that value; freed by the caller.
static tandem_page *
find(const struct cli *c, const char *kind, const char *field, tandem_value v)
{
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_page *page = NULL;

    q.kind = kind;
    q.field = field;
    q.value = v;
    q.limit = 1000;
    return tandem_find(c->store, &q, &page, NULL) == TANDEM_OK ? page : NULL;
}

static int64_t
items_fitted(const struct cli *c, tandem_id visit)
{
    tandem_page *page =
        find(c, "fr.terrain/item_fitted", "intervention", tandem_ref(visit));
    int64_t n = 0;

    for (size_t i = 0; page != NULL && i < tandem_page_count(page); i++) {
        const tandem_record *r = tandem_page_record(page, i);
        const tandem_value quantity = shown(r, "quantity");

        if (word_of(r, "action") == ACTION_FITTED &&
            quantity.type == TANDEM_INT) {
            n += quantity.u.i;
        }
    }
    tandem_page_free(page);
    return n;
}

static bool
lacks_items(const struct cli *c, const tandem_record *r, int64_t *n)
{
    const tandem_value closed = shown(r, "signed_off");
    const int64_t step =
        step_of(r, "standard_steps", STANDARD_THREE_ITEMS_FITTED);

    if (closed.type != TANDEM_BOOL || closed.u.i != 1 ||
        word_of(r, "intervention_type") != TYPE_STANDARD ||
        step == STEP_NOT_APPLICABLE || step == STEP_DECLINED) {
        return false;
    }
    *n = items_fitted(c, tandem_record_id(r));
    return *n < ITEMS_OF_A_STANDARD;
}

// Whose tour it was, else who wrote it.
static void
who_knocked(
    const struct cli *c, const tandem_record *r, char out[WHO_BYTES_MAX + 1])
{
    const tandem_value tour = shown(r, "tour");
    tandem_record *t = NULL, *pair = NULL;
    tandem_value v = tandem_none();
    char name[RECORD_NAME] = "";
    tandem_origin at;

    if (tour.type == TANDEM_REF &&
        tandem_record_open(c->store, tour.u.id, &t, NULL) == TANDEM_OK) {
        v = shown(t, "pair_ref");
    }
    if (v.type == TANDEM_REF &&
        tandem_record_open(c->store, v.u.id, &pair, NULL) == TANDEM_OK) {
        record_name(c, pair, name);
    }
    tandem_record_free(pair);
    tandem_record_free(t);
    if (name[0] == '\0') {
        tandem_record_created(r, &at);
        (void)cli_person_name(c, at.person, name);
    }
    utf8_cut(name, WHO_BYTES_MAX);
    memcpy(out, name, strlen(name) + 1);
}

static bool
knocked_that_day(const struct cli *c, const tandem_record *r, const char *field,
    int64_t *at_ms, char who[WHO_BYTES_MAX + 1])
{
    const tandem_value door = shown(r, field), at = shown(r, "at");
    tandem_page *page;

    if (door.type == TANDEM_NONE || at.type != TANDEM_TIME) {
        return false;
    }
    page = find(c, "fr.terrain/encounter", field, door);
    *at_ms = INT64_MIN;
    for (size_t i = 0; page != NULL && i < tandem_page_count(page); i++) {
        const tandem_record *other = tandem_page_record(page, i);
        const tandem_value then = shown(other, "at");

        if (!tandem_id_equal(tandem_record_id(other), tandem_record_id(r)) &&
            then.type == TANDEM_TIME && then.u.dt.ms <= at.u.dt.ms &&
            then.u.dt.ms > *at_ms &&
            calendar_day_of(then.u.dt.ms) == calendar_day_of(at.u.dt.ms)) {
            *at_ms = then.u.dt.ms;
            who_knocked(c, other, who);
        }
    }
    tandem_page_free(page);
    return *at_ms != INT64_MIN;
}

static void
hour_of(int64_t ms, char out[16])
{
    const time_t when = (time_t)(ms / 1000);
    struct tm tm;

    out[0] = '\0';
    if (localtime_r(&when, &tm) != NULL) {
        (void)strftime(out, 16, "%H:%M", &tm);
    }
}

static void
name(tandem_notice *n, const char *what, const char *field)
{
    (void)snprintf(n->what, sizeof(n->what), "%s", what);
    (void)snprintf(n->field, sizeof(n->field), "%s", field);
}

// ----------------------------------------------------------------- quiet hours

// The charter in force, as figures/charter.h has it. Freed with the page.
static const tandem_record *
charter_in_force(const tandem_page *page)
{
    const tandem_record *last = NULL;
    int64_t at_ms = 0;

    for (size_t i = 0; i < tandem_page_count(page); i++) {
        const tandem_record *r = tandem_page_record(page, i);
        const tandem_id id = tandem_record_id(r);
        int64_t created_ms, changed_ms;

        tandem_record_times(r, &created_ms, &changed_ms);
        if (word_of(r, "side") == SIDE_SERVICE_TO_HOUSEHOLD &&
            (last == NULL || changed_ms > at_ms ||
                (changed_ms == at_ms && memcmp(id.b, tandem_record_id(last).b,
                                            sizeof(id.b)) > 0))) {
            last = r;
            at_ms = changed_ms;
        }
    }
    return last;
}

// When the service came to somebody, or is to come; "" for other kinds.
static const char *
moment_of(const tandem_record *r)
{
    static const struct {
        const char *kind, *field;
    } kinds[] = {
        {"encounter", "at"},
        {"visit_notice", "left_at"},
        {"appointment", "starts_at"},
        {"follow_up", "done_at"},
    };
    const tandem_kind_info *k = tandem_record_kind(r);

    if (is_kind(k, "encounter") && word_of(r, "channel") != CHANNEL_DOOR &&
        word_of(r, "channel") != CHANNEL_PHONE) {
        return ""; // at a market it is who passes by that comes
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (is_kind(k, kinds[i].kind)) {
            return kinds[i].field;
        }
    }
    return "";
}

static size_t
note_quiet(const struct cli *c, const tandem_record *r, tandem_notice *out)
{
    const char *field = moment_of(r);
    const tandem_value at = field[0] != '\0' ? shown(r, field) : tandem_none();
    const tandem_record *charter;
    tandem_page *page;
    tandem_value hours;
    int32_t minute;
    size_t n = 0;

    if (at.type != TANDEM_TIME) {
        return 0;
    }
    page = find(c, "fr.terrain/charter", NULL, tandem_none());
    charter = charter_in_force(page);
    hours = charter != NULL ? shown(charter, "quiet_hours") : tandem_none();
    if (hours.type == TANDEM_STR &&
        quiet_at(quiet_read(hours.u.s.ptr, hours.u.s.len), at.u.dt.ms)) {
        minute = calendar_minute_of(at.u.dt.ms);
        name(out, "quiet_hours", field);
        (void)snprintf(out->msg, sizeof(out->msg),
            _("%02d:%02d is among the charter's hours without calls (%.*s)"),
            (int)minute / 60, (int)minute % 60, (int)hours.u.s.len,
            (const char *)hours.u.s.ptr);
        n = 1;
    }
    tandem_page_free(page);
    return n;
}

static size_t
note_charter(const tandem_record *r, tandem_notice *out)
{
    const tandem_value hours = shown(r, "quiet_hours");

    if (!is_kind(tandem_record_kind(r), "charter") ||
        hours.type != TANDEM_STR ||
        quiet_read(hours.u.s.ptr, hours.u.s.len) != 0) {
        return 0;
    }
    name(out, "quiet_unreadable", "quiet_hours");
    (void)snprintf(out->msg, sizeof(out->msg),
        _("there are no such hours: nothing is held against them"));
    return 1;
}

// ------------------------------------------------------------------------- all

static size_t
note_items(const struct cli *c, const tandem_record *r, tandem_notice *out)
{
    int64_t n;

    if (!is_kind(tandem_record_kind(r), "intervention") ||
        !lacks_items(c, r, &n)) {
        return 0;
    }
    name(out, "three_items", "standard_steps");
    (void)snprintf(out->msg, sizeof(out->msg),
        _("a standard intervention fits three small items; %lld noted"),
        (long long)n);
    return 1;
}

static size_t
note_knock(const struct cli *c, const tandem_record *r, tandem_notice *out)
{
    char hour[16], who[WHO_BYTES_MAX + 1];
    int64_t at_ms;

    if (!is_kind(tandem_record_kind(r), "encounter") ||
        word_of(r, "channel") != CHANNEL_DOOR ||
        (!knocked_that_day(c, r, "dwelling", &at_ms, who) &&
            !knocked_that_day(c, r, "door_key", &at_ms, who))) {
        return 0;
    }
    hour_of(at_ms, hour);
    name(out, "already_knocked", "at");
    (void)snprintf(out->msg, sizeof(out->msg),
        _("this door was knocked at already that day, at %s: %s"), hour, who);
    return 1;
}

// ------------------------------------------------------------ possible doubles

static bool
is_linked(const struct cli *c, tandem_id a, const char *there, tandem_id b,
    const char *here)
{
    tandem_page *page = find(c, "fr.terrain/merge_link", here, tandem_ref(b));
    bool is = false;

    for (size_t i = 0; page != NULL && !is && i < tandem_page_count(page);
         i++) {
        const tandem_value v = shown(tandem_page_record(page, i), there);

        is = v.type == TANDEM_REF && tandem_id_equal(v.u.id, a);
    }
    tandem_page_free(page);
    return is;
}

// Was it said already that they are one, or two?
static bool
is_decided(const struct cli *c, tandem_id a, tandem_id b)
{
    return is_linked(c, a, "keep", b, "other") ||
           is_linked(c, a, "other", b, "keep");
}

static bool
has_name_of(const tandem_record *a, const tandem_record *b)
{
    const tandem_value x = shown(a, "name"), y = shown(b, "name");
    const uint64_t mark =
        x.type == TANDEM_STR ? mark_of(x.u.s.ptr, x.u.s.len) : 0;

    return mark != 0 && y.type == TANDEM_STR &&
           mark == mark_of(y.u.s.ptr, y.u.s.len);
}

// Another sheet.
struct twin {
    char who[RECORD_NAME];
    char ref[64]; // as it is named to a verb
};

static void
refer(const struct cli *c, const tandem_record *r, char out[64])
{
    if (!record_code(r, out)) {
        record_short_id(c, tandem_record_id(r), out);
    }
}

// One of that phone, or of that dwelling and the same name.
static bool
find_double(const struct cli *c, const tandem_record *r, const char *field,
    tandem_value v, bool named, struct twin *out)
{
    const tandem_id id = tandem_record_id(r);
    tandem_page *page =
        v.type != TANDEM_NONE ? find(c, "fr.terrain/contact", field, v) : NULL;
    bool found = false;

    for (size_t i = 0; page != NULL && !found && i < tandem_page_count(page);
         i++) {
        const tandem_record *other = tandem_page_record(page, i);
        const tandem_id that = tandem_record_id(other);

        found = !tandem_id_equal(that, id) &&
                (!named || has_name_of(r, other)) && !is_decided(c, id, that);
        if (found) {
            record_name(c, other, out->who);
            utf8_cut(out->who, WHO_BYTES_MAX);
            refer(c, other, out->ref);
        }
    }
    tandem_page_free(page);
    return found;
}

static size_t
note_double(const struct cli *c, const tandem_record *r, tandem_notice *out)
{
    struct twin twin;
    char ref[64];
    tandem_value v;
    bool found = false;

    if (!is_kind(tandem_record_kind(r), "contact")) {
        return 0;
    }
    for (size_t i = 0;
         !found && tandem_record_item(r, "phones", i, &v, NULL) == TANDEM_OK;
         i++) {
        found = find_double(c, r, "phones", v, false, &twin);
    }
    name(out, "possible_double", found ? "phones" : "dwelling");
    if (!found &&
        !find_double(c, r, "dwelling", shown(r, "dwelling"), true, &twin)) {
        return 0;
    }
    refer(c, r, ref);
    (void)snprintf(out->msg, sizeof(out->msg),
        found ? _("another sheet has this phone number: %s; if it is the same "
                  "person: tandem same %s %s")
              : _("another sheet has this name and home: %s; if it is the same "
                  "person: tandem same %s %s"),
        twin.who, twin.ref, ref);
    return 1;
}

size_t
guide_notices(const struct cli *c, const tandem_record *r, tandem_notice *out,
    size_t room)
{
    size_t n = 0;

    n += n < room ? note_items(c, r, out + n) : 0;
    n += n < room ? note_knock(c, r, out + n) : 0;
    n += n < room ? note_double(c, r, out + n) : 0;
    n += n < room ? note_quiet(c, r, out + n) : 0;
    n += n < room ? note_charter(r, out + n) : 0;
    return n;
}
