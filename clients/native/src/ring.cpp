#include "ring.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ttmw {
namespace {

constexpr uint64_t kCapacityMax = uint64_t{1} << 23;
constexpr uint64_t kStacksBytesMax = uint64_t{1} << 28;

Header* g_header = nullptr;
Record* g_records = nullptr;
uint64_t g_mask = 0;
thread_local uint32_t t_thread = 0;

uint64_t now(clockid_t clock) {
    timespec time;
    clock_gettime(clock, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(time.tv_nsec);
}

uint64_t start_ticks() {
    const int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    char text[1024];
    const ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    if (size <= 0) return 0;
    text[size] = '\0';
    // The name in parentheses may hold anything; the state after it is field 3.
    const char* at = strrchr(text, ')');
    if (at == nullptr) return 0;
    for (int field = 2; field < 22; ++field) {
        at = strchr(at + 1, ' ');
        if (at == nullptr) return 0;
    }
    return strtoull(at, nullptr, 10);
}

uint64_t power_of_two(uint64_t wanted) {
    uint64_t power = 1;
    while (power < wanted) power <<= 1;
    return power;
}

// The next record is in no cache, unless the ring is small: its lines are on their way until it is written.
void fetch(const Record* record) {
    const char* bytes = reinterpret_cast<const char*>(record);
    __builtin_prefetch(bytes, 1);
    __builtin_prefetch(bytes + sizeof *record - 1, 1);
}

int fail(int file, const char* path, int error) {
    close(file);
    unlink(path);
    return -error;
}

}  // namespace

int ring_open(const char* path, uint64_t capacity, uint64_t stacks_bytes) {
    if (capacity == 0 || capacity > kCapacityMax || stacks_bytes > kStacksBytesMax) return -EINVAL;
    capacity = power_of_two(capacity);
    const uint64_t stacks_offset = kHeaderBytes + capacity * sizeof(Record);
    const uint64_t bytes = stacks_offset + stacks_bytes;
    const int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) return -errno;
    // Reserved now: a full file system would end the process with SIGBUS at some later store.
    if (const int error = posix_fallocate(file, 0, static_cast<off_t>(bytes))) return fail(file, path, error);
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) return fail(file, path, errno);
    close(file);

    Header* header = static_cast<Header*>(memory);
    header->version = kVersion;
    header->header_bytes = kHeaderBytes;
    header->record_bytes = sizeof(Record);
    header->pid = static_cast<uint32_t>(getpid());
    header->capacity = capacity;
    header->stacks_offset = stacks_offset;
    header->stacks_bytes = stacks_bytes;
    header->start_ticks = start_ticks();
    header->monotonic_ns = now(CLOCK_MONOTONIC);
    header->realtime_ns = now(CLOCK_REALTIME);
    header->state = static_cast<uint32_t>(State::recording);
    // The loader takes a lock where a library's thread-local variables are used for the first time: here, and in no hook.
    ring_thread();
    g_records = reinterpret_cast<Record*>(static_cast<char*>(memory) + kHeaderBytes);
    g_mask = capacity - 1;
    uint64_t magic;
    memcpy(&magic, kMagic, sizeof magic);
    // A reader takes the header for complete once it sees the magic.
    __atomic_store_n(reinterpret_cast<uint64_t*>(header->magic), magic, __ATOMIC_RELEASE);
    __atomic_store_n(&g_header, header, __ATOMIC_RELEASE);
    return 0;
}

Header* ring_header() { return __atomic_load_n(&g_header, __ATOMIC_ACQUIRE); }

bool ring_is_recording() {
    const Header* header = ring_header();
    return header != nullptr &&
           __atomic_load_n(&header->state, __ATOMIC_RELAXED) == static_cast<uint32_t>(State::recording);
}

uint32_t ring_thread() {
    if (t_thread == 0) t_thread = static_cast<uint32_t>(syscall(SYS_gettid));
    return t_thread;
}

void ring_emit(const Event& event) {
    Header* header = ring_header();
    if (header == nullptr || !ring_is_recording()) return;
    const uint64_t ticket = __atomic_fetch_add(&header->head, 1, __ATOMIC_RELAXED);
    Record* record = g_records + (ticket & g_mask);
    // A slot belongs to one writer at a time. A thread that slept for a whole round finds its slot in use, or used for a
    // later ticket: its record is given up then, and the reader, who never finds that ticket, counts it as lost.
    uint64_t before = __atomic_load_n(&record->seq, __ATOMIC_RELAXED);
    if (before > ticket || !__atomic_compare_exchange_n(&record->seq, &before, kWriting | (ticket + 1), false,
                                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        return;
    }
    record->time_ns = now(CLOCK_MONOTONIC);
    record->address = event.address;
    record->size = event.size;
    record->bytes_per_bank = event.bytes_per_bank;
    record->buffer = reinterpret_cast<uint64_t>(event.buffer);
    record->unique_id = event.unique_id;
    record->allocator = reinterpret_cast<uint64_t>(event.allocator);
    record->thread = ring_thread();
    record->context = __atomic_load_n(&header->context, __ATOMIC_RELAXED);
    record->stack = event.stack;
    record->device = event.device;
    record->kind = static_cast<uint8_t>(event.kind);
    record->memory_type = event.memory_type;
    record->layout = event.layout;
    record->flags = event.flags;
    record->place = event.place;
    const uint64_t operation = __atomic_load_n(&header->operation, __ATOMIC_RELAXED);
    record->operation = operation >> 32 == record->thread ? static_cast<uint32_t>(operation) : 0;
    __atomic_store_n(&record->seq, ticket + 1, __ATOMIC_RELEASE);
    fetch(g_records + ((ticket + 1) & g_mask));
}

unsigned char* ring_stacks(uint64_t* bytes) {
    Header* header = ring_header();
    if (header == nullptr) return nullptr;
    *bytes = header->stacks_bytes;
    return reinterpret_cast<unsigned char*>(header) + header->stacks_offset;
}

void ring_end() {
    if (Header* header = ring_header()) {
        __atomic_store_n(&header->state, static_cast<uint32_t>(State::ended), __ATOMIC_RELEASE);
    }
}

void ring_forget() {
    __atomic_store_n(&g_header, nullptr, __ATOMIC_RELEASE);
    t_thread = 0;
}

}  // namespace ttmw
