#include "heap_climb.h"

#include <algorithm>
#include <ctime>
#include <new>

namespace ttmw::heap {
namespace {

// Levels that are climbed at once, as in holders/climb.py.
constexpr int kMaxLevels = 24;

// Up to this many targets, those whose marks fit are asked (0.6 % of all for each target); beyond that all are.
constexpr size_t kFew = 24;

// A level beyond this is climbed only if the paths through it turn out to be needed.
constexpr size_t kMaxLevel = 4096;

// Objects between two looks at the clock.
constexpr size_t kStride = 4096;

// How far ahead headers of objects are asked for.
constexpr size_t kAhead = 8;

double now_s() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Numbers of the marks from `first` on, up to a stride, that fit any of the wanted ones; all that are not empty where
// there are none of these. Without branches: few fit.
size_t fitting(const std::vector<Mark>& marks, size_t first, const std::vector<Mark>& wanted, uint32_t* found) {
    const size_t end = std::min(marks.size(), first + kStride);
    size_t count = 0;
    for (size_t i = first; i < end; ++i) {
        bool fits = wanted.empty() && marks[i] != 0;
        for (const Mark each : wanted) fits |= (marks[i] & each) == each;
        found[count] = static_cast<uint32_t>(i);
        count += fits;
    }
    return count;
}

}  // namespace

Deadline::Deadline(double seconds) : at_(now_s() + seconds) {}

bool Deadline::is_over() const { return now_s() > at_; }

Climb::Climb(const Python& api, const Objects& objects, Kinds& kinds, const AddressMap& named, const AddressMap& own)
    : api_(api), objects_(objects), kinds_(kinds), named_(named), own_(own) {}

void Climb::up(std::vector<void*> targets, const std::vector<Mark>& marks, const Deadline& deadline) {
    for (void* target : targets) met_.add(target);
    for (int i = 0; i < kMaxLevels && !targets.empty(); ++i) {
        if (i > 0 && targets.size() > kMaxLevel) return;
        const size_t first_edge = edges_.size();
        if (!level(targets, marks, deadline)) {
            edges_.resize(first_edge);
            return;
        }
        expanded_.insert(expanded_.end(), targets.begin(), targets.end());
        targets = above(first_edge);
    }
}

bool Climb::level(const std::vector<void*>& targets, const std::vector<Mark>& marks, const Deadline& deadline) {
    targets_ = AddressMap(targets.size());
    std::vector<Mark> wanted;
    for (void* target : targets) {
        targets_.add(target, 0);
        if (targets.size() <= kFew) wanted.push_back(mark_of(target));
    }
    uint32_t found[kStride];
    for (size_t first = 0; first < marks.size(); first += kStride) {
        if (deadline.is_over()) return false;
        const size_t count = fitting(marks, first, wanted, found);
        for (size_t i = 0; i < count; ++i) {
            __builtin_prefetch(objects_.at(found[std::min(i + kAhead, count - 1)]));
            ask(found[i]);
        }
    }
    return !is_out_of_memory_;
}

void Climb::foreign(const std::vector<void*>& targets, const Deadline& deadline) {
    targets_ = AddressMap(targets.size());
    for (void* target : targets) targets_.add(target, 0);
    for (uint32_t i = 0; i < objects_.size(); ++i) {
        if (i % kStride == 0 && deadline.is_over()) return;
        owner_ = objects_.at(i);
        const Kind& kind = kinds_.to_ask(type_of(owner_));
        if (kind.how == How::never && kind.traverse != nullptr) kind.traverse(owner_, visit, this);
    }
}

std::vector<void*> Climb::above(size_t first_edge) {
    std::vector<void*> found;
    for (size_t i = first_edge; i < edges_.size(); ++i) {
        void* owner = edges_[i].owner;
        if (met_.has(owner)) continue;
        met_.add(owner);
        if (is_open(owner)) found.push_back(owner);
    }
    return found;
}

bool Climb::is_open(void* object) const {
    return !own_.has(object) && !named_.has(object) && !kinds_.of(type_of(object)).is_named;
}

void Climb::ask(uint32_t index) {
    owner_ = objects_.at(index);
    if (own_.has(owner_)) return;
    traverse(api_, kinds_.to_ask(type_of(owner_)), owner_, visit, this);
}

// No exception may pass through the interpreter's functions.
int Climb::visit(void* referent, void* self) {
    auto* climb = static_cast<Climb*>(self);
    if (!climb->targets_.has(referent)) return 0;
    auto& edges = climb->edges_;
    if (!edges.empty() && edges.back().owner == climb->owner_ && edges.back().target == referent) return 0;
    try {
        edges.push_back({climb->owner_, referent});
        return 0;
    } catch (const std::bad_alloc&) {
        climb->is_out_of_memory_ = true;
        return -1;
    }
}

}  // namespace ttmw::heap
