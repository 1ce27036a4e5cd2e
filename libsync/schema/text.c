// SPDX-License-Identifier: Apache-2.0
// text.c - a value from what a person typed.
//
// Both languages are understood always: a binôme's tablets may differ.
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/slice.h"
#include "schema/say.h"
#include "schema/typed.h"

/* ----------------------------------------------------------------- numbers */

static tandem_err
parse_int(const tandem_value_type *type, struct td_typed t, tandem_value *out,
    tandem_error *e)
{
    int64_t n = 0;

    if (!td_typed_decimal(&t, 0, &n) || t.left > 0) {
        return td_value_refuse(type, e,
            "not a whole number; write digits only, as 12 or -3",
            "pas un nombre entier ; écrivez des chiffres, comme 12 ou -3");
    }
    *out = tandem_int(n);
    return TANDEM_OK;
}

static tandem_err
parse_cents(const tandem_value_type *type, struct td_typed t, tandem_value *out,
    tandem_error *e)
{
    static const char euro[] = "\xe2\x82\xac";
    int64_t n = 0;
    bool fine = td_typed_decimal(&t, 2, &n);

    (void)td_typed_eat(&t, ' ');
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
parse_bool(const tandem_value_type *type, struct td_typed t, tandem_value *out,
    tandem_error *e)
{
    static const char *const yes[] = {
        "yes", "oui", "true", "vrai", "1", "y", "o", NULL};
    static const char *const no[] = {
        "no", "non", "false", "faux", "0", "n", NULL};
    static const char *const unknown[] = {"unknown", "inconnu", "?", NULL};
    bool tri = type->base == TANDEM_FIELD_TRI;

    if (td_typed_one_of(t, yes) || td_typed_one_of(t, no)) {
        bool v = td_typed_one_of(t, yes);

        *out = tri ? tandem_tri(v ? 1 : 0) : tandem_bool(v);
        return TANDEM_OK;
    }
    if (!tri) {
        return td_value_refuse(
            type, e, "write yes or no", "écrivez oui ou non");
    }
    if (!td_typed_one_of(t, unknown)) {
        return td_value_refuse(
            type, e, "write yes, no or unknown", "écrivez oui, non ou inconnu");
    }
    *out = tandem_tri(2);
    return TANDEM_OK;
}

// "50.63,3.06", "50,63 ; 3,06" is ambiguous with a comma between: then a
// point is the decimal sign.
static tandem_err
parse_geo(const tandem_value_type *type, struct td_typed t, tandem_value *out,
    tandem_error *e)
{
    const char *comma = memchr(t.at, ',', t.left);
    const char *semi = memchr(t.at, ';', t.left);
    const char *cut = semi != NULL ? semi : comma;
    struct td_typed lat = t;
    int64_t a = 0;
    int64_t b = 0;
    bool fine = cut != NULL;

    if (fine) {
        lat.left = (size_t)(cut - t.at);
        t.left -= lat.left + 1;
        t.at = cut + 1;
        while (td_typed_eat(&t, ' ')) {
        }
        fine = td_typed_decimal(&lat, 5, &a) && td_typed_decimal(&t, 5, &b);
        while (td_typed_eat(&lat, ' ')) {
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

// The identifiers, as they are typed: "door, market, wandering...".
static void
list_words(const tandem_enum_info *words, char *out, size_t room)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < words->word_count; i++) {
        int n = snprintf(out + used, room - used, "%s%s", i > 0 ? ", " : "",
            words->words[i].id);

        if (n < 0 || (size_t)n >= room - used - sizeof("...")) {
            (void)snprintf(out + used, room - used, "...");
            return;
        }
        used += (size_t)n;
    }
}

static tandem_err
refuse_word(const tandem_value_type *type, tandem_error *e)
{
    bool french = e != NULL && e->lang == TANDEM_FR;
    char list[160];

    list_words(type->words, list, sizeof(list));
    (void)td_value_refuse(type, e, "", "");
    return td_fail(e, TANDEM_EVALUE, "%s: not one of its %zu words: %s",
        "%s : ce n'est pas un de ses %zu mots : %s",
        type->field == NULL ? type->words->id
        : french            ? type->field->fr
                            : type->field->en,
        type->words->word_count, list);
}

static tandem_err
parse_word(const tandem_value_type *type, struct td_typed t, tandem_value *out,
    tandem_error *e)
{
    const tandem_enum_info *words = type->words;
    const tandem_word *by_term = NULL;
    size_t terms = 0;

    for (size_t i = 0; i < words->word_count; i++) {
        const tandem_word *w = &words->words[i];

        if (td_typed_same(t, w->id)) {
            *out = tandem_enum(w->n);
            return TANDEM_OK;
        }
        if (td_typed_same(t, w->fr) || td_typed_same(t, w->en)) {
            by_term = w;
            terms++;
        }
    }
    if (terms != 1) {
        return refuse_word(type, e);
    }
    *out = tandem_enum(by_term->n);
    return TANDEM_OK;
}

/* ----------------------------------------------------------------- strings */

// Digits and '+' of `t` into `room`; false for any other sign, or too many.
static bool
phone_digits(struct td_typed t, char *room, size_t size, size_t *len)
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
        } else if (td_typed_digit(&t) || (*t.at == '+' && n == 0)) {
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
parse_phone(const tandem_value_type *type, struct td_typed t, char *room,
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
parse_hash(const tandem_value_type *type, struct td_typed t, char *room,
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
parse_ref(const tandem_value_type *type, struct td_typed t, tandem_value *out,
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
parse(const tandem_value_type *type, struct td_typed t, int32_t offset,
    char *room, tandem_value *out, tandem_error *e)
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
        return td_typed_date(type, t, out, e);
    case TANDEM_FIELD_TIME:
        return td_typed_time(type, t, offset, out, e);
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
    struct td_typed t;

    if (type == NULL || text == NULL || room == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    t = td_typed_trim(text);
    if (t.left > 0) {
        TD_TRY(parse(type, t, default_offset_min, room, &v, e));
    }
    TD_TRY(tandem_value_check(type, &v, e));
    *out = v;
    return TANDEM_OK;
}
