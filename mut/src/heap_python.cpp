#include "heap_python.h"

#include <initializer_list>

#include "symbols.h"

namespace ttmw::heap {
namespace {

bool find_functions(Python* api) {
    find_symbol(&api->visit_objects, "PyUnstable_GC_VisitObjects");
    return find_symbol(&api->type, "PyObject_Type") & find_symbol(&api->retain, "Py_IncRef") &
           find_symbol(&api->release, "Py_DecRef") & find_symbol(&api->call, "PyObject_CallFunction") &
           find_symbol(&api->error_clear, "PyErr_Clear") & find_symbol(&api->gc_disable, "PyGC_Disable") &
           find_symbol(&api->gc_enable, "PyGC_Enable") & find_symbol(&api->get_slot, "PyType_GetSlot") &
           find_symbol(&api->type_flags, "PyType_GetFlags") & find_symbol(&api->is_subtype, "PyType_IsSubtype") &
           find_symbol(&api->is_tracked, "PyObject_GC_IsTracked") & find_symbol(&api->module_dict, "PyModule_GetDict") &
           find_symbol(&api->weak_reference, "PyWeakref_NewRef") & find_symbol(&api->list_new, "PyList_New") &
           find_symbol(&api->list_size, "PyList_Size") & find_symbol(&api->list_item, "PyList_GetItem") &
           find_symbol(&api->list_set, "PyList_SetItem") & find_symbol(&api->tuple_size, "PyTuple_Size") &
           find_symbol(&api->tuple_item, "PyTuple_GetItem") & find_symbol(&api->tuple_pack, "PyTuple_Pack") &
           find_symbol(&api->dict_size, "PyDict_Size") & find_symbol(&api->dict_next, "PyDict_Next") &
           find_symbol(&api->bytes, "PyBytes_FromStringAndSize") & find_symbol(&api->integer, "PyLong_FromLong") &
           find_symbol(&api->thread_interpreter, "PyInterpreterState_Get") &
           find_symbol(&api->main_interpreter, "PyInterpreterState_Main");
}

bool find_objects(Python* api) {
    return find_symbol(&api->none, "_Py_NoneStruct") & find_symbol(&api->type_type, "PyType_Type") &
           find_symbol(&api->module_type, "PyModule_Type") & find_symbol(&api->tuple_type, "PyTuple_Type") &
           find_symbol(&api->dict_type, "PyDict_Type") & find_symbol(&api->text_type, "PyUnicode_Type");
}

// Builds without a GIL, and those that trace references, have another header.
bool has_usual_header(const Python& api) {
    for (void* object : {api.none, api.type_type, api.tuple_type}) {
        void* type = api.type(object);
        const bool is_there = type == type_of(object);
        api.release(type);
        if (!is_there) return false;
    }
    return true;
}

}  // namespace

const Python* python() {
    static Python api;
    static const bool is_usable = find_functions(&api) && find_objects(&api) && has_usual_header(api);
    return is_usable ? &api : nullptr;
}

}  // namespace ttmw::heap
