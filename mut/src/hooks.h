// The functions that libtt_metal.so calls in place of its allocator's.
#pragma once

#include <string>

namespace ttmw {

// Redirects the allocator's functions. Empty: done; else why not, as a sentence, and nothing is changed.
std::string hooks_install();

// A bit for each hook that is in place, in the order of docs/formats.md; 0 while none is.
unsigned hooks_mask();

int hooks_uninstall();

}  // namespace ttmw
