// SPDX-License-Identifier: Apache-2.0
// page_test.c - lines for people: as wide as the page, nothing lost, and
// nothing that a terminal would obey.
#define _XOPEN_SOURCE 700 // a terminal of one's own
#include "cli/page/page.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/page/columns.h"

enum { ROOM = 1 << 16 };

#define FFFD "\xef\xbf\xbd"

struct caught {
    FILE *into;
    int out; // the real stdout meanwhile
    char text[ROOM];
};

static void
catch_begin(struct caught *c)
{
    (void)fflush(stdout);
    c->into = tmpfile();
    assert_non_null(c->into);
    c->out = dup(STDOUT_FILENO);
    assert_int_equal(dup2(fileno(c->into), STDOUT_FILENO), STDOUT_FILENO);
}

static void
catch_end(struct caught *c)
{
    size_t n;

    page_end();
    (void)fflush(stdout);
    assert_int_equal(dup2(c->out, STDOUT_FILENO), STDOUT_FILENO);
    (void)close(c->out);
    rewind(c->into);
    n = fread(c->text, 1, ROOM - 1, c->into);
    c->text[n] = '\0';
    (void)fclose(c->into);
}

// `text` on a page of so many columns.
static void
becomes(const char *columns, const char *text, const char *expected)
{
    static struct caught c;

    assert_int_equal(setenv("COLUMNS", columns, 1), 0);
    catch_begin(&c);
    cli_print("%s", text);
    catch_end(&c);
    assert_string_equal(c.text, expected);
}

static void
test_lines_break_at_blanks(void **state)
{
    (void)state;
    becomes("40", "", "");
    becomes("40", "short\n", "short\n");
    becomes("40", "no end", "no end");
    becomes("40", "exactly forty columns, not one more, yes\n",
        "exactly forty columns, not one more, yes\n");
    becomes("40", "exactly forty columns, not one more, or so\n",
        "exactly forty columns, not one more, or\n  so\n");
    becomes("40", "    further in, and so what is broken off goes on there\n",
        "    further in, and so what is broken\n      off goes on there\n");
    // A character behind more blanks than a line has is not cut in two.
    becomes("30", "                              \xc3\x9b\xc3\x9b\n",
        "\n  \xc3\x9b\xc3\x9b\n");
    becomes("30", "                             \xe6\xbc\xa2\n",
        "\n  \xe6\xbc\xa2\n");
    // Blanks at the place are neither the end nor the beginning of a line.
    becomes("40", "two columns of a table, seventy    behind the gap\n",
        "two columns of a table, seventy\n  behind the gap\n");
    becomes("40", "one\ntwo\n\n", "one\ntwo\n\n");
    becomes("40", "a filled cell   \n   \nend ", "a filled cell\n\nend ");
}

static void
test_words_wider_than_a_line_are_broken(void **state)
{
    (void)state;
    becomes("30",
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff\n",
        "aaaaaaaaaabbbbbbbbbbcccccccccc\n  ddddddddddeeeeeeeeeeffffffff\n"
        "  ff\n");
    becomes("30", "name: aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd end\n",
        "name: aaaaaaaaaabbbbbbbbbbcccc\n  ccccccdddddddddd end\n");
}

static void
test_columns_are_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(columns_of(""), 0);
    assert_int_equal(columns_of("\xc3\xa9t\xc3\xa9"), 3);
    assert_int_equal(columns_of("e\xcc\x81"), 1);                // e, acute
    assert_int_equal(columns_of("\xe6\xbc\xa2\xe5\xad\x97"), 4); // two wide
    assert_int_equal(columns_of("\xf0\x9f\x98\x80"), 2);
    assert_int_equal(columns_of("\xff\xc3"), 2);     // no UTF-8
    assert_int_equal(columns_of("\xc1\x81"), 2);     // an A too long
    assert_int_equal(columns_of("\xed\xa0\x80"), 3); // half a character
    becomes("30",
        "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
        " \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
        " 1234567890ab\n",
        "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
        " \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
        " 1234567890ab\n");
}

static void
test_cells_are_cut_and_say_so(void **state)
{
    static struct caught c;

    (void)state;
    assert_int_equal(setenv("COLUMNS", "80", 1), 0);
    catch_begin(&c);
    page_cell("five", 6);
    page_cell("exact!", 6);
    page_cell("too long", 6);
    page_cell("\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", 6);
    page_cell("two\nlines", 10);
    page_right("7", 3);
    page_cut("none", 0);
    cli_print("|\n");
    catch_end(&c);
    assert_string_equal(c.text, "five  exact!too l\xe2\x80\xa6"
                                "\xe6\xbc\xa2\xe6\xbc\xa2\xe2\x80\xa6 "
                                "two lines   7|\n");
}

static void
test_what_is_copied_stands_whole(void **state)
{
    static struct caught c;

    (void)state;
    assert_int_equal(setenv("COLUMNS", "30", 1), 0);
    catch_begin(&c);
    cli_print_whole("%s\n", "tcp://127.0.0.1:41234#0123456789abcdef and more");
    page_hang(4);
    cli_print("--option");
    page_stick();
    cli_print("VALUE [--another");
    page_stick();
    cli_print("VALUE]\n");
    page_text("first\n\nsecond which is longer than one", 38, 4);
    catch_end(&c);
    assert_string_equal(c.text,
        "tcp://127.0.0.1:41234#0123456789abcdef and more\n"
        "--option VALUE\n    [--another VALUE]\n"
        "    first\n\n    second which is longer\n    than one\n");
}

// Every byte there is, alone and behind every first byte of UTF-8.
static void
test_nothing_that_a_terminal_obeys(void **state)
{
    static struct caught c;

    (void)state;
    assert_int_equal(setenv("COLUMNS", "80", 1), 0);
    catch_begin(&c);
    for (int a = 1; a < 256; a++) {
        const char one[] = {'<', (char)a, '>', '\0'};

        cli_print("%s\n", one);
        page_flat(PAGE_OUT, one);
        page_cell(one, 2);
        cli_print("\n");
        for (int b = 0x80; b < 0xa0; b++) {
            const char two[] = {(char)a, (char)b, '>', '\0'};

            page_flat(PAGE_OUT, two);
        }
        cli_print("\n");
    }
    catch_end(&c);
    assert_true(strlen(c.text) > 256 * 8);
    for (const char *s = c.text; *s != '\0'; s++) {
        const unsigned char u = (unsigned char)*s;

        assert_true((u >= 0x20 && u != 0x7f) || u == '\n');
        // No C1 control either, by its two bytes or by one alone.
        assert_false(u == 0xc2 && (unsigned char)s[1] < 0xa0);
    }
    becomes("80",
        "a\x1b[31mb\x9b"
        "31m\n",
        "a" FFFD "[31mb" FFFD "31m\n");
    becomes("80", "a\tb\rc\n", "a b" FFFD "c\n");
    // Forms that some terminals decode all the same.
    becomes("80", "\xc2\x9b|\xc0\x9b|\xe0\x82\x9b|\xf5\x80\x80\x80\n",
        FFFD "|" FFFD FFFD "|" FFFD FFFD FFFD "|" FFFD FFFD FFFD FFFD "\n");
}

static void
test_the_page_is_what_is_asked_for(void **state)
{
    (void)state;
    assert_int_equal(setenv("COLUMNS", "132", 1), 0);
    assert_int_equal(page_width(), 132);
    assert_int_equal(setenv("COLUMNS", "7", 1), 0);
    assert_int_equal(page_width(), 30); // narrower helps nobody
    for (size_t i = 0; i < 4; i++) {
        static const char *const bad[] = {"", "0", "80x", "1000000"};
        static struct caught c;
        size_t width;

        assert_int_equal(setenv("COLUMNS", bad[i], 1), 0);
        catch_begin(&c);
        width = page_width();
        catch_end(&c);
        assert_int_equal(width, 80);
    }
}

// Talk on a terminal of its own, and what it was sent.
static void
test_progress_takes_a_line_of_its_own(void **state)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    const int err = dup(STDERR_FILENO);
    char text[256];
    size_t len = 0;
    int slave;
    ssize_t n;

    (void)state;
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    assert_int_equal(setenv("COLUMNS", "80", 1), 0);
    assert_int_equal(dup2(slave, STDERR_FILENO), STDERR_FILENO);
    page_print(PAGE_TALK, "half a line");
    page_progress("12 rows");
    page_progress("12 rows"); // nothing new
    page_progress("100 rows");
    page_print(PAGE_TALK, "end\n");
    page_progress("100 rows");
    page_end();
    (void)fflush(stderr);
    assert_int_equal(dup2(err, STDERR_FILENO), STDERR_FILENO);
    (void)close(err);
    (void)close(slave);
    // It comes in pieces; then the terminal has nobody on it.
    while ((n = read(master, text + len, sizeof(text) - 1 - len)) > 0) {
        len += (size_t)n;
    }
    (void)close(master);
    text[len] = '\0';
    assert_string_equal(text, "half a line\r\n"
                              "12 rows\r       \r"
                              "100 rows\r        \r"
                              "end\r\n"
                              "100 rows\r        \r");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_break_at_blanks),
        cmocka_unit_test(test_words_wider_than_a_line_are_broken),
        cmocka_unit_test(test_columns_are_not_bytes),
        cmocka_unit_test(test_cells_are_cut_and_say_so),
        cmocka_unit_test(test_what_is_copied_stands_whole),
        cmocka_unit_test(test_nothing_that_a_terminal_obeys),
        cmocka_unit_test(test_the_page_is_what_is_asked_for),
        cmocka_unit_test(test_progress_takes_a_line_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
