// The objects that a search looks through: what the garbage collector lists, and what `gc.freeze()` hid from it.
#pragma once

#include <vector>

#include "heap_addresses.h"
#include "heap_kinds.h"

namespace ttmw::heap {

class Objects {
  public:
    // Nothing else runs until the search ends, so nothing ends. Where the collector gives a list, that alone holds
    // references, until `let_go`.
    explicit Objects(const Python& api) : api_(api) {}
    ~Objects();
    Objects(const Objects&) = delete;
    Objects& operator=(const Objects&) = delete;

    // Those that the collector lists; before CPython 3.12 `gc.get_objects` is asked. False: it did not answer with a list.
    bool list(void* get_objects);

    // Those of a list that whoever gives it keeps.
    void take(void* list);

    // Adds what is tracked and not listed, from the modules of `sys.modules` and from all that is listed downwards.
    // Types that are not known are put into `unknown`.
    void add_frozen(void* modules, Kinds& kinds, AddressSet* unknown);

    size_t size() const { return objects_.size(); }
    void* at(size_t index) const { return objects_[index]; }

    // The object was asked and is in the cache: later on the collector's list would have to find it once more.
    void let_go(size_t index) {
        if (index >= listed_) return;
        api_.retain(api_.none);
        api_.list_set(list_, static_cast<ssize_t>(index), api_.none);
    }

  private:
    static int add(void* object, void* self);
    static int note(void* referent, void* self);
    void consider(void* object);

    const Python& api_;
    void* list_ = nullptr;
    size_t listed_ = 0;
    std::vector<void*> objects_;
    AddressMap seen_;
    Kinds* kinds_ = nullptr;
    bool is_out_of_memory_ = false;
};

// Calls the traversal that fits how an object is asked. What may not be asked shows nothing.
int traverse(const Python& api, const Kind& kind, void* object, Visit visit, void* argument);

}  // namespace ttmw::heap
