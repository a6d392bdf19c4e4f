#include "host_memory.h"

#include <charconv>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ttmw {
namespace {

// Sizes of the process that opened it, in pages: seven numbers and the end of the line.
constexpr char kPath[] = "/proc/self/statm";
constexpr int kNumbers = 7;
constexpr int kResident = 1, kShared = 2;
constexpr size_t kBytes = 256;

// The lowest number of its descriptor. The system hands out the lowest that is free, so a program that has fewer open gets
// the numbers that it would get alone.
constexpr int kLowestDescriptor = 500;

constexpr int kClosed = -1;
int g_file = kClosed;
struct stat g_opened;

// Some programs close whatever is open: the number may be another file's by now.
bool is_still_open() {
    struct stat found;
    return fstat(g_file, &found) == 0 && found.st_dev == g_opened.st_dev && found.st_ino == g_opened.st_ino;
}

int open_file() {
    int file = open(kPath, O_RDONLY | O_CLOEXEC);
    if (file < 0) return kClosed;
    const int high = fcntl(file, F_DUPFD_CLOEXEC, kLowestDescriptor);
    // The process may not have so many: then it is one of the low ones.
    if (high >= 0) {
        close(file);
        file = high;
    }
    return fstat(file, &g_opened) == 0 ? file : kClosed;
}

int64_t read_bytes() {
    char text[kBytes];
    const ssize_t size = pread(g_file, text, kBytes, 0);
    const char *at = text, *end = text + (size > 0 ? size : 0);
    int64_t pages[kNumbers];
    for (int64_t& each : pages) {
        const auto found = std::from_chars(at, end, each);
        if (found.ec != std::errc() || found.ptr == end) return kHostUnknown;
        at = found.ptr + 1;
    }
    // Of another file, whatever it has.
    if (at != end || at[-1] != '\n') return kHostUnknown;
    static const int64_t page_bytes = sysconf(_SC_PAGESIZE);
    return (pages[kResident] - pages[kShared]) * page_bytes;
}

}  // namespace

int64_t host_memory_own_bytes() {
    int64_t bytes = g_file == kClosed ? kHostUnknown : read_bytes();
    if (bytes == kHostUnknown) {
        g_file = open_file();
        bytes = g_file == kClosed ? kHostUnknown : read_bytes();
    }
    return bytes;
}

void host_memory_forget() {
    if (g_file != kClosed && is_still_open()) close(g_file);
    g_file = kClosed;
}

}  // namespace ttmw
