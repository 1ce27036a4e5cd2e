// SPDX-License-Identifier: Apache-2.0
// out.c - speaking: sentences to stderr, data to stdout, each also as JSON.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cli.h"
#include "page/plain.h"
#include "page/utf8.h"

void
cli_say(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    page_vprint(PAGE_TALK, format, list);
    va_end(list);
    page_print(PAGE_TALK, "\n");
}

tandem_error
cli_no_error(const struct cli *c)
{
    tandem_error e = TANDEM_ERROR_INIT(c->lang);

    return e;
}

json_t *
cli_json_bytes(tandem_slice s)
{
    json_t *text = json_stringn((const char *)s.ptr, s.len);
    char *plain;

    if (text != NULL || s.len == 0) {
        return text != NULL ? text : json_string("");
    }
    plain = malloc(s.len);
    if (plain == NULL) {
        return json_null();
    }
    for (size_t i = 0; i < s.len; i++) {
        plain[i] = s.ptr[i] < 0x80 ? (char)s.ptr[i] : '?';
    }
    text = json_stringn(plain, s.len);
    free(plain);
    return text;
}

json_t *
cli_json_text(const char *text)
{
    return cli_json_bytes(tandem_bytes(text, text != NULL ? strlen(text) : 0));
}

json_t *
cli_json_id(tandem_id id)
{
    char text[37];

    if (tandem_id_is_none(id)) {
        return json_null();
    }
    tandem_id_text(id, text);
    return json_string(text);
}

json_t *
cli_json_device(tandem_device_id id)
{
    static const tandem_device_id none;
    char text[65];

    if (memcmp(&id, &none, sizeof(id)) == 0) {
        return json_null();
    }
    tandem_device_text(id, text);
    return json_string(text);
}

// What no terminal must get (plain.h) can only stand in a string, where JSON
// has an escape for it; its own writer escapes but a part of that.
static void
dump_line(json_t *line, FILE *f)
{
    char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(9));
    const char *at = text != NULL ? text : "", *from = at;
    uint32_t code;
    size_t len;

    do {
        while ((len = utf8_next(at, &code)) > 0 && !plain_unwanted(code)) {
            at += len;
        }
        (void)fwrite(from, 1, (size_t)(at - from), f);
        if (len > 0) {
            (void)fprintf(f, "\\u%04x", (unsigned)code);
            from = at += len;
        }
    } while (len > 0);
    free(text);
    (void)fputc('\n', f);
    (void)fflush(f);
    json_decref(line);
}

void
cli_json_line(json_t *line)
{
    dump_line(line, stdout);
}

void
cli_json_talk(json_t *line)
{
    dump_line(line, stderr);
}

json_t *
cli_error_json(const tandem_error *e)
{
    json_t *o = json_object();

    (void)json_object_set_new(o, "code", json_string(tandem_err_name(e->code)));
    (void)json_object_set_new(o, "sentence", cli_json_text(e->msg));
    if (!tandem_id_is_none(e->record)) {
        (void)json_object_set_new(o, "record", cli_json_id(e->record));
    }
    if (e->field[0] != '\0') {
        (void)json_object_set_new(o, "field", cli_json_text(e->field));
    }
    return o;
}

// The sentence and, for programs, the same as JSON.
static void
speak(const struct cli *c, json_t *error, const char *sentence)
{
    json_t *line;

    page_end();
    (void)fflush(stdout);
    if (!c->json) {
        cli_say("tandem: %s", sentence);
        json_decref(error);
        return;
    }
    line = json_object();
    (void)json_object_set_new(line, "error", error);
    cli_json_talk(line);
}

int
cli_fail(const struct cli *c, const tandem_error *e)
{
    tandem_error shown = *e;

    if (shown.msg[0] == '\0') {
        (void)snprintf(shown.msg, sizeof(shown.msg), "%s",
            tandem_err_text(shown.code, c->lang));
    }
    speak(c, cli_error_json(&shown), shown.msg);
    return cli_exit_of(shown.code, shown.sys);
}

static void format_sentence(
    char *out, size_t room, const char *format, va_list list) CLI_PRINTF(3, 0);

// A sentence cut at a character's beginning, not inside one.
static void
format_sentence(char *out, size_t room, const char *format, va_list list)
{
    int n = vsnprintf(out, room, format, list);

    if (n >= 0 && (size_t)n >= room) {
        size_t end = room - 1;

        while (end > 0 && ((unsigned char)out[end - 1] & 0xc0u) == 0x80u) {
            end--;
        }
        out[end > 0 && (unsigned char)out[end - 1] >= 0xc0u ? end - 1 : end] =
            '\0';
    }
}

int
cli_fail_with(const struct cli *c, tandem_err code, const char *format, ...)
{
    tandem_error e = cli_no_error(c);
    va_list list;

    va_start(list, format);
    format_sentence(e.msg, sizeof(e.msg), format, list);
    va_end(list);
    e.code = code;
    return cli_fail(c, &e);
}

tandem_err
cli_error(tandem_error *e, tandem_err code, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    format_sentence(e->msg, sizeof(e->msg), format, list);
    va_end(list);
    e->code = code;
    e->sys = 0;
    return code;
}

int
cli_bad_use(const struct cli *c, const char *format, ...)
{
    json_t *error = json_object();
    char sentence[512];
    va_list list;

    va_start(list, format);
    format_sentence(sentence, sizeof(sentence), format, list);
    va_end(list);
    (void)json_object_set_new(error, "code", json_string("EUSAGE"));
    (void)json_object_set_new(error, "sentence", cli_json_text(sentence));
    speak(c, error, sentence);
    if (!c->json && c->args.verb != NULL) {
        cli_say(_("Try: tandem %s --help"), c->args.verb);
    }
    return CLI_BAD_USE;
}
