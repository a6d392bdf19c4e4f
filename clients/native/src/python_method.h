// Functions that Python calls, of the stable interface.
#pragma once

namespace ttmw {

constexpr int kNoArguments = 4;  // METH_NOARGS
constexpr int kOneArgument = 8;  // METH_O
constexpr int kFastCall = 0x80;  // METH_FASTCALL

// PyMethodDef.
struct Method {
    const char* name;
    void* function;
    int flags;
    const char* doc;
};

template <typename Function>
Method method(const char* name, Function function, int flags) noexcept {
    return {name, reinterpret_cast<void*>(function), flags, nullptr};
}

}  // namespace ttmw
