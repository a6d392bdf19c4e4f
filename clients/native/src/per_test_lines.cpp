#include "per_test_lines.h"

#include <cstdlib>
#include <ctime>
#include <new>
#include <pthread.h>
#include <unistd.h>

#include "changed_blocks.h"
#include "heap_search.h"
#include "host_memory.h"
#include "linkage_table.h"
#include "objects.h"
#include "operations.h"
#include "per_test_lines_python.h"
#include "python_method.h"
#include "ring.h"
#include "unsent.h"

namespace ttmw::per_test_lines {
namespace {

constexpr char kCapsule[] = "tt_memwatch.per_test_lines";

constexpr uint64_t kNsOfSecond = 1'000'000'000;
constexpr double kUsOfSecond = 1e6;

// A test that begins within this time of the end of another begins with what that one ended with. Between two tests pytest
// takes about a tenth of it.
constexpr uint64_t kSameMomentNs = 1'000'000;

// Where an allocation server listens, unless the variable names another place: server_link.py.
constexpr char kServerVariable[] = "TT_MEMWATCH_SERVER_SOCKET";
constexpr char kServerSocket[] = "/tmp/tt_allocation_server.sock";

// Contexts of a test share all but the last byte of their number.
constexpr uint64_t kContextsOfAGroup = 256;

// Counts the forks that lie between this process and the first.
uint32_t g_generation = 0;

struct Watched {
    int32_t key;
    void* object;
    uint64_t entries;
    double ask_at;
};

// More are never open at once: a board has up to 32 chips, a mesh is one object.
constexpr size_t kWatchedMax = 64;

struct Writer {
    UnsentMemory memory;  // its header is null once it was forgotten
    void* queue;  // a list of Python's
    uint32_t generation;
    bool is_paused = false;
    int64_t host_bytes = kHostUnknown;
    uint64_t host_ns = 0;
    size_t watched_count = 0;
    Watched watched[kWatchedMax] = {};

    bool is_ready(const Python& api) const {
        return memory.header != nullptr && !is_paused && generation == g_generation && api.list_size(queue) == 0;
    }
};

Writer* writer_of(void* capsule) { return static_cast<Writer*>(python()->capsule_pointer(capsule, kCapsule)); }

uint64_t now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<uint64_t>(time.tv_sec) * kNsOfSecond + static_cast<uint64_t>(time.tv_nsec);
}

double seconds(uint64_t ns) { return static_cast<double>(ns) / static_cast<double>(kNsOfSecond); }

void* answer(bool is_there) {
    const Python& api = *python();
    void* given = is_there ? api.yes : api.no;
    api.retain(given);
    return given;
}

void* nothing() {
    python()->retain(python()->none);
    return python()->none;
}

UnsentLine& with_host(UnsentLine& line, int64_t bytes) {
    if (bytes != kHostUnknown) line.text(",\"hostBytes\":").number(static_cast<uint64_t>(bytes));
    return line.text("}");
}

// Calls a function with what it needs, if it was given so many arguments and there is somewhere to write to, if it does.
template <ssize_t Count, bool (*function)(const Python&, Writer&, Arguments&), bool writes = true>
void* called(void* capsule, void* const* first, ssize_t count) {
    const Python& api = *python();
    Writer& writer = *writer_of(capsule);
    if (count != Count || (writes && !writer.is_ready(api))) return answer(false);
    Arguments arguments(api, first);
    return answer(function(api, writer, arguments));
}

bool begin(const Python& api, Writer& writer, Arguments& arguments) {
    const Text test(api, arguments, 0), base(api, arguments, 2), options(api, arguments, 4);
    const uint64_t attempt = arguments.integer(1), index = arguments.integer(3);
    if (!arguments.are_right()) return false;
    int64_t bytes = kHostUnknown;
    if (arguments.flag(5)) {
        const bool is_known = writer.host_bytes != kHostUnknown && now() - writer.host_ns < kSameMomentNs;
        bytes = is_known ? writer.host_bytes : host_memory_own_bytes();
    }
    UnsentLine line(writer.memory);
    line.text("{\"kind\":\"test-begin\",\"test\":").quoted(test.view()).text(",\"attempt\":").number(attempt);
    line.text(",\"base\":").quoted(base.view()).text(",\"index\":").number(index).text(",").text(options.view());
    return with_host(line, bytes).show();
}

bool end(const Python& api, Writer& writer, Arguments& arguments) {
    const Text test(api, arguments, 0), outcome(api, arguments, 2);
    const uint64_t attempt = arguments.integer(1);
    const double began = arguments.real(3);
    // What is missing is to be said as well.
    if (!arguments.are_right() || linkage_held() < linkage_total()) return false;
    const bool looks = arguments.flag(4);
    writer.host_bytes = looks ? host_memory_own_bytes() : kHostUnknown;
    const uint64_t at_ns = writer.host_ns = now();
    const double took_us = (seconds(at_ns) - began) * kUsOfSecond;
    UnsentLine line(writer.memory);
    line.text("{\"kind\":\"test-end\",\"test\":").quoted(test.view()).text(",\"attempt\":").number(attempt);
    line.text(",\"outcome\":").quoted(outcome.view()).text(",\"durationMs\":");
    line.decimal(took_us > 0 ? static_cast<uint64_t>(took_us) : 0).text(",\"atNs\":").number(at_ns);
    return with_host(line, writer.host_bytes).show();
}

bool is_server_there() {
    const char* named = getenv(kServerVariable);
    return access(named != nullptr && *named != '\0' ? named : kServerSocket, F_OK) == 0;
}

bool enter(const Python& api, Writer& writer, Arguments& arguments) {
    const Text head(api, arguments, 0);
    const uint64_t number = arguments.integer(1);
    Header* header = ring_header();
    if (!arguments.are_right() || header == nullptr || (arguments.flag(2) && is_server_there())) return false;
    UnsentLine line(writer.memory);
    line.text(head.view()).number(number).text(",\"group\":").number(number / kContextsOfAGroup);
    line.text(",\"atNs\":").number(now()).text("}");
    if (!line.show()) return false;
    __atomic_store_n(&header->context, static_cast<uint32_t>(number), __ATOMIC_RELAXED);
    operations_resume();
    return true;
}

// What a method without arguments gives; null where it raised.
void* asked(const Python& api, void* device, void* method) {
    void* found = api.call_method(method, &device, 1, nullptr);
    if (found == nullptr) api.error_clear();
    return found;
}

bool has_submeshes(const Python& api, void* device) {
    static void* const name = api.text("get_submeshes");
    void* meshes = asked(api, device, name);
    if (meshes == nullptr) return true;
    // -1 where it is no list.
    const bool has_any = api.list_size(meshes) != 0;
    if (api.error() != nullptr) api.error_clear();
    api.release(meshes);
    return has_any;
}

bool has_entries(const Python& api, void* device, uint64_t wanted) {
    static void* const name = api.text("num_program_cache_entries");
    void* entries = asked(api, device, name);
    if (entries == nullptr) return false;
    const uint64_t found = api.integer(entries);
    if (api.error() != nullptr) api.error_clear();
    api.release(entries);
    return found == wanted;
}

bool is_as_it_was(const Python& api, const Watched& watched, double now_s) {
    if (now_s >= watched.ask_at || !changes_are_none(watched.key)) return false;
    void* device = objects_borrow(watched.object);
    if (device == nullptr) return false;
    const bool is_same = !has_submeshes(api, device) && has_entries(api, device, watched.entries);
    api.release(device);
    return is_same;
}

bool look(const Python& api, Writer& writer, Arguments& arguments) {
    const Text moment(api, arguments, 0);
    const double now_s = seconds(now());
    bool is_same = arguments.are_right() && writer.watched_count > 0;
    for (size_t at = 0; is_same && at < writer.watched_count; ++at) {
        is_same = is_as_it_was(api, writer.watched[at], now_s);
    }
    // Others may have run meanwhile, and written.
    if (!is_same || !writer.is_ready(api)) return false;
    UnsentLine line(writer.memory);
    for (size_t at = 0; at < writer.watched_count; ++at) {
        line.text(at == 0 ? "" : "\n").text("{\"kind\":\"unchanged\",\"device\":");
        line.number(static_cast<uint64_t>(writer.watched[at].key));
        line.text(",\"moment\":").quoted(moment.view()).text("}");
    }
    return line.show();
}

bool watch(const Python&, Writer& writer, Arguments& arguments) {
    const uint64_t key = arguments.integer(0), address = arguments.integer(1), entries = arguments.integer(2);
    const double ask_at = arguments.real(3);
    if (!arguments.are_right() || writer.watched_count == kWatchedMax) return false;
    writer.watched[writer.watched_count++] = {static_cast<int32_t>(key), reinterpret_cast<void*>(address), entries,
                                              ask_at};
    return true;
}

void* watch_none(void* capsule, void* const*, ssize_t) {
    writer_of(capsule)->watched_count = 0;
    return nothing();
}

void* pause(void* capsule, void* const* first, ssize_t count) {
    writer_of(capsule)->is_paused = count == 1 && first[0] == python()->yes;
    return nothing();
}

void* forget(void* capsule, void* const*, ssize_t) {
    writer_of(capsule)->memory.header = nullptr;
    return nothing();
}

const Method kMethods[] = {
    method("begin", called<6, begin>, kFastCall),
    method("end", called<5, end>, kFastCall),
    method("enter", called<3, enter>, kFastCall),
    method("look", called<1, look>, kFastCall),
    method("watch", called<4, watch, false>, kFastCall),
    method("watch_none", watch_none, kFastCall),
    method("pause", pause, kFastCall),
    method("forget", forget, kFastCall),
};
constexpr ssize_t kFunctions = sizeof kMethods / sizeof *kMethods;

void end_writer(void* capsule) {
    Writer* writer = writer_of(capsule);
    python()->release(writer->queue);
    delete writer;
}

void* capsule_of(const Python& api, const UnsentMemory& memory, void* queue) {
    auto* writer = new (std::nothrow) Writer{memory, queue, g_generation};
    if (writer == nullptr) return nullptr;
    api.retain(queue);
    void* capsule = api.capsule_new(writer, kCapsule, end_writer);
    if (capsule != nullptr) return capsule;
    api.release(queue);
    delete writer;
    return nullptr;
}

void forget_parent() {
    ++g_generation;
    host_memory_forget();
}

}  // namespace

bool is_usable() { return heap::is_usable() && python() != nullptr; }

void* make(void* memory, uint64_t capacity, void* queue) {
    static const int is_registered = pthread_atfork(nullptr, nullptr, forget_parent);
    // A suite may count its open files at the beginning and at the end: this one is there both times.
    host_memory_own_bytes();
    const Python& api = *python();
    void* capsule =
        is_registered == 0 ? capsule_of(api, {static_cast<UnsentHeader*>(memory), capacity}, queue) : nullptr;
    void* functions = capsule != nullptr ? api.tuple_new(kFunctions) : nullptr;
    for (ssize_t at = 0; functions != nullptr && at < kFunctions; ++at) {
        void* function = api.function_new(&kMethods[at], capsule, nullptr);
        if (function != nullptr && api.tuple_set(functions, at, function) == 0) continue;
        api.release(functions);
        functions = nullptr;
    }
    if (capsule != nullptr) api.release(capsule);
    api.error_clear();
    return functions;
}

}  // namespace ttmw::per_test_lines
