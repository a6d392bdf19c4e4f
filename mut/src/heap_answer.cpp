#include "heap_answer.h"

#include <initializer_list>

namespace ttmw::heap {
namespace {

enum Status : long { kNoTime = 0, kComplete = 1, kUnknownTypes = 2 };

using Numbers = std::vector<uint32_t>;

// A new list of objects.
void* list_of(const Python& api, const std::vector<void*>& objects) {
    void* list = api.list_new(static_cast<ssize_t>(objects.size()));
    if (list == nullptr) return nullptr;
    for (size_t i = 0; i < objects.size(); ++i) {
        api.retain(objects[i]);
        api.list_set(list, static_cast<ssize_t>(i), objects[i]);
    }
    return list;
}

void* bytes_of(const Python& api, const Numbers& numbers) {
    const auto* data = reinterpret_cast<const char*>(numbers.data());
    return api.bytes(data, static_cast<ssize_t>(numbers.size() * sizeof(uint32_t)));
}

// A new tuple of parts, which are let go of; null if one of them is.
template <typename... Parts>
void* tuple_of(const Python& api, Parts... parts) {
    const bool has_all = (... && (parts != nullptr));
    void* tuple = has_all ? api.tuple_pack(sizeof...(parts), parts...) : nullptr;
    for (void* part : {static_cast<void*>(parts)...}) {
        if (part != nullptr) api.release(part);
    }
    if (tuple == nullptr) api.error_clear();
    return tuple;
}

struct Parts {
    AddressSet nodes;
    Numbers pairs, nested, edges, expanded, sought, arrays;

    void add_hits(const Objects& objects, const Scan& scan, const Climb& climb) {
        for (const Hit& hit : scan.hits()) {
            void* owner = objects.at(hit.owner);
            if (climb.is_own(owner)) continue;
            if (hit.is_nested) {
                nested.push_back(nodes.add(owner));
            } else {
                pairs.push_back(nodes.add(owner));
                pairs.push_back(nodes.add(hit.found));
            }
        }
    }

    void add_climb(const Climb& climb) {
        for (const Edge& edge : climb.edges()) {
            edges.push_back(nodes.add(edge.owner));
            edges.push_back(nodes.add(edge.target));
        }
        for (void* object : climb.expanded()) expanded.push_back(nodes.add(object));
    }
};

}  // namespace

void* answer(const Python& api, bool is_complete, const Objects& objects, const Scan& scan, const Climb& climb) {
    Parts parts;
    parts.add_hits(objects, scan, climb);
    parts.add_climb(climb);
    for (const uint32_t index : scan.sought()) parts.sought.push_back(parts.nodes.add(objects.at(index)));
    for (void* array : scan.arrays()) parts.arrays.push_back(parts.nodes.add(array));
    return tuple_of(api, api.integer(is_complete ? kComplete : kNoTime), list_of(api, parts.nodes.items()),
                    bytes_of(api, parts.pairs), bytes_of(api, parts.nested), bytes_of(api, parts.edges),
                    bytes_of(api, parts.expanded), bytes_of(api, parts.sought), bytes_of(api, parts.arrays));
}

void* answer_unknown(const Python& api, const AddressSet& types) {
    return tuple_of(api, api.integer(kUnknownTypes), list_of(api, types.items()));
}

}  // namespace ttmw::heap
