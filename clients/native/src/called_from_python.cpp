#include "called_from_python.h"

#include <cstdint>
#include <sys/types.h>

#include "changed_blocks.h"
#include "linkage_table.h"
#include "objects.h"
#include "operations.h"
#include "python_method.h"
#include "ring.h"
#include "symbols.h"

namespace ttmw {
namespace {

// Of CPython's stable interface: how a function is called, which decides what it takes, and its description (PyMethodDef).
// Blocks that changed, listed at once; of more, as when a model is loaded, the allocator is asked.
constexpr int kChangesMax = 4096;

struct Python {
    void* (*function)(const Method* method, void* self, void* module);
    void* (*tuple)(ssize_t size, ...);
    void* (*list)(ssize_t size);
    int (*append)(void* list, void* item);
    void* (*build)(const char* format, ...);
    void* (*number)(unsigned long long value);
    unsigned long long (*value)(void* number);
    void* (*error)();
    void (*retain)(void* object);
    void (*release)(void* object);
    void* none;
};

const Python* python() {
    static Python api;
    static const bool is_usable = find_symbol(&api.function, "PyCFunction_NewEx") &
                                  find_symbol(&api.tuple, "PyTuple_Pack") & find_symbol(&api.list, "PyList_New") &
                                  find_symbol(&api.append, "PyList_Append") & find_symbol(&api.build, "Py_BuildValue") &
                                  find_symbol(&api.number, "PyLong_FromUnsignedLongLong") &
                                  find_symbol(&api.value, "PyLong_AsUnsignedLongLong") &
                                  find_symbol(&api.error, "PyErr_Occurred") & find_symbol(&api.retain, "Py_IncRef") &
                                  find_symbol(&api.release, "Py_DecRef") & find_symbol(&api.none, "_Py_NoneStruct");
    return is_usable ? &api : nullptr;
}

void* none() {
    python()->retain(python()->none);
    return python()->none;
}

// False: it is no number of that size, and an exception is set.
bool read(void* argument, uint64_t* value) {
    *value = python()->value(argument);
    return *value != ~uint64_t{0} || python()->error() == nullptr;
}

void* head(void*, void*) {
    const Header* header = ring_header();
    return python()->number(header == nullptr ? 0 : __atomic_load_n(&header->head, __ATOMIC_ACQUIRE));
}

void* set_context(void*, void* argument) {
    uint64_t number;
    if (!read(argument, &number)) return nullptr;
    if (Header* header = ring_header())
        __atomic_store_n(&header->context, static_cast<uint32_t>(number), __ATOMIC_RELAXED);
    operations_resume();
    return none();
}

void* missing(void*, void*) {
    return python()->number(static_cast<unsigned long long>(linkage_total() - linkage_held()));
}

void* changes(void*, void* argument) {
    static Change found[kChangesMax];
    uint64_t device;
    if (!read(argument, &device)) return nullptr;
    const int count = changes_take(static_cast<int32_t>(device), found, kChangesMax);
    if (count < 0) return none();
    void* list = python()->list(0);
    for (int at = 0; list != nullptr && at < count; ++at) {
        const Change& change = found[at];
        void* item = python()->build("(IKK)", static_cast<unsigned>(change.memory_type),
                                     static_cast<unsigned long long>(change.address),
                                     static_cast<unsigned long long>(change.bytes_per_bank));
        const bool is_added = item != nullptr && python()->append(list, item) == 0;
        if (item != nullptr) python()->release(item);
        if (is_added) continue;
        python()->release(list);
        return nullptr;
    }
    return list;
}

void* borrow(void*, void* argument) {
    uint64_t address;
    if (!read(argument, &address)) return nullptr;
    void* object = objects_borrow(reinterpret_cast<void*>(address));
    return object == nullptr ? none() : object;
}

const Method kMethods[] = {
    method("head", head, kNoArguments),       method("set_context", set_context, kOneArgument),
    method("missing", missing, kNoArguments), method("changes", changes, kOneArgument),
    method("borrow", borrow, kOneArgument),   method("operation", operations_call, kFastCall),
};
constexpr int kMethodsCount = sizeof kMethods / sizeof *kMethods;

}  // namespace

void* calls_make() {
    const Python* api = python();
    if (api == nullptr || !operations_are_usable()) return nullptr;
    void* made[kMethodsCount] = {};
    bool are_all = true;
    for (int at = 0; at < kMethodsCount; ++at) {
        made[at] = api->function(&kMethods[at], nullptr, nullptr);
        are_all = are_all && made[at] != nullptr;
    }
    void* tuple = are_all ? api->tuple(kMethodsCount, made[0], made[1], made[2], made[3], made[4], made[5]) : nullptr;
    for (void* each : made)
        if (each != nullptr) api->release(each);
    return tuple;
}

}  // namespace ttmw
