// SPDX-License-Identifier: Apache-2.0
// text.c - a value from what a person typed.
//
// Both languages are understood always: a binôme's tablets may differ.
#include <string.h>

#include "base/fail.h"
#include "base/slice.h"
#include "schema/day.h"
#include "schema/say.h"
#include "schema/type.h"

struct text {
    const char *at;
    size_t left;
};

static bool
is_space(const char *p)
{
    return *p == ' ' || *p == '\t' || *p == '\n' || *p == '\r';
}

static struct text
trimmed(const char *s)
{
    struct text t = {s, strlen(s)};

    while (t.left > 0 && is_space(t.at)) {
        t.at++;
        t.left--;
    }
    while (t.left > 0 && is_space(t.at + t.left - 1)) {
        t.left--;
    }
    return t;
}

static bool
eat(struct text *t, char c)
{
    if (t->left == 0 || *t->at != c) {
        return false;
    }
    t->at++;
    t->left--;
    return true;
}

static bool
digit_next(const struct text *t)
{
    return t->left > 0 && *t->at >= '0' && *t->at <= '9';
}

// `least` to `most` digits.
static bool
eat_digits(struct text *t, int least, int most, int32_t *out)
{
    int32_t n = 0;
    int count = 0;

    while (count < most && digit_next(t)) {
        n = n * 10 + (*t->at - '0');
        t->at++;
        t->left--;
        count++;
    }
    *out = n;
    return count >= least;
}

static bool
same(struct text t, const char *word)
{
    return td_term_same(t.at, t.left, word);
}

static bool
one_of(struct text t, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (same(t, *words)) {
            return true;
        }
    }
    return false;
}

/* ----------------------------------------------------------------- numbers */

// A signed decimal with `places` digits after '.' or ',' at most, as an
// integer of that many places. Also takes U+2212 for the minus.
static bool
eat_decimal(struct text *t, int places, int64_t *out)
{
    static const char minus_sign[] = "\xe2\x88\x92";
    bool negative = false;
    int64_t n = 0;
    int after = -1; // digits after the point; -1 before it
    int count = 0;

    if (t->left >= 3 && memcmp(t->at, minus_sign, 3) == 0) {
        t->at += 3;
        t->left -= 3;
        negative = true;
    } else if (eat(t, '-')) {
        negative = true;
    } else {
        (void)eat(t, '+');
    }
    for (; t->left > 0; t->at++, t->left--) {
        if (digit_next(t)) {
            // Downwards: INT64_MIN has no positive twin.
            if (after == places || __builtin_mul_overflow(n, 10, &n) ||
                __builtin_sub_overflow(n, *t->at - '0', &n)) {
                return false;
            }
            count++;
            after += after >= 0 ? 1 : 0;
        } else if ((*t->at == '.' || *t->at == ',') && after < 0 &&
                   places > 0 && count > 0) {
            after = 0;
        } else {
            break;
        }
    }
    for (int i = after < 0 ? 0 : after; i < places; i++) {
        if (__builtin_mul_overflow(n, 10, &n)) {
            return false;
        }
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, n, &n)) {
        return false;
    }
    *out = n;
    return count > 0 && after != 0;
}

static tandem_err
parse_int(const tandem_value_type *type, struct text t, tandem_value *out,
    tandem_error *e)
{
    int64_t n = 0;

    if (!eat_decimal(&t, 0, &n) || t.left > 0) {
        return td_value_refuse(type, e,
            "not a whole number; write digits only, as 12 or -3",
            "pas un nombre entier ; écrivez des chiffres, comme 12 ou -3");
    }
    *out = tandem_int(n);
    return TANDEM_OK;
}

static tandem_err
parse_cents(const tandem_value_type *type, struct text t, tandem_value *out,
    tandem_error *e)
{
    static const char euro[] = "\xe2\x82\xac";
    int64_t n = 0;
    bool fine = eat_decimal(&t, 2, &n);

    (void)eat(&t, ' ');
    if (t.left == 3 && memcmp(t.at, euro, 3) == 0) {
        t.left = 0;
    }
    if (!fine || t.left > 0) {
        return td_value_refuse(type, e,
            "not an amount in euros; write it as 12.50",
            "pas un montant en euros ; écrivez-le 12,50");
    }
    *out = tandem_int(n);
    return TANDEM_OK;
}

static tandem_err
parse_bool(const tandem_value_type *type, struct text t, tandem_value *out,
    tandem_error *e)
{
    static const char *const yes[] = {
        "yes", "oui", "true", "vrai", "1", "y", "o", NULL};
    static const char *const no[] = {
        "no", "non", "false", "faux", "0", "n", NULL};
    static const char *const unknown[] = {"unknown", "inconnu", "?", NULL};
    bool tri = type->base == TANDEM_FIELD_TRI;

    if (one_of(t, yes) || one_of(t, no)) {
        bool v = one_of(t, yes);

        *out = tri ? tandem_tri(v ? 1 : 0) : tandem_bool(v);
        return TANDEM_OK;
    }
    if (!tri) {
        return td_value_refuse(
            type, e, "write yes or no", "écrivez oui ou non");
    }
    if (!one_of(t, unknown)) {
        return td_value_refuse(
            type, e, "write yes, no or unknown", "écrivez oui, non ou inconnu");
    }
    *out = tandem_tri(2);
    return TANDEM_OK;
}

// "50.63,3.06", "50,63 ; 3,06" is ambiguous with a comma between: then a
// point is the decimal sign.
static tandem_err
parse_geo(const tandem_value_type *type, struct text t, tandem_value *out,
    tandem_error *e)
{
    const char *comma = memchr(t.at, ',', t.left);
    const char *semi = memchr(t.at, ';', t.left);
    const char *cut = semi != NULL ? semi : comma;
    struct text lat = t;
    int64_t a = 0;
    int64_t b = 0;
    bool fine = cut != NULL;

    if (fine) {
        lat.left = (size_t)(cut - t.at);
        t.left -= lat.left + 1;
        t.at = cut + 1;
        while (eat(&t, ' ')) {
        }
        fine = eat_decimal(&lat, 5, &a) && eat_decimal(&t, 5, &b);
        while (eat(&lat, ' ')) {
        }
        fine = fine && lat.left == 0 && t.left == 0;
    }
    if (!fine || a < INT32_MIN || a > INT32_MAX || b < INT32_MIN ||
        b > INT32_MAX) {
        return td_value_refuse(type, e,
            "not a position; write latitude,longitude with at most 5 "
            "decimals, as 50.63000,3.06000",
            "pas une position ; écrivez latitude,longitude avec 5 décimales "
            "au plus, comme 50.63000,3.06000");
    }
    *out = tandem_geo((int32_t)a, (int32_t)b);
    return TANDEM_OK;
}

/* ------------------------------------------------------------------- words */

static tandem_err
parse_word(const tandem_value_type *type, struct text t, tandem_value *out,
    tandem_error *e)
{
    const tandem_enum_info *words = type->words;
    const tandem_word *by_term = NULL;
    size_t terms = 0;

    for (size_t i = 0; i < words->word_count; i++) {
        const tandem_word *w = &words->words[i];

        if (same(t, w->id)) {
            *out = tandem_enum(w->n);
            return TANDEM_OK;
        }
        if (same(t, w->fr) || same(t, w->en)) {
            by_term = w;
            terms++;
        }
    }
    if (terms != 1) {
        bool french = e != NULL && e->lang == TANDEM_FR;
        const tandem_word *w = words->word_count > 0 ? &words->words[0] : NULL;
        const char *first = w == NULL ? "?" : french ? w->fr : w->en;

        (void)td_value_refuse(type, e, "", "");
        return td_fail(e, TANDEM_EVALUE,
            "%s: not one of its %zu words; the first is \"%s\", see the list",
            "%s : pas un de ses %zu mots ; le premier est « %s », voyez la "
            "liste",
            type->field == NULL ? words->id
            : french            ? type->field->fr
                                : type->field->en,
            words->word_count, first);
    }
    *out = tandem_enum(by_term->n);
    return TANDEM_OK;
}

/* ------------------------------------------------------------------- times */

// 2026-03-31 or 31/03/2026.
static bool
eat_day(struct text *t, int64_t *days)
{
    struct text slash = *t;
    struct td_day d;

    if (eat_digits(t, 4, 4, &d.year) && eat(t, '-') &&
        eat_digits(t, 2, 2, &d.month) && eat(t, '-') &&
        eat_digits(t, 2, 2, &d.day)) {
        return td_day_of(d, days);
    }
    if (eat_digits(&slash, 1, 2, &d.day) && eat(&slash, '/') &&
        eat_digits(&slash, 1, 2, &d.month) && eat(&slash, '/') &&
        eat_digits(&slash, 4, 4, &d.year)) {
        *t = slash;
        return td_day_of(d, days);
    }
    return false;
}

static tandem_err
parse_date(const tandem_value_type *type, struct text t, tandem_value *out,
    tandem_error *e)
{
    int64_t days = 0;

    if (!eat_day(&t, &days) || t.left > 0) {
        return td_value_refuse(type, e,
            "no such date; write it as 2026-03-31 or 31/03/2026",
            "cette date n'existe pas ; écrivez-la 31/03/2026 ou 2026-03-31");
    }
    *out = tandem_date(days);
    return TANDEM_OK;
}

// 14:05, 14:05:30, 14:05:30.250, 14h05.
static bool
eat_clock(struct text *t, int64_t *ms)
{
    int32_t h;
    int32_t m;
    int32_t s = 0;
    int64_t fraction = 0;
    int64_t unit = 100;

    if (!eat_digits(t, 1, 2, &h) || (!eat(t, ':') && !eat(t, 'h')) ||
        !eat_digits(t, 2, 2, &m)) {
        return false;
    }
    if (eat(t, ':')) {
        if (!eat_digits(t, 2, 2, &s)) {
            return false;
        }
        if (eat(t, '.') || eat(t, ',')) {
            if (!digit_next(t)) {
                return false;
            }
            // Beyond milliseconds digits are read and dropped.
            for (; digit_next(t); t->at++, t->left--) {
                fraction += (*t->at - '0') * unit;
                unit /= 10;
            }
        }
    }
    *ms = ((int64_t)h * 3600 + m * 60 + s) * 1000 + fraction;
    return h < 24 && m < 60 && s < 60;
}

// Z, +01:00, +0100, +01; absent leaves `out` alone.
static bool
eat_offset(struct text *t, int32_t *out)
{
    int32_t h;
    int32_t m = 0;
    bool west;

    while (eat(t, ' ')) {
    }
    if (t->left == 0) {
        return true;
    }
    if (eat(t, 'Z') || eat(t, 'z')) {
        *out = 0;
        return t->left == 0;
    }
    west = eat(t, '-');
    if ((!west && !eat(t, '+')) || !eat_digits(t, 2, 2, &h)) {
        return false;
    }
    (void)eat(t, ':');
    if (t->left > 0 && !eat_digits(t, 2, 2, &m)) {
        return false;
    }
    *out = (h * 60 + m) * (west ? -1 : 1);
    return t->left == 0 && m < 60;
}

static tandem_err
parse_time(const tandem_value_type *type, struct text t, int32_t offset,
    tandem_value *out, tandem_error *e)
{
    int64_t days = 0;
    int64_t ms = 0;
    bool fine = eat_day(&t, &days);

    fine = fine && (eat(&t, 'T') || eat(&t, 't') || eat(&t, ' '));
    fine = fine && eat_clock(&t, &ms) && eat_offset(&t, &offset);
    if (!fine) {
        return td_value_refuse(type, e,
            "not a date and time; write it as 2026-03-31T14:05+02:00",
            "pas une date et heure ; écrivez-la 2026-03-31T14:05+02:00");
    }
    if (offset == TANDEM_NO_OFFSET) {
        return td_value_refuse(type, e,
            "which time zone? add Z or an offset, as 2026-03-31T14:05+02:00",
            "quel fuseau ? ajoutez Z ou un décalage, comme "
            "2026-03-31T14:05+02:00");
    }
    if (offset < -TD_OFFSET_MAX || offset > TD_OFFSET_MAX) {
        return td_value_refuse(type, e, "an offset is at most 18:00",
            "un décalage est d'au plus 18:00");
    }
    *out = tandem_time(days * TD_DAY_MS + ms - (int64_t)offset * 60000, offset);
    return TANDEM_OK;
}

/* ----------------------------------------------------------------- strings */

// Digits and '+' of `t` into `room`; false for any other sign, or too many.
static bool
phone_digits(struct text t, char *room, size_t size, size_t *len)
{
    static const char nbsp[] = "\xc2\xa0";
    static const char thin[] = "\xe2\x80\xaf";
    size_t n = 0;

    while (t.left > 0) {
        size_t step = 1;

        if (t.left >= 2 && memcmp(t.at, nbsp, 2) == 0) {
            step = 2;
        } else if (t.left >= 3 && memcmp(t.at, thin, 3) == 0) {
            step = 3;
        } else if (t.left >= 3 && n > 0 && memcmp(t.at, "(0)", 3) == 0) {
            step = 3; // +33 (0)3...: the zero is not dialled from abroad
        } else if (digit_next(&t) || (*t.at == '+' && n == 0)) {
            if (n + 1 >= size) {
                return false;
            }
            room[n++] = *t.at;
        } else if (strchr(" .-/()", *t.at) == NULL) {
            return false;
        }
        t.at += step;
        t.left -= step;
    }
    *len = n;
    return n > 0;
}

static tandem_err
parse_phone(const tandem_value_type *type, struct text t, char *room,
    tandem_value *out, tandem_error *e)
{
    char typed[24];
    size_t n = 0;
    size_t skip = 0;
    const char *prefix = "";

    if (!phone_digits(t, typed, sizeof typed, &n)) {
        n = 0;
    } else if (n > 2 && memcmp(typed, "00", 2) == 0) {
        prefix = "+";
        skip = 2;
    } else if (n == 10 && typed[0] == '0') {
        prefix = "+33";
        skip = 1;
    }
    memcpy(room, prefix, strlen(prefix));
    memcpy(room + strlen(prefix), typed + skip, n - skip);
    *out = tandem_str_n(room, strlen(prefix) + n - skip);
    return tandem_value_check(type, out, e);
}

static tandem_err
parse_hash(const tandem_value_type *type, struct text t, char *room,
    tandem_value *out, tandem_error *e)
{
    char hex[65];

    if (t.left == 64) {
        memcpy(hex, t.at, 64);
        hex[64] = '\0';
    }
    if (t.left != 64 || !td_unhex(hex, (uint8_t *)room, 32)) {
        return td_value_refuse(type, e, "64 hexadecimal digits are needed",
            "il faut 64 chiffres hexadécimaux");
    }
    *out = tandem_str_n(room, 32);
    out->type = TANDEM_HASH;
    return TANDEM_OK;
}

static tandem_err
parse_ref(const tandem_value_type *type, struct text t, tandem_value *out,
    tandem_error *e)
{
    char text[37];
    tandem_id id;

    if (t.left < sizeof text) {
        memcpy(text, t.at, t.left);
        text[t.left] = '\0';
    }
    if (t.left >= sizeof text || !tandem_id_parse(text, &id)) {
        return td_value_refuse(type, e,
            "not a record's id; write its 32 hexadecimal digits",
            "pas l'identifiant d'une fiche ; écrivez ses 32 chiffres "
            "hexadécimaux");
    }
    *out = tandem_ref(id);
    return TANDEM_OK;
}

static tandem_err
parse(const tandem_value_type *type, struct text t, int32_t offset, char *room,
    tandem_value *out, tandem_error *e)
{
    switch (type->base) {
    case TANDEM_FIELD_STR:
    case TANDEM_FIELD_TEXT:
    case TANDEM_FIELD_EMAIL:
        *out = tandem_str_n(t.at, t.left);
        return TANDEM_OK;
    case TANDEM_FIELD_PHONE:
        return parse_phone(type, t, room, out, e);
    case TANDEM_FIELD_INT:
        return parse_int(type, t, out, e);
    case TANDEM_FIELD_CENTS:
        return parse_cents(type, t, out, e);
    case TANDEM_FIELD_BOOL:
    case TANDEM_FIELD_TRI:
        return parse_bool(type, t, out, e);
    case TANDEM_FIELD_ENUM:
        return parse_word(type, t, out, e);
    case TANDEM_FIELD_DATE:
        return parse_date(type, t, out, e);
    case TANDEM_FIELD_TIME:
        return parse_time(type, t, offset, out, e);
    case TANDEM_FIELD_GEO:
        return parse_geo(type, t, out, e);
    case TANDEM_FIELD_REF:
        return parse_ref(type, t, out, e);
    case TANDEM_FIELD_BLOB:
    case TANDEM_FIELD_HASH:
        return parse_hash(type, t, room, out, e);
    case TANDEM_FIELD_UNKNOWN:
        break;
    }
    return td_value_newer(type, e);
}

tandem_err
tandem_value_parse(const tandem_value_type *type, const char *text,
    int32_t default_offset_min, char room[TANDEM_PARSE_ROOM], tandem_value *out,
    tandem_error *e)
{
    tandem_value v = tandem_none();
    struct text t;

    if (type == NULL || text == NULL || room == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    t = trimmed(text);
    if (t.left > 0) {
        TD_TRY(parse(type, t, default_offset_min, room, &v, e));
    }
    TD_TRY(tandem_value_check(type, &v, e));
    *out = v;
    return TANDEM_OK;
}
