// The Python frames of the calling thread: which code runs, and how far into it each is.
#pragma once

#include <cstdint>

namespace ttmw {

// One frame. `at` has a meaning only to frames_line.
struct Position {
    void* code;
    intptr_t at;
};

// Finds what is needed of this Python, and whether its frames may be walked as they lie in memory: it is tried on those that
// are there now, so a generator should be among them. To be called with the GIL held. False: something is lacking.
bool frames_find();

// Whether this thread may look at its frames: it holds the GIL, in the main interpreter.
bool frames_may_look();

// Up to `room` frames, innermost first. They run while we look, so their code outlives the look. To be called where
// frames_may_look.
int frames_walk(Position* positions, int room);

// Number of the line. To be called with the GIL held, while the code is there.
int frames_line(const Position& position);

// Whether frames are walked as they lie in memory. Then the instruction that a frame is at is known as well, in bytes, as
// Python's `f_lasti` has it.
bool frames_are_known();
int frames_instruction(const Position& position);

// Walks by Python's own functions from now on, which make an object of each frame: where its layout is not known, and to
// compare with.
void frames_use_objects();

// Whether both ways see the same frames of this thread now. To be called with the GIL held.
bool frames_agree();

}  // namespace ttmw
