#include "heap_python.h"

#include <dlfcn.h>
#include <initializer_list>

namespace ttmw::heap {
namespace {

template <typename T>
bool find(T* place, const char* name) {
    *reinterpret_cast<void**>(place) = dlsym(RTLD_DEFAULT, name);
    return *place != nullptr;
}

bool find_functions(Python* api) {
    find(&api->visit_objects, "PyUnstable_GC_VisitObjects");
    return find(&api->type, "PyObject_Type") & find(&api->retain, "Py_IncRef") & find(&api->release, "Py_DecRef") &
           find(&api->call, "PyObject_CallFunction") & find(&api->error_clear, "PyErr_Clear") &
           find(&api->gc_disable, "PyGC_Disable") & find(&api->gc_enable, "PyGC_Enable") &
           find(&api->get_slot, "PyType_GetSlot") & find(&api->type_flags, "PyType_GetFlags") &
           find(&api->is_subtype, "PyType_IsSubtype") & find(&api->is_tracked, "PyObject_GC_IsTracked") &
           find(&api->module_dict, "PyModule_GetDict") & find(&api->weak_reference, "PyWeakref_NewRef") &
           find(&api->list_new, "PyList_New") & find(&api->list_size, "PyList_Size") &
           find(&api->list_item, "PyList_GetItem") & find(&api->list_set, "PyList_SetItem") &
           find(&api->tuple_size, "PyTuple_Size") & find(&api->tuple_item, "PyTuple_GetItem") &
           find(&api->tuple_pack, "PyTuple_Pack") & find(&api->dict_size, "PyDict_Size") &
           find(&api->dict_next, "PyDict_Next") & find(&api->bytes, "PyBytes_FromStringAndSize") &
           find(&api->integer, "PyLong_FromLong") & find(&api->thread_interpreter, "PyInterpreterState_Get") &
           find(&api->main_interpreter, "PyInterpreterState_Main");
}

bool find_objects(Python* api) {
    return find(&api->none, "_Py_NoneStruct") & find(&api->type_type, "PyType_Type") &
           find(&api->module_type, "PyModule_Type") & find(&api->tuple_type, "PyTuple_Type") &
           find(&api->dict_type, "PyDict_Type") & find(&api->text_type, "PyUnicode_Type");
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
