// Stacks that were seen before, by their frames. Nothing is allocated: what a table has room for is reserved, and pages
// that are not touched cost nothing.
#pragma once

#include <cstdint>

#include "frames.h"

namespace ttmw {

uint64_t stack_hash(const Position* frames, int count);

class StackTable {
  public:
    // Number of a stack; 0: it was not seen before.
    uint32_t find(const Position* frames, int count, uint64_t hash) const;

    // Whether one more stack, of `count` frames, has a place.
    bool has_room(int count) const;

    // There has to be room, and its number is not 0.
    void add(const Position* frames, int count, uint64_t hash, uint32_t number);

    void clear();

  private:
    static constexpr uint32_t kStacksMax = 1 << 15;
    static constexpr uint32_t kPlaces = kStacksMax * 2;
    static constexpr uint32_t kFramesMax = kStacksMax * 8;

    struct Known {
        uint64_t hash;
        uint32_t number;  // 0: this place is free
        uint32_t first_frame;
        uint32_t frames;
    };

    bool is_same(const Known& known, const Position* frames, int count) const;
    static uint32_t place_of(uint64_t hash) { return static_cast<uint32_t>(hash >> 32) & (kPlaces - 1); }

    Known known_[kPlaces];
    Position frames_[kFramesMax];
    uint32_t stacks_used_;
    uint32_t frames_used_;
};

}  // namespace ttmw
