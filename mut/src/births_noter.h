// Notes where the results of one of ttnn's functions come from, as tt_memwatch.origins.noting does.
#pragma once

#include "births_call_sites.h"
#include "births_tensors.h"

namespace ttmw::births {

// What the results are noted by. All objects are borrowed.
struct Setting {
    void* births;  // dict, by a buffer's place: operation, call site, and a tuple of numbers of its tensors
    void* tensor_type;
    void* operation;  // its name; None: the first argument is the operation, and has a name
    void* calls_test;  // code of pytest's, or None: frames of it and those that called it are nothing of the user's
    void* sets_up_fixture;  // likewise
    int have_unique_numbers;  // whether a number is the buffer's own, and not the tensor's
    int frames_max;  // of a call site
    int records_max;  // beyond that all are forgotten
    int numbers_max;  // of a birth
};

class Noter {
  public:
    // Holds the objects of the setting until it ends. With the GIL held, as for all of it. Throws Failed where tensors lack
    // what they are asked for.
    Noter(const Python& api, const Setting& setting);
    ~Noter();
    Noter(const Noter&) = delete;
    Noter& operator=(const Noter&) = delete;

    // Notes what an operation returned for a tuple and a dict of arguments. To be called by the function of Python's that
    // stands before the operation. Throws Failed where a tensor cannot be asked.
    void note(void* result, void* args, void* kwargs);

  private:
    void note_tensor(void* tensor, void* args, void* kwargs);
    Owned birth_at(const Owned& place) const;
    Owned older(const Owned& mark, void* args, void* kwargs) const;
    Owned older_in(const Owned& mark, void* value) const;
    bool has(void* tensor, const Owned& mark) const;
    void add(const Owned& place, const Owned& number, void* args);
    void join(const Owned& place, const Owned& birth, const Owned& older, const Owned& number) const;
    Owned name_of_operation(void* args) const;

    const Python& api_;
    const Setting setting_;
    const Tensors tensors_;
    CallSites sites_;
};

}  // namespace ttmw::births
