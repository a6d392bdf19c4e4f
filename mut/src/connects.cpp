#include "connects.h"

#include <cstring>
#include <string>

#include "ring.h"
#include "symbols.h"

// A client of the earlier system connects, asks for a dump, closes and goes on without waiting. Whoever reads the ring has
// to know where in the stream of records that was. Python reports every connection in an audit event.

namespace ttmw {
namespace {

using AuditHook = int (*)(const char* event, void* arguments, void* data);

// CPython, as far as it is used, by name: the tracer runs in programs that have none.
struct Python {
    int (*add_hook)(AuditHook, void*);
    void* (*item)(void* tuple, intptr_t index);
    const char* (*utf8)(void* text);
    const char* (*bytes)(void* bytes);
    void (*error_clear)();
} g_python;

std::string g_path;
bool g_is_on = false;

bool find_python() {
    return find_symbol(&g_python.add_hook, "PySys_AddAuditHook") & find_symbol(&g_python.item, "PyTuple_GetItem") &
           find_symbol(&g_python.utf8, "PyUnicode_AsUTF8") & find_symbol(&g_python.bytes, "PyBytes_AsString") &
           find_symbol(&g_python.error_clear, "PyErr_Clear");
}

// The text of an address, which may be of any type; null if it is none. Leaves no error behind.
const char* text_of(void* address) {
    if (address == nullptr) {
        g_python.error_clear();
        return nullptr;
    }
    for (const auto read : {g_python.utf8, g_python.bytes}) {
        if (const char* text = read(address)) return text;
        g_python.error_clear();
    }
    return nullptr;
}

// Hooks of the program's own may refuse ours, with an error that is not the program's to see.
bool add_hook(AuditHook hook) {
    if (g_python.add_hook(hook, nullptr) == 0) return true;
    g_python.error_clear();
    return false;
}

// The arguments of the event are the socket and the address.
int hear(const char* event, void* arguments, void*) {
    if (!g_is_on || strcmp(event, "socket.connect") != 0) return 0;
    const char* path = text_of(g_python.item(arguments, 1));
    if (path != nullptr && g_path == path) ring_emit(Event{Kind::connect});
    return 0;
}

}  // namespace

bool connects_watch(const char* path) {
    static const bool is_heard = find_python() && add_hook(hear);
    g_path = path;
    g_is_on = is_heard;
    return is_heard;
}

void connects_enable(bool is_on) { g_is_on = is_on && !g_path.empty(); }

}  // namespace ttmw
