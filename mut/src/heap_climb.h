// From objects to what refers to them, level by level, by the marks of one scan.
#pragma once

#include <vector>

#include "heap_addresses.h"
#include "heap_kinds.h"
#include "heap_objects.h"
#include "heap_scan.h"

namespace ttmw::heap {

struct Edge {
    void* owner;
    void* target;
};

// When a step has to end, on the monotonic clock.
class Deadline {
  public:
    explicit Deadline(double seconds);
    bool is_over() const;

  private:
    double at_;
};

class Climb {
  public:
    // Of objects with a name of their own, `named` or of a named type, nobody asks what refers to them. What is `own` was made by
    // the search itself.
    Climb(const Python& api, const Objects& objects, Kinds& kinds, const AddressMap& named, const AddressMap& own);

    // What refers to the targets, to what refers to them, and so on. It ends where a level is too wide to be asked for on
    // a guess.
    void up(std::vector<void*> targets, const std::vector<Mark>& marks, const Deadline& deadline);

    // What refers to the targets among objects that may not be asked: addresses are compared, no reference is taken and
    // nothing that is shown is read, so this is no more than a collection does.
    void foreign(const std::vector<void*>& targets, const Deadline& deadline);

    const std::vector<Edge>& edges() const { return edges_; }
    // Objects of which all that refers to them is among the edges.
    const std::vector<void*>& expanded() const { return expanded_; }
    bool is_out_of_memory() const { return is_out_of_memory_; }

    bool is_own(void* object) const { return own_.has(object); }
    // Whether it is of interest what refers to an object.
    bool is_open(void* object) const;

  private:
    static int visit(void* referent, void* self);
    bool level(const std::vector<void*>& targets, const std::vector<Mark>& marks, const Deadline& deadline);
    std::vector<void*> above(size_t first_edge);
    void ask(uint32_t index);

    const Python& api_;
    const Objects& objects_;
    Kinds& kinds_;
    const AddressMap& named_;
    const AddressMap& own_;
    AddressSet met_;
    AddressMap targets_;
    std::vector<Edge> edges_;
    std::vector<void*> expanded_;
    void* owner_ = nullptr;
    bool is_out_of_memory_ = false;
};

}  // namespace ttmw::heap
