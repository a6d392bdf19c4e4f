#include "heap_kinds.h"

#include <unordered_map>

namespace ttmw::heap {
namespace {

// Of CPython's stable interface.
constexpr int kTraverseSlot = 71;  // Py_tp_traverse
constexpr unsigned long kHeapType = 1ul << 9;  // Py_TPFLAGS_HEAPTYPE
constexpr unsigned long kHaveGc = 1ul << 14;  // Py_TPFLAGS_HAVE_GC

constexpr int kFirstBits = 12;
constexpr size_t kSpare = 2;

// From this many known types on, those that have ended are let go of.
constexpr size_t kFirstPurge = 16384;

struct Known {
    void* reference;  // to a type on the heap; null for those that never end
    How how;
};

// All guarded by the GIL.
std::unordered_map<void*, Known>& known_types() {
    static auto* known = new std::unordered_map<void*, Known>();
    return *known;
}
size_t g_purge_at = kFirstPurge;

// The weak reference that all ask for without a callback is one and the same for as long as the type lives, and every
// class has it from the start: its bases know it by that.
void* reference_to(const Python& api, void* type) {
    void* reference = api.weak_reference(type, nullptr);
    if (reference == nullptr) api.error_clear();
    return reference;
}

bool has_ended(const Python& api, const Known& known) {
    if (known.reference == nullptr) return false;
    void* type = api.call(known.reference, nullptr);
    if (type == nullptr) api.error_clear();
    const bool is_over = type == nullptr || type == api.none;
    if (type != nullptr) api.release(type);
    return is_over;
}

void purge(const Python& api) {
    auto& types = known_types();
    for (auto at = types.begin(); at != types.end();) {
        if (has_ended(api, at->second)) {
            api.release(at->second.reference);
            at = types.erase(at);
        } else {
            ++at;
        }
    }
    g_purge_at = kFirstPurge + types.size() * 2;
}

}  // namespace

bool learn(const Python& api, void* type, How how) {
    auto& types = known_types();
    if (types.size() >= g_purge_at) purge(api);
    void* reference = nullptr;
    if (api.type_flags(type) & kHeapType) {
        reference = reference_to(api, type);
        if (reference == nullptr) return false;
    }
    const auto [at, is_new] = types.insert({type, Known{reference, how}});
    if (is_new) return true;
    if (at->second.reference != nullptr) api.release(at->second.reference);
    at->second = Known{reference, how};
    return true;
}

How recall_type(const Python& api, void* type) {
    auto& types = known_types();
    const auto at = types.find(type);
    if (at == types.end()) return How::unknown;
    const bool is_on_heap = api.type_flags(type) & kHeapType;
    void* reference = is_on_heap ? reference_to(api, type) : nullptr;
    const bool is_same = reference == at->second.reference;
    if (reference != nullptr) api.release(reference);
    return is_same ? at->second.how : How::unknown;
}

Kinds::Kinds(const Python& api, const Interests& interests)
    : api_(api), interests_(interests), slots_(size_t{1} << kFirstBits, Kind{}), shift_(64 - kFirstBits) {}

size_t Kinds::meet(void* type, size_t at) {
    if (++used_ * kSpare > slots_.size()) {
        std::vector<Kind> before(slots_.size() * 2, Kind{});
        before.swap(slots_);
        --shift_;
        for (const Kind& kind : before) {
            if (kind.type != nullptr) slots_[place_of(kind.type)] = kind;
        }
        at = place_of(type);
    }
    slots_[at] = describe(type);
    return at;
}

Kind Kinds::describe(void* type) const {
    Kind kind{};
    kind.type = type;
    kind.is_gc = api_.type_flags(type) & kHaveGc;
    kind.is_wanted = is_any_of(type, interests_.wanted_types);
    kind.is_openable = type == api_.tuple_type || type == api_.dict_type;
    kind.is_array = type == interests_.array_type;
    kind.is_of_interest = kind.is_gc || kind.is_wanted || kind.is_array;
    kind.is_named = api_.is_subtype(type, api_.type_type) || api_.is_subtype(type, api_.module_type) ||
                    is_any_of(type, interests_.named_types);
    return kind;
}

bool Kinds::is_any_of(void* type, void* bases) const {
    for (ssize_t i = 0; i < api_.tuple_size(bases); ++i) {
        if (api_.is_subtype(type, api_.tuple_item(bases, i))) return true;
    }
    return false;
}

void Kinds::recall(Kind& kind) const {
    kind.is_asked = true;
    kind.how = recall_type(api_, kind.type);
    void* owner = kind.how == How::type ? api_.type_type : kind.type;
    kind.traverse = reinterpret_cast<Traverse>(api_.get_slot(owner, kTraverseSlot));
    if (kind.traverse == nullptr && kind.how == How::together) kind.how = How::never;
}

}  // namespace ttmw::heap
