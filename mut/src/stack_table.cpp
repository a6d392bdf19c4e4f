#include "stack_table.h"

#include <cstring>

namespace ttmw {
namespace {

uint64_t mix(uint64_t hash, uint64_t value) { return (hash ^ value) * 0x100000001b3u; }

}  // namespace

uint64_t stack_hash(const Position* frames, int count) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (int i = 0; i < count; ++i) {
        hash = mix(mix(hash, reinterpret_cast<uint64_t>(frames[i].code)), static_cast<uint64_t>(frames[i].at));
    }
    return hash;
}

uint32_t StackTable::find(const Position* frames, int count, uint64_t hash) const {
    for (uint32_t place = place_of(hash); known_[place].number != 0; place = (place + 1) & (kPlaces - 1)) {
        if (known_[place].hash == hash && is_same(known_[place], frames, count)) return known_[place].number;
    }
    return 0;
}

bool StackTable::is_same(const Known& known, const Position* frames, int count) const {
    if (known.frames != static_cast<uint32_t>(count)) return false;
    return memcmp(frames_ + known.first_frame, frames, static_cast<size_t>(count) * sizeof *frames) == 0;
}

bool StackTable::has_room(int count) const {
    return stacks_used_ < kStacksMax && kFramesMax - frames_used_ >= static_cast<uint32_t>(count);
}

void StackTable::add(const Position* frames, int count, uint64_t hash, uint32_t number) {
    uint32_t place = place_of(hash);
    while (known_[place].number != 0) place = (place + 1) & (kPlaces - 1);
    memcpy(frames_ + frames_used_, frames, static_cast<size_t>(count) * sizeof *frames);
    known_[place] = {hash, number, frames_used_, static_cast<uint32_t>(count)};
    frames_used_ += static_cast<uint32_t>(count);
    ++stacks_used_;
}

void StackTable::clear() {
    memset(known_, 0, sizeof known_);
    stacks_used_ = 0;
    frames_used_ = 0;
}

}  // namespace ttmw
