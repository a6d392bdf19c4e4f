// Which Python objects are still there, for types that have no weak references: only their addresses are kept.
#pragma once

namespace ttmw {

// Learns of the end of objects of an extension's type by standing before its tp_dealloc; once for each type. A class of
// Python's, of which `python_class` is any, cannot be watched: its dealloc looks for itself among its bases. With the GIL
// held. False where it cannot be done; then nothing was changed.
bool objects_watch(void* type, void* python_class);

// Remembers an object of a watched type until it ends. With the GIL held. False: there is no room.
bool objects_remember(void* object);

// A new reference to a remembered object that is still there; nullptr where it ended, or was never remembered. With the
// GIL held.
void* objects_borrow(void* object);

}  // namespace ttmw
