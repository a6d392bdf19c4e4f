// Notes births for Python: where the results of ttnn's functions come from.
#pragma once

#include "births_noter.h"

namespace ttmw::births {

// Whether births can be noted here: in the main interpreter of a CPython with a GIL that keeps its frames as we know. To be
// called with the GIL held, where a generator's frame is among those that run.
bool is_usable();

// A new function of Python's, `note(result, args, kwargs)`, which gives the result back. Null where tensors
// lack what they are asked for, or memory ran out. To be called with the GIL held, where births can be noted.
void* make_noter(const Setting& setting);

}  // namespace ttmw::births
