// Reads memory that may not be there.
#pragma once

#include <cstddef>

namespace ttmw {

// Copies up to 512 bytes, or returns false: the kernel looks, so that a stray pointer costs an error and not the process.
bool probe_read(const void* address, void* into, size_t bytes);

}  // namespace ttmw
