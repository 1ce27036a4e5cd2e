// SPDX-License-Identifier: Apache-2.0
// guests_test.c - who waits at the door: how many, and who is sent away. Real
// sockets, no libzmq.
#include "node/guests.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/cutter.h"

struct hall {
    int door;
    struct sockaddr_in at;
    struct td_guests guests;
    int mine[2 * TD_GUESTS_MAX], theirs[2 * TD_GUESTS_MAX];
};

static void
hall_open(struct hall *h)
{
    memset(h, 0, sizeof(*h));
    h->door = listen_here(&h->at);
}

static void
hall_close(struct hall *h)
{
    (void)close(h->door);
}

// Somebody of 127.0.0.`last` comes in.
static void
come(struct hall *h, size_t i, uint8_t last)
{
    struct sockaddr_in from = {.sin_family = AF_INET};

    from.sin_addr.s_addr = htonl(0x7f000000u | last);
    h->theirs[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(
        0, bind(h->theirs[i], (struct sockaddr *)&from, sizeof(from)));
    assert_int_equal(
        0, connect(h->theirs[i], (struct sockaddr *)&h->at, sizeof(h->at)));
    h->mine[i] = accept(h->door, NULL, NULL);
    assert_true(h->mine[i] >= 0);
    td_guests_come(&h->guests, h->mine[i]);
}

static bool
stands(const struct hall *h, size_t i)
{
    char c;

    return recv(h->theirs[i], &c, 1, MSG_DONTWAIT) != 0;
}

static void
leave(struct hall *h, size_t i)
{
    assert_int_equal(0, close(h->mine[i]));
    assert_int_equal(0, close(h->theirs[i]));
}

static void
test_guests_of_one_address_are_few_and_the_oldest_goes(void **state)
{
    enum { N = TD_GUESTS_PER_ADDRESS + 10 };
    struct hall h;

    (void)state;
    hall_open(&h);
    come(&h, N, 2); // somebody else, before them all
    for (size_t i = 0; i < N; i++) {
        come(&h, i, 1);
    }
    assert_int_equal(10, h.guests.sent_away);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(i >= 10, stands(&h, i));
    }
    assert_true(stands(&h, N));
    for (size_t i = 0; i <= N; i++) {
        leave(&h, i);
    }
    hall_close(&h);
}

static void
test_guests_in_all_are_bounded(void **state)
{
    enum { N = TD_GUESTS_MAX + 5 };
    struct hall h;

    (void)state;
    hall_open(&h);
    for (size_t i = 0; i < N; i++) {
        come(&h, i, (uint8_t)(1 + i));
    }
    assert_int_equal(TD_GUESTS_MAX, h.guests.count);
    assert_int_equal(5, h.guests.sent_away);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(i >= 5, stands(&h, i));
        leave(&h, i);
    }
    hall_close(&h);
}

// Who was heard, or went, takes no place.
static void
test_guests_that_were_heard_are_guests_no_more(void **state)
{
    enum { N = 2 * TD_GUESTS_PER_ADDRESS };
    struct hall h;

    (void)state;
    hall_open(&h);
    for (size_t i = 0; i < N; i++) {
        come(&h, i, 1);
        td_guests_go(&h.guests, h.mine[i]);
    }
    assert_int_equal(0, h.guests.count);
    assert_int_equal(0, h.guests.sent_away);
    td_guests_go(&h.guests, -1);
    for (size_t i = 0; i < N; i++) {
        assert_true(stands(&h, i));
        leave(&h, i);
    }
    hall_close(&h);
}

// A guest went unnoticed, and its number is another connection's now.
static void
test_guests_number_that_is_anothers_is_left_alone(void **state)
{
    enum { N = TD_GUESTS_PER_ADDRESS };
    struct hall h;
    int number;

    (void)state;
    hall_open(&h);
    for (size_t i = 0; i < N; i++) {
        come(&h, i, 1);
    }
    number = h.mine[0];
    leave(&h, 0);
    // Neither a guest, though at the same door.
    h.theirs[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(
        0, connect(h.theirs[0], (struct sockaddr *)&h.at, sizeof(h.at)));
    h.mine[0] = accept(h.door, NULL, NULL);
    if (h.mine[0] != number) {
        assert_int_equal(number, dup2(h.mine[0], number));
        assert_int_equal(0, close(h.mine[0]));
        h.mine[0] = number;
    }
    come(&h, N, 1); // one too many: the first in the list is to go
    assert_int_equal(0, h.guests.sent_away);
    for (size_t i = 0; i <= N; i++) {
        assert_true(stands(&h, i));
        leave(&h, i);
    }
    hall_close(&h);
}

// ... or a file's, with a record lock that any closing of the file would end.
static void
test_guests_number_that_is_a_files_keeps_its_lock(void **state)
{
    enum { N = TD_GUESTS_PER_ADDRESS };
    char name[] = "/tmp/guests_test_XXXXXX";
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int file = mkstemp(name);
    struct hall h;
    int status;
    pid_t child;

    (void)state;
    assert_true(file >= 0);
    hall_open(&h);
    for (size_t i = 0; i < N; i++) {
        come(&h, i, 1);
    }
    assert_int_equal(h.mine[0], dup2(file, h.mine[0]));
    assert_int_equal(0, close(file));
    assert_int_equal(0, fcntl(h.mine[0], F_SETLK, &lock));
    come(&h, N, 1);
    assert_int_equal(0, h.guests.sent_away);
    child = fork();
    if (child == 0) { // a lock is held against others
        int other = open(name, O_RDWR);
        int rc = other < 0 ? 0 : fcntl(other, F_SETLK, &lock);

        _exit(rc < 0 && (errno == EAGAIN || errno == EACCES) ? 0 : 1);
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_int_equal(0, status);
    for (size_t i = 0; i <= N; i++) {
        leave(&h, i);
    }
    assert_int_equal(0, unlink(name));
    hall_close(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_guests_of_one_address_are_few_and_the_oldest_goes),
        cmocka_unit_test(test_guests_in_all_are_bounded),
        cmocka_unit_test(test_guests_that_were_heard_are_guests_no_more),
        cmocka_unit_test(test_guests_number_that_is_anothers_is_left_alone),
        cmocka_unit_test(test_guests_number_that_is_a_files_keeps_its_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
