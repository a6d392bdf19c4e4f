// What can be asked of a device and of its allocator without tt-metal's headers.
#pragma once

#include <cstdint>

#include "ring_format.h"

namespace ttmw {

// Looks up what is needed in the loaded libtt_metal.so. What is missing stays unknown in the records.
void devices_find(void* library);

// Whether a pointer that can be read points to a device of a class that is known.
bool devices_is_one(const void* object);

// MeshDevice::id() of a device whose class is known; -1 for any other pointer.
int32_t devices_id(const void* device);

// Logical id + 1 of the first chip of a device, which is called `id`; 0: unknown.
uint16_t devices_first_chip(const void* device, int32_t id);

// Where a buffer of `memory_type` is whose device, called `id`, is asked for memory through `allocator`.
Place devices_place(const void* allocator, const void* device, int32_t id, uint8_t memory_type);

// To be called when an allocator ends: another one may take its address.
void devices_forget_allocators();

}  // namespace ttmw
