// CPython, as far as the search of the heap uses it: functions by name, of the stable interface but for one.
#pragma once

#include <cstddef>
#include <sys/types.h>

namespace ttmw::heap {

using Visit = int (*)(void* referent, void* argument);
using Traverse = int (*)(void* object, Visit visit, void* argument);
// Gives whether to go on.
using VisitObject = int (*)(void* object, void* argument);

struct Python {
    void* (*type)(void* object);
    void (*retain)(void* object);
    void (*release)(void* object);
    void* (*call)(void* callable, const char* format, ...);
    void (*error_clear)();
    int (*gc_disable)();
    int (*gc_enable)();
    void* (*get_slot)(void* type, int slot);
    unsigned long (*type_flags)(void* type);
    int (*is_subtype)(void* type, void* base);
    int (*is_tracked)(void* object);
    void* (*module_dict)(void* module);
    void* (*weak_reference)(void* object, void* callback);
    void* (*list_new)(ssize_t size);
    ssize_t (*list_size)(void* list);
    void* (*list_item)(void* list, ssize_t index);
    int (*list_set)(void* list, ssize_t index, void* stolen);
    ssize_t (*tuple_size)(void* tuple);
    void* (*tuple_item)(void* tuple, ssize_t index);
    void* (*tuple_pack)(ssize_t size, ...);
    ssize_t (*dict_size)(void* dict);
    int (*dict_next)(void* dict, ssize_t* position, void** key, void** value);
    void* (*bytes)(const char* data, ssize_t size);
    void* (*integer)(long value);
    void* (*thread_interpreter)();
    void* (*main_interpreter)();
    // Of all that the collector lists; null before CPython 3.12.
    void (*visit_objects)(VisitObject visit, void* argument);
    // Objects.
    void* none;
    void* type_type;
    void* module_type;
    void* tuple_type;
    void* dict_type;
    void* text_type;
};

// Null where there is no CPython of 3.10 or later, or its objects do not begin as those of a build with a GIL do.
const Python* python();

// The type of an object: the second word of its header, which is part of the stable interface.
inline void* type_of(void* object) { return static_cast<void**>(object)[1]; }

}  // namespace ttmw::heap
