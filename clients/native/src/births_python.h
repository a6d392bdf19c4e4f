// CPython, as far as the noting of births uses it: functions by name, nearly all of the stable interface.
#pragma once

#include <cstddef>
#include <exception>
#include <sys/types.h>
#include <utility>

namespace ttmw::births {

struct Python {
    void (*retain)(void* object);
    void (*release)(void* object);
    void (*error_clear)();
    void* (*text)(const char* content);
    void* (*attribute)(void* object, void* name);
    void* (*call)(void* callable, ...);  // its arguments end with null
    void* (*call_method)(void* name, void* const* object, size_t count, void* names);
    int (*contains)(void* sequence, void* item);
    int (*compare)(void* left, void* right, int how);
    void* (*integer)(long value);
    void* (*address)(void* pointer);
    ssize_t (*list_size)(void* list);
    void* (*list_item)(void* list, ssize_t index);
    void* (*tuple_new)(ssize_t size);
    int (*tuple_set)(void* tuple, ssize_t index, void* stolen);
    void* (*tuple_pack)(ssize_t size, ...);
    ssize_t (*tuple_size)(void* tuple);
    void* (*tuple_item)(void* tuple, ssize_t index);
    void* (*concatenate)(void* left, void* right);
    ssize_t (*dict_size)(void* dict);
    void* (*dict_get)(void* dict, void* key);
    int (*dict_set)(void* dict, void* key, void* value);
    void (*dict_clear)(void* dict);
    int (*dict_next)(void* dict, ssize_t* position, void** key, void** value);
    void* (*capsule_new)(void* pointer, const char* name, void (*end)(void* capsule));
    void* (*capsule_pointer)(void* capsule, const char* name);
    void* (*function_new)(const void* definition, void* self, void* module);
    // Objects.
    void* none;
    void* yes;
    void* list_type;
    void* tuple_type;
};

// Null where there is no CPython that has all of these.
const Python* python();

// Python could not do what it was asked for. No error of its is set any more.
struct Failed : std::exception {};

// A reference, which is let go of at the end of its scope.
class Owned {
  public:
    // None.
    Owned() = default;
    // Takes over what Python returned. Throws Failed where that is null.
    Owned(const Python& api, void* object) : api_(&api), object_(object) {
        if (object != nullptr) return;
        api.error_clear();
        throw Failed();
    }
    Owned(Owned&& other) noexcept : api_(other.api_), object_(other.give()) {}
    ~Owned() {
        if (object_ != nullptr) api_->release(object_);
    }
    Owned& operator=(Owned&& other) noexcept {
        std::swap(api_, other.api_);
        std::swap(object_, other.object_);
        return *this;
    }
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;

    explicit operator bool() const { return object_ != nullptr; }
    void* get() const { return object_; }
    void* give() { return std::exchange(object_, nullptr); }

  private:
    const Python* api_ = nullptr;
    void* object_ = nullptr;
};

// One reference more to an object.
inline Owned retained(const Python& api, void* object) {
    api.retain(object);
    return Owned(api, object);
}

// What a function of Python's returned that says with -1 that it failed.
inline int done(const Python& api, int answer) {
    if (answer >= 0) return answer;
    api.error_clear();
    throw Failed();
}

}  // namespace ttmw::births
