// Addresses of objects and a number for each, in an open hash table: most questions are about what is not in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ttmw::heap {

// Objects are 16 bytes apart.
inline uint64_t hash_of(const void* address) {
    return (reinterpret_cast<uint64_t>(address) >> 4) * 0x9e3779b97f4a7c15u;
}

class AddressMap {
  public:
    static constexpr uint32_t kNone = UINT32_MAX;

    explicit AddressMap(size_t expected = 0) { resize(expected); }

    uint32_t find(const void* address) const {
        size_t at = hash_of(address) >> shift_;
        while (slots_[at].address != nullptr) {
            if (slots_[at].address == address) return slots_[at].number;
            at = (at + 1) & (slots_.size() - 1);
        }
        return kNone;
    }

    bool has(const void* address) const { return find(address) != kNone; }

    // The number that the address has from now on: its own if it is there already.
    uint32_t add(const void* address, uint32_t number) {
        if (used_ * kSpare >= slots_.size()) grow();
        Slot* slot = place_of(address);
        if (slot->address == nullptr) {
            *slot = {address, number};
            ++used_;
        }
        return slot->number;
    }

    size_t size() const { return used_; }

  private:
    struct Slot {
        const void* address;
        uint32_t number;
    };

    // Slots for each address: most searches end at the first.
    static constexpr size_t kSpare = 4;
    static constexpr int kMinBits = 6;

    Slot* place_of(const void* address) {
        size_t at = hash_of(address) >> shift_;
        while (slots_[at].address != nullptr && slots_[at].address != address) at = (at + 1) & (slots_.size() - 1);
        return &slots_[at];
    }

    void resize(size_t expected) {
        int bits = kMinBits;
        while ((size_t{1} << bits) < expected * kSpare) ++bits;
        shift_ = 64 - bits;
        slots_.assign(size_t{1} << bits, Slot{nullptr, 0});
    }

    void grow() {
        std::vector<Slot> before;
        before.swap(slots_);
        resize(before.size() * 2 / kSpare);
        for (const Slot& slot : before) {
            if (slot.address != nullptr) *place_of(slot.address) = slot;
        }
    }

    std::vector<Slot> slots_;
    size_t used_ = 0;
    int shift_ = 0;
};

// Objects in the order in which they came, each once, numbered from 0.
class AddressSet {
  public:
    uint32_t add(void* object) {
        const auto next = static_cast<uint32_t>(items_.size());
        const uint32_t number = numbers_.add(object, next);
        if (number == next) items_.push_back(object);
        return number;
    }

    bool has(const void* object) const { return numbers_.has(object); }
    size_t size() const { return items_.size(); }
    const std::vector<void*>& items() const { return items_; }

  private:
    AddressMap numbers_;
    std::vector<void*> items_;
};

}  // namespace ttmw::heap
