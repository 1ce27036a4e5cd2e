// SPDX-License-Identifier: Apache-2.0
// html_test.c - what people typed is never markup, whatever it is.
#include "cli/page/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define FFFD "\xef\xbf\xbd"

// As it stands in a page, between two marks.
static void
becomes(const char *typed, const char *expected)
{
    struct html h;
    const char *from, *to;

    html_begin(&h, "en", "t");
    html_put(&h, "[[");
    html_text(&h, typed);
    html_put(&h, "]]");
    assert_true(html_end(&h));
    from = strstr(h.text, "[[") + 2;
    to = strstr(from, "]]");
    assert_non_null(to);
    assert_int_equal(to - from, strlen(expected));
    assert_memory_equal(from, expected, strlen(expected));
    html_free(&h);
}

static void
test_markup(void **state)
{
    (void)state;
    becomes("", "");
    becomes("Mme L., 3e \xc3\xa9tage", "Mme L., 3e \xc3\xa9tage");
    becomes(
        "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;");
    becomes("\" onload='x'", "&quot; onload=&#39;x&#39;");
    becomes("&lt;&#60;&", "&amp;lt;&amp;#60;&amp;");
    becomes("--></style></title>", "--&gt;&lt;/style&gt;&lt;/title&gt;");
}

static void
test_what_a_reader_would_obey(void **state)
{
    (void)state;
    becomes("a\tb\nc", "a\tb\nc");
    becomes("\x1b[2J\x07\x7f", FFFD "[2J" FFFD FFFD);
    becomes("\r\x01", FFFD FFFD);
    becomes("\xc2\x85\xc2\x9b", FFFD FFFD);
    becomes("\xe2\x80\xaegnp\xe2\x81\xa6", FFFD "gnp" FFFD);
    becomes("\xe2\x80\xa8", "\xe2\x80\xa8");
}

static void
test_no_utf8(void **state)
{
    (void)state;
    becomes("\xff<", FFFD "&lt;");
    becomes("\xc0\xbc", FFFD FFFD);          // an overlong <
    becomes("\xe0\x80\xbc", FFFD FFFD FFFD); // the same
    becomes("\xed\xa0\x80", FFFD FFFD FFFD); // a surrogate
    becomes("\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD);
    becomes("\xc3<b>", FFFD "&lt;b&gt;"); // cut off by markup
    becomes("\xe2\x82", FFFD FFFD);       // cut off by the end
    becomes("\xf0\x9f\x8f\xa0", "\xf0\x9f\x8f\xa0");
}

// Every byte and every pair of bytes: none of the five that markup is made of
// comes through, and nothing that a terminal would obey.
static void
test_every_pair(void **state)
{
    struct html h;
    const char *from;

    (void)state;
    html_begin(&h, "en", "t");
    html_put(&h, "[[");
    for (int a = 1; a < 256; a++) {
        for (int b = 0; b < 256; b++) {
            const char pair[3] = {(char)a, (char)b, '\0'};

            html_text(&h, pair);
        }
    }
    html_put(&h, "</main>");
    assert_true(html_end(&h));
    from = strstr(h.text, "[[") + 2;
    assert_int_equal(
        strcspn(from, "<>\"'\x7f\x1b\r"), strstr(from, "</main>") - from);
    html_free(&h);
}

static void
test_a_title_too(void **state)
{
    struct html h;

    (void)state;
    html_begin(&h, "fr", "</title><script>");
    html_section(&h, "a", "<b>");
    html_row(&h, "<i>");
    html_number(&h, "<u>");
    html_say(&h, "%s %d", "<s>", 1);
    assert_true(html_end(&h));
    assert_null(strstr(h.text, "<script>"));
    assert_null(strstr(h.text, "<b>"));
    assert_null(strstr(h.text, "<i>"));
    assert_null(strstr(h.text, "<u>"));
    assert_non_null(strstr(h.text, "&lt;s&gt; 1"));
    html_free(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markup),
        cmocka_unit_test(test_what_a_reader_would_obey),
        cmocka_unit_test(test_no_utf8),
        cmocka_unit_test(test_every_pair),
        cmocka_unit_test(test_a_title_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
