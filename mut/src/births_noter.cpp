#include "births_noter.h"

namespace ttmw::births {
namespace {

// Which part of a birth is what.
constexpr ssize_t kOperation = 0, kSite = 1, kNumbers = 2;

template <typename Each>
void each_object(const Setting& setting, Each each) {
    for (void* object :
         {setting.births, setting.tensor_type, setting.operation, setting.calls_test, setting.sets_up_fixture}) {
        each(object);
    }
}

// Calls `look` with each part of a list or tuple, until it gives something.
template <typename Look>
Owned first_of(const Python& api, void* sequence, Look look) {
    const bool is_list = heap::type_of(sequence) == api.list_type;
    const auto size = is_list ? api.list_size : api.tuple_size;
    const auto item = is_list ? api.list_item : api.tuple_item;
    for (ssize_t i = 0; i < size(sequence); ++i) {
        // Other threads may change a list while a tensor is asked.
        const Owned part = retained(api, item(sequence, i));
        if (Owned found = look(part.get())) return found;
    }
    return Owned();
}

bool is_sequence(const Python& api, void* object) {
    void* type = heap::type_of(object);
    return type == api.list_type || type == api.tuple_type;
}

}  // namespace

Noter::Noter(const Python& api, const Setting& setting)
    : api_(api), setting_(setting), tensors_(api, setting.tensor_type, setting.have_unique_numbers != 0),
      sites_(api, setting.calls_test, setting.sets_up_fixture, setting.frames_max) {
    each_object(setting_, api_.retain);
}

Noter::~Noter() { each_object(setting_, api_.release); }

void Noter::note(void* result, void* args, void* kwargs) {
    if (tensors_.is_one(result)) {
        note_tensor(result, args, kwargs);
    } else if (is_sequence(api_, result)) {
        first_of(api_, result, [&](void* part) {
            if (tensors_.is_one(part)) note_tensor(part, args, kwargs);
            return Owned();
        });
    }
}

void Noter::note_tensor(void* tensor, void* args, void* kwargs) {
    const Owned number = tensors_.number(tensor);
    const bool is_unique = setting_.have_unique_numbers != 0;
    if (!number || (is_unique && older(number, args, kwargs))) return;
    const Owned place = tensors_.place(tensor);
    const Owned known = birth_at(place);
    if (known && done(api_, api_.contains(api_.tuple_item(known.get(), kNumbers), number.get())) == 1) return;
    const Owned had_it = is_unique ? Owned() : older(place, args, kwargs);
    if (!had_it) {
        add(place, number, args);
    } else if (known) {
        join(place, known, had_it, number);
    }
}

Owned Noter::birth_at(const Owned& place) const {
    void* found = api_.dict_get(setting_.births, place.get());
    if (found != nullptr) return retained(api_, found);
    api_.error_clear();
    return Owned();
}

// The argument that has the buffer of a result, by its number or place; null if there is none.
Owned Noter::older(const Owned& mark, void* args, void* kwargs) const {
    if (Owned found = first_of(api_, args, [&](void* value) { return older_in(mark, value); })) return found;
    ssize_t position = 0;
    void* value = nullptr;
    while (api_.dict_next(kwargs, &position, nullptr, &value)) {
        if (Owned found = older_in(mark, value)) return found;
    }
    return Owned();
}

Owned Noter::older_in(const Owned& mark, void* value) const {
    const auto itself = [&](void* object) {
        return tensors_.is_one(object) && has(object, mark) ? retained(api_, object) : Owned();
    };
    return is_sequence(api_, value) ? first_of(api_, value, itself) : itself(value);
}

bool Noter::has(void* tensor, const Owned& mark) const {
    return setting_.have_unique_numbers != 0 ? tensors_.has_number(tensor, mark) : tensors_.has_place(tensor, mark);
}

void Noter::add(const Owned& place, const Owned& number, void* args) {
    if (api_.dict_size(setting_.births) >= setting_.records_max) api_.dict_clear(setting_.births);
    const Owned site = sites_.here(), operation = name_of_operation(args),
                numbers(api_, api_.tuple_pack(1, number.get()));
    const Owned birth(api_, api_.tuple_pack(3, operation.get(), site.get(), numbers.get()));
    done(api_, api_.dict_set(setting_.births, place.get(), birth.get()));
}

// A view of the older tensor, or written in place: of the birth that is known to be its.
void Noter::join(const Owned& place, const Owned& birth, const Owned& older, const Owned& number) const {
    void* numbers = api_.tuple_item(birth.get(), kNumbers);
    const Owned its_number = tensors_.number(older.get());
    if (!its_number || done(api_, api_.contains(numbers, its_number.get())) == 0) return;
    if (api_.tuple_size(numbers) >= setting_.numbers_max) return;
    const Owned one_more(api_, api_.tuple_pack(1, number.get())), all(api_, api_.concatenate(numbers, one_more.get())),
        joined(api_, api_.tuple_pack(3, api_.tuple_item(birth.get(), kOperation), api_.tuple_item(birth.get(), kSite),
                                     all.get()));
    done(api_, api_.dict_set(setting_.births, place.get(), joined.get()));
}

Owned Noter::name_of_operation(void* args) const {
    if (setting_.operation != api_.none) return retained(api_, setting_.operation);
    static void* const name = api_.text("python_fully_qualified_name");
    return Owned(api_, api_.attribute(api_.tuple_item(args, 0), name));
}

}  // namespace ttmw::births
