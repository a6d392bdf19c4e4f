#include "births_python.h"

#include <dlfcn.h>

namespace ttmw::births {
namespace {

template <typename T>
bool find(T* place, const char* name) {
    *reinterpret_cast<void**>(place) = dlsym(RTLD_DEFAULT, name);
    return *place != nullptr;
}

bool find_functions(Python* api) {
    return find(&api->retain, "Py_IncRef") & find(&api->release, "Py_DecRef") & find(&api->error_clear, "PyErr_Clear") &
           find(&api->text, "PyUnicode_InternFromString") & find(&api->attribute, "PyObject_GetAttr") &
           find(&api->call, "PyObject_CallFunctionObjArgs") & find(&api->call_method, "PyObject_VectorcallMethod") &
           find(&api->contains, "PySequence_Contains") & find(&api->compare, "PyObject_RichCompareBool") &
           find(&api->integer, "PyLong_FromLong") & find(&api->address, "PyLong_FromVoidPtr") &
           find(&api->list_size, "PyList_Size") & find(&api->list_item, "PyList_GetItem") &
           find(&api->tuple_new, "PyTuple_New") & find(&api->tuple_set, "PyTuple_SetItem") &
           find(&api->tuple_pack, "PyTuple_Pack") & find(&api->tuple_size, "PyTuple_Size") &
           find(&api->tuple_item, "PyTuple_GetItem") & find(&api->concatenate, "PySequence_Concat") &
           find(&api->dict_size, "PyDict_Size") & find(&api->dict_get, "PyDict_GetItemWithError") &
           find(&api->dict_set, "PyDict_SetItem") & find(&api->dict_clear, "PyDict_Clear") &
           find(&api->dict_next, "PyDict_Next") & find(&api->capsule_new, "PyCapsule_New") &
           find(&api->capsule_pointer, "PyCapsule_GetPointer") & find(&api->function_new, "PyCFunction_NewEx");
}

bool find_objects(Python* api) {
    return find(&api->none, "_Py_NoneStruct") & find(&api->yes, "_Py_TrueStruct") &
           find(&api->list_type, "PyList_Type") & find(&api->tuple_type, "PyTuple_Type");
}

}  // namespace

const Python* python() {
    static Python api;
    static const bool has_all = find_functions(&api) && find_objects(&api);
    return has_all ? &api : nullptr;
}

}  // namespace ttmw::births
