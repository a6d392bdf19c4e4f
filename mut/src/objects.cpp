#include "objects.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <dlfcn.h>
#include <iterator>

namespace ttmw {
namespace {

// Of CPython's stable interface: the number of the slot, and the functions that are used, by name.
constexpr int kDeallocSlot = 52;  // Py_tp_dealloc
using Dealloc = void (*)(void*);
using GetSlot = void* (*)(void* type, int slot);
using Retain = void (*)(void*);

// Offset of tp_dealloc in PyTypeObject (64 bit): behind PyVarObject, tp_name, tp_basicsize and tp_itemsize. It holds what
// PyType_GetSlot says, or the type is left alone.
constexpr size_t kDeallocOffset = 48;

// More are never open at once: a board has up to 32 chips, a mesh is one object.
constexpr size_t kTypesMax = 4;
constexpr size_t kObjectsMax = 1024;

struct Watched {
    void* type;
    Dealloc dealloc;
};

// All guarded by the GIL.
Watched g_types[kTypesMax];
size_t g_types_used = 0;
void* g_objects[kObjectsMax];
size_t g_objects_used = 0;

void** find(void* object) { return std::find(g_objects, g_objects + g_objects_used, object); }

void forget(void* object) {
    void** place = find(object);
    if (place == g_objects + g_objects_used) return;
    *place = g_objects[--g_objects_used];
}

template <size_t Index>
void dealloc(void* object) {
    forget(object);
    g_types[Index].dealloc(object);
}

constexpr Dealloc kDeallocs[kTypesMax] = {dealloc<0>, dealloc<1>, dealloc<2>, dealloc<3>};

Dealloc* slot_of(void* type, void* python_class) {
    static const auto get_slot = reinterpret_cast<GetSlot>(dlsym(RTLD_DEFAULT, "PyType_GetSlot"));
    auto* slot = reinterpret_cast<Dealloc*>(static_cast<unsigned char*>(type) + kDeallocOffset);
    void* said = get_slot(type, kDeallocSlot);
    if (said == nullptr || said == get_slot(python_class, kDeallocSlot)) return nullptr;
    return said == reinterpret_cast<void*>(*slot) ? slot : nullptr;
}

}  // namespace

bool objects_watch(void* type, void* python_class) {
    const auto* end = g_types + g_types_used;
    if (std::find_if(g_types, g_types + g_types_used, [type](const Watched& w) { return w.type == type; }) != end)
        return true;
    Dealloc* slot = g_types_used < kTypesMax ? slot_of(type, python_class) : nullptr;
    if (slot == nullptr) return false;
    g_types[g_types_used] = {type, *slot};
    *slot = kDeallocs[g_types_used++];
    return true;
}

bool objects_remember(void* object) {
    if (find(object) != g_objects + g_objects_used) return true;
    if (g_objects_used == kObjectsMax) return false;
    g_objects[g_objects_used++] = object;
    return true;
}

void* objects_borrow(void* object) {
    static const auto retain = reinterpret_cast<Retain>(dlsym(RTLD_DEFAULT, "Py_IncRef"));
    if (find(object) == g_objects + g_objects_used) return nullptr;
    retain(object);
    return object;
}

}  // namespace ttmw
