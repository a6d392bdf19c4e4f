#include "stacks.h"

#include <cstring>
#include <dlfcn.h>

#include "ring.h"

namespace ttmw {
namespace {

// CPython, as far as it is used, by name: the tracer runs in any interpreter, and in programs that have none.
struct Python {
    int (*is_initialized)();
    int (*holds_gil)();
    void* (*thread_state)();
    void* (*frame)(void* thread_state);
    void* (*back)(void* frame);
    void* (*code)(void* frame);
    int (*line)(void* frame);
    int (*gc_disable)();
    int (*gc_enable)();
    void* (*attribute)(void* object, const char* name);
    const char* (*utf8)(void* text);
    void (*release)(void* object);
    void (*retain)(void* object);
    void (*error_fetch)(void**, void**, void**);
    void (*error_restore)(void*, void*, void*);
    void (*error_clear)();
} g_python;

struct Frame {
    void* code;
    int line;
};

// Distinct stacks and their frames that are remembered: what comes after is counted as dropped. Untouched pages cost nothing.
constexpr uint32_t kStacksMax = 1 << 15;
constexpr uint32_t kTableSize = kStacksMax * 2;
constexpr uint32_t kFramesMax = kStacksMax * 8;

struct Known {
    uint64_t hash;
    uint32_t number;  // 0: this place is free
    uint32_t first_frame;
    uint32_t frames;
};

// All guarded by the GIL.
int g_depth = 0;
Known g_known[kTableSize];
Frame g_frames[kFramesMax];
uint32_t g_stacks_used = 0;
uint32_t g_frames_used = 0;
thread_local uint32_t t_remembered = 0;

template <typename T>
bool find(T* function, const char* name) {
    *reinterpret_cast<void**>(function) = dlsym(RTLD_DEFAULT, name);
    return *function != nullptr;
}

bool find_python() {
    static const bool has_all =
        find(&g_python.is_initialized, "Py_IsInitialized") & find(&g_python.holds_gil, "PyGILState_Check") &
        find(&g_python.thread_state, "PyThreadState_Get") & find(&g_python.frame, "PyThreadState_GetFrame") &
        find(&g_python.back, "PyFrame_GetBack") & find(&g_python.code, "PyFrame_GetCode") &
        find(&g_python.line, "PyFrame_GetLineNumber") & find(&g_python.gc_disable, "PyGC_Disable") &
        find(&g_python.gc_enable, "PyGC_Enable") & find(&g_python.attribute, "PyObject_GetAttrString") &
        find(&g_python.utf8, "PyUnicode_AsUTF8") & find(&g_python.release, "Py_DecRef") &
        find(&g_python.retain, "Py_IncRef") & find(&g_python.error_fetch, "PyErr_Fetch") &
        find(&g_python.error_restore, "PyErr_Restore") & find(&g_python.error_clear, "PyErr_Clear");
    return has_all;
}

uint64_t mix(uint64_t hash, uint64_t value) { return (hash ^ value) * 0x100000001b3u; }

// The innermost frames, innermost first. The frames run while we look, so their code outlives the look.
int walk(Frame* frames, uint64_t* hash) {
    int count = 0;
    void* frame = g_python.frame(g_python.thread_state());
    while (frame != nullptr && count < g_depth) {
        void* code = g_python.code(frame);
        frames[count] = {code, g_python.line(frame)};
        g_python.release(code);
        *hash = mix(mix(*hash, reinterpret_cast<uint64_t>(code)), static_cast<uint64_t>(frames[count].line));
        void* outer = g_python.back(frame);
        g_python.release(frame);
        frame = outer;
        ++count;
    }
    if (frame != nullptr) g_python.release(frame);
    return count;
}

bool is_same(const Known& known, const Frame* frames, int count) {
    if (known.frames != static_cast<uint32_t>(count)) return false;
    for (int i = 0; i < count; ++i) {
        const Frame& other = g_frames[known.first_frame + static_cast<uint32_t>(i)];
        if (other.code != frames[i].code || other.line != frames[i].line) return false;
    }
    return true;
}

// Writes one entry into the stacks area, and notes that it is full rather than go beyond.
class Writer {
  public:
    Writer(unsigned char* area, uint64_t used, uint64_t bytes) : area_(area), begin_(used), at_(used), end_(bytes) {}

    void begin(uint32_t number, uint32_t frames) {
        u32(0);
        u32(number);
        u32(frames);
        number_ = number;
    }

    void frame(uint32_t line, const char* file, const char* name) {
        u32(line);
        u16(length_of(file));
        u16(length_of(name));
        bytes(file, length_of(file));
        bytes(name, length_of(name));
        while (!is_full_ && at_ % 4 != 0) bytes("", 1);
    }

    // Makes the entry visible to readers. False: it did not fit.
    bool finish(Header* header) {
        if (is_full_) return false;
        const auto size = static_cast<uint32_t>(at_ - begin_);
        memcpy(area_ + begin_, &size, sizeof size);
        header->stacks_count = number_;
        __atomic_store_n(&header->stacks_used, at_, __ATOMIC_RELEASE);
        return true;
    }

  private:
    static uint16_t length_of(const char* text) {
        const size_t length = strlen(text);
        return static_cast<uint16_t>(length < 0xffff ? length : 0xffff);
    }

    void u32(uint32_t value) { bytes(&value, sizeof value); }
    void u16(uint16_t value) { bytes(&value, sizeof value); }
    void bytes(const void* data, size_t size) {
        is_full_ = is_full_ || size > end_ - at_;
        if (is_full_) return;
        memcpy(area_ + at_, data, size);
        at_ += size;
    }

    unsigned char* area_;
    uint64_t begin_;
    uint64_t at_;
    uint64_t end_;
    uint32_t number_ = 0;
    bool is_full_ = false;
};

// A text attribute of a code object; the caller releases `owner`. Empty where there is none.
const char* text_of(void* code, const char* name, void** owner) {
    *owner = g_python.attribute(code, name);
    const char* text = *owner == nullptr ? nullptr : g_python.utf8(*owner);
    if (text == nullptr) g_python.error_clear();
    return text == nullptr ? "" : text;
}

void write_frame(Writer* writer, const Frame& frame) {
    void *file_owner, *name_owner;
    const char* file = text_of(frame.code, "co_filename", &file_owner);
    const char* name = text_of(frame.code, "co_qualname", &name_owner);
    if (name_owner == nullptr) name = text_of(frame.code, "co_name", &name_owner);
    writer->frame(static_cast<uint32_t>(frame.line), file, name);
    if (file_owner != nullptr) g_python.release(file_owner);
    if (name_owner != nullptr) g_python.release(name_owner);
}

// Writes a stack that was not seen before. False: there is no room for it.
bool publish(const Frame* frames, int count, uint32_t number) {
    Header* header = ring_header();
    uint64_t bytes = 0;
    unsigned char* area = ring_stacks(&bytes);
    if (header == nullptr || area == nullptr) return false;
    Writer writer(area, header->stacks_used, bytes);
    writer.begin(number, static_cast<uint32_t>(count));
    for (int i = 0; i < count; ++i) write_frame(&writer, frames[i]);
    return writer.finish(header);
}

uint32_t drop() {
    if (Header* header = ring_header()) header->stacks_dropped += 1;
    return 0;
}

uint32_t intern(const Frame* frames, int count, uint64_t hash) {
    uint32_t place = static_cast<uint32_t>(hash >> 32) & (kTableSize - 1);
    for (; g_known[place].number != 0; place = (place + 1) & (kTableSize - 1)) {
        if (g_known[place].hash == hash && is_same(g_known[place], frames, count)) return g_known[place].number;
    }
    if (g_stacks_used == kStacksMax || kFramesMax - g_frames_used < static_cast<uint32_t>(count)) return drop();
    if (!publish(frames, count, g_stacks_used + 1)) return drop();
    for (int i = 0; i < count; ++i) {
        // Kept for ever, so that its address never comes to mean another function.
        g_python.retain(frames[i].code);
        g_frames[g_frames_used + static_cast<uint32_t>(i)] = frames[i];
    }
    g_known[place] = {hash, ++g_stacks_used, g_frames_used, static_cast<uint32_t>(count)};
    g_frames_used += static_cast<uint32_t>(count);
    return g_stacks_used;
}

uint32_t number_with_gil() {
    // A collection while we look could free tensors, and so come back into a hook.
    const int had_gc = g_python.gc_disable();
    void *type, *value, *traceback;
    g_python.error_fetch(&type, &value, &traceback);
    Frame frames[kDepthMax];
    uint64_t hash = 0xcbf29ce484222325u;
    const int count = walk(frames, &hash);
    const uint32_t number = count == 0 ? 0 : intern(frames, count, hash);
    g_python.error_restore(type, value, traceback);
    if (had_gc) g_python.gc_enable();
    return number;
}

}  // namespace

bool stacks_set_depth(int depth) {
    if (depth < 0 || depth > kDepthMax || (depth > 0 && !find_python())) return false;
    __atomic_store_n(&g_depth, depth, __ATOMIC_RELEASE);
    if (Header* header = ring_header()) header->stack_depth = static_cast<uint32_t>(depth);
    return true;
}

void stacks_remember() {
    if (__atomic_load_n(&g_depth, __ATOMIC_ACQUIRE) > 0) t_remembered = number_with_gil();
}

uint32_t stacks_number() {
    if (__atomic_load_n(&g_depth, __ATOMIC_ACQUIRE) == 0 || !g_python.is_initialized()) return 0;
    return g_python.holds_gil() ? number_with_gil() : t_remembered;
}
uint32_t stacks_add_name(const char* name) {
    Header* header = ring_header();
    uint64_t bytes = 0;
    unsigned char* area = ring_stacks(&bytes);
    if (header == nullptr || area == nullptr || g_stacks_used == kStacksMax) return drop();
    Writer writer(area, header->stacks_used, bytes);
    writer.begin(g_stacks_used + 1, 1);
    writer.frame(0, "", name);
    return writer.finish(header) ? ++g_stacks_used : drop();
}

void stacks_forget() {
    memset(g_known, 0, sizeof g_known);
    g_stacks_used = 0;
    g_frames_used = 0;
    t_remembered = 0;
}

}  // namespace ttmw
