// What is known of the types of objects: how these may be asked what they refer to, and what they are to a search.
#pragma once

#include <cstdint>
#include <vector>

#include "heap_addresses.h"
#include "heap_python.h"

namespace ttmw::heap {

// How objects of a type are asked; decided in Python (holders/safe_types.py), which numbers them in the same way.
enum class How : uint8_t {
    together = 0,  // through the type's own traversal
    module = 1,  // through their namespace alone
    type = 2,  // classes of an extension's metaclass: through the traversal of `type`
    never = 3,
    unknown = 4,  // Python has to be asked first
};

// Remembers how objects of a type are asked, for as long as the type lives: a weak reference says so. With the GIL held.
bool learn(const Python& api, void* type, How how);

// What was learned of a type that still lives. With the GIL held.
How recall_type(const Python& api, void* type);

// What a search is about; all borrowed.
struct Interests {
    void* wanted_types;  // tuple
    void* named_types;  // tuple: objects of these have names of their own
    void* array_type;  // None: there are no arrays
};

struct Kind {
    void* type;  // null: this place is free
    Traverse traverse;
    How how;
    bool is_asked;  // `how` and `traverse` hold
    bool is_of_interest;  // any of the following
    bool is_gc;
    bool is_wanted;
    bool is_openable;  // a plain tuple or dict, which may hold what is wanted and not be tracked
    bool is_array;
    bool is_named;
};

// The types that one search meets. What it gives is good until the next question.
class Kinds {
  public:
    Kinds(const Python& api, const Interests& interests);

    // Of what is referred to.
    const Kind& of(void* type) {
        size_t at = place_of(type);
        if (slots_[at].type == nullptr) at = meet(type, at);
        return slots_[at];
    }

    // Of what is to be asked.
    const Kind& to_ask(void* type) {
        size_t at = place_of(type);
        if (slots_[at].type == nullptr) at = meet(type, at);
        if (!slots_[at].is_asked) recall(slots_[at]);
        return slots_[at];
    }

  private:
    size_t place_of(void* type) const {
        size_t at = hash_of(type) >> shift_;
        while (slots_[at].type != nullptr && slots_[at].type != type) at = (at + 1) & (slots_.size() - 1);
        return at;
    }

    size_t meet(void* type, size_t at);
    void recall(Kind& kind) const;
    Kind describe(void* type) const;
    bool is_any_of(void* type, void* bases) const;

    const Python& api_;
    Interests interests_;
    std::vector<Kind> slots_;
    size_t used_ = 0;
    int shift_;
};

}  // namespace ttmw::heap
