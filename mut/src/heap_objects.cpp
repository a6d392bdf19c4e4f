#include "heap_objects.h"

#include <new>

namespace ttmw::heap {

Objects::~Objects() {
    if (list_ != nullptr) api_.release(list_);
}

bool Objects::list(void* get_objects) {
    if (api_.visit_objects != nullptr) {
        api_.visit_objects(add, this);
        if (is_out_of_memory_) throw std::bad_alloc();
        return true;
    }
    list_ = api_.call(get_objects, nullptr);
    if (list_ == nullptr || api_.list_size(list_) < 0) {
        api_.error_clear();
        return false;
    }
    take(list_);
    listed_ = objects_.size();
    return true;
}

void Objects::take(void* list) {
    const ssize_t size = api_.list_size(list);
    objects_.reserve(static_cast<size_t>(size));
    for (ssize_t i = 0; i < size; ++i) objects_.push_back(api_.list_item(list, i));
}

// No exception may pass through the interpreter's functions.
int Objects::add(void* object, void* self) {
    auto* objects = static_cast<Objects*>(self);
    try {
        objects->objects_.push_back(object);
        return 1;
    } catch (const std::bad_alloc&) {
        objects->is_out_of_memory_ = true;
        return 0;
    }
}

void Objects::add_frozen(void* modules, Kinds& kinds, AddressSet* unknown) {
    seen_ = AddressMap(objects_.size() * 2);
    for (void* object : objects_) seen_.add(object, 0);
    kinds_ = &kinds;
    consider(modules);
    ssize_t position = 0;
    void* module = nullptr;
    while (api_.dict_next(modules, &position, nullptr, &module)) consider(module);
    for (size_t i = 0; i < objects_.size(); ++i) {
        const Kind& kind = kinds.to_ask(type_of(objects_[i]));
        if (kind.how == How::unknown) unknown->add(kind.type);
        traverse(api_, kind, objects_[i], note, this);
    }
    seen_ = AddressMap();
}

int Objects::note(void* referent, void* self) {
    static_cast<Objects*>(self)->consider(referent);
    return 0;
}

void Objects::consider(void* object) {
    if (!kinds_->of(type_of(object)).is_gc || seen_.has(object) || !api_.is_tracked(object)) return;
    seen_.add(object, 0);
    objects_.push_back(object);
}

int traverse(const Python& api, const Kind& kind, void* object, Visit visit, void* argument) {
    switch (kind.how) {
        case How::together:
        case How::type: return kind.traverse(object, visit, argument);
        case How::module: {
            void* dict = api.module_dict(object);
            return dict != nullptr ? visit(dict, argument) : 0;
        }
        case How::never:
        case How::unknown: return 0;
    }
    return 0;
}

}  // namespace ttmw::heap
