// SPDX-License-Identifier: Apache-2.0
// time.c - dates and times as people write them.
#include "schema/day.h"
#include "schema/say.h"
#include "schema/typed.h"

// 2026-03-31 or 31/03/2026.
static bool
eat_day(struct td_typed *t, int64_t *days)
{
    struct td_typed slash = *t;
    struct td_day d;

    if (td_typed_digits(t, 4, 4, &d.year) && td_typed_eat(t, '-') &&
        td_typed_digits(t, 2, 2, &d.month) && td_typed_eat(t, '-') &&
        td_typed_digits(t, 2, 2, &d.day)) {
        return td_day_of(d, days);
    }
    if (td_typed_digits(&slash, 1, 2, &d.day) && td_typed_eat(&slash, '/') &&
        td_typed_digits(&slash, 1, 2, &d.month) && td_typed_eat(&slash, '/') &&
        td_typed_digits(&slash, 4, 4, &d.year)) {
        *t = slash;
        return td_day_of(d, days);
    }
    return false;
}

tandem_err
td_typed_date(const tandem_value_type *type, struct td_typed t,
    tandem_value *out, tandem_error *e)
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
eat_clock(struct td_typed *t, int64_t *ms)
{
    int32_t h;
    int32_t m;
    int32_t s = 0;
    int64_t fraction = 0;
    int64_t unit = 100;

    if (!td_typed_digits(t, 1, 2, &h) ||
        (!td_typed_eat(t, ':') && !td_typed_eat(t, 'h')) ||
        !td_typed_digits(t, 2, 2, &m)) {
        return false;
    }
    if (td_typed_eat(t, ':')) {
        if (!td_typed_digits(t, 2, 2, &s)) {
            return false;
        }
        if (td_typed_eat(t, '.') || td_typed_eat(t, ',')) {
            if (!td_typed_digit(t)) {
                return false;
            }
            // Beyond milliseconds digits are read and dropped.
            for (; td_typed_digit(t); t->at++, t->left--) {
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
eat_offset(struct td_typed *t, int32_t *out)
{
    int32_t h;
    int32_t m = 0;
    bool west;

    while (td_typed_eat(t, ' ')) {
    }
    if (t->left == 0) {
        return true;
    }
    if (td_typed_eat(t, 'Z') || td_typed_eat(t, 'z')) {
        *out = 0;
        return t->left == 0;
    }
    west = td_typed_eat(t, '-');
    if ((!west && !td_typed_eat(t, '+')) || !td_typed_digits(t, 2, 2, &h)) {
        return false;
    }
    (void)td_typed_eat(t, ':');
    if (t->left > 0 && !td_typed_digits(t, 2, 2, &m)) {
        return false;
    }
    *out = (h * 60 + m) * (west ? -1 : 1);
    return t->left == 0 && m < 60;
}

tandem_err
td_typed_time(const tandem_value_type *type, struct td_typed t, int32_t offset,
    tandem_value *out, tandem_error *e)
{
    int64_t days = 0;
    int64_t ms = 0;
    bool fine = eat_day(&t, &days);

    fine = fine && (td_typed_eat(&t, 'T') || td_typed_eat(&t, 't') ||
                       td_typed_eat(&t, ' '));
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
