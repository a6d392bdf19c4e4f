#include "operations.h"

#include <cstddef>
#include <cstdint>

#include "ring.h"
#include "stacks.h"
#include "symbols.h"

namespace ttmw {
namespace {

using Call = void* (*)(void* callable, void* args, void* kwargs);

// Number of the slot in CPython's stable interface (Py_tp_call), and its offset in PyTypeObject (64 bit): the slot holds what
// PyType_GetSlot says, or the class is left alone.
constexpr int kCallSlot = 50;
constexpr size_t kCallOffset = 128;

constexpr ssize_t kArguments = 4;
constexpr int kThreadShift = 32;

// CPython, as far as operations are named and called, of its stable interface.
struct Python {
    Call call;
    void* (*slot)(void* type, int number);
    void* (*attribute)(void* object, void* name);
    void* (*text)(const char* content);
    const char* (*utf8)(void* text, ssize_t* size);
    void* (*dict)();
    void (*dict_clear)(void* dict);
    void* (*dict_get)(void* dict, void* key);
    int (*dict_set)(void* dict, void* key, void* value);
    void* (*number)(unsigned long value);
    unsigned long (*value)(void* number);
    void (*retain)(void* object);
    void (*release)(void* object);
    void (*raise)(void* type, const char* message);
    void (*error_clear)();
    void** type_error;
};

const Python* python() {
    static Python api;
    static const bool is_usable =
        find_symbol(&api.call, "PyObject_Call") & find_symbol(&api.slot, "PyType_GetSlot") &
        find_symbol(&api.attribute, "PyObject_GetAttr") & find_symbol(&api.text, "PyUnicode_InternFromString") &
        find_symbol(&api.utf8, "PyUnicode_AsUTF8AndSize") & find_symbol(&api.dict, "PyDict_New") &
        find_symbol(&api.dict_clear, "PyDict_Clear") & find_symbol(&api.dict_get, "PyDict_GetItemWithError") &
        find_symbol(&api.dict_set, "PyDict_SetItem") & find_symbol(&api.number, "PyLong_FromUnsignedLong") &
        find_symbol(&api.value, "PyLong_AsUnsignedLong") & find_symbol(&api.retain, "Py_IncRef") &
        find_symbol(&api.release, "Py_DecRef") & find_symbol(&api.raise, "PyErr_SetString") &
        find_symbol(&api.error_clear, "PyErr_Clear") & find_symbol(&api.type_error, "PyExc_TypeError");
    return is_usable ? &api : nullptr;
}

// All guarded by the GIL.
// Numbers of operations, by name, in the ring that is open.
void* numbers() {
    static void* const made = python()->dict();
    return made;
}

struct Followed {
    void* type;
    Call* slot;
    // Stays when the class is followed no longer: operations of other threads may be within.
    Call original;
} g_followed;

// Writes the name to the ring; 0: that has no room for it.
uint32_t new_number(const Python& api, void* name) {
    const char* text = api.utf8(name, nullptr);
    const uint32_t number = text == nullptr ? 0 : stacks_add_name(text);
    void* made = api.number(number);
    if (made != nullptr) api.dict_set(numbers(), name, made);
    if (made != nullptr) api.release(made);
    api.error_clear();
    return number;
}

uint32_t number_of_name(const Python& api, void* name) {
    void* known = api.dict_get(numbers(), name);
    return known != nullptr ? static_cast<uint32_t>(api.value(known)) : new_number(api, name);
}

// 0 where it has no name.
uint32_t number_of_operation(const Python& api, void* operation) {
    static void* const attribute = api.text("python_fully_qualified_name");
    void* name = api.attribute(operation, attribute);
    if (name == nullptr) {
        api.error_clear();
        return 0;
    }
    const uint32_t number = number_of_name(api, name);
    return number;
}

uint64_t running(const Header* header) { return __atomic_load_n(&header->operation, __ATOMIC_RELAXED); }

template <typename Number, typename Run>
void* as_operation(Number number, Run run) {
    Header* header = ring_header();
    const uint64_t thread = ring_thread();
    if (header == nullptr || running(header) >> kThreadShift == thread) return run();
    const uint64_t mine = thread << kThreadShift | number();
    __atomic_store_n(&header->operation, mine, __ATOMIC_RELAXED);
    void* result = run();
    // Another thread may have begun an operation of its own meanwhile.
    if (running(header) == mine) __atomic_store_n(&header->operation, uint64_t{0}, __ATOMIC_RELAXED);
    return result;
}

void* call_followed(void* operation, void* args, void* kwargs) {
    return as_operation([&] { return number_of_operation(*python(), operation); },
                        [&] { return g_followed.original(operation, args, kwargs); });
}

}  // namespace

bool operations_are_usable() { return python() != nullptr; }

bool operations_follow(void* type) {
    const Python& api = *python();
    api.dict_clear(numbers());
    auto* slot = reinterpret_cast<Call*>(static_cast<unsigned char*>(type) + kCallOffset);
    void* said = api.slot(type, kCallSlot);
    if (said == nullptr || said != reinterpret_cast<void*>(*slot)) return false;
    if (*slot == call_followed) return true;
    operations_restore();
    api.retain(type);
    g_followed = {type, slot, *slot};
    *slot = call_followed;
    return true;
}

void operations_resume() {
    if (g_followed.slot != nullptr && *g_followed.slot == g_followed.original) *g_followed.slot = call_followed;
}

void operations_restore() {
    if (g_followed.slot == nullptr) return;
    if (*g_followed.slot == call_followed) *g_followed.slot = g_followed.original;
    g_followed.slot = nullptr;
    python()->release(g_followed.type);
}

void* operations_call(void*, void* const* arguments, ssize_t count) {
    const Python& api = *python();
    if (count != kArguments) {
        api.raise(*api.type_error, "operation() takes 4 arguments");
        return nullptr;
    }
    return as_operation([&] { return number_of_name(api, arguments[1]); },
                        [&] { return api.call(arguments[0], arguments[2], arguments[3]); });
}

}  // namespace ttmw
