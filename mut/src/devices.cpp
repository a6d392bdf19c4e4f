#include "devices.h"

#include <cstddef>
#include <dlfcn.h>
#include <link.h>
#include <vector>

#include "symbols.h"

namespace ttmw {
namespace {

using AskId = int32_t (*)(const void*);
// A member function that returns a class by value is called like a function with `this` as its argument.
using AskChips = std::vector<int> (*)(const void*);
using AskBanks = uint32_t (*)(const void*, const uint32_t* memory_type);
using AskUnit = uint32_t (*)(const void*, uint32_t memory_type);

// The virtual tables of the classes a device pointer may point to, and the slot of id() in them.
const void* const* g_mesh_table = nullptr;
const void* const* g_device_table = nullptr;
int g_id_slot = -1;
constexpr int kTableSlotsMax = 64;

AskChips g_chips = nullptr;
AskBanks g_banks = nullptr;
AskUnit g_unit = nullptr;

// BufferType as ttnn numbers it: DRAM, L1, host memory, L1_SMALL, TRACE.
constexpr uint8_t kDram = 0, kHost = 2, kTypes = 5;

// Counts allocators that ended.
uint32_t g_epoch = 0;

// The last answer of this thread for each memory type: asking for chips allocates memory, and one thread's allocations
// are on one device mostly.
struct Asked {
    const void* allocator;
    int32_t id;
    uint32_t epoch;
    Place place;
};
thread_local Asked t_asked[kTypes];

const void* const* table_of(void* library, const char* name) {
    void* table = dlsym(library, name);
    // A virtual table begins with the offset to the top and the type information.
    return table == nullptr ? nullptr : static_cast<const void* const*>(table) + 2;
}

const void* const* table_at(const void* object) { return *static_cast<const void* const* const*>(object); }

void find_id_slot(void* library) {
    const void* id = dlsym(library, "_ZNK2tt8tt_metal11distributed10MeshDevice2idEv");
    if (g_mesh_table == nullptr || id == nullptr) return;
    Dl_info info;
    ElfW(Sym)* symbol = nullptr;
    int slots = kTableSlotsMax;
    if (dladdr1(g_mesh_table - 2, &info, reinterpret_cast<void**>(&symbol), RTLD_DL_SYMENT) && symbol != nullptr) {
        slots = static_cast<int>(symbol->st_size / sizeof(void*)) - 2;
    }
    for (int slot = 0; slot < slots && g_id_slot < 0; ++slot) {
        if (g_mesh_table[slot] == id) g_id_slot = slot;
    }
}

// What an accessor answers; 0, which is unknown, where it throws or its answer has no room in a record.
template <typename Answer>
uint16_t answer_of(Answer answer) {
    try {
        const int64_t value = answer();
        return value > 0 && value <= UINT16_MAX ? static_cast<uint16_t>(value) : 0;
    } catch (...) {
        return 0;
    }
}

int64_t first_chip(const void* device, int32_t id) {
    if (device == nullptr || id < 0) return -1;
    // A single chip's own class: its id is the chip's.
    if (table_at(device) == g_device_table) return id;
    if (table_at(device) != g_mesh_table || g_chips == nullptr) return -1;
    const std::vector<int> chips = g_chips(device);
    return chips.empty() ? -1 : chips[0];
}

// Blocks of every memory type are rounded up to DRAM's alignment, as the allocator's lists show on Wormhole (32 bytes) and
// on Blackhole (64). That of L1, 16, is what pages are aligned to.
int64_t unit(const void* allocator, uint32_t memory_type) {
    if (g_unit == nullptr) return 0;
    const uint32_t own = g_unit(allocator, memory_type), dram = g_unit(allocator, kDram);
    return own > dram ? own : dram;
}

Place ask(const void* allocator, const void* device, int32_t id, uint32_t memory_type) {
    Place place{};
    place.first_chip = devices_first_chip(device, id);
    place.banks =
        answer_of([&] { return g_banks == nullptr ? int64_t{0} : int64_t{g_banks(allocator, &memory_type)}; });
    place.unit = answer_of([&] { return unit(allocator, memory_type); });
    return place;
}

}  // namespace

void devices_find(void* library) {
    find_symbol(&g_chips, "_ZNK2tt8tt_metal11distributed10MeshDevice14get_device_idsEv", library);
    find_symbol(&g_banks, "_ZNK2tt8tt_metal13AllocatorImpl13get_num_banksERKNS0_10BufferTypeE", library);
    find_symbol(&g_unit, "_ZNK2tt8tt_metal13AllocatorImpl13get_alignmentENS0_10BufferTypeE", library);
    g_mesh_table = table_of(library, "_ZTVN2tt8tt_metal11distributed10MeshDeviceE");
    g_device_table = table_of(library, "_ZTVN2tt8tt_metal6DeviceE");
    find_id_slot(library);
}

bool devices_is_one(const void* object) {
    const void* const* table = table_at(object);
    return table != nullptr && (table == g_mesh_table || table == g_device_table);
}

int32_t devices_id(const void* device) {
    if (device == nullptr || g_id_slot < 0 || !devices_is_one(device)) return -1;
    return reinterpret_cast<AskId>(const_cast<void*>(table_at(device)[g_id_slot]))(device);
}

uint16_t devices_first_chip(const void* device, int32_t id) {
    return answer_of([&] { return first_chip(device, id) + 1; });
}

Place devices_place(const void* allocator, const void* device, int32_t id, uint8_t memory_type) {
    if (memory_type >= kTypes || memory_type == kHost) return Place{};
    Asked& asked = t_asked[memory_type];
    const uint32_t epoch = __atomic_load_n(&g_epoch, __ATOMIC_ACQUIRE);
    if (asked.allocator != allocator || asked.id != id || asked.epoch != epoch) {
        asked = Asked{allocator, id, epoch, ask(allocator, device, id, memory_type)};
    }
    return asked.place;
}

void devices_forget_allocators() { __atomic_fetch_add(&g_epoch, 1, __ATOMIC_RELEASE); }

}  // namespace ttmw
