// SPDX-License-Identifier: Apache-2.0
// fail.c - codes and their sentences; assertions.
#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
tandem_version(void)
{
#define TEXT(x)  #x
#define VALUE(x) TEXT(x)
    return VALUE(TANDEM_VERSION_MAJOR) "." VALUE(
        TANDEM_VERSION_MINOR) "." VALUE(TANDEM_VERSION_PATCH);
#undef VALUE
#undef TEXT
}

struct entry {
    int code;
    const char *name, *en, *fr;
};

// The entry of a code that may come from anywhere: an enum out of range is
// answered, not trusted.
static const struct entry *
find(tandem_err code)
{
#define ENTRY(name, number, en, fr) {(number), #name, (en), (fr)},
    static const struct entry entries[] = {TANDEM_ERR_MAP(ENTRY)};
#undef ENTRY
    static const struct entry unknown = {
        1, "EUNKNOWN", "unknown error", "erreur inconnue"};
    size_t i;

    for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        if (entries[i].code == (int)code) {
            return &entries[i];
        }
    }
    return &unknown;
}

const char *
tandem_err_text(tandem_err e, tandem_lang lang)
{
    const struct entry *entry = find(e);

    return lang == TANDEM_FR ? entry->fr : entry->en;
}

const char *
tandem_err_name(tandem_err e)
{
    return find(e)->name;
}

tandem_lang
tandem_lang_of(const char *locale)
{
    if (locale == NULL || (locale[0] != 'f' && locale[0] != 'F') ||
        (locale[1] != 'r' && locale[1] != 'R')) {
        return TANDEM_EN;
    }
    // "fr", "fr_CA", "fr-BE", "fr.UTF-8", "fr@euro", "fr:en"; not "frp".
    if (locale[2] == '\0' || strchr("_-.@:", locale[2]) != NULL) {
        return TANDEM_FR;
    }
    return TANDEM_EN;
}

// `text` was cut after `len` bytes: take off a UTF-8 sequence left halfway.
static void
trim_cut(char *text, size_t len)
{
    size_t lead = len;
    size_t whole;
    uint8_t c;

    while (lead > 0 && len - lead < 3 &&
           ((uint8_t)text[lead - 1] & 0xc0) == 0x80) {
        lead--;
    }
    if (lead == 0) {
        return;
    }
    c = (uint8_t)text[lead - 1];
    whole = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    if (len - (lead - 1) < whole) {
        text[lead - 1] = '\0';
    }
}

// Copy `text` into `out` of `size` bytes, cut between characters if too long.
static void
copy_text(char *out, size_t size, const char *text)
{
    size_t len = strlen(text);
    bool cut = len >= size;

    if (cut) {
        len = size - 1;
    }
    memcpy(out, text, len);
    out[len] = '\0';
    if (cut) {
        trim_cut(out, len);
    }
}

tandem_err
td_fail(tandem_error *e, tandem_err code, const char *en, const char *fr, ...)
{
    va_list args;
    int len;

    TD_ASSERT(code != TANDEM_OK);
    if (e == NULL) {
        return code;
    }
    va_start(args, fr);
    if (e->lang == TANDEM_FR) {
        len = vsnprintf(e->msg, sizeof(e->msg), fr, args);
    } else {
        len = vsnprintf(e->msg, sizeof(e->msg), en, args);
    }
    va_end(args);
    e->code = code;
    if (len < 0) {
        copy_text(e->msg, sizeof(e->msg), tandem_err_text(code, e->lang));
    } else if ((size_t)len >= sizeof(e->msg)) {
        trim_cut(e->msg, sizeof(e->msg) - 1);
    }
    return code;
}

tandem_err
td_fail_sys(tandem_error *e, tandem_err code, int sys)
{
    if (e != NULL) {
        e->code = code;
        e->sys = sys;
        copy_text(e->msg, sizeof(e->msg), tandem_err_text(code, e->lang));
    }
    return code;
}

tandem_err
td_fail_code(tandem_error *e, tandem_err code)
{
    if (e == NULL || code == TANDEM_OK) {
        return code;
    }
    if (e->code != code || e->msg[0] == '\0') {
        e->code = code;
        copy_text(e->msg, sizeof(e->msg), tandem_err_text(code, e->lang));
    }
    return code;
}

void
td_fail_clear(tandem_error *e)
{
    if (e != NULL) {
        *e = (tandem_error){.code = TANDEM_OK, .lang = e->lang};
    }
}

void
td_fail_record(tandem_error *e, tandem_id record)
{
    if (e != NULL) {
        e->record = record;
    }
}

void
td_fail_field(tandem_error *e, const char *field)
{
    if (e != NULL) {
        copy_text(e->field, sizeof(e->field), field != NULL ? field : "");
    }
}

static bool
may_tell(tandem_err code)
{
    return code == TANDEM_EPROTO || code == TANDEM_EDENIED ||
           code == TANDEM_EVERSION || code == TANDEM_EAUTH ||
           code == TANDEM_EEXPIRED || code == TANDEM_ECUT ||
           code == TANDEM_EFORK || code == TANDEM_EREFUSED ||
           code == TANDEM_EWORKSPACE || code == TANDEM_EUNKNOWN ||
           code == TANDEM_EREVOKED;
}

uint8_t
td_fail_tell(tandem_err code, tandem_err otherwise)
{
    TD_ASSERT(may_tell(otherwise));
    return (uint8_t) - (int)(may_tell(code) ? code : otherwise);
}

tandem_err
td_fail_heard(uint64_t number)
{
    tandem_err code =
        number <= UINT8_MAX ? (tandem_err) - (int)number : TANDEM_EREFUSED;

    return may_tell(code) ? code : TANDEM_EREFUSED;
}

_Noreturn void
td_assert_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "tandem: %s:%d: assertion failed: %s\n", file, line, what);
    abort();
}
