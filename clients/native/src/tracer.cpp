// The C interface, as clients/native/python/tt_memwatch_tracer calls it with ctypes.

#include <cstring>
#include <pthread.h>
#include <string>
#include <unistd.h>

#include "births.h"
#include "called_from_python.h"
#include "changed_blocks.h"
#include "connects.h"
#include "frames.h"
#include "heap_kinds.h"
#include "heap_search.h"
#include "hooks.h"
#include "linkage_table.h"
#include "objects.h"
#include "operations.h"
#include "per_test_lines.h"
#include "per_test_lines_python.h"
#include "ring.h"
#include "stacks.h"

#define TTMW_API extern "C" __attribute__((visibility("default")))

namespace {

std::string g_reason;

void forget_parent() {
    ttmw::ring_forget();
    ttmw::stacks_forget();
    ttmw::changes_forget();
}

}  // namespace

// Opens this process's ring. `capacity` in records, `stacks_bytes` in bytes. Returns 0, or -errno and leaves no file.
TTMW_API int ttmw_open(const char* path, uint64_t capacity, uint64_t stacks_bytes) {
    static const int is_registered = pthread_atfork(nullptr, nullptr, forget_parent);
    const int result = is_registered == 0 ? ttmw::ring_open(path, capacity, stacks_bytes) : -is_registered;
    g_reason = result == 0 ? "" : std::string("its ring ") + path + " cannot be made: " + strerror(-result);
    return result;
}

// Hooks into the loaded libtt_metal.so. Returns a bit for each hook in place; 0: nothing was changed, ttmw_reason says why.
TTMW_API unsigned ttmw_install(void) {
    g_reason = ttmw::hooks_install();
    if (ttmw::Header* header = ttmw::ring_header()) header->hooks = ttmw::hooks_mask();
    return ttmw::hooks_mask();
}

// Why the last call of ttmw_open or ttmw_install did not do what it should; empty where it did.
TTMW_API const char* ttmw_reason(void) { return g_reason.c_str(); }

// How many call slots hold our hooks, and how many should.
TTMW_API int ttmw_check(void) { return ttmw::linkage_held(); }
TTMW_API int ttmw_slots(void) { return ttmw::linkage_total(); }

// Puts back what the slots held. Returns how many.
TTMW_API int ttmw_uninstall(void) { return ttmw::hooks_uninstall(); }

// Marks the ring as ended; its file stays for its reader.
TTMW_API void ttmw_close(void) { ttmw::ring_end(); }

// Address of the ring's header, for the plugin to set the context in; null where no ring is open.
TTMW_API void* ttmw_header(void) { return ttmw::ring_header(); }

// Pauses recording or goes on.
TTMW_API void ttmw_enable(int is_on) {
    ttmw::Header* header = ttmw::ring_header();
    if (header == nullptr) return;
    const ttmw::State state = is_on ? ttmw::State::recording : ttmw::State::paused;
    __atomic_store_n(&header->state, static_cast<uint32_t>(state), __ATOMIC_RELEASE);
}

// Records `depth` (0 to 32) Python frames of each allocation. To be called with the GIL held. 0: this cannot be done.
TTMW_API int ttmw_stacks(int depth) { return ttmw::stacks_set_depth(depth) ? 1 : 0; }

// Looks at frames by Python's own functions from now on, as where a Python keeps its frames is not known. To be called with
// the GIL held.
TTMW_API void ttmw_stacks_use_objects(void) { ttmw::frames_use_objects(); }

// Whether the frames of this thread, as they lie in memory, are those that Python's own functions give. To be called with the
// GIL held, once stacks are recorded.
TTMW_API int ttmw_stacks_agree(void) { return ttmw::frames_agree() ? 1 : 0; }

// Puts a mark into the stream of records; `number` is its address.
TTMW_API void ttmw_mark(uint64_t number) {
    ttmw::Event event{ttmw::Kind::mark};
    event.address = number;
    ttmw::ring_emit(event);
}

// Records that a capture of operations began or ended, or that what was captured was replayed or released: `kind` is the
// record's, `number` is ttnn's of the capture.
TTMW_API void ttmw_captured(int kind, int32_t device, uint64_t number) {
    ttmw::Event event{static_cast<ttmw::Kind>(kind)};
    event.address = number;
    event.device = device;
    ttmw::ring_emit(event);
}

// Records when Python code is about to connect to the socket with this path. Returns 0 where that is not reported.
TTMW_API int ttmw_connects_watch(const char* path) { return ttmw::connects_watch(path) ? 1 : 0; }

// Whether that is recorded at present.
TTMW_API void ttmw_connects_enable(int is_on) { ttmw::connects_enable(is_on != 0); }

// The blocks of a device that changed since the last call: how many, or -1 where that is not known or there are more than
// `room`. To be called with the GIL held.
TTMW_API int ttmw_changes(int32_t device, ttmw::Change* out, int room) { return ttmw::changes_take(device, out, room); }

// Learns when objects of this extension's type end; `python_class` is any class of Python's. To be called with the GIL
// held. 0: this cannot be done.
TTMW_API int ttmw_objects_watch(void* type, void* python_class) {
    return ttmw::objects_watch(type, python_class) ? 1 : 0;
}

// Remembers the address of an object of such a type until it ends. To be called with the GIL held. 0: there is no room.
TTMW_API int ttmw_objects_remember(void* object) { return ttmw::objects_remember(object) ? 1 : 0; }

// A new tuple of built-in functions (ttmw::calls_make), or null where this Python lacks what they need. To be called with the
// GIL held.
TTMW_API void* ttmw_calls(void) { return ttmw::calls_make(); }

// Notes in the ring which operation runs (ttmw::operations_follow), and no longer. To be called with the GIL held, once
// ttmw_calls gave something. 0: calls of the class cannot be followed.
TTMW_API int ttmw_operations_follow(void* type) { return ttmw::operations_follow(type) ? 1 : 0; }
TTMW_API void ttmw_operations_restore(void) { ttmw::operations_restore(); }

// Whether objects can be searched for in this interpreter: it is the main one of a CPython with a GIL, 3.10 or later.
TTMW_API int ttmw_heap_usable(void) { return ttmw::heap::is_usable() ? 1 : 0; }

// Remembers how objects of a type may be asked what they refer to (ttmw::heap::How). To be called with the GIL held, where
// the heap is usable. 0: it cannot be remembered.
TTMW_API int ttmw_heap_learn(void* type, int how) {
    return ttmw::heap::learn(*ttmw::heap::python(), type, static_cast<ttmw::heap::How>(how)) ? 1 : 0;
}

// A new tuple (ttmw::heap::search), or `otherwise` where there is no memory for it. To be called with the GIL held, where
// the heap is usable.
TTMW_API void* ttmw_heap_search(const ttmw::heap::Request* request, void* otherwise) {
    void* found = ttmw::heap::search(*request);
    if (found == nullptr) ttmw::heap::python()->retain(otherwise);
    return found != nullptr ? found : otherwise;
}

// Whether births can be noted natively here. To be called with the GIL held, where a generator's frame is among those that
// run.
TTMW_API int ttmw_births_usable(void) { return ttmw::births::is_usable() ? 1 : 0; }

// A new function that notes births by the setting, or `otherwise` where tensors lack what they are asked for, or
// memory ran out. To be called with the GIL held, where births can be noted.
TTMW_API void* ttmw_births_noter(const ttmw::births::Setting* setting, void* otherwise) {
    void* made = ttmw::births::make_noter(*setting);
    if (made == nullptr) ttmw::births::python()->retain(otherwise);
    return made != nullptr ? made : otherwise;
}

// Whether the messages of every test can be written here. To be called with the GIL held.
TTMW_API int ttmw_per_test_lines_usable(void) { return ttmw::per_test_lines::is_usable() ? 1 : 0; }

// A new tuple of functions (ttmw::per_test_lines::make), or `otherwise` where memory ran out. To be called with the GIL held,
// where they are usable.
TTMW_API void* ttmw_per_test_lines(void* memory, uint64_t capacity, void* queue, void* otherwise) {
    void* made = ttmw::per_test_lines::make(memory, capacity, queue);
    if (made == nullptr) ttmw::per_test_lines::python()->retain(otherwise);
    return made != nullptr ? made : otherwise;
}
