// One pass over all objects: which of them refer to what is wanted, and a mark of what each refers to at all.
//
// The mark is a small Bloom filter. By it the levels above are found without asking all objects once more.
#pragma once

#include <cstdint>
#include <vector>

#include "heap_addresses.h"
#include "heap_kinds.h"
#include "heap_objects.h"

namespace ttmw::heap {

using Mark = uint64_t;

// Two bits for each object that is referred to.
inline Mark mark_of(const void* address) {
    const uint64_t hash = hash_of(address);
    return Mark{1} << (hash >> 58) | Mark{1} << (hash >> 52 & 63);
}

struct Hit {
    uint32_t owner;
    void* found;
    bool is_nested;  // in a plain tuple or dict of the owner's that is not tracked
};

class Scan {
  public:
    // `targets` are wanted themselves, besides the objects of the wanted types.
    Scan(const Python& api, Objects& objects, Kinds& kinds, const AddressMap& targets);

    // Asks one object; false: its type is not known.
    bool ask(uint32_t index);
    // Once no more will be asked, for whatever reason: looks at what the last ones refer to, and makes the hits' owners
    // known.
    void finish();

    const std::vector<Hit>& hits() const { return hits_; }
    const std::vector<Mark>& marks() const { return marks_; }
    // Objects of wanted types that are tracked themselves, and such as may not be asked.
    const std::vector<uint32_t>& sought() const { return sought_; }
    const std::vector<void*>& arrays() const { return arrays_.items(); }
    // Whether memory ran out: then what was found is not all.
    bool is_out_of_memory() const { return is_out_of_memory_; }

  private:
    // Referents wait here until their headers are in the cache.
    static constexpr size_t kWaiting = 64;
    static constexpr size_t kLag = 24;
    // Plain containers that are not tracked are opened this deep, as in holders/dig.py.
    static constexpr uint8_t kMaxDepth = 6;
    // From this many elements on such a container is opened once, however many refer to it.
    static constexpr ssize_t kShared = 16;
    // Owners from here on are shared containers.
    static constexpr uint32_t kFirstShared = 1u << 31;

    struct Shown {
        void* object;
        uint32_t owner;
        uint8_t depth;
    };
    struct Reference {
        uint32_t owner;
        uint32_t shared;
    };

    static int visit(void* referent, void* self);
    void show(void* referent);
    void look(const Shown& shown);
    void look_at_array(const Shown& shown);
    void flush();
    void open_waiting();
    void open(const Shown& shown);
    ssize_t size_of(void* container) const;
    void hand_on_hits();
    bool hand_on(std::vector<void*>& found) const;

    const Python& api_;
    Objects& objects_;
    Kinds& kinds_;
    const AddressMap& targets_;
    std::vector<Mark> marks_;
    std::vector<Hit> hits_;
    std::vector<uint32_t> sought_;
    AddressSet arrays_;
    AddressMap shared_;
    std::vector<Reference> references_;
    std::vector<Shown> to_open_;
    Shown waiting_[kWaiting];
    uint64_t shown_ = 0;
    uint64_t looked_ = 0;
    // Whose referents are being shown.
    uint32_t owner_ = 0;
    uint8_t depth_ = 0;
    bool is_out_of_memory_ = false;
};

}  // namespace ttmw::heap
