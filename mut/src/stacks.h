// Python stacks, each written to the ring once and named by its number from then on.
#pragma once

#include <cstdint>

namespace ttmw {

constexpr int kDepthMax = 32;

// Records up to `depth` frames of every allocation from now on; 0: none. Needs the GIL. Returns false where this Python
// lacks what is needed.
bool stacks_set_depth(int depth);

// The calling thread, which holds the GIL, is about to release it: its Python stack is what it is until it has it again.
void stacks_remember();

// Number of the calling thread's Python stack, or of the one it had when ttnn released the GIL; 0 where none is wanted,
// no Python runs on this thread, or there is no room.
uint32_t stacks_number();

// Writes a name among the stacks, as one of a single frame with no file. Needs the GIL. 0: there is no room.
uint32_t stacks_add_name(const char* name);

// In a forked child: numbers of its parent mean nothing in its own ring.
void stacks_forget();

}  // namespace ttmw
