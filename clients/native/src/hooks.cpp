#include "hooks.h"

#include <cstdint>
#include <dlfcn.h>

#include "buffer_accessors.h"
#include "device_accessors.h"
#include "linkage_table.h"
#include "ring.h"
#include "stacks.h"

namespace ttmw {
namespace {

enum { kAllocate, kFree, kFreeAll, kClear, kDestroy1, kDestroy2, kAllocateCb, kFreeCbs, kReleaseGil, kHooks };
// Without both of these there is no ledger.
constexpr unsigned kNeeded = 1u << kAllocate | 1u << kFree;

uint64_t allocate(void* self, void* buffer);
void free_buffer(void* self, void* buffer);
void free_all(void* self);
void clear(void* self);
void destroy1(void* self);
void destroy2(void* self);
void allocate_cb(void* self, const void* cores, uint64_t address, uint64_t size, bool is_global, const void* device);
void free_cbs(void* self, const void* device);
void* release_gil();

#define TTMW_ALLOCATOR "_ZN2tt8tt_metal13AllocatorImpl"
#define TTMW_TRACKER "_ZN2tt8tt_metal12GraphTracker"

Redirection g_hooks[kHooks] = {
    {TTMW_ALLOCATOR "15allocate_bufferEPNS0_6BufferE", reinterpret_cast<void*>(allocate), nullptr, 0},
    {TTMW_ALLOCATOR "17deallocate_bufferEPNS0_6BufferE", reinterpret_cast<void*>(free_buffer), nullptr, 0},
    {TTMW_ALLOCATOR "18deallocate_buffersEv", reinterpret_cast<void*>(free_all), nullptr, 0},
    {TTMW_ALLOCATOR "5clearEv", reinterpret_cast<void*>(clear), nullptr, 0},
    {TTMW_ALLOCATOR "D1Ev", reinterpret_cast<void*>(destroy1), nullptr, 0},
    {TTMW_ALLOCATOR "D2Ev", reinterpret_cast<void*>(destroy2), nullptr, 0},
    {TTMW_TRACKER "17track_allocate_cbERKNS0_12CoreRangeSetEmmbPKNS0_7IDeviceE", reinterpret_cast<void*>(allocate_cb),
     nullptr, 0},
    {TTMW_TRACKER "19track_deallocate_cbEPKNS0_7IDeviceE", reinterpret_cast<void*>(free_cbs), nullptr, 0},
    {"PyEval_SaveThread", reinterpret_cast<void*>(release_gil), nullptr, 0},
};
unsigned g_mask = 0;

template <typename Function>
Function original(int hook) {
    return reinterpret_cast<Function>(g_hooks[hook].original);
}

void emit_buffer(Kind kind, const void* self, const void* buffer, uint64_t address) {
    if (!ring_is_recording()) return;
    Event event{kind};
    event.allocator = self;
    event.address = address;
    // Who frees is known by the test and phase; who allocates, by the line too.
    if (kind == Kind::allocate || kind == Kind::allocate_failed) event.stack = stacks_number();
    buffers_describe(buffer, &event);
    ring_emit(event);
}

void emit_allocator(Kind kind, const void* self) {
    Event event{kind};
    event.allocator = self;
    ring_emit(event);
}

// An allocation is recorded after it happened and a free before, so that an address that is used again is seen to be
// given back first, whichever threads do it.
uint64_t allocate(void* self, void* buffer) {
    uint64_t address;
    try {
        address = original<uint64_t (*)(void*, void*)>(kAllocate)(self, buffer);
    } catch (...) {
        emit_buffer(Kind::allocate_failed, self, buffer, 0);
        throw;
    }
    emit_buffer(Kind::allocate, self, buffer, address);
    return address;
}

void free_buffer(void* self, void* buffer) {
    emit_buffer(Kind::free, self, buffer, 0);
    try {
        original<void (*)(void*, void*)>(kFree)(self, buffer);
    } catch (...) {
        emit_buffer(Kind::free_failed, self, buffer, 0);
        throw;
    }
}

void free_all(void* self) {
    emit_allocator(Kind::allocator_cleared, self);
    original<void (*)(void*)>(kFreeAll)(self);
}

void clear(void* self) {
    emit_allocator(Kind::allocator_cleared, self);
    original<void (*)(void*)>(kClear)(self);
}

void destroy1(void* self) {
    devices_forget_allocators();
    emit_allocator(Kind::allocator_destroyed, self);
    original<void (*)(void*)>(kDestroy1)(self);
}

void destroy2(void* self) {
    devices_forget_allocators();
    emit_allocator(Kind::allocator_destroyed, self);
    original<void (*)(void*)>(kDestroy2)(self);
}

void allocate_cb(void* self, const void* cores, uint64_t address, uint64_t size, bool is_global, const void* device) {
    if (ring_is_recording()) {
        Event event{Kind::cb_allocate};
        event.address = address;
        event.bytes_per_bank = size;
        event.size = size * buffers_count_cores(cores);
        event.device = devices_id(device);
        event.place.first_chip = devices_first_chip(device, event.device);
        event.flags = is_global ? kInBuffer : 0;
        ring_emit(event);
    }
    using Function = void (*)(void*, const void*, uint64_t, uint64_t, bool, const void*);
    original<Function>(kAllocateCb)(self, cores, address, size, is_global, device);
}

void free_cbs(void* self, const void* device) {
    if (ring_is_recording()) {
        Event event{Kind::cb_clear};
        event.device = devices_id(device);
        event.place.first_chip = devices_first_chip(device, event.device);
        ring_emit(event);
    }
    original<void (*)(void*, const void*)>(kFreeCbs)(self, device);
}

// Newer versions run operations without the GIL, and without it nobody may look at frames. So they are looked at here.
void* release_gil() {
    if (ring_is_recording()) stacks_remember();
    return original<void* (*)()>(kReleaseGil)();
}

constexpr char kLibrary[] = "libtt_metal.so";

// The wheel keeps libtt_metal.so in ttnn/build/lib, and what calls it and Python beside it and in ttnn/.
std::string folder_of(const std::string& library) {
    const size_t build = library.rfind("/build/lib/");
    return library.substr(0, build == std::string::npos ? library.rfind('/') + 1 : build + 1);
}

}  // namespace

std::string hooks_install() {
    if (g_mask != 0) return "";
    const std::string path = linkage_find_library(kLibrary);
    if (path.empty()) return std::string(kLibrary) + " is not loaded";
    void* library = dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
    if (library == nullptr) return path + " cannot be looked into";
    if (!buffers_find(library)) return path + " does not offer what a buffer's address and size are read with";
    for (Redirection& hook : g_hooks) {
        hook.original = dlsym(library, hook.symbol);
        hook.slots = 0;
    }
    g_hooks[kReleaseGil].original = dlsym(RTLD_DEFAULT, g_hooks[kReleaseGil].symbol);
    if (g_hooks[kAllocate].original == nullptr || g_hooks[kFree].original == nullptr) {
        return path + " has no allocator of the kind that is known";
    }
    std::string problem = linkage_redirect(folder_of(path).c_str(), g_hooks, kHooks);
    if (!problem.empty()) return problem;
    unsigned mask = 0;
    for (int i = 0; i < kHooks; ++i) mask |= g_hooks[i].slots > 0 ? 1u << i : 0;
    if ((mask & kNeeded) != kNeeded) {
        linkage_restore();
        return path + " calls its allocator in a way that cannot be followed";
    }
    g_mask = mask;
    return "";
}

unsigned hooks_mask() { return g_mask; }

int hooks_uninstall() {
    g_mask = 0;
    return linkage_restore();
}

}  // namespace ttmw
