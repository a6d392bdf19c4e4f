#include "heap_objects.h"

namespace ttmw::heap {

Objects::~Objects() {
    if (list_ != nullptr) api_.release(list_);
}

bool Objects::list(void* get_objects) {
    list_ = api_.call(get_objects, nullptr);
    const ssize_t size = list_ != nullptr ? api_.list_size(list_) : -1;
    if (size < 0) {
        api_.error_clear();
        return false;
    }
    listed_ = static_cast<size_t>(size);
    objects_.reserve(listed_);
    for (ssize_t i = 0; i < size; ++i) objects_.push_back(api_.list_item(list_, i));
    return true;
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
