// SPDX-License-Identifier: Apache-2.0
// import_ban.c - addresses of the Base Adresse Nationale made into dwellings.
//
// A dwelling's import key is the address's interoperability key: two devices
// that take in one extract make the same records, and a later extract changes
// what it says otherwise. What it wrote it may change again; what somebody
// corrected here stays (import_apply.c). An address that somebody typed in
// before, with its identifier, is not made a second time.
#include "import/import_ban.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

// A geocoder that is less sure has often found another street.
enum { SCORE_LEAST = 600, SCORE_SURE = 800 };

static const char *const source = "Base Adresse Nationale";

int
import_ban_begin(struct import *m, struct ban_import *b)
{
    const char *score = args_option(&m->c->args, "score");

    memset(b, 0, sizeof(*b));
    b->least = SCORE_LEAST;
    if (score != NULL && !ban_score(score, &b->least)) {
        return cli_bad_use(
            m->c, _("--score takes a number from 0 to 1, such as 0.6"));
    }
    m->ban = b;
    m->source = source;
    return CLI_DONE;
}

int
import_ban_columns(struct import *m)
{
    char *fields[BAN_CELLS + 1] = {NULL};
    char key[] = "import_key";
    bool whole = true;
    int rc;

    for (size_t i = 0; i < BAN_CELLS; i++) {
        fields[i] = strdup(ban_fields[i].field);
        whole = whole && fields[i] != NULL;
    }
    fields[BAN_CELLS] = key;
    rc = whole ? import_header(m, fields, BAN_CELLS + 1)
               : cli_fail_with(m->c, TANDEM_ENOMEM, _("out of memory"));
    for (size_t i = 0; i < BAN_CELLS; i++) {
        free(fields[i]);
        if (rc == CLI_DONE) { // said of a wrong cell: where it stands
            m->columns[i].at =
                m->counted ? 0 : m->ban->header.at[ban_fields[i].from];
        }
    }
    return rc;
}

int
import_ban_header(struct import *m, char *const *names, size_t count)
{
    if (!ban_header_read(names, count, &m->ban->header)) {
        return cli_fail_with(m->c, TANDEM_EVALUE,
            _("%s: neither an extract of the Base Adresse Nationale (id, "
              "numero, nom_voie...) nor a geocoder's answer (result_id, "
              "result_score...); nothing was taken in"),
            m->file);
    }
    return import_ban_columns(m);
}

// Is the row among those asked for? With neither --town nor --street all are.
static bool
among(const struct import *m, const char *option, const char *text)
{
    const struct args_option *o = args_option_at(&m->c->args, option, 0);
    size_t i = 0;

    if (o == NULL) {
        return true;
    }
    for (; o != NULL; o = args_option_at(&m->c->args, option, ++i)) {
        if (strcasecmp(o->value, text) == 0) {
            return true;
        }
    }
    return false;
}

static bool
asked_for(const struct import *m, const struct ban_address *a)
{
    return among(m, "town", a->cells[BAN_TOWN]) &&
           among(m, "street", a->cells[BAN_STREET]);
}

int
import_ban_expect(struct import *m, char *const *cells, size_t count)
{
    struct ban_import *b = m->ban;

    if (ban_read(&b->header, cells, count, &b->read) != BAN_DWELLING ||
        !asked_for(m, &b->read)) {
        return CLI_DONE;
    }
    return ++b->dwellings <= BAN_DWELLINGS_MAX
               ? CLI_DONE
               : cli_fail_with(m->c, TANDEM_ELIMIT,
                     _("%s has more than %d addresses: say which with --town "
                       "CODE or --street NAME; nothing was taken in"),
                     m->file, (int)BAN_DWELLINGS_MAX);
}

// ----------------------------------------------------------------- left out

static tandem_err
fault(const struct import *m, enum ban_result got, tandem_error *e)
{
    const struct ban_import *b = m->ban;

    switch (got) {
    case BAN_NO_ID:
        return cli_error(e, TANDEM_EVALUE,
            _("no identifier: without it the address would be made again each "
              "time"));
    case BAN_NOT_FOUND:
        return cli_error(
            e, TANDEM_ENOTFOUND, _("the geocoder found no such address"));
    case BAN_NO_NUMBER:
        return cli_error(e, TANDEM_EVALUE,
            _("a street, a place or a town, not a house: it has no number"));
    case BAN_NO_STREET:
        return cli_error(e, TANDEM_EVALUE, _("no street"));
    case BAN_BAD_NUMBER:
        return cli_error(
            e, TANDEM_EVALUE, _("not a house number; write it as 8 or 8 bis"));
    case BAN_BAD_PLACE:
        return cli_error(e, TANDEM_EVALUE,
            _("the position is not two numbers, latitude and longitude"));
    case BAN_BAD_SCORE:
        return cli_error(e, TANDEM_EVALUE,
            _("the geocoder's score is no number from 0 to 1"));
    case BAN_LONG:
        return cli_error(e, TANDEM_ELIMIT, _("a cell is longer than %d bytes"),
            (int)BAN_CELL_BYTES_MAX);
    case BAN_DWELLING:
        break;
    }
    if (b->read.score < b->least) {
        return cli_error(e, TANDEM_EVALUE,
            _("the geocoder is not sure: score %d.%03d, and %d.%03d is asked "
              "for (--score)"),
            b->read.score / BAN_SCORE_ONE, b->read.score % BAN_SCORE_ONE,
            b->least / BAN_SCORE_ONE, b->least % BAN_SCORE_ONE);
    }
    return TANDEM_OK;
}

// A dwelling somebody typed with this identifier. More than one may have it: a
// house has several doors.
static tandem_err
typed_before(const struct import *m, const char *id, tandem_error *e)
{
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_page *page = NULL;
    tandem_id own, other = {{0}};
    tandem_err err;

    err = tandem_keyed_id(m->c->store, m->kind_name, m->sector,
        tandem_bytes(id, strlen(id)), &own, e);
    if (err != TANDEM_OK) {
        return err;
    }
    q.kind = m->kind_name;
    q.sector = &m->sector;
    q.field = ban_fields[BAN_ID].field;
    q.value = tandem_str(id);
    err = tandem_find(m->c->store, &q, &page, e);
    for (size_t i = 0; err == TANDEM_OK && i < tandem_page_count(page); i++) {
        const tandem_id held = tandem_record_id(tandem_page_record(page, i));

        if (tandem_id_equal(held, own)) {
            other = (tandem_id){{0}};
            break;
        }
        other = held;
    }
    tandem_page_free(page);
    if (err == TANDEM_OK && !tandem_id_is_none(other)) {
        e->record = other;
        return cli_error(e, TANDEM_EEXIST,
            _("a dwelling with this identifier was typed in here before: "
              "tandem list dwelling --where ban_id=%s"),
            id);
    }
    return err;
}

int
import_ban_row(struct import *m, uint64_t line, char *const *cells,
    size_t count, const char *raw, size_t raw_len)
{
    struct ban_import *b = m->ban;
    struct ban_address *a = &b->read;
    tandem_error e = cli_no_error(m->c);
    enum ban_result got = ban_read(&b->header, cells, count, a);
    char *made[BAN_CELLS + 1];
    tandem_err err;

    if (got == BAN_DWELLING && !asked_for(m, a)) {
        b->elsewhere++;
        return CLI_DONE;
    }
    err = fault(m, got, &e);
    if (err == TANDEM_OK) {
        err = typed_before(m, a->cells[BAN_ID], &e);
    }
    if (err == TANDEM_EEXIST || err == TANDEM_EVALUE || err == TANDEM_ELIMIT ||
        err == TANDEM_ENOTFOUND) {
        return import_refuse(m, line, 0, "", &e, raw, raw_len);
    }
    if (err != TANDEM_OK) {
        return cli_fail(m->c, &e);
    }
    if (a->score < SCORE_SURE) {
        b->doubtful++;
        import_note(m, line, "",
            _("the geocoder is not quite sure of this address: look at it"));
    }
    memcpy(made, a->cells, sizeof(a->cells));
    made[BAN_CELLS] = a->cells[BAN_ID];
    return import_cells(m, line, made, raw, raw_len);
}

void
import_ban_tally(const struct import *m, json_t *line)
{
    const struct ban_import *b = m->ban;

    if (line != NULL) {
        (void)json_object_set_new(
            line, "kept", json_integer((json_int_t)m->tally.kept));
        (void)json_object_set_new(
            line, "doubtful", json_integer((json_int_t)b->doubtful));
        (void)json_object_set_new(
            line, "elsewhere", json_integer((json_int_t)b->elsewhere));
        return;
    }
    if (b->elsewhere > 0) {
        cli_print(_("%llu elsewhere, not asked for\n"),
            (unsigned long long)b->elsewhere);
    }
    if (m->tally.kept > 0) {
        cli_print(_("%llu values kept as they were changed here\n"),
            (unsigned long long)m->tally.kept);
    }
    if (b->doubtful > 0) {
        cli_print(_("%llu addresses to look at: the geocoder is not quite "
                    "sure\n"),
            (unsigned long long)b->doubtful);
    }
}
