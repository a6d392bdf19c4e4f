// The ring's bytes, for readers in any language: docs/formats.md, "Ring", is their definition. Little-endian, version 1.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ttmw {

constexpr char kMagic[8] = {'T', 'T', 'M', 'W', 'R', 'I', 'N', 'G'};
constexpr uint32_t kVersion = 1;
constexpr uint32_t kHeaderBytes = 4096;

// Set in Record::seq while the record is being written.
constexpr uint64_t kWriting = uint64_t{1} << 63;

enum class Kind : uint8_t {
    allocate = 1,
    free = 2,
    allocate_failed = 3,
    allocator_cleared = 4,
    allocator_destroyed = 5,
    cb_allocate = 6,
    cb_clear = 7,
    free_failed = 8,
    mark = 9,
    connect = 10,
    capture_begin = 11,
    capture_end = 12,
    replay = 13,
    release = 14,
};

enum class State : uint32_t { paused = 0, recording = 1, ended = 2 };

struct Header {
    char magic[8];  // written last
    uint32_t version;
    uint32_t header_bytes;
    uint32_t record_bytes;
    uint32_t pid;
    uint64_t capacity;  // records, a power of two
    uint64_t stacks_offset;
    uint64_t stacks_bytes;
    uint64_t start_ticks;  // field 22 of /proc/self/stat: distinguishes the process from a later one with its pid
    uint64_t monotonic_ns;
    uint64_t realtime_ns;
    uint32_t hooks;  // bit i: hook i is installed
    uint32_t stack_depth;
    char pad0[48];
    uint64_t head;  // tickets handed out, one a record; a cache line of its own
    char pad1[56];
    uint32_t context;  // number of the running test and phase, set by the plugin
    uint32_t state;
    uint64_t operation;  // thread id << 32 | number of the operation that it runs; 0: none
    char pad2[48];
    uint64_t stacks_used;  // bytes of the stacks area that are complete
    uint32_t stacks_count;
    uint32_t stacks_dropped;  // stacks for which there was no room
};
static_assert(offsetof(Header, hooks) == 72 && offsetof(Header, head) == 128 && offsetof(Header, context) == 192);
static_assert(offsetof(Header, stacks_used) == 256 && sizeof(Header) == 272);

// Where a buffer is, in terms that outlive its device: what people and the allocator call it. 0: unknown.
struct Place {
    uint16_t first_chip;  // logical id + 1 of the device's first chip
    uint16_t banks;  // of this memory type
    uint16_t unit;  // bytes per bank that the allocator rounds up to
    uint16_t reserved;
};
static_assert(sizeof(Place) == 8);

struct Record {
    uint64_t seq;  // ticket + 1 once complete
    uint64_t time_ns;  // CLOCK_MONOTONIC
    uint64_t address;
    uint64_t size;  // bytes of the whole buffer
    uint64_t bytes_per_bank;
    uint64_t buffer;  // Buffer*: unique among the live buffers of the process
    uint64_t unique_id;  // Buffer::unique_id(); 0 where it is not offered
    uint64_t allocator;  // AllocatorImpl*
    uint32_t thread;
    uint32_t context;
    uint32_t stack;  // 0: none
    int32_t device;  // MeshDevice::id(); -1: unknown
    uint8_t kind;
    uint8_t memory_type;  // ttnn's BufferType; 255: unknown
    uint8_t layout;  // ttnn's TensorMemoryLayout; 255: unknown
    uint8_t flags;
    uint32_t operation;  // 0: none
    Place place;
};
static_assert(offsetof(Record, thread) == 64 && offsetof(Record, kind) == 80 && offsetof(Record, place) == 88);
static_assert(sizeof(Record) == 96);

constexpr uint8_t kUnknown = 255;

// Record::flags of a circular buffer: it lies in a buffer, and takes no memory of its own.
constexpr uint8_t kInBuffer = 1;

}  // namespace ttmw
