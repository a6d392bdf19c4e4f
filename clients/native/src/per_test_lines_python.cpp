#include "per_test_lines_python.h"

#include "symbols.h"

namespace ttmw::per_test_lines {
namespace {

bool find_functions(Python* api) {
    return find_symbol(&api->retain, "Py_IncRef") & find_symbol(&api->release, "Py_DecRef") &
           find_symbol(&api->error_clear, "PyErr_Clear") & find_symbol(&api->error, "PyErr_Occurred") &
           find_symbol(&api->utf8, "PyUnicode_AsUTF8String") & find_symbol(&api->bytes_content, "PyBytes_AsString") &
           find_symbol(&api->bytes_size, "PyBytes_Size") & find_symbol(&api->integer, "PyLong_AsUnsignedLongLong") &
           find_symbol(&api->real, "PyFloat_AsDouble") & find_symbol(&api->text, "PyUnicode_InternFromString") &
           find_symbol(&api->call_method, "PyObject_VectorcallMethod") & find_symbol(&api->list_size, "PyList_Size") &
           find_symbol(&api->tuple_new, "PyTuple_New") & find_symbol(&api->tuple_set, "PyTuple_SetItem") &
           find_symbol(&api->capsule_new, "PyCapsule_New") &
           find_symbol(&api->capsule_pointer, "PyCapsule_GetPointer") &
           find_symbol(&api->function_new, "PyCFunction_NewEx");
}

bool find_objects(Python* api) {
    return find_symbol(&api->none, "_Py_NoneStruct") & find_symbol(&api->yes, "_Py_TrueStruct") &
           find_symbol(&api->no, "_Py_FalseStruct");
}

}  // namespace

const Python* python() {
    static Python api;
    static const bool has_all = find_functions(&api) && find_objects(&api);
    return has_all ? &api : nullptr;
}

}  // namespace ttmw::per_test_lines
