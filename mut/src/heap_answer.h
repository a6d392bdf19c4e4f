// What a search found, as Python objects.
#pragma once

#include "heap_addresses.h"
#include "heap_climb.h"
#include "heap_objects.h"
#include "heap_scan.h"

namespace ttmw::heap {

// A tuple: 1 if all was looked through and 0 if there was no time for it, a list of all objects that are part of the
// answer, and as bytes of 32-bit numbers of these: owner and what it has of what is wanted; owners that have it in a plain
// container; owner and target of each edge; targets of which all owners are known; tracked objects of wanted types; arrays.
// Null: no memory, and no error is set.
void* answer(const Python& api, bool is_complete, const Objects& objects, const Scan& scan, const Climb& climb);

// A tuple: 2, and the list of types that have to be learned first.
void* answer_unknown(const Python& api, const AddressSet& types);

}  // namespace ttmw::heap
