// SPDX-License-Identifier: Apache-2.0
// edit_duty.c - may this device write what the edit writes? A pack names who
// writes a kind, and who chooses some of its words.

#include "api/edit.h"

#include <string.h>

#include "schema/value.h"

// The right a name of a pack asks for: names that are no right (an adviser's,
// a facilitator's) are of people who hold an agent's.
static tandem_right
right_named(const char *name)
{
    static const struct {
        const char *name;
        tandem_right right;
    } rights[] = {
        {"reader", TANDEM_RIGHT_READER},
        {"coordinator", TANDEM_RIGHT_COORDINATOR},
        {"office", TANDEM_RIGHT_OFFICE},
        {"admin", TANDEM_RIGHT_ADMIN},
    };

    for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++) {
        if (strcmp(rights[i].name, name) == 0) {
            return rights[i].right;
        }
    }
    return TANDEM_RIGHT_AGENT;
}

// The least of those named; nobody named: anybody.
static tandem_right
least_right(const char *const *names, size_t n)
{
    tandem_right least = n > 0 ? TANDEM_RIGHT_ADMIN : TANDEM_RIGHT_NONE;

    for (size_t i = 0; i < n; i++) {
        tandem_right one = right_named(names[i]);

        least = one < least ? one : least;
    }
    return least;
}

static tandem_err
deny(const struct tandem_edit *d, const char *term, const char *writer,
    tandem_error *e)
{
    td_fail_record(e, d->id);
    return td_fail(e, TANDEM_EDENIED,
        "%s: only who holds the right \"%s\" in this sector may write this",
        "%s : seul qui a le droit « %s » dans ce secteur peut écrire cela",
        term, writer);
}

// Does the operation choose the word?
static bool
chooses(const struct td_op *op, const tandem_field_info *f, int64_t word)
{
    tandem_value v;

    return op->field == f->n &&
           (op->code == TD_OP_SET || op->code == TD_OP_ADD ||
               op->code == TD_OP_PUT || op->code == TD_OP_MOVE) &&
           td_value_decode(&f->value, op->value, &v) == TANDEM_OK &&
           v.type == TANDEM_ENUM && v.u.i == word;
}

static tandem_err
field_duties(const struct tandem_edit *d, const tandem_field_info *f,
    tandem_right right, tandem_error *e)
{
    bool french = e != NULL && e->lang == TANDEM_FR;

    for (size_t i = 0; i < f->duty_count; i++) {
        const tandem_duty_info *duty = &f->duties[i];
        const tandem_word *w = tandem_enum_word(f->value.words, duty->word);

        if (right >= least_right(duty->writers, duty->writer_count)) {
            continue;
        }
        for (size_t k = 0; k < d->op_count; k++) {
            if (chooses(&d->ops[k], f, duty->word)) {
                td_fail_field(e, f->id);
                return deny(d,
                    w == NULL ? f->id
                    : french  ? w->fr
                              : w->en,
                    duty->writers[0], e);
            }
        }
    }
    return TANDEM_OK;
}

tandem_err
td_edit_duties(const struct tandem_edit *d, tandem_right right, tandem_error *e)
{
    const tandem_kind_info *k = d->kind;
    bool french = e != NULL && e->lang == TANDEM_FR;

    // Who may not write there at all hears it from the replica.
    if (d->op_count == 0 || right < TANDEM_RIGHT_AGENT) {
        return TANDEM_OK;
    }
    if (right < least_right(k->writers, k->writer_count)) {
        return deny(d, french ? k->fr : k->en, k->writers[0], e);
    }
    for (size_t i = 0; i < k->field_count; i++) {
        TD_TRY(field_duties(d, &k->fields[i], right, e));
    }
    return TANDEM_OK;
}
