#include "births_python.h"

#include "symbols.h"

namespace ttmw::births {
namespace {

bool find_functions(Python* api) {
    return find_symbol(&api->retain, "Py_IncRef") & find_symbol(&api->release, "Py_DecRef") &
           find_symbol(&api->error_clear, "PyErr_Clear") & find_symbol(&api->text, "PyUnicode_InternFromString") &
           find_symbol(&api->attribute, "PyObject_GetAttr") & find_symbol(&api->call, "PyObject_CallFunctionObjArgs") &
           find_symbol(&api->call_method, "PyObject_VectorcallMethod") &
           find_symbol(&api->contains, "PySequence_Contains") & find_symbol(&api->compare, "PyObject_RichCompareBool") &
           find_symbol(&api->integer, "PyLong_FromLong") & find_symbol(&api->address, "PyLong_FromVoidPtr") &
           find_symbol(&api->list_size, "PyList_Size") & find_symbol(&api->list_item, "PyList_GetItem") &
           find_symbol(&api->tuple_new, "PyTuple_New") & find_symbol(&api->tuple_set, "PyTuple_SetItem") &
           find_symbol(&api->tuple_pack, "PyTuple_Pack") & find_symbol(&api->tuple_size, "PyTuple_Size") &
           find_symbol(&api->tuple_item, "PyTuple_GetItem") & find_symbol(&api->concatenate, "PySequence_Concat") &
           find_symbol(&api->dict_size, "PyDict_Size") & find_symbol(&api->dict_get, "PyDict_GetItemWithError") &
           find_symbol(&api->dict_set, "PyDict_SetItem") & find_symbol(&api->dict_clear, "PyDict_Clear") &
           find_symbol(&api->dict_next, "PyDict_Next") & find_symbol(&api->capsule_new, "PyCapsule_New") &
           find_symbol(&api->capsule_pointer, "PyCapsule_GetPointer") &
           find_symbol(&api->function_new, "PyCFunction_NewEx");
}

bool find_objects(Python* api) {
    return find_symbol(&api->none, "_Py_NoneStruct") & find_symbol(&api->yes, "_Py_TrueStruct") &
           find_symbol(&api->list_type, "PyList_Type") & find_symbol(&api->tuple_type, "PyTuple_Type");
}

}  // namespace

const Python* python() {
    static Python api;
    static const bool has_all = find_functions(&api) && find_objects(&api);
    return has_all ? &api : nullptr;
}

}  // namespace ttmw::births
