// What can be asked of a tt::tt_metal::Buffer without tt-metal's headers: by its exported accessors, and where a version
// lacks one, by its fields, found at run time and checked against the accessors it has.
#pragma once

#include <cstdint>

#include "ring.h"

namespace ttmw {

// Looks the accessors up in the loaded libtt_metal.so. False: `address` or every way to a size is missing.
bool buffers_find(void* library);

// Fills in what is known of the buffer. An accessor that throws leaves its field unknown.
void buffers_describe(const void* buffer, Event* event);

// Cores of a CoreRangeSet; 0 where this cannot be asked.
uint32_t buffers_count_cores(const void* core_ranges);

}  // namespace ttmw
