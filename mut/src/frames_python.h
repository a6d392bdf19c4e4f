// CPython, as far as its stacks are looked at, by name: the tracer runs in any interpreter, and in programs that have none.
#pragma once

namespace ttmw {

struct Python {
    const char* (*version)();
    int (*is_initialized)();
    void* (*running_thread)();
    void* (*own_thread)();
    void* (*interpreter_of)(void* thread_state);
    void* (*main_interpreter)();
    void* (*thread_frame)(void* thread_state);
    void* (*frame_back)(void* frame);
    void* (*frame_code)(void* frame);
    int (*frame_line)(void* frame);
    int (*code_line)(void* code, int instruction_offset);
    int (*gc_disable)();
    int (*gc_enable)();
    void* (*attribute)(void* object, const char* name);
    const char* (*utf8)(void* text);
    long (*integer)(void* number);
    void (*release)(void* object);
    void (*retain)(void* object);
    void (*error_fetch)(void**, void**, void**);
    void (*error_restore)(void*, void*, void*);
    void (*error_clear)();
    // Since 3.12 running_thread is null on a thread that does not hold its GIL.
    bool knows_own_thread;
};

// Null where there is no Python, or it lacks any of these.
const Python* python();

// No collection while we look: it could free tensors, and so come back into a hook. And no error of ours, nor loss of one
// that was there.
class Undisturbed {
  public:
    explicit Undisturbed(const Python& api) : api_(api), had_gc_(api.gc_disable()) {
        api_.error_fetch(&type_, &value_, &traceback_);
    }
    ~Undisturbed() {
        api_.error_restore(type_, value_, traceback_);
        if (had_gc_) api_.gc_enable();
    }
    Undisturbed(const Undisturbed&) = delete;
    Undisturbed& operator=(const Undisturbed&) = delete;

  private:
    const Python& api_;
    int had_gc_;
    void *type_, *value_, *traceback_;
};

}  // namespace ttmw
