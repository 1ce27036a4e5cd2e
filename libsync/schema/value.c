// SPDX-License-Identifier: Apache-2.0
// value.c - checks a value against its type.
#include "schema/value.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "base/slice.h"
#include "schema/day.h"
#include "schema/form.h"
#include "schema/say.h"
#include "schema/watch.h"

static const char *
term_of(const tandem_value_type *type, const tandem_error *e)
{
    bool french = e != NULL && e->lang == TANDEM_FR;

    if (type->field == NULL) {
        return french ? "valeur" : "value";
    }
    return french ? type->field->fr : type->field->en;
}

tandem_err
td_value_refuse(const tandem_value_type *type, tandem_error *e, const char *en,
    const char *fr)
{
    bool french = e != NULL && e->lang == TANDEM_FR;

    td_fail_field(e, type->field != NULL ? type->field->id : "");
    return td_fail(e, TANDEM_EVALUE, "%s: %s", "%s : %s", term_of(type, e),
        french ? fr : en);
}

tandem_err
td_value_newer(const tandem_value_type *type, tandem_error *e)
{
    td_fail_field(e, type->field != NULL ? type->field->id : "");
    return td_fail(e, TANDEM_EUNSUPPORTED,
        "%s: this type needs a newer version of this program; update it",
        "%s : ce type demande une version plus récente de ce programme ; "
        "mettez-le à jour",
        term_of(type, e));
}

/* ----------------------------------------------------------------- strings */

// Nothing that ends a line or moves a cursor: C0, DEL, C1, U+2028, U+2029.
static bool
one_line(tandem_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];

        if (c < 0x20 || c == 0x7f) {
            return false;
        }
        if (c == 0xc2 && i + 1 < s.len && s.ptr[i + 1] < 0xa0) {
            return false;
        }
        if (c == 0xe2 && i + 2 < s.len && s.ptr[i + 1] == 0x80 &&
            (s.ptr[i + 2] == 0xa8 || s.ptr[i + 2] == 0xa9)) {
            return false;
        }
    }
    return true;
}

// E.164: '+', a digit that is not 0, 7 to 15 digits in all.
static bool
phone_valid(tandem_slice s)
{
    if (s.len < 8 || s.len > 16 || s.ptr[0] != '+' || s.ptr[1] == '0') {
        return false;
    }
    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

// Names joined by single dots; beyond ASCII all is allowed (RFC 6531).
static bool
dotted(tandem_slice s, const char *also)
{
    uint8_t before = '.';

    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || c >= 0x80 ||
                     (c != '\0' && strchr(also, c) != NULL);

        if (!plain && (c != '.' || before == '.')) {
            return false;
        }
        before = c;
    }
    return before != '.';
}

static bool
email_valid(tandem_slice s)
{
    const uint8_t *at = s.len > 0 ? memchr(s.ptr, '@', s.len) : NULL;
    tandem_slice user;
    tandem_slice host;

    if (at == NULL || s.len > 254) {
        return false;
    }
    user = tandem_bytes(s.ptr, (size_t)(at - s.ptr));
    host = tandem_bytes(at + 1, s.len - user.len - 1);
    return user.len > 0 && user.len <= 64 && host.len > 0 &&
           dotted(user, "!#$%&'*+-/=?^_`{|}~") && dotted(host, "-") &&
           memchr(host.ptr, '.', host.len) != NULL;
}

static tandem_err
check_length(const tandem_value_type *type, tandem_slice s, tandem_error *e)
{
    size_t n = td_utf8_count(s);

    if (n <= type->limit) {
        return TANDEM_OK;
    }
    td_fail_field(e, type->field != NULL ? type->field->id : "");
    return td_fail(e, TANDEM_EVALUE,
        "%s: %zu characters; at most %u fit here, shorten it",
        "%s : %zu caractères ; %u au plus tiennent ici, raccourcissez",
        term_of(type, e), n, (unsigned)type->limit);
}

// What the pack asks of it.
static tandem_err
check_asked(const tandem_value_type *type, tandem_slice s, tandem_error *e)
{
    const tandem_field_info *f = type->field;
    const tandem_watch_info *w;

    if (f == NULL || type == &f->key) {
        return TANDEM_OK;
    }
    if (f->check != NULL && type->base == TANDEM_FIELD_STR &&
        !td_form_fits(f->check, s)) {
        return td_value_refuse(type, e, f->check->en, f->check->fr);
    }
    w = td_watch_first(f, true, s);
    return w != NULL ? td_value_refuse(type, e, w->en, w->fr) : TANDEM_OK;
}

static tandem_err
check_str(const tandem_value_type *type, tandem_slice s, tandem_error *e)
{
    size_t most =
        type->base == TANDEM_FIELD_TEXT ? TD_TEXT_BYTES_MAX : TD_STR_BYTES_MAX;

    if ((s.ptr == NULL && s.len > 0) || s.len > most) {
        return td_value_refuse(type, e, "the text is too long; shorten it",
            "le texte est trop long ; raccourcissez-le");
    }
    if (!td_utf8_valid(s)) {
        return td_value_refuse(type, e,
            "the text is not UTF-8; convert it first",
            "le texte n'est pas en UTF-8 ; convertissez-le d'abord");
    }
    if (type->base == TANDEM_FIELD_TEXT) {
        if (s.len > 0 && memchr(s.ptr, '\0', s.len) != NULL) {
            return td_value_refuse(type, e,
                "the text holds a NUL character; remove it",
                "le texte contient un caractère NUL ; ôtez-le");
        }
        return check_asked(type, s, e);
    }
    if (!one_line(s)) {
        return td_value_refuse(type, e,
            "one line only, without control characters",
            "une seule ligne, sans caractère de commande");
    }
    if (type->base == TANDEM_FIELD_PHONE && !phone_valid(s)) {
        return td_value_refuse(type, e,
            "not a phone number; write it as +33320000001 or 03 20 00 00 01",
            "pas un numéro de téléphone ; écrivez-le +33320000001 ou "
            "03 20 00 00 01");
    }
    if (type->base == TANDEM_FIELD_EMAIL && !email_valid(s)) {
        return td_value_refuse(type, e,
            "not an e-mail address; write it as name@example.org",
            "pas une adresse mail ; écrivez-la nom@exemple.org");
    }
    if (type->base == TANDEM_FIELD_STR) {
        TD_TRY(check_length(type, s, e));
        return check_asked(type, s, e);
    }
    return TANDEM_OK;
}

/* ----------------------------------------------------------------- numbers */

static bool
geo_valid(const int32_t geo[2])
{
    return geo[0] >= -TD_LAT_MAX && geo[0] <= TD_LAT_MAX &&
           geo[1] >= -TD_LON_MAX && geo[1] <= TD_LON_MAX;
}

static tandem_err
check_bounds(const tandem_value_type *type, int64_t v, tandem_error *e)
{
    const tandem_field_info *f = type->field;

    if (f == NULL || type == &f->key || (v >= f->min && v <= f->max)) {
        return TANDEM_OK;
    }
    td_fail_field(e, f->id);
    if (f->min == INT64_MIN) {
        return td_fail(e, TANDEM_EVALUE, "%s: %lld is more than %lld",
            "%s : %lld dépasse %lld", term_of(type, e), (long long)v,
            (long long)f->max);
    }
    if (f->max == INT64_MAX) {
        return td_fail(e, TANDEM_EVALUE, "%s: %lld is less than %lld",
            "%s : %lld est inférieur à %lld", term_of(type, e), (long long)v,
            (long long)f->min);
    }
    return td_fail(e, TANDEM_EVALUE, "%s: %lld is not between %lld and %lld",
        "%s : %lld n'est pas entre %lld et %lld", term_of(type, e),
        (long long)v, (long long)f->min, (long long)f->max);
}

static tandem_err
check_date(const tandem_value_type *type, bool fine, tandem_error *e)
{
    if (fine) {
        return TANDEM_OK;
    }
    return td_value_refuse(type, e,
        "this date does not exist between the years 1 and 9999",
        "cette date n'existe pas entre les années 1 et 9999");
}

static tandem_err
check_word(const tandem_value_type *type, int64_t n, tandem_error *e)
{
    const tandem_word *w = tandem_enum_word(type->words, n);

    if (w == NULL) {
        return td_value_refuse(type, e,
            "not one of the words of this field; look at the list",
            "pas un des mots de ce champ ; voyez la liste");
    }
    if (w->retired) {
        return td_value_refuse(type, e,
            "this word is retired; choose another from the list",
            "ce mot est retiré ; choisissez-en un autre dans la liste");
    }
    return TANDEM_OK;
}

tandem_type
td_value_wanted(tandem_field_type base)
{
    switch (base) {
    case TANDEM_FIELD_STR:
    case TANDEM_FIELD_TEXT:
    case TANDEM_FIELD_PHONE:
    case TANDEM_FIELD_EMAIL:
        return TANDEM_STR;
    case TANDEM_FIELD_INT:
    case TANDEM_FIELD_CENTS:
        return TANDEM_INT;
    case TANDEM_FIELD_BOOL:
        return TANDEM_BOOL;
    case TANDEM_FIELD_TRI:
        return TANDEM_TRI;
    case TANDEM_FIELD_ENUM:
        return TANDEM_ENUM;
    case TANDEM_FIELD_DATE:
        return TANDEM_DATE;
    case TANDEM_FIELD_TIME:
        return TANDEM_TIME;
    case TANDEM_FIELD_GEO:
        return TANDEM_GEO;
    case TANDEM_FIELD_REF:
        return TANDEM_REF;
    case TANDEM_FIELD_BLOB:
    case TANDEM_FIELD_HASH:
        return TANDEM_HASH;
    case TANDEM_FIELD_UNKNOWN:
        break;
    }
    return TANDEM_NONE;
}

static tandem_err
wrong_type(const tandem_value_type *type, tandem_error *e)
{
    const char *want = type->field != NULL ? type->field->type : "?";

    td_fail_field(e, type->field != NULL ? type->field->id : "");
    return td_fail(e, TANDEM_EVALUE,
        "%s: a value of another type; this field is of type %s",
        "%s : valeur d'un autre type ; ce champ est de type %s",
        term_of(type, e), want);
}

static tandem_err
check_content(
    const tandem_value_type *type, const tandem_value *v, tandem_error *e)
{
    switch ((tandem_type)v->type) {
    case TANDEM_STR:
        return check_str(type, v->u.s, e);
    case TANDEM_BOOL:
        return v->u.i == 0 || v->u.i == 1
                   ? TANDEM_OK
                   : td_value_refuse(type, e, "yes or no", "oui ou non");
    case TANDEM_TRI:
        return v->u.i >= 0 && v->u.i <= 2
                   ? TANDEM_OK
                   : td_value_refuse(
                         type, e, "yes, no or unknown", "oui, non ou inconnu");
    case TANDEM_ENUM:
        return check_word(type, v->u.i, e);
    case TANDEM_DATE:
        return check_date(type, td_day_valid(v->u.i), e);
    case TANDEM_TIME:
        return check_date(
            type, td_time_valid(v->u.dt.ms, v->u.dt.offset_min), e);
    case TANDEM_GEO:
        return geo_valid(v->u.geo)
                   ? TANDEM_OK
                   : td_value_refuse(type, e,
                         "latitude -90 to 90, longitude -180 to 180",
                         "latitude de -90 à 90, longitude de -180 à 180");
    case TANDEM_REF:
        return !tandem_id_is_none(v->u.id)
                   ? TANDEM_OK
                   : td_value_refuse(type, e,
                         "names no record; clear it "
                         "instead",
                         "ne désigne aucune fiche ; effacez plutôt");
    case TANDEM_HASH:
        return v->u.s.len == 32 && v->u.s.ptr != NULL
                   ? TANDEM_OK
                   : td_value_refuse(
                         type, e, "32 bytes are needed", "il faut 32 octets");
    case TANDEM_INT:
        return check_bounds(type, v->u.i, e);
    case TANDEM_NONE:
        break;
    }
    return TANDEM_OK;
}

tandem_err
tandem_value_check(
    const tandem_value_type *type, const tandem_value *v, tandem_error *e)
{
    if (type == NULL || v == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    if (type->base == TANDEM_FIELD_UNKNOWN) {
        return td_value_newer(type, e);
    }
    if (v->type == TANDEM_NONE) {
        return TANDEM_OK;
    }
    if (v->type != (uint32_t)td_value_wanted(type->base)) {
        return wrong_type(type, e);
    }
    return check_content(type, v, e);
}
