// The search for what holds objects, as Python asks for it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ttmw::heap {

// Addresses, as an `array("Q")` of Python's has them.
struct Addresses {
    const uint64_t* first;
    size_t count;
};

// All borrowed.
struct Request {
    void* get_objects;  // `gc.get_objects`
    void* among;  // list of the objects that are looked through; None: all that the collector lists
    void* modules;  // `sys.modules` where `gc.freeze()` was called; None otherwise
    void* wanted_types;  // tuple of types: who has objects of these, in plain untracked containers or directly
    void* named_types;  // tuple of types: objects of these have names of their own, where paths end
    void* array_type;  // of arrays that the collector does not follow; None if there are none
    void* targets;  // list of objects: what refers to them
    Addresses named;  // objects with names of their own
    Addresses young;  // of the youngest generation when the search began; what came since is the search's own
    int is_foreign;  // asks only what otherwise may not be asked, and only for the targets
    double seconds;  // after which it stops with what it has
};

// Whether this is the main interpreter of a CPython that can be searched. With the GIL held.
bool is_usable();

// Answers with a new tuple (tt_memwatch_tracer/heap.py), in one step in which no other thread and no code of Python's
// runs. Null, with no error set: memory ran out. With the GIL held, where the heap is usable.
void* search(const Request& request);

}  // namespace ttmw::heap
