// Functions and objects of other libraries, by name: this library is linked with none of them.
#pragma once

#include <dlfcn.h>

namespace ttmw {

// Whether there is one of this name, of which `place` is then the address; null otherwise.
template <typename T>
bool find_symbol(T* place, const char* name, void* library = RTLD_DEFAULT) {
    *reinterpret_cast<void**>(place) = dlsym(library, name);
    return *place != nullptr;
}

}  // namespace ttmw
