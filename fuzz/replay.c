// SPDX-License-Identifier: Apache-2.0
// replay.c - run a fuzz driver over a corpus as an ordinary test: every file
// of the folders given, each as it is and cut at some of its bytes.

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 1 << 20, CUTS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// An exact-size copy, so that one byte read beyond it is seen.
static void
run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);

    if (copy == NULL) {
        abort();
    }
    memcpy(copy, data, size);
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static int
run_file(const char *path)
{
    static uint8_t data[FILE_BYTES_MAX];
    FILE *f = fopen(path, "rb");
    size_t size;

    if (f == NULL) {
        return 0;
    }
    size = fread(data, 1, sizeof(data), f);
    (void)fclose(f);
    run(data, size);
    for (size_t i = 1; i <= CUTS; i++) {
        run(data, size * i / (CUTS + 1));
    }
    return 1;
}

static int
run_folder(const char *folder)
{
    DIR *d = opendir(folder);
    struct dirent *entry;
    char path[4096];
    int n = 0;

    if (d == NULL) {
        (void)fprintf(stderr, "no corpus in %s\n", folder);
        return 0;
    }
    while ((entry = readdir(d)) != NULL) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        n += run_file(path);
    }
    (void)closedir(d);
    return n;
}

int
main(int argc, char **argv)
{
    int n = 0;

    for (int i = 1; i < argc; i++) {
        n += run_folder(argv[i]);
    }
    (void)printf("%d corpus files replayed\n", n);
    return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
