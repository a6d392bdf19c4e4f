#include "heap_search.h"

#include <new>
#include <vector>

#include "heap_answer.h"
#include "heap_climb.h"
#include "heap_objects.h"
#include "heap_scan.h"

namespace ttmw::heap {
namespace {

// Objects between two looks at the clock.
constexpr uint32_t kStride = 1024;

// How far ahead headers of objects are asked for.
constexpr uint32_t kAhead = 12;

AddressMap map_of(const Addresses& addresses) {
    AddressMap map(addresses.count);
    for (size_t i = 0; i < addresses.count; ++i) map.add(reinterpret_cast<void*>(addresses.first[i]), 0);
    return map;
}

std::vector<void*> items_of(const Python& api, void* list) {
    std::vector<void*> items;
    for (ssize_t i = 0; i < api.list_size(list); ++i) items.push_back(api.list_item(list, i));
    return items;
}

// What the search itself made so far: nothing is collected meanwhile, so that is still in the youngest generation.
AddressMap own_objects(const Python& api, const Request& request) {
    const AddressMap young = map_of(request.young);
    AddressMap own;
    void* list = api.call(request.get_objects, "i", 0);
    const ssize_t size = list != nullptr ? api.list_size(list) : 0;
    for (ssize_t i = 0; i < size; ++i) {
        void* object = api.list_item(list, i);
        if (!young.has(object)) own.add(object, 0);
    }
    if (list != nullptr) api.release(list);
    api.error_clear();
    return own;
}

// False: there was no time for all of it.
bool scan_all(Objects& objects, Scan& scan, Kinds& kinds, const Deadline& deadline, AddressSet* unknown) {
    const auto size = static_cast<uint32_t>(objects.size());
    uint32_t i = 0;
    for (; i < size && (i % kStride != 0 || !deadline.is_over()); ++i) {
        if (i + kAhead < size) __builtin_prefetch(objects.at(i + kAhead));
        if (unknown->size() > 0 || !scan.ask(i)) {
            const Kind& kind = kinds.to_ask(type_of(objects.at(i)));
            if (kind.how == How::unknown) unknown->add(kind.type);
        }
        objects.let_go(i);
    }
    scan.finish();
    return i == size;
}

// The targets, and what has what is wanted.
std::vector<void*> where_to_begin(const Scan& scan, const Objects& objects, const std::vector<void*>& targets,
                                  const Climb& climb) {
    AddressSet found;
    for (void* target : targets) found.add(target);
    const auto add = [&](uint32_t index) {
        if (climb.is_open(objects.at(index))) found.add(objects.at(index));
    };
    for (const Hit& hit : scan.hits()) add(hit.owner);
    for (const uint32_t index : scan.sought()) add(index);
    return found.items();
}

void* look_through(const Python& api, const Request& request) {
    const Deadline deadline(request.seconds);
    const std::vector<void*> targets = items_of(api, request.targets);
    const AddressMap named = map_of(request.named), own = own_objects(api, request);
    Kinds kinds(api, {request.wanted_types, request.named_types, request.array_type});
    Objects objects(api);
    AddressSet unknown;
    AddressMap target_map(targets.size());
    for (void* target : targets) target_map.add(target, 0);
    if (request.among != api.none) {
        objects.take(request.among);
    } else if (!objects.list(request.get_objects)) {
        return nullptr;
    }
    if (request.modules != api.none) objects.add_frozen(request.modules, kinds, &unknown);
    Climb climb(api, objects, kinds, named, own);
    Scan scan(api, objects, kinds, target_map);
    bool is_complete = true;
    if (request.is_foreign) {
        climb.foreign(targets, deadline);
    } else {
        is_complete = scan_all(objects, scan, kinds, deadline, &unknown);
        if (unknown.size() > 0) return answer_unknown(api, unknown);
        if (is_complete) climb.up(where_to_begin(scan, objects, targets, climb), scan.marks(), deadline);
    }
    if (scan.is_out_of_memory() || climb.is_out_of_memory()) return nullptr;
    return answer(api, is_complete, objects, scan, climb);
}

}  // namespace

bool is_usable() {
    const Python* api = python();
    return api != nullptr && api->thread_interpreter() == api->main_interpreter();
}

void* search(const Request& request) {
    const Python& api = *python();
    // A collection would free objects that are known by their address alone.
    const int was_enabled = api.gc_disable();
    void* found = nullptr;
    try {
        found = look_through(api, request);
    } catch (const std::bad_alloc&) {
        api.error_clear();
    }
    if (was_enabled) api.gc_enable();
    return found;
}

}  // namespace ttmw::heap
