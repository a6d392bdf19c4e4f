// ttnn's tensors, asked for what tells one buffer from another.
#pragma once

#include "births_python.h"
#include "heap_python.h"

namespace ttmw::births {

// Each function throws Failed where something cannot be asked. Methods are looked up once: that is a fifth of asking.
class Tensors {
  public:
    // `type` is ttnn's class of tensors, and borrowed. With unique numbers, tensors that share a buffer share its number;
    // otherwise each has its own.
    Tensors(const Python& api, void* type, bool have_unique_numbers);

    bool is_one(void* object) const { return heap::type_of(object) == type_; }

    // The number of a tensor; null where it has no buffer on a device.
    Owned number(void* tensor) const;
    bool has_number(void* tensor, const Owned& number) const;

    // Where the buffer of a tensor on a device is, as a tuple: device, identity of the memory type, and address.
    Owned place(void* tensor) const;
    bool has_place(void* tensor, const Owned& place) const;

  private:
    // The device of a tensor that has a buffer there; null if it has none.
    Owned device_of_buffer(void* tensor) const;
    Owned memory_type(void* tensor) const;
    Owned id_of(const Owned& device) const;
    Owned method(const char* name) const;
    Owned ask(const Owned& method, void* tensor) const;
    bool are_equal(const Owned& value, void* other) const;

    const Python& api_;
    void* const type_;
    const bool have_unique_numbers_;
    const Owned unique_id_, device_, is_allocated_, memory_config_, buffer_address_;
};

}  // namespace ttmw::births
