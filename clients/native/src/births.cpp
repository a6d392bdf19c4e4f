#include "births.h"

#include <new>

#include "frames.h"
#include "heap_search.h"
#include "python_method.h"

namespace ttmw::births {
namespace {

constexpr char kCapsule[] = "tt_memwatch.noter";

constexpr ssize_t kArguments = 3;

void end(void* capsule) { delete static_cast<Noter*>(python()->capsule_pointer(capsule, kCapsule)); }

// Whatever happens here, nothing is lost but what would be noted.
void* note(void* capsule, void* const* arguments, ssize_t count) {
    const Python& api = *python();
    if (count != kArguments) return retained(api, api.none).give();
    void* const result = arguments[0];
    try {
        static_cast<Noter*>(api.capsule_pointer(capsule, kCapsule))->note(result, arguments[1], arguments[2]);
    } catch (const Failed&) {
        // The program must not notice.
    }
    return retained(api, result).give();
}

const Method kNote = method("note", note, kFastCall);

// What ends the noter when it ends; null where there is no memory for either.
void* capsule_of(const Python& api, Noter* noter) {
    void* capsule = noter != nullptr ? api.capsule_new(noter, kCapsule, end) : nullptr;
    if (capsule == nullptr) delete noter;
    return capsule;
}

}  // namespace

bool is_usable() { return heap::is_usable() && python() != nullptr && frames_find() && frames_are_known(); }

void* make_noter(const Setting& setting) {
    const Python& api = *python();
    try {
        const Owned capsule(api, capsule_of(api, new (std::nothrow) Noter(api, setting)));
        return Owned(api, api.function_new(&kNote, capsule.get(), nullptr)).give();
    } catch (const Failed&) {
        return nullptr;
    }
}

}  // namespace ttmw::births
