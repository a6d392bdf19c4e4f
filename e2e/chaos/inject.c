/*
 * Makes system calls of the program it is preloaded into fail now and then, as a full disk, a table without room or an
 * interrupt would. Begins when the program binds a socket, so that it is past its start, and only at regular files and
 * sockets: the pipes and event descriptors of libuv are its own, and it aborts where they fail.
 *
 * CHAOS_SEED: which calls; CHAOS_PPM: how many of a million; CHAOS_OFF: a path, and while it is there none fails.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static atomic_ullong calls;
static atomic_int armed;
static uint64_t seed;
static uint64_t ppm;
static const char* off;

#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char* given = getenv("CHAOS_SEED");
    const char* rate = getenv("CHAOS_PPM");
    seed = given ? strtoull(given, NULL, 10) : 0;
    ppm = rate ? strtoull(rate, NULL, 10) : 0;
    off = getenv("CHAOS_OFF");
    /* The shell that starts Node is not part of it, nor is what Node starts. */
    if (strcmp(program_invocation_short_name, "node") != 0)
        ppm = 0;
    else
        unsetenv("LD_PRELOAD");
}

static uint64_t mixed(uint64_t value) {
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

/* 0: the call is made as it is; else a number to choose a fault by. */
static uint64_t drawn(void) {
    if (!armed) return 0;
    uint64_t number = mixed(seed ^ mixed(atomic_fetch_add(&calls, 1)));
    if (number % 1000000 >= ppm) return 0;
    int before = errno;
    int is_off = off && access(off, F_OK) == 0;
    errno = before;
    return is_off ? 0 : (number >> 20) | 1;
}

static int is_ours(int fd) {
    struct stat found;
    int before = errno;
    int is = fstat(fd, &found) == 0 && (S_ISREG(found.st_mode) || S_ISSOCK(found.st_mode));
    errno = before;
    return is;
}

static int fail(uint64_t number, const int* errors, unsigned count) {
    errno = errors[(number >> 8) % count];
    return -1;
}

static void wait_a_little(void) {
    struct timespec time = {0, 20000000};
    nanosleep(&time, NULL);
}

#define FAIL(number, ...) fail(number, (const int[]){__VA_ARGS__}, sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

int bind(int fd, const struct sockaddr* address, socklen_t length) {
    int result = REAL(bind)(fd, address, length);
    armed = 1;
    return result;
}

ssize_t write(int fd, const void* bytes, size_t count) {
    uint64_t number = drawn();
    if (number && is_ours(fd)) {
        switch (number % 4) {
            case 0: return FAIL(number, ENOSPC, EIO, EDQUOT);
            case 1: return FAIL(number, EINTR, EAGAIN);
            case 2:
                if (count > 1) count = 1 + (number >> 8) % (count - 1);
                break;
            default: wait_a_little();
        }
    }
    return REAL(write)(fd, bytes, count);
}

ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t offset) {
    uint64_t number = drawn();
    if (number && is_ours(fd)) return FAIL(number, ENOSPC, EIO, EDQUOT);
    return REAL(pwrite64)(fd, bytes, count, offset);
}

ssize_t writev(int fd, const struct iovec* parts, int count) {
    uint64_t number = drawn();
    if (number && is_ours(fd)) return FAIL(number, EIO, EINTR, EAGAIN, EPIPE);
    return REAL(writev)(fd, parts, count);
}

ssize_t read(int fd, void* bytes, size_t count) {
    uint64_t number = drawn();
    if (number && is_ours(fd)) {
        switch (number % 4) {
            case 0: return FAIL(number, EIO, ECONNRESET);
            case 1: return FAIL(number, EINTR, EAGAIN);
            case 2:
                if (count > 1) count = 1 + (number >> 8) % (count - 1);
                break;
            default: wait_a_little();
        }
    }
    return REAL(read)(fd, bytes, count);
}

ssize_t pread64(int fd, void* bytes, size_t count, off64_t offset) {
    uint64_t number = drawn();
    if (number && is_ours(fd)) return FAIL(number, EIO, EINTR);
    return REAL(pread64)(fd, bytes, count, offset);
}

static int mode_of(int flags, va_list rest) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0; }

int open64(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = mode_of(flags, rest);
    va_end(rest);
    uint64_t number = drawn();
    if (number) return FAIL(number, EMFILE, ENFILE, EIO, ENOSPC, EACCES, EINTR);
    return REAL(open64)(path, flags, mode);
}

int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = mode_of(flags, rest);
    va_end(rest);
    uint64_t number = drawn();
    if (number) return FAIL(number, EMFILE, ENFILE, EIO, ENOSPC, EACCES, EINTR);
    return REAL(open)(path, flags, mode);
}

int accept4(int fd, struct sockaddr* address, socklen_t* length, int flags) {
    uint64_t number = drawn();
    if (number) return FAIL(number, EMFILE, ENFILE, ECONNABORTED, EINTR);
    return REAL(accept4)(fd, address, length, flags);
}

int fsync(int fd) { return drawn() ? FAIL(drawn() | 1, EIO, ENOSPC) : REAL(fsync)(fd); }

int rename(const char* from, const char* to) {
    uint64_t number = drawn();
    return number ? FAIL(number, EIO, ENOSPC, EBUSY, EACCES) : REAL(rename)(from, to);
}

int mkdir(const char* path, mode_t mode) {
    uint64_t number = drawn();
    return number ? FAIL(number, EIO, ENOSPC, EACCES) : REAL(mkdir)(path, mode);
}
