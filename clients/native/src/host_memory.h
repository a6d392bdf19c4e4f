// Host memory of this process.
#pragma once

#include <cstdint>

namespace ttmw {

constexpr int64_t kHostUnknown = -1;

// Bytes that are resident and the process's own: without mapped files and shared memory. kHostUnknown where the system does
// not say. One caller at a time. A file of /proc stays open from the first call on.
int64_t host_memory_own_bytes();

// In a forked child: the file that is open is the parent's.
void host_memory_forget();

}  // namespace ttmw
