#include "frames.h"

#include <algorithm>
#include <cstring>

#include "frames_python.h"
#include "probe.h"

namespace ttmw {
namespace {

// Where an interpreter keeps its frames, in bytes. None of it is part of an interface, but it does not change within a
// minor version; what is said here is proved on a real stack before it is used.
struct Layout {
    const char* version;  // as Py_GetVersion begins
    int holder;  // in the thread's state: what points to that which has the current frame; kNone: the state has it
    int current;
    // In a frame.
    int previous;
    int code;
    int at;  // address of its instruction; where frames are objects, which have no owner, the instruction's index
    int owner;
    // In a code object.
    int first_traceable;
    int instructions;
};
constexpr int kNone = -1;
constexpr Layout kLayouts[] = {
    {"3.10.", kNone, 24, 24, 32, 96, kNone, kNone, 0},
    {"3.11.", 56, 8, 48, 32, 56, 69, 168, 184},
    {"3.12.", 56, 0, 8, 0, 56, 70, 176, 192},
    {"3.13.", kNone, 72, 8, 0, 56, 70, 184, 200},
};

constexpr intptr_t kInstructionBytes = 2;
// As Python's `f_lasti` has it.
constexpr int kNotBegun = -1;
// Owners of a frame, as CPython numbers them.
constexpr char kOwnedByThread = 0, kOwnedByGenerator = 1, kOwnedByC = 3;
// Of a code object's `co_flags`: generators, coroutines and asynchronous generators.
constexpr long kGeneratorFlags = 0x20 | 0x80 | 0x200;

// Frames that have to be the same for a layout to be believed; fewer prove nothing.
constexpr int kProofMin = 2, kProofMax = 64;

// Null: frames are asked for as objects.
const Layout* g_layout = nullptr;

struct Direct {
    template <typename T>
    bool operator()(const void* object, int offset, T* value) const {
        memcpy(value, static_cast<const char*>(object) + offset, sizeof(T));
        return true;
    }
};

// For a layout that is not proved yet.
struct Probed {
    template <typename T>
    bool operator()(const void* object, int offset, T* value) const {
        return probe_read(static_cast<const char*>(object) + offset, value, sizeof(T));
    }
};

template <typename Read>
bool first_frame(const Layout& layout, Read read, void* state, void** frame) {
    void* holder = state;
    if (layout.holder != kNone && !read(state, layout.holder, &holder)) return false;
    return read(holder, layout.current, frame);
}

// Where a code object's instructions begin; the code itself where only their index is known.
intptr_t begin_of(const Layout& layout, void* code) { return reinterpret_cast<intptr_t>(code) + layout.instructions; }

// What Python hides: a frame that has not begun to run its function, and one that C code put there.
template <typename Read>
bool look(const Layout& layout, Read read, void* frame, Position* position, char* owner, bool* is_hidden) {
    if (!read(frame, layout.owner, owner)) return false;
    *is_hidden = *owner == kOwnedByC;
    if (*is_hidden) return true;
    if (!read(frame, layout.code, &position->code) || !read(frame, layout.at, &position->at)) return false;
    if (*owner == kOwnedByGenerator) return true;
    int first;
    if (!read(position->code, layout.first_traceable, &first)) return false;
    *is_hidden = position->at < begin_of(layout, position->code) + first * kInstructionBytes;
    return true;
}

// The same where each frame is an object.
template <typename Read>
bool look_at_object(const Layout& layout, Read read, void* frame, Position* position, bool* is_hidden) {
    int index;
    if (!read(frame, layout.code, &position->code) || !read(frame, layout.at, &index)) return false;
    position->at = begin_of(layout, position->code) + index * kInstructionBytes;
    *is_hidden = false;
    return true;
}

// How many there are, or kNone where something cannot be read. `owners` may be null.
template <typename Read>
int walk(const Layout& layout, Read read, Position* positions, char* owners, int room) {
    void* frame;
    if (!first_frame(layout, read, python()->running_thread(), &frame)) return kNone;
    int count = 0;
    while (frame != nullptr && count < room) {
        bool is_hidden;
        char owner = 0;
        const bool is_read = layout.owner == kNone ? look_at_object(layout, read, frame, &positions[count], &is_hidden)
                                                   : look(layout, read, frame, &positions[count], &owner, &is_hidden);
        if (!is_read || !read(frame, layout.previous, &frame)) return kNone;
        if (owners != nullptr) owners[count] = owner;
        if (!is_hidden) ++count;
    }
    return count;
}

int walk_objects(Position* positions, int room) {
    const Python& api = *python();
    const Undisturbed undisturbed(api);
    int count = 0;
    void* frame = api.thread_frame(api.running_thread());
    while (frame != nullptr && count < room) {
        void* code = api.frame_code(frame);
        positions[count++] = {code, api.frame_line(frame)};
        api.release(code);
        void* outer = api.frame_back(frame);
        api.release(frame);
        frame = outer;
    }
    if (frame != nullptr) api.release(frame);
    return count;
}

int instruction_in(const Layout& layout, const Position& position) {
    return static_cast<int>(position.at - begin_of(layout, position.code));
}

int line_in(const Layout& layout, const Position& position) {
    return python()->code_line(position.code, instruction_in(layout, position));
}

bool is_of_generator(void* code) {
    const Python& api = *python();
    void* flags = api.attribute(code, "co_flags");
    if (flags == nullptr) return false;
    const bool is_one = (api.integer(flags) & kGeneratorFlags) != 0;
    api.release(flags);
    return is_one;
}

// Against what Python's own functions say of the same frames.
bool is_right(const Layout& layout) {
    Position walked[kProofMax], asked[kProofMax];
    char owners[kProofMax];
    const int count = walk(layout, Probed(), walked, owners, kProofMax);
    if (count < kProofMin || count != walk_objects(asked, kProofMax)) return false;
    const Undisturbed undisturbed(*python());
    for (int i = 0; i < count; ++i) {
        if (walked[i].code != asked[i].code || line_in(layout, walked[i]) != asked[i].at) return false;
        const char owner = is_of_generator(walked[i].code) ? kOwnedByGenerator : kOwnedByThread;
        if (layout.owner != kNone && owners[i] != owner) return false;
    }
    return true;
}

const Layout* layout_of(const char* version) {
    for (const Layout& layout : kLayouts) {
        if (strncmp(version, layout.version, strlen(layout.version)) == 0) return &layout;
    }
    return nullptr;
}

}  // namespace

bool frames_find() {
    const Python* api = python();
    if (api == nullptr) return false;
    const Layout* layout = layout_of(api->version());
    if (g_layout == nullptr && layout != nullptr && is_right(*layout)) g_layout = layout;
    return true;
}

bool frames_may_look() {
    const Python& api = *python();
    void* state = api.running_thread();
    // Before 3.12 that is the thread that holds the GIL, whichever it is.
    if (state == nullptr || (!api.knows_own_thread && state != api.own_thread())) return false;
    return api.interpreter_of(state) == api.main_interpreter();
}

int frames_walk(Position* positions, int room) {
    return g_layout == nullptr ? walk_objects(positions, room) : walk(*g_layout, Direct(), positions, nullptr, room);
}

int frames_line(const Position& position) {
    return g_layout == nullptr ? static_cast<int>(position.at) : line_in(*g_layout, position);
}

bool frames_are_known() { return g_layout != nullptr; }

int frames_instruction(const Position& position) { return std::max(instruction_in(*g_layout, position), kNotBegun); }

void frames_use_objects() { g_layout = nullptr; }

bool frames_agree() {
    const Layout* layout = python() == nullptr ? nullptr : layout_of(python()->version());
    return layout != nullptr && is_right(*layout);
}

}  // namespace ttmw
