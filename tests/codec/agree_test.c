// SPDX-License-Identifier: Apache-2.0
// agree_test.c - what our cursor accepts, msgpack-c reads as the same value:
// on a million inputs, made from a grammar and then damaged.
#include "codec/gen.h"

#define WANTED  1000000
#define CAP     96
#define GIVE_UP (WANTED * 10)

int
main(void)
{
    uint8_t room[CAP];
    struct gen g = {gen_seed(), room, 0, sizeof(room)};
    size_t accepted = 0, damaged = 0, tried = 0, len = 0;

    while (accepted < WANTED && tried < GIVE_UP) {
        bool fresh = len == 0 || tried % 4 == 0;
        tandem_slice in;

        // Damage piles up for a few rounds on the same input.
        len = fresh ? gen_input(&g) : gen_mutate(&g, len);
        in = tandem_bytes(room, len);
        tried++;
        if (td_mp_check(in) != TD_MP_FINE) {
            if (fresh) {
                printf("canonical input refused, number %zu\n", tried);
                return 1;
            }
            continue;
        }
        accepted++;
        damaged += !fresh;
        if (!gen_agrees(in)) {
            size_t i;

            printf("disagreement on input number %zu:", tried);
            for (i = 0; i < len; i++) {
                printf(" %02x", room[i]);
            }
            printf("\n");
            return 1;
        }
    }
    printf("%zu of %zu inputs accepted (%zu of them damaged ones), "
           "all read alike by msgpack-c\n",
        accepted, tried, damaged);
    // Without damaged inputs among them the count would say little.
    return accepted >= WANTED && damaged >= WANTED / 10 ? 0 : 1;
}
