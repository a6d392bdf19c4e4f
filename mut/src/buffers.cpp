#include "buffers.h"

#include <pthread.h>

#include "devices.h"
#include "probe.h"
#include "symbols.h"

namespace ttmw {
namespace {

using AskU64 = uint64_t (*)(const void*);
using AskU32 = uint32_t (*)(const void*);
using AskBool = bool (*)(const void*);
using AskPointer = const void* (*)(const void*);

struct Accessors {
    AskU32 address;
    AskBool is_allocated;
    AskU64 size;
    AskU64 page_size;
    AskU64 num_pages;
    AskU64 bytes_per_bank;
    AskU32 buffer_type;
    AskU32 layout;
    AskU64 unique_id;
    AskPointer device;
    AskBool is_dram;
    AskBool is_l1;
    AskBool is_trace;
    AskU32 num_cores;
} g_ask;

// BufferType as ttnn numbers it.
constexpr uint8_t kDram = 0, kL1 = 1, kTrace = 4;

// Where Buffer keeps its device, on versions that export no device(); -1: not found.
int g_device_offset = -1;
constexpr int kDeviceOffsetMax = 64;
int g_is_learnt = 0;

// Once, on the first buffer: the field that points to an object with a device's virtual table is the device.
void learn_device_offset(const void* buffer) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    if (g_is_learnt == 0) {
        for (int offset = 0; offset <= kDeviceOffsetMax && g_device_offset < 0; offset += 8) {
            const void *value, *table;
            if (!probe_read(static_cast<const char*>(buffer) + offset, &value, sizeof value)) break;
            const bool is_aligned = (reinterpret_cast<uintptr_t>(value) & 7) == 0;
            if (value != nullptr && is_aligned && probe_read(value, &table, sizeof table) && devices_is_one(value))
                g_device_offset = offset;
        }
        __atomic_store_n(&g_is_learnt, 1, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&mutex);
}

const void* device_of(const void* buffer) {
    if (g_ask.device != nullptr) return g_ask.device(buffer);
    if (__atomic_load_n(&g_is_learnt, __ATOMIC_ACQUIRE) == 0) learn_device_offset(buffer);
    if (g_device_offset < 0) return nullptr;
    return *reinterpret_cast<const void* const*>(static_cast<const char*>(buffer) + g_device_offset);
}

uint64_t size_of(const void* buffer) {
    if (g_ask.size != nullptr) return g_ask.size(buffer);
    return g_ask.page_size(buffer) * g_ask.num_pages(buffer);
}

#if defined(__x86_64__)
// is_dram() of versions without buffer_type() begins with `testl $imm32, disp8(%rdi)`: the field is at disp8.
int type_field() {
    const auto* code = reinterpret_cast<const unsigned char*>(g_ask.is_dram);
    return code != nullptr && code[0] == 0xf7 && code[1] == 0x47 ? code[2] : -1;
}
#else
int type_field() { return -1; }
#endif

// What the accessors say: they do not distinguish L1_SMALL from L1.
uint8_t coarse_type_of(const void* buffer) {
    if (g_ask.is_trace != nullptr && g_ask.is_trace(buffer)) return kTrace;
    if (g_ask.is_dram != nullptr && g_ask.is_dram(buffer)) return kDram;
    return g_ask.is_l1 != nullptr && g_ask.is_l1(buffer) ? kL1 : kUnknown;
}

uint8_t type_of(const void* buffer) {
    if (g_ask.buffer_type != nullptr) return static_cast<uint8_t>(g_ask.buffer_type(buffer));
    static const int offset = type_field();
    const uint8_t coarse = coarse_type_of(buffer);
    if (offset < 0) return coarse;
    const uint32_t exact = *reinterpret_cast<const uint32_t*>(static_cast<const char*>(buffer) + offset);
    // Trusted only as far as it agrees with the accessors: L1_SMALL (3) is L1 to them.
    const bool agrees = exact == coarse || (exact == 3 && coarse == kL1);
    return agrees ? static_cast<uint8_t>(exact) : coarse;
}

}  // namespace

#define TTMW_BUFFER "_ZNK2tt8tt_metal6Buffer"

bool buffers_find(void* library) {
    find_symbol(&g_ask.address, TTMW_BUFFER "7addressEv", library);
    find_symbol(&g_ask.is_allocated, TTMW_BUFFER "12is_allocatedEv", library);
    find_symbol(&g_ask.size, TTMW_BUFFER "4sizeEv", library);
    find_symbol(&g_ask.page_size, TTMW_BUFFER "9page_sizeEv", library);
    find_symbol(&g_ask.num_pages, TTMW_BUFFER "9num_pagesEv", library);
    find_symbol(&g_ask.bytes_per_bank, TTMW_BUFFER "21aligned_size_per_bankEv", library);
    find_symbol(&g_ask.buffer_type, TTMW_BUFFER "11buffer_typeEv", library);
    find_symbol(&g_ask.layout, TTMW_BUFFER "13buffer_layoutEv", library);
    find_symbol(&g_ask.unique_id, TTMW_BUFFER "9unique_idEv", library);
    find_symbol(&g_ask.device, TTMW_BUFFER "6deviceEv", library);
    find_symbol(&g_ask.is_dram, TTMW_BUFFER "7is_dramEv", library);
    find_symbol(&g_ask.is_l1, TTMW_BUFFER "5is_l1Ev", library);
    find_symbol(&g_ask.is_trace, TTMW_BUFFER "8is_traceEv", library);
    find_symbol(&g_ask.num_cores, "_ZNK2tt8tt_metal12CoreRangeSet9num_coresEv", library);
    devices_find(library);
    const bool has_size = g_ask.size != nullptr || (g_ask.page_size != nullptr && g_ask.num_pages != nullptr);
    return g_ask.address != nullptr && has_size;
}

void buffers_describe(const void* buffer, Event* event) {
    event->buffer = buffer;
    try {
        event->memory_type = type_of(buffer);
        const void* device = device_of(buffer);
        event->device = devices_id(device);
        if (event->kind == Kind::free || event->kind == Kind::free_failed) {
            const bool has_address = g_ask.is_allocated != nullptr && g_ask.is_allocated(buffer);
            if (has_address) event->address = g_ask.address(buffer);
            return;
        }
        event->size = size_of(buffer);
        if (g_ask.layout != nullptr) event->layout = static_cast<uint8_t>(g_ask.layout(buffer));
        if (g_ask.unique_id != nullptr) event->unique_id = g_ask.unique_id(buffer);
        if (g_ask.bytes_per_bank != nullptr) event->bytes_per_bank = g_ask.bytes_per_bank(buffer);
        event->place = devices_place(event->allocator, device, event->device, event->memory_type);
    } catch (...) {
        // What could be asked before is recorded; the program must not notice.
    }
}

uint32_t buffers_count_cores(const void* core_ranges) {
    try {
        return g_ask.num_cores == nullptr ? 0 : g_ask.num_cores(core_ranges);
    } catch (...) {
        return 0;
    }
}

}  // namespace ttmw
