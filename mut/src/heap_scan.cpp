#include "heap_scan.h"

#include <new>

namespace ttmw::heap {

Scan::Scan(const Python& api, Objects& objects, Kinds& kinds, const AddressMap& targets)
    : api_(api), objects_(objects), kinds_(kinds), targets_(targets), marks_(objects.size(), 0) {}

bool Scan::ask(uint32_t index) {
    void* object = objects_.at(index);
    const Kind& kind = kinds_.to_ask(type_of(object));
    if (kind.how == How::unknown) return false;
    if (kind.how == How::never) {
        if (kind.is_wanted) sought_.push_back(index);
        return true;
    }
    owner_ = index;
    depth_ = 0;
    traverse(api_, kind, object, visit, this);
    open_waiting();
    return true;
}

void Scan::finish() {
    flush();
    while (!to_open_.empty()) {
        open_waiting();
        flush();
    }
    hand_on_hits();
}

// No exception may pass through the interpreter's functions.
int Scan::visit(void* referent, void* self) {
    auto* scan = static_cast<Scan*>(self);
    try {
        scan->show(referent);
        return 0;
    } catch (const std::bad_alloc&) {
        scan->is_out_of_memory_ = true;
        return -1;
    }
}

void Scan::show(void* referent) {
    if (referent == api_.none) return;
    __builtin_prefetch(referent);
    waiting_[shown_++ % kWaiting] = {referent, owner_, depth_};
    if (shown_ - looked_ > kLag) look(waiting_[looked_++ % kWaiting]);
}

void Scan::flush() {
    while (looked_ < shown_) look(waiting_[looked_++ % kWaiting]);
}

void Scan::look(const Shown& shown) {
    void* type = type_of(shown.object);
    if (type == api_.text_type) return;  // every second one
    const Kind& kind = kinds_.of(type);
    if (!kind.is_of_interest) return;
    if (shown.depth == 0 && !kind.is_named) marks_[shown.owner] |= mark_of(shown.object);
    if (kind.is_openable) {
        if (shown.depth < kMaxDepth && !api_.is_tracked(shown.object)) to_open_.push_back(shown);
    } else if (kind.is_wanted) {
        if (!api_.is_tracked(shown.object)) hits_.push_back({shown.owner, shown.object, shown.depth > 0});
    } else if (kind.is_array) {
        look_at_array(shown);
    }
}

void Scan::look_at_array(const Shown& shown) {
    arrays_.add(shown.object);
    if (targets_.has(shown.object)) hits_.push_back({shown.owner, shown.object, shown.depth > 0});
}

void Scan::open_waiting() {
    while (!to_open_.empty()) {
        const Shown shown = to_open_.back();
        to_open_.pop_back();
        open(shown);
    }
}

void Scan::open(const Shown& shown) {
    owner_ = shown.owner;
    if (size_of(shown.object) >= kShared) {
        const auto next = kFirstShared + static_cast<uint32_t>(shared_.size());
        const uint32_t number = shared_.add(shown.object, next);
        references_.push_back({shown.owner, number});
        if (number != next) return;
        owner_ = number;
    }
    depth_ = static_cast<uint8_t>(shown.depth + 1);
    traverse(api_, kinds_.to_ask(type_of(shown.object)), shown.object, visit, this);
}

ssize_t Scan::size_of(void* container) const {
    return type_of(container) == api_.tuple_type ? api_.tuple_size(container) : api_.dict_size(container);
}

// What is in a shared container is in all that refer to it; one may be in another.
void Scan::hand_on_hits() {
    std::vector<void*> found(shared_.size(), nullptr);
    size_t kept = 0;
    for (const Hit& hit : hits_) {
        if (hit.owner >= kFirstShared) {
            found[hit.owner - kFirstShared] = hit.found;
        } else {
            hits_[kept++] = hit;
        }
    }
    hits_.resize(kept);
    while (hand_on(found)) continue;
    for (const Reference& reference : references_) {
        void* hit = found[reference.shared - kFirstShared];
        if (hit != nullptr && reference.owner < kFirstShared) hits_.push_back({reference.owner, hit, true});
    }
}

bool Scan::hand_on(std::vector<void*>& found) const {
    bool is_news = false;
    for (const Reference& reference : references_) {
        void* hit = found[reference.shared - kFirstShared];
        if (hit == nullptr || reference.owner < kFirstShared) continue;
        void*& above = found[reference.owner - kFirstShared];
        if (above != nullptr) continue;
        above = hit;
        is_news = true;
    }
    return is_news;
}

}  // namespace ttmw::heap
