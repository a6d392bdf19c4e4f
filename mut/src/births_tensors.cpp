#include "births_tensors.h"

namespace ttmw::births {
namespace {

constexpr int kEqual = 2;  // Py_EQ

// Names of attributes, as texts of Python's, which live for ever.
struct Names {
    void *tensor_id, *buffer_type, *id;
};

const Names& names(const Python& api) {
    static const Names made = {api.text("tensor_id"), api.text("buffer_type"), api.text("id")};
    return made;
}

}  // namespace

Tensors::Tensors(const Python& api, void* type, bool have_unique_numbers)
    : api_(api), type_(type), have_unique_numbers_(have_unique_numbers),
      unique_id_(have_unique_numbers ? method("buffer_unique_id") : Owned()), device_(method("device")),
      is_allocated_(method("is_allocated")), memory_config_(method("memory_config")),
      buffer_address_(method("buffer_address")) {}

Owned Tensors::number(void* tensor) const {
    if (have_unique_numbers_) {
        Owned number = ask(unique_id_, tensor);
        return number.get() == api_.none ? Owned() : std::move(number);
    }
    return device_of_buffer(tensor) ? Owned(api_, api_.attribute(tensor, names(api_).tensor_id)) : Owned();
}

bool Tensors::has_number(void* tensor, const Owned& number) const {
    return are_equal(ask(unique_id_, tensor), number.get());
}

Owned Tensors::place(void* tensor) const {
    const Owned id = id_of(ask(device_, tensor)), type = memory_type(tensor), address = ask(buffer_address_, tensor);
    return Owned(api_, api_.tuple_pack(3, id.get(), type.get(), address.get()));
}

bool Tensors::has_place(void* tensor, const Owned& place) const {
    // Tensors that have none throw when they are asked for an address.
    const Owned device = device_of_buffer(tensor);
    if (!device) return false;
    const auto part = [&](ssize_t index) { return api_.tuple_item(place.get(), index); };
    return are_equal(ask(buffer_address_, tensor), part(2)) && are_equal(id_of(device), part(0)) &&
           are_equal(memory_type(tensor), part(1));
}

Owned Tensors::device_of_buffer(void* tensor) const {
    Owned device = ask(device_, tensor);
    const bool has_one = device.get() != api_.none && ask(is_allocated_, tensor).get() == api_.yes;
    return has_one ? std::move(device) : Owned();
}

// The identity of the enum's member, as `id()` gives it.
Owned Tensors::memory_type(void* tensor) const {
    const Owned config = ask(memory_config_, tensor);
    const Owned type(api_, api_.attribute(config.get(), names(api_).buffer_type));
    return Owned(api_, api_.address(type.get()));
}

Owned Tensors::id_of(const Owned& device) const {
    void* object = device.get();
    return Owned(api_, api_.call_method(names(api_).id, &object, 1, nullptr));
}

Owned Tensors::method(const char* name) const { return Owned(api_, api_.attribute(type_, api_.text(name))); }

Owned Tensors::ask(const Owned& method, void* tensor) const {
    return Owned(api_, api_.call(method.get(), tensor, nullptr));
}

bool Tensors::are_equal(const Owned& value, void* other) const {
    return done(api_, api_.compare(value.get(), other, kEqual)) == 1;
}

}  // namespace ttmw::births
