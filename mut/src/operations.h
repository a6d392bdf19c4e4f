// Which of ttnn's operations runs, in the ring's header: each record of an allocation has its name. The outermost operation
// of a thread counts: what it calls inside is its own business. All of it is to be called with the GIL held.
#pragma once

#include <sys/types.h>

namespace ttmw {

// Whether this Python has what that takes.
bool operations_are_usable();

// A new ring has no names yet. From now on a call of an object of this class of Python's is an operation, whose name is its
// attribute python_fully_qualified_name. False: where Python keeps how such an object is called was not found.
bool operations_follow(void* type);

// Python keeps anew how objects are called where somebody sets `__call__` of their class: they are followed again.
void operations_resume();

void operations_restore();

// A function of Python's (METH_FASTCALL) with four arguments: what to call, its name as an operation, and what to call it with,
// a tuple and a dict. Gives what that gives, or raises what it raises.
void* operations_call(void* self, void* const* arguments, ssize_t count);

}  // namespace ttmw
