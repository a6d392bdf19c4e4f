// The messages that every test has, put together and shown to the engine by one call each: what Python takes for it is many
// times as long where nothing of it is in the processor's caches, as between two phases of a test.
#pragma once

#include <cstdint>

namespace ttmw::per_test_lines {

// Whether it can be done in this interpreter: the main one of a CPython with a GIL.
bool is_usable();

// A new tuple of built-in functions that write to `memory`, as the plugin made it, of which `capacity` bytes are for messages.
// Each of the first four gives whether its message is there; it is not where there is no room, while `queue` has messages
// that come first, while the memory is paused, in a forked child, or where anything is not as it has to be. Nothing is raised.
//   begin(test, attempt, base, index, options, looks_at_host)   `options`: further keys and values as JSON
//   end(test, attempt, outcome, began, looks_at_host)           `began`: seconds of CLOCK_MONOTONIC
//   enter(head, number, begins_test)                            `head`: of a context's message, until its number; not where a
//       test begins and anything lies where an allocation server has its socket: it may want to know of the test
//   look(moment)          only if all is as it was at the last look at each device that is watched, of which there is one at
//       least: nothing was recorded that is not undone, it has no sub-meshes and as many entries in its program cache as it had
//   watch(device, address, entries, ask_at)   by whom to look: its key and where its object lies; and that it is no longer as it
//       was from `ask_at` on, in seconds of CLOCK_MONOTONIC
//   watch_none()
//   pause(is_paused)      nothing is written meanwhile
//   forget()              nothing is written any more
// Null where memory ran out. To be called with the GIL held, where it is usable.
void* make(void* memory, uint64_t capacity, void* queue);

}  // namespace ttmw::per_test_lines
