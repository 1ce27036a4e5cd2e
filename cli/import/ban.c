// SPDX-License-Identifier: Apache-2.0
// ban.c - one address of the Base Adresse Nationale, read. See ban.h.
#include "import/ban.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NO_HOUSE = 99999 }; // the number a table gives a street or a place

const struct ban_field ban_fields[BAN_CELLS] = {
    [BAN_ID] = {"ban_id", BAN_COLUMN_ID},
    [BAN_ADDRESS] = {"address", BAN_COLUMN_STREET},
    [BAN_NUMBER] = {"house_number", BAN_COLUMN_NUMBER},
    [BAN_STREET] = {"street", BAN_COLUMN_STREET},
    [BAN_POSTCODE] = {"postcode", BAN_COLUMN_POSTCODE},
    [BAN_TOWN] = {"city_code", BAN_COLUMN_TOWN},
    [BAN_POSITION] = {"position", BAN_COLUMN_LAT},
};

// -------------------------------------------------------------------- header

struct name {
    const char *name;
    enum ban_column column;
};

static const struct name of_base[] = {
    {"id", BAN_COLUMN_ID},
    {"cle_interop", BAN_COLUMN_ID},
    {"numero", BAN_COLUMN_NUMBER},
    {"rep", BAN_COLUMN_SUFFIX},
    {"suffixe", BAN_COLUMN_SUFFIX},
    {"nom_voie", BAN_COLUMN_STREET},
    {"voie_nom", BAN_COLUMN_STREET},
    {"code_postal", BAN_COLUMN_POSTCODE},
    {"code_insee", BAN_COLUMN_TOWN},
    {"commune_insee", BAN_COLUMN_TOWN},
    {"nom_commune", BAN_COLUMN_TOWN_NAME},
    {"commune_nom", BAN_COLUMN_TOWN_NAME},
    {"lon", BAN_COLUMN_LON},
    {"long", BAN_COLUMN_LON},
    {"lat", BAN_COLUMN_LAT},
};

static const struct name of_geocoder[] = {
    {"result_id", BAN_COLUMN_ID},
    {"result_housenumber", BAN_COLUMN_NUMBER},
    {"result_street", BAN_COLUMN_STREET},
    {"result_name", BAN_COLUMN_NAME},
    {"result_postcode", BAN_COLUMN_POSTCODE},
    {"result_citycode", BAN_COLUMN_TOWN},
    {"result_city", BAN_COLUMN_TOWN_NAME},
    {"longitude", BAN_COLUMN_LON},
    {"result_longitude", BAN_COLUMN_LON},
    {"latitude", BAN_COLUMN_LAT},
    {"result_latitude", BAN_COLUMN_LAT},
    {"result_score", BAN_COLUMN_SCORE},
    {"result_type", BAN_COLUMN_TYPE},
    {"result_status", BAN_COLUMN_STATUS},
};

// Blanks around a cell say nothing.
static size_t
trimmed(const char **text)
{
    size_t len;

    *text += strspn(*text, " \t\r\n");
    len = strlen(*text);
    while (len > 0 && strchr(" \t\r\n", (*text)[len - 1]) != NULL) {
        len--;
    }
    return len;
}

// Of two columns of one name the last counts: a geocoder writes its own behind
// those of the table it was given.
static void
find_columns(char *const *names, size_t count, const struct name *known,
    size_t known_count, struct ban_header *out)
{
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < count; i++) {
        const char *name = names[i];
        size_t len = trimmed(&name);

        for (size_t k = 0; k < known_count; k++) {
            if (strlen(known[k].name) == len &&
                strncasecmp(known[k].name, name, len) == 0) {
                out->at[known[k].column] = i + 1;
            }
        }
    }
}

bool
ban_header_read(char *const *names, size_t count, struct ban_header *out)
{
    const size_t *at = out->at;

    find_columns(names, count, of_geocoder,
        sizeof(of_geocoder) / sizeof(*of_geocoder), out);
    out->geocoded = at[BAN_COLUMN_ID] > 0;
    if (out->geocoded) {
        return at[BAN_COLUMN_SCORE] > 0 && at[BAN_COLUMN_NUMBER] > 0 &&
               (at[BAN_COLUMN_STREET] > 0 || at[BAN_COLUMN_NAME] > 0);
    }
    find_columns(
        names, count, of_base, sizeof(of_base) / sizeof(*of_base), out);
    return at[BAN_COLUMN_ID] > 0 && at[BAN_COLUMN_NUMBER] > 0 &&
           at[BAN_COLUMN_STREET] > 0;
}

// --------------------------------------------------------------------- cells

struct reading {
    const struct ban_header *h;
    char *const *cells;
    size_t count;
    struct ban_address *out;
    bool full; // something is too long
};

// A cell, trimmed, in the room.
static char *
cell(struct reading *g, enum ban_column column)
{
    const size_t at = g->h->at[column];
    const char *text = at > 0 && at <= g->count ? g->cells[at - 1] : "";
    struct ban_address *a = g->out;
    size_t len = trimmed(&text);
    char *to = a->room + a->used;

    if (len > BAN_CELL_BYTES_MAX || len >= sizeof(a->room) - a->used) {
        g->full = true;
        len = 0;
    }
    if (len > 0) {
        memcpy(to, text, len);
    }
    to[len] = '\0';
    a->used += g->full ? 0 : len + 1;
    return to;
}

static bool
digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// "-3.0612345" in units of 10^-decimals, the rest rounded. The point may be a
// comma.
static bool
decimal(const char *text, unsigned decimals, int64_t *out)
{
    bool less = *text == '-';
    int64_t n = 0;
    size_t digits = 0;
    bool up = false;

    text += less;
    for (; digit(*text) && digits < 4; text++, digits++) {
        n = 10 * n + (*text - '0');
    }
    if (digits == 0 || (*text != '\0' && *text != '.' && *text != ',')) {
        return false;
    }
    text += *text != '\0';
    for (unsigned i = 0; i < decimals; i++) {
        n = 10 * n + (digit(*text) ? *text++ - '0' : 0);
    }
    up = *text >= '5' && *text <= '9';
    while (digit(*text)) {
        text++;
    }
    *out = less ? -(n + up) : n + up;
    return *text == '\0';
}

bool
ban_score(const char *text, int *out)
{
    int64_t n;

    if (!decimal(text, 3, &n) || n < 0 || n > BAN_SCORE_ONE) {
        return false;
    }
    *out = (int)n;
    return true;
}

// "8bis", "8 BIS" and 8 beside bis are one number: "8 bis".
static enum ban_result
read_number(struct reading *g, char **out)
{
    const char *number = cell(g, BAN_COLUMN_NUMBER);
    const char *suffix = cell(g, BAN_COLUMN_SUFFIX);
    struct ban_address *a = g->out;
    char *to = a->room + a->used;
    size_t digits = strspn(number, "0123456789");
    unsigned long n = 0;

    if (digits == 0 || digits > 5) {
        return number[0] == '\0' ? BAN_NO_NUMBER : BAN_BAD_NUMBER;
    }
    for (size_t i = 0; i < digits; i++) {
        n = 10 * n + (unsigned long)(number[i] - '0');
    }
    if (n == 0 || n == NO_HOUSE) {
        return BAN_NO_NUMBER;
    }
    number += digits;
    number += strspn(number, " ");
    if (*number != '\0' && *suffix != '\0') {
        return BAN_BAD_NUMBER;
    }
    suffix = *number != '\0' ? number : suffix;
    digits = (size_t)snprintf(to, BAN_ROOM - a->used, "%lu%s%s", n,
        *suffix != '\0' ? " " : "", suffix);
    if (digits >= BAN_ROOM - a->used) {
        return BAN_LONG;
    }
    for (char *p = to; *p != '\0'; p++) {
        if (!digit(*p) && !letter(*p) && *p != ' ') {
            return BAN_BAD_NUMBER;
        }
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 'a' - 'A' : *p);
    }
    a->used += digits + 1;
    *out = to;
    return BAN_DWELLING;
}

// Of a geocoder that gives no street: its name is the number, then the street.
static char *
read_street(struct reading *g, const char *number)
{
    char *street = cell(g, BAN_COLUMN_STREET);
    const char *suffix = number + strspn(number, "0123456789 ");
    char *name;

    if (*street != '\0' || !g->h->geocoded) {
        return street;
    }
    name = cell(g, BAN_COLUMN_NAME);
    name += strspn(name, "0123456789");
    name += strspn(name, " ");
    if (strncasecmp(name, suffix, strlen(suffix)) == 0) {
        name += strlen(suffix);
    }
    return name + strspn(name, " ,");
}

// Town and street as the base writes them, the rest in small letters: so that
// two tables give one key.
static void
settle_id(char *id)
{
    bool town = true;

    for (; *id != '\0'; id++) {
        town = town && *id != '_';
        if (town && *id >= 'a' && *id <= 'z') {
            *id = (char)(*id - ('a' - 'A'));
        } else if (!town && *id >= 'A' && *id <= 'Z') {
            *id = (char)(*id + ('a' - 'A'));
        }
    }
}

// latitude,longitude with five decimals, about a metre: no more is kept of
// where somebody lives.
static enum ban_result
read_place(struct reading *g, char **out)
{
    const char *lat = cell(g, BAN_COLUMN_LAT);
    const char *lon = cell(g, BAN_COLUMN_LON);
    struct ban_address *a = g->out;
    char *to = a->room + a->used;
    int64_t x, y;
    int len;

    if (*lat == '\0' && *lon == '\0') {
        return BAN_DWELLING;
    }
    if (!decimal(lat, 5, &y) || !decimal(lon, 5, &x)) {
        return BAN_BAD_PLACE;
    }
    len = snprintf(to, BAN_ROOM - a->used, "%s%lld.%05lld,%s%lld.%05lld",
        y < 0 ? "-" : "", (long long)(y < 0 ? -y : y) / 100000,
        (long long)(y < 0 ? -y : y) % 100000, x < 0 ? "-" : "",
        (long long)(x < 0 ? -x : x) / 100000,
        (long long)(x < 0 ? -x : x) % 100000);
    if (len < 0 || (size_t)len >= BAN_ROOM - a->used) {
        return BAN_LONG;
    }
    a->used += (size_t)len + 1;
    *out = to;
    return BAN_DWELLING;
}

// One line, as it is spoken.
static enum ban_result
write_address(struct reading *g)
{
    struct ban_address *a = g->out;
    const char *town = cell(g, BAN_COLUMN_TOWN_NAME);
    const char *postcode = a->cells[BAN_POSTCODE];
    char *to = a->room + a->used;
    int len;

    len = snprintf(to, BAN_ROOM - a->used, "%s %s%s%s%s%s",
        a->cells[BAN_NUMBER], a->cells[BAN_STREET],
        *postcode != '\0' || *town != '\0' ? ", " : "", postcode,
        *postcode != '\0' && *town != '\0' ? " " : "", town);
    if (len < 0 || (size_t)len >= BAN_ROOM - a->used) {
        return BAN_LONG;
    }
    a->used += (size_t)len + 1;
    a->cells[BAN_ADDRESS] = to;
    return BAN_DWELLING;
}

// What a geocoder says of its own answer.
static enum ban_result
judge(struct reading *g)
{
    const char *status = cell(g, BAN_COLUMN_STATUS);
    const char *type = cell(g, BAN_COLUMN_TYPE);
    const char *score = cell(g, BAN_COLUMN_SCORE);

    if (*g->out->cells[BAN_ID] == '\0' ||
        (*status != '\0' && strcmp(status, "ok") != 0)) {
        return BAN_NOT_FOUND;
    }
    if (*type != '\0' && strcmp(type, "housenumber") != 0) {
        return BAN_NO_NUMBER;
    }
    return ban_score(score, &g->out->score) ? BAN_DWELLING : BAN_BAD_SCORE;
}

enum ban_result
ban_read(const struct ban_header *h, char *const *cells, size_t count,
    struct ban_address *out)
{
    struct reading g = {.h = h, .cells = cells, .count = count, .out = out};
    enum ban_result got = BAN_DWELLING;
    char *id;

    out->room[0] = '\0';
    out->used = 1;
    out->score = BAN_SCORE_ONE;
    for (size_t i = 0; i < BAN_CELLS; i++) {
        out->cells[i] = out->room;
    }
    id = cell(&g, BAN_COLUMN_ID);
    settle_id(id);
    out->cells[BAN_ID] = id;
    if (h->geocoded) {
        got = judge(&g);
    } else if (*id == '\0' && !g.full) {
        got = BAN_NO_ID;
    }
    if (got == BAN_DWELLING) {
        got = read_number(&g, &out->cells[BAN_NUMBER]);
    }
    if (got == BAN_DWELLING) {
        out->cells[BAN_STREET] = read_street(&g, out->cells[BAN_NUMBER]);
        out->cells[BAN_POSTCODE] = cell(&g, BAN_COLUMN_POSTCODE);
        out->cells[BAN_TOWN] = cell(&g, BAN_COLUMN_TOWN);
        got = *out->cells[BAN_STREET] == '\0'
                  ? BAN_NO_STREET
                  : read_place(&g, &out->cells[BAN_POSITION]);
    }
    if (got == BAN_DWELLING) {
        got = write_address(&g);
    }
    return g.full ? BAN_LONG : got;
}
