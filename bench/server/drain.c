/*
 * The reference for an allocation server: it reads all that clients send and does nothing with it. No server can take
 * more than this on the same machine. One thread; it answers a query, so that the same client runs against it.
 *
 * Usage: drain <socket> <bytes of a frame>
 */
#include "frame.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/* As libuv, beneath the server, reads: 64 KiB at a time, the same connection again while reads fill that. */
enum { READ_BYTES = 65536, READS_MAX = 32, CONNECTIONS_MAX = 1024, EVENTS_MAX = 64 };

struct connection {
    uint64_t offset;
    /* First byte of the newest frame of which anything came. */
    char type;
};

static char buffer[READ_BYTES];
static struct connection connections[CONNECTIONS_MAX];

static int listen_at(const char* path) {
    struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    unlink(path);
    if (fd < 0 || bind(fd, (struct sockaddr*)&address, sizeof address) != 0 || listen(fd, 128) != 0) die(path);
    return fd;
}

static void watch(int epoll, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
}

static void accept_from(int listener, int epoll) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0 || fd >= CONNECTIONS_MAX) die("accept");
    connections[fd] = (struct connection){0};
    watch(epoll, fd);
}

static void answer(int fd, size_t frame_bytes) {
    char reply[FRAME_BYTES_MAX] = {TYPE_RESPONSE};
    if (send(fd, reply, frame_bytes, MSG_NOSIGNAL) != (ssize_t)frame_bytes) die("send");
}

/* A client waits for the answer to its query, so a query is always the last that was read. */
static void account(int fd, size_t bytes, size_t frame_bytes) {
    struct connection* connection = &connections[fd];
    connection->offset += bytes;
    size_t unfinished = connection->offset % frame_bytes;
    size_t begun = unfinished == 0 ? frame_bytes : unfinished;
    if (begun <= bytes) connection->type = buffer[bytes - begun];
    if (unfinished == 0 && connection->type == TYPE_QUERY) answer(fd, frame_bytes);
}

static void drain(int fd, size_t frame_bytes) {
    for (int reads = 0; reads < READS_MAX; reads += 1) {
        ssize_t bytes = recv(fd, buffer, READ_BYTES, MSG_DONTWAIT);
        if (bytes < 0) return;
        if (bytes == 0) {
            close(fd);
            return;
        }
        account(fd, (size_t)bytes, frame_bytes);
        if (bytes < READ_BYTES) return;
    }
}

int main(int count, char** arguments) {
    size_t frame_bytes = count == 3 ? strtoul(arguments[2], NULL, 10) : 0;
    if (frame_bytes < sizeof(struct header) || frame_bytes > FRAME_BYTES_MAX) {
        fprintf(stderr, "usage: drain <socket> <bytes of a frame>\n");
        return 2;
    }
    int listener = listen_at(arguments[1]);
    int epoll = epoll_create1(0);
    watch(epoll, listener);
    struct epoll_event events[EVENTS_MAX];
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < ready; i += 1) {
            if (events[i].data.fd == listener)
                accept_from(listener, epoll);
            else
                drain(events[i].data.fd, frame_bytes);
        }
    }
}
