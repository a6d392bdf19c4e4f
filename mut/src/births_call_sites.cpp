#include "births_call_sites.h"

#include <algorithm>
#include <utility>

namespace ttmw::births {
namespace {

// An instruction is of one code only, and that of the last site is held.
bool are_same(const Position& one, const Position& other) { return one.at == other.at; }

}  // namespace

CallSites::CallSites(const Python& api, void* first_end, void* second_end, int frames_max)
    : api_(api), first_end_(first_end), second_end_(second_end), frames_max_(std::min(frames_max, kFramesMax)),
      last_(api, api.tuple_new(0)) {}

Owned CallSites::here() {
    if (!frames_are_known()) throw Failed();
    Position frames[kFramesMax + kOwnFrames];
    const int found = frames_walk(frames, frames_max_ + kOwnFrames);
    const Position* begin = frames + std::min(found, kOwnFrames);
    const Position* end = std::find_if(begin, static_cast<const Position*>(frames + found), [&](const Position& frame) {
        return frame.code == first_end_ || frame.code == second_end_;
    });
    if (is_as_before(begin, end)) return retained(api_, last_.get());
    // It ends last of all: whatever ends with it may call us again.
    Owned previous = made(begin, end);
    std::swap(last_, previous);
    std::copy(begin, end, last_frames_);
    return retained(api_, last_.get());
}

bool CallSites::is_as_before(const Position* begin, const Position* end) const {
    return api_.tuple_size(last_.get()) == 2 * (end - begin) && std::equal(begin, end, last_frames_, are_same);
}

Owned CallSites::made(const Position* begin, const Position* end) const {
    Owned site(api_, api_.tuple_new(2 * (end - begin)));
    ssize_t index = 0;
    for (const Position* frame = begin; frame != end; ++frame) {
        api_.tuple_set(site.get(), index++, retained(api_, frame->code).give());
        api_.tuple_set(site.get(), index++, Owned(api_, api_.integer(frames_instruction(*frame))).give());
    }
    return site;
}

}  // namespace ttmw::births
