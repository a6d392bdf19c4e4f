#include "frames_python.h"

#include <cstdlib>
#include <cstring>

#include "symbols.h"

namespace ttmw {
namespace {

constexpr int kOwnThreadKnownSince = 12;  // 3.12

bool find_all(Python* api) {
    return find_symbol(&api->version, "Py_GetVersion") & find_symbol(&api->is_initialized, "Py_IsInitialized") &
           (find_symbol(&api->running_thread, "PyThreadState_GetUnchecked") ||
            find_symbol(&api->running_thread, "_PyThreadState_UncheckedGet")) &
           find_symbol(&api->own_thread, "PyGILState_GetThisThreadState") &
           find_symbol(&api->interpreter_of, "PyThreadState_GetInterpreter") &
           find_symbol(&api->main_interpreter, "PyInterpreterState_Main") &
           find_symbol(&api->thread_frame, "PyThreadState_GetFrame") &
           find_symbol(&api->frame_back, "PyFrame_GetBack") & find_symbol(&api->frame_code, "PyFrame_GetCode") &
           find_symbol(&api->frame_line, "PyFrame_GetLineNumber") & find_symbol(&api->code_line, "PyCode_Addr2Line") &
           find_symbol(&api->gc_disable, "PyGC_Disable") & find_symbol(&api->gc_enable, "PyGC_Enable") &
           find_symbol(&api->attribute, "PyObject_GetAttrString") & find_symbol(&api->utf8, "PyUnicode_AsUTF8") &
           find_symbol(&api->integer, "PyLong_AsLong") & find_symbol(&api->release, "Py_DecRef") &
           find_symbol(&api->retain, "Py_IncRef") & find_symbol(&api->error_fetch, "PyErr_Fetch") &
           find_symbol(&api->error_restore, "PyErr_Restore") & find_symbol(&api->error_clear, "PyErr_Clear");
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
