#include "stacks.h"

#include "frames.h"
#include "frames_python.h"
#include "ring.h"
#include "stack_table.h"
#include "stack_writer.h"

namespace ttmw {
namespace {

// All guarded by the GIL.
int g_depth = 0;
// A stack's number by the instructions its frames are at, which are there to be read; and by their lines, which have to be
// looked up: a stack is written once, although a line has many instructions.
StackTable g_by_instruction;
StackTable g_by_line;
// Numbers given, to stacks and to names.
uint32_t g_numbers = 0;
constexpr uint32_t kNumbersMax = 1 << 15;
thread_local uint32_t t_remembered = 0;

// A text attribute of a code object; the caller releases `owner`. Empty where there is none.
const char* text_of(void* code, const char* name, void** owner) {
    const Python& api = *python();
    *owner = api.attribute(code, name);
    const char* text = *owner == nullptr ? nullptr : api.utf8(*owner);
    if (text == nullptr) api.error_clear();
    return text == nullptr ? "" : text;
}

void write_frame(StackWriter* writer, const Position& frame) {
    const Python& api = *python();
    void *file_owner, *name_owner;
    const char* file = text_of(frame.code, "co_filename", &file_owner);
    const char* name = text_of(frame.code, "co_qualname", &name_owner);
    if (name_owner == nullptr) name = text_of(frame.code, "co_name", &name_owner);
    writer->frame(static_cast<uint32_t>(frame.at), file, name);
    if (file_owner != nullptr) api.release(file_owner);
    if (name_owner != nullptr) api.release(name_owner);
}

// Writes a stack, by its lines, that was not seen before. False: there is no room for it.
bool publish(const Position* lines, int count, uint32_t number) {
    Header* header = ring_header();
    uint64_t bytes = 0;
    unsigned char* area = ring_stacks(&bytes);
    if (header == nullptr || area == nullptr) return false;
    StackWriter writer(area, header->stacks_used, bytes);
    writer.begin(number, static_cast<uint32_t>(count));
    for (int i = 0; i < count; ++i) write_frame(&writer, lines[i]);
    return writer.finish(header);
}

uint32_t drop() {
    if (Header* header = ring_header()) header->stacks_dropped += 1;
    return 0;
}

void remember(StackTable* table, const Position* frames, int count, uint64_t hash, uint32_t number) {
    // Kept for ever, so that its address never comes to mean another function.
    for (int i = 0; i < count; ++i) python()->retain(frames[i].code);
    table->add(frames, count, hash, number);
}

uint32_t number_by_line(const Position* lines, int count) {
    const uint64_t hash = stack_hash(lines, count);
    if (const uint32_t number = g_by_line.find(lines, count, hash)) return number;
    if (g_numbers == kNumbersMax || !g_by_line.has_room(count)) return drop();
    if (!publish(lines, count, g_numbers + 1)) return drop();
    remember(&g_by_line, lines, count, hash, ++g_numbers);
    return g_numbers;
}

uint32_t learn(const Position* frames, int count, uint64_t hash) {
    const Undisturbed undisturbed(*python());
    Position lines[kDepthMax];
    for (int i = 0; i < count; ++i) lines[i] = {frames[i].code, frames_line(frames[i])};
    const uint32_t number = number_by_line(lines, count);
    if (number != 0 && g_by_instruction.has_room(count)) remember(&g_by_instruction, frames, count, hash, number);
    return number;
}

uint32_t number_of_frames() {
    Position frames[kDepthMax];
    const int count = frames_walk(frames, g_depth);
    if (count == 0) return 0;
    const uint64_t hash = stack_hash(frames, count);
    const uint32_t number = g_by_instruction.find(frames, count, hash);
    return number != 0 || !python()->is_initialized() ? number : learn(frames, count, hash);
}

bool is_wanted() { return __atomic_load_n(&g_depth, __ATOMIC_ACQUIRE) > 0; }

}  // namespace

bool stacks_set_depth(int depth) {
    if (depth < 0 || depth > kDepthMax || (depth > 0 && !frames_find())) return false;
    __atomic_store_n(&g_depth, depth, __ATOMIC_RELEASE);
    if (Header* header = ring_header()) header->stack_depth = static_cast<uint32_t>(depth);
    return true;
}

void stacks_remember() {
    if (is_wanted()) t_remembered = frames_may_look() ? number_of_frames() : 0;
}

uint32_t stacks_number() {
    if (!is_wanted()) return 0;
    return frames_may_look() ? number_of_frames() : t_remembered;
}

uint32_t stacks_add_name(const char* name) {
    Header* header = ring_header();
    uint64_t bytes = 0;
    unsigned char* area = ring_stacks(&bytes);
    if (header == nullptr || area == nullptr || g_numbers == kNumbersMax) return drop();
    StackWriter writer(area, header->stacks_used, bytes);
    writer.begin(g_numbers + 1, 1);
    writer.frame(0, "", name);
    return writer.finish(header) ? ++g_numbers : drop();
}

void stacks_forget() {
    g_by_instruction.clear();
    g_by_line.clear();
    g_numbers = 0;
    t_remembered = 0;
}

}  // namespace ttmw
