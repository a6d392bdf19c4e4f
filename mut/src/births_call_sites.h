// Where calls come from: code and instruction of each frame in turn, innermost first, in a tuple.
#pragma once

#include "births_python.h"
#include "frames.h"

namespace ttmw::births {

class CallSites {
  public:
    // Of up to `frames_max` frames, and none of `first_end`, `second_end` and those that called them: code that is borrowed.
    CallSites(const Python& api, void* first_end, void* second_end, int frames_max);

    // Of the call of the function that runs, which is ours. Where frames are known as they lie in memory.
    Owned here();

  private:
    bool is_as_before(const Position* begin, const Position* end) const;
    Owned made(const Position* begin, const Position* end) const;

    // More are not looked at, whatever is asked for.
    static constexpr int kFramesMax = 32;
    // The function that calls us.
    static constexpr int kOwnFrames = 1;

    const Python& api_;
    void* const first_end_;
    void* const second_end_;
    const int frames_max_;
    // The last one, whose code it holds: calls in a loop have the same.
    Owned last_;
    Position last_frames_[kFramesMax];
};

}  // namespace ttmw::births
