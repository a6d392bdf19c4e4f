// CPython, as far as the messages of every test use it: functions by name, of the stable interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <sys/types.h>

namespace ttmw::per_test_lines {

struct Python {
    void (*retain)(void* object);
    void (*release)(void* object);
    void (*error_clear)();
    void* (*error)();
    void* (*utf8)(void* text);
    char* (*bytes_content)(void* bytes);
    ssize_t (*bytes_size)(void* bytes);
    unsigned long long (*integer)(void* number);
    double (*real)(void* number);
    void* (*text)(const char* content);
    void* (*call_method)(void* name, void* const* object, size_t count, void* names);
    ssize_t (*list_size)(void* list);
    void* (*tuple_new)(ssize_t size);
    int (*tuple_set)(void* tuple, ssize_t index, void* stolen);
    void* (*capsule_new)(void* pointer, const char* name, void (*end)(void* capsule));
    void* (*capsule_pointer)(void* capsule, const char* name);
    void* (*function_new)(const void* definition, void* self, void* module);
    // Objects.
    void* none;
    void* yes;
    void* no;
};

// Null where there is no CPython that has all of these.
const Python* python();

// The arguments of a call. What cannot be read is noted, and leaves no error set.
class Arguments {
  public:
    Arguments(const Python& api, void* const* first) : api_(api), first_(first) {}

    uint64_t integer(ssize_t index) {
        const uint64_t value = api_.integer(first_[index]);
        if (value == ~uint64_t{0}) check();
        return value;
    }
    double real(ssize_t index) {
        const double value = api_.real(first_[index]);
        if (value < 0) check();
        return value;
    }
    bool flag(ssize_t index) const { return first_[index] == api_.yes; }
    void* object(ssize_t index) const { return first_[index]; }
    bool are_right() const { return are_right_; }

    void check() {
        if (api_.error() == nullptr) return;
        api_.error_clear();
        are_right_ = false;
    }

  private:
    const Python& api_;
    void* const* first_;
    bool are_right_ = true;
};

// A text of Python's as UTF-8; the text keeps none of it.
class Text {
  public:
    Text(const Python& api, Arguments& arguments, ssize_t index)
        : api_(api), bytes_(api.utf8(arguments.object(index))) {
        if (bytes_ == nullptr) arguments.check();
    }
    ~Text() {
        if (bytes_ != nullptr) api_.release(bytes_);
    }
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;

    std::string_view view() const {
        if (bytes_ == nullptr) return {};
        return {api_.bytes_content(bytes_), static_cast<size_t>(api_.bytes_size(bytes_))};
    }

  private:
    const Python& api_;
    void* bytes_;
};

}  // namespace ttmw::per_test_lines
