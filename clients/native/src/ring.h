// The ring of this process: written by any thread without a lock, read by another process without our help.
#pragma once

#include "ring_format.h"

namespace ttmw {

// What a hook knows of an event; the ring adds time, thread, context and stack.
struct Event {
    Kind kind;
    uint64_t address = 0;
    uint64_t size = 0;
    uint64_t bytes_per_bank = 0;
    uint64_t unique_id = 0;
    const void* buffer = nullptr;
    const void* allocator = nullptr;
    uint32_t stack = 0;
    int32_t device = -1;
    uint8_t memory_type = kUnknown;
    uint8_t layout = kUnknown;
    uint8_t flags = 0;
    Place place{};
};

// Makes the file and reserves its space, or returns -errno and leaves nothing. `capacity` is rounded up to a power of two.
int ring_open(const char* path, uint64_t capacity, uint64_t stacks_bytes);

// Null where no ring is open, and in a child that has not opened its own.
Header* ring_header();

bool ring_is_recording();

// Number of the calling thread, as records have it.
uint32_t ring_thread();

// Allocates nothing and takes no lock. Does nothing while the ring is paused or ended.
void ring_emit(const Event& event);

// The area of the interned stacks, and its size in bytes.
unsigned char* ring_stacks(uint64_t* bytes);

// Marks the ring as ended. The mapping stays: another thread may be in a hook.
void ring_end();

// In a forked child: the ring is its parent's.
void ring_forget();

}  // namespace ttmw
