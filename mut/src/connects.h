// Records when Python code of this process is about to connect to its allocation server.
#pragma once

namespace ttmw {

// From now on, connecting to the socket with this path is recorded. Returns false where the interpreter does not report it.
bool connects_watch(const char* path);

// Whether they are recorded; those of our own are not. To be called with the GIL held.
void connects_enable(bool is_on);

}  // namespace ttmw
