// SPDX-License-Identifier: Apache-2.0
// fuzz_value.c - the first byte picks a type; the rest is read as a value's
// bytes, then as what a person typed. What is taken is sound, survives being
// written, and being shown in either language and typed again.
#include <string.h>

#include "base/fail.h"
#include "schema/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 4096 };

static const tandem_word words[] = {
    {.n = 1, .id = "red", .fr = "rouge", .en = "red"},
    {.n = 2, .id = "blue", .fr = "bleu", .en = "blue"},
};
static const tandem_enum_info colour = {"colour", 2, words};

static tandem_value_type
type_of(uint8_t pick)
{
    tandem_value_type t = {.base = (tandem_field_type)(pick % 16)};

    t.limit = t.base == TANDEM_FIELD_STR ? 40 : 0;
    t.words = t.base == TANDEM_FIELD_ENUM ? &colour : NULL;
    t.ref = t.base == TANDEM_FIELD_REF ? "*" : NULL;
    return t;
}

// Shown and typed again, it is the same value.
static void
show_and_type(const tandem_value_type *t, const tandem_value *v)
{
    for (int lang = TANDEM_EN; lang <= TANDEM_FR; lang++) {
        static char shown[4 * TEXT_MAX];
        char room[TANDEM_PARSE_ROOM];
        tandem_value again;

        TD_ASSERT(tandem_value_format(t, v, (tandem_lang)lang, shown,
                      sizeof shown) < sizeof shown);
        TD_ASSERT(tandem_value_parse(t, shown, TANDEM_NO_OFFSET, room, &again,
                      NULL) == TANDEM_OK);
        TD_ASSERT(tandem_value_equal(v, &again));
    }
}

static void
through_bytes(const tandem_value_type *t, const tandem_value *v)
{
    struct td_buf b;
    tandem_value back;

    td_buf_init(&b, NULL, 4 * TEXT_MAX);
    TD_ASSERT(td_value_encode(t, v, &b, NULL) == TANDEM_OK);
    TD_ASSERT(td_value_decode(t, td_buf_slice(&b), &back) == TANDEM_OK);
    TD_ASSERT(tandem_value_equal(v, &back));
    td_buf_deinit(&b);
}

static void
as_bytes(const tandem_value_type *t, tandem_slice in)
{
    tandem_value v;
    char shown[64];

    if (td_value_decode(t, in, &v) != TANDEM_OK) {
        return;
    }
    (void)tandem_value_format(t, &v, TANDEM_FR, shown, sizeof shown);
    TD_ASSERT(memchr(shown, '\0', sizeof shown) != NULL);
    if (tandem_value_check(t, &v, NULL) == TANDEM_OK) {
        through_bytes(t, &v);
    }
}

static void
as_text(const tandem_value_type *t, tandem_slice in)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    char text[TEXT_MAX + 1];
    char room[TANDEM_PARSE_ROOM];
    tandem_value v;

    memcpy(text, in.ptr, in.len);
    text[in.len] = '\0';
    if (tandem_value_parse(t, text, TANDEM_NO_OFFSET, room, &v, &e) !=
        TANDEM_OK) {
        TD_ASSERT(e.msg[0] != '\0');
        return;
    }
    through_bytes(t, &v);
    show_and_type(t, &v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tandem_value_type t;

    if (size < 2 || size > TEXT_MAX) {
        return 0;
    }
    t = type_of(data[0]);
    as_bytes(&t, tandem_bytes(data + 1, size - 1));
    as_text(&t, tandem_bytes(data + 1, size - 1));
    return 0;
}
