// The library's own calls of its allocator, in a file of their own so that they go through its linkage table.
#include "allocator.h"

#ifdef FAKE_RENAMED
#define allocate_buffer allocate_any_buffer
#endif

using tt::tt_metal::AllocatorImpl;
using tt::tt_metal::Buffer;
using tt::tt_metal::distributed::MeshDevice;

static MeshDevice g_device;

#define CALL extern "C" __attribute__((visibility("default")))

CALL AllocatorImpl* fake_open() { return new AllocatorImpl; }
CALL void fake_close(AllocatorImpl* allocator) { delete allocator; }
CALL void fake_clear(AllocatorImpl* allocator) { allocator->clear(); }
CALL void fake_free_all(AllocatorImpl* allocator) { allocator->deallocate_buffers(); }

// Null where the allocator threw.
CALL Buffer* fake_allocate(AllocatorImpl* allocator, uint64_t size, uint32_t type) {
    auto* buffer = new Buffer(&g_device, size, type);
    try {
        allocator->allocate_buffer(buffer);
        return buffer;
    } catch (const std::runtime_error&) {
        delete buffer;
        return nullptr;
    }
}

// False where the allocator threw.
CALL bool fake_free(AllocatorImpl* allocator, Buffer* buffer, bool also_delete) {
    try {
        allocator->deallocate_buffer(buffer);
        if (also_delete) delete buffer;
        return true;
    } catch (const std::runtime_error&) {
        if (also_delete) delete buffer;
        return false;
    }
}
