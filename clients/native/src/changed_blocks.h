// What is allocated on each device, followed from this process's own ring: which blocks changed since they were asked for.
#pragma once

#include <cstdint>

namespace ttmw {

// A block's state now.
struct Change {
    uint64_t address;
    uint64_t bytes_per_bank;  // as the allocator counts them; 0: nothing is there
    uint32_t memory_type;  // ttnn's BufferType
    uint32_t reserved;
};

// What is not known: records were lost or lack what is needed, or there are more changes than there is room.
constexpr int kNotKnown = -1;

// The blocks of a device that are not as they were at the last call, in no order: how many. One caller at a time.
int changes_take(int32_t device, Change* out, int room);

// Whether that would be none, for a device that it was called for, and it is being recorded. One caller at a time, as for the
// other.
bool changes_are_none(int32_t device);

// In a forked child: the ring is the parent's.
void changes_forget();

}  // namespace ttmw
