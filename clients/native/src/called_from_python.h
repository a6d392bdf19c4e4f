// What Python calls several times a test, as built-in functions of Python's own. Where nothing of it is in the processor's
// caches, as between two phases of a test, a call through ctypes takes five times as long.
#pragma once

namespace ttmw {

// A new tuple of them: `head()`, `set_context(number)`, `missing()`, `changes(device)`, `borrow(address)` and
// `call_operation(function, name, arguments, keywords)`. Null where this Python lacks something that they need. With the GIL
// held.
void* calls_make();

}  // namespace ttmw
