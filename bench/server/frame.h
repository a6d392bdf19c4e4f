/* What a client of the allocation server and the reference for it agree on. */
#ifndef FRAME_H
#define FRAME_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { TYPE_ALLOCATE = 1, TYPE_FREE = 2, TYPE_QUERY = 3, TYPE_RESPONSE = 4 };

/* The fields that requests have. From here to the end of a frame, be it of 72, 112 or 144 bytes, all is zero. */
struct header {
    uint8_t type;
    uint8_t pad_type[3];
    int32_t device;
    uint64_t size_bytes;
    uint8_t memory_type;
    uint8_t pad_memory_type[3];
    int32_t pid;
    uint64_t address;
    uint64_t timestamp_ns;
};
_Static_assert(sizeof(struct header) == 40, "the header has no padding of its own");

enum { FRAME_BYTES_MAX = 144 };

static inline void die(const char* what) {
    perror(what);
    exit(1);
}

static inline struct sockaddr_un address_of(const char* path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "%s: too long for a socket's path\n", path);
        exit(1);
    }
    strcpy(address.sun_path, path);
    return address;
}

#endif
