#include "frames_python.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>

namespace ttmw {
namespace {

constexpr int kOwnThreadKnownSince = 12;  // 3.12

template <typename T>
bool find(T* function, const char* name) {
    *reinterpret_cast<void**>(function) = dlsym(RTLD_DEFAULT, name);
    return *function != nullptr;
}

bool find_all(Python* api) {
    return find(&api->version, "Py_GetVersion") & find(&api->is_initialized, "Py_IsInitialized") &
           (find(&api->running_thread, "PyThreadState_GetUnchecked") ||
            find(&api->running_thread, "_PyThreadState_UncheckedGet")) &
           find(&api->own_thread, "PyGILState_GetThisThreadState") &
           find(&api->interpreter_of, "PyThreadState_GetInterpreter") &
           find(&api->main_interpreter, "PyInterpreterState_Main") &
           find(&api->thread_frame, "PyThreadState_GetFrame") & find(&api->frame_back, "PyFrame_GetBack") &
           find(&api->frame_code, "PyFrame_GetCode") & find(&api->frame_line, "PyFrame_GetLineNumber") &
           find(&api->code_line, "PyCode_Addr2Line") & find(&api->gc_disable, "PyGC_Disable") &
           find(&api->gc_enable, "PyGC_Enable") & find(&api->attribute, "PyObject_GetAttrString") &
           find(&api->utf8, "PyUnicode_AsUTF8") & find(&api->integer, "PyLong_AsLong") &
           find(&api->release, "Py_DecRef") & find(&api->retain, "Py_IncRef") & find(&api->error_fetch, "PyErr_Fetch") &
           find(&api->error_restore, "PyErr_Restore") & find(&api->error_clear, "PyErr_Clear");
}

int minor_of(const char* version) {
    return strncmp(version, "3.", 2) == 0 ? static_cast<int>(strtol(version + 2, nullptr, 10)) : 0;
}

bool find_python(Python* api) {
    // Without a GIL nothing of ours that it guards would be.
    if (!find_all(api) || strstr(api->version(), "free-threading") != nullptr) return false;
    api->knows_own_thread = minor_of(api->version()) >= kOwnThreadKnownSince;
    return true;
}

}  // namespace

const Python* python() {
    static Python api;
    static const bool has_all = find_python(&api);
    return has_all ? &api : nullptr;
}

}  // namespace ttmw
