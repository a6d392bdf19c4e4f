// Plays one scenario against the fake library with the tracer loaded.
//   driver SCENARIO FAKE_LIBRARY TRACER RING [SECOND_TRACER]
// Prints what the tracer answered, one `name=value` a line.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <functional>
#include <map>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "../../src/changed_blocks.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif

namespace {

template <typename Function>
Function find(void* library, const char* name) {
    void* found = dlsym(library, name);
    if (found == nullptr) {
        fprintf(stderr, "no %s\n", name);
        exit(9);
    }
    return reinterpret_cast<Function>(found);
}

void* load(const char* path) {
    void* library = dlopen(path, RTLD_LAZY | RTLD_GLOBAL);
    if (library == nullptr) {
        fprintf(stderr, "%s\n", dlerror());
        exit(9);
    }
    return library;
}

struct Fake {
    void* (*open)();
    void (*close)(void*);
    void (*clear)(void*);
    void (*free_all)(void*);
    void* (*allocate)(void*, uint64_t, uint32_t);
    bool (*free)(void*, void*, bool);
    explicit Fake(void* l)
        : open(find<decltype(open)>(l, "fake_open")), close(find<decltype(close)>(l, "fake_close")),
          clear(find<decltype(clear)>(l, "fake_clear")), free_all(find<decltype(free_all)>(l, "fake_free_all")),
          allocate(find<decltype(allocate)>(l, "fake_allocate")), free(find<decltype(free)>(l, "fake_free")) {}
};

struct Tracer {
    int (*open)(const char*, uint64_t, uint64_t);
    unsigned (*install)();
    const char* (*reason)();
    int (*check)();
    int (*slots)();
    int (*uninstall)();
    void (*close)();
    void* (*header)();
    void (*enable)(int);
    void (*mark)(uint64_t);
    int (*changes)(int32_t, ttmw::Change*, int);
    explicit Tracer(void* l)
        : open(find<decltype(open)>(l, "ttmw_open")), install(find<decltype(install)>(l, "ttmw_install")),
          reason(find<decltype(reason)>(l, "ttmw_reason")), check(find<decltype(check)>(l, "ttmw_check")),
          slots(find<decltype(slots)>(l, "ttmw_slots")), uninstall(find<decltype(uninstall)>(l, "ttmw_uninstall")),
          close(find<decltype(close)>(l, "ttmw_close")), header(find<decltype(header)>(l, "ttmw_header")),
          enable(find<decltype(enable)>(l, "ttmw_enable")), mark(find<decltype(mark)>(l, "ttmw_mark")),
          changes(find<decltype(changes)>(l, "ttmw_changes")) {}

    void install_and_tell() const {
        const unsigned mask = install();
        printf("mask=%u\nslots=%d\nheld=%d\nreason=%s\n", mask, slots(), check(), reason());
    }
};

struct Play {
    Fake fake;
    Tracer tracer;
    std::string ring;
    const char* second;
    void* allocator;
};

constexpr uint64_t kStacksBytes = 4096;

void begin(const Play& play, uint64_t capacity = 1024) {
    printf("open=%d\n", play.tracer.open(play.ring.c_str(), capacity, kStacksBytes));
    play.tracer.install_and_tell();
}

void basic(Play& play) {
    begin(play);
    auto* context = reinterpret_cast<uint32_t*>(static_cast<char*>(play.tracer.header()) + 192);
    *context = 7;
    void* first = play.fake.allocate(play.allocator, 1000, 0);
    *context = 8;
    void* second = play.fake.allocate(play.allocator, 2000, 3);
    play.tracer.mark(42);
    play.fake.free(play.allocator, first, true);
    play.fake.clear(play.allocator);
    play.fake.free_all(play.allocator);
    play.tracer.enable(0);
    play.fake.free(play.allocator, second, true);
    play.tracer.enable(1);
    play.fake.close(play.allocator);
    play.tracer.close();
    void* late = play.fake.allocate(play.fake.open(), 1, 0);
    printf("late=%d\n", late != nullptr);
}

void throwing(Play& play) {
    begin(play);
    printf("refused=%d\n", play.fake.allocate(play.allocator, 2'000'000, 1) == nullptr);
    void* buffer = play.fake.allocate(play.allocator, 16, 1);
    play.fake.free(play.allocator, buffer, false);
    printf("twice=%d\n", play.fake.free(play.allocator, buffer, true));
}

void churn(Play& play, int rounds) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t) {
        threads.emplace_back([&play, rounds] {
            void* allocator = play.fake.open();
            for (int i = 0; i < rounds; ++i) {
                void* buffer = play.fake.allocate(allocator, static_cast<uint64_t>(i) + 1, 1);
                play.fake.free(allocator, buffer, true);
            }
            play.fake.close(allocator);
        });
    }
    for (std::thread& thread : threads) thread.join();
}

void threads(Play& play) {
    begin(play, 1 << 17);
    churn(play, 5000);
}

void overrun(Play& play) {
    begin(play, 16);
    churn(play, 5000);
}

void forking(Play& play) {
    begin(play);
    play.fake.allocate(play.allocator, 1, 0);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        play.fake.allocate(play.allocator, 2, 0);
        const std::string own = play.ring + ".child";
        const int opened = play.tracer.open(own.c_str(), 16, kStacksBytes);
        play.fake.allocate(play.allocator, 3, 0);
        _exit(opened == 0 ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    printf("child=%d\n", status);
    play.fake.allocate(play.allocator, 4, 0);
}

void end_with(Play& play, const std::function<void()>& end) {
    begin(play);
    for (uint64_t i = 1; i <= 10; ++i) play.fake.allocate(play.allocator, i, 0);
    fflush(stdout);
    end();
}

void two(Play& play) {
    begin(play);
    const Tracer other(load(play.second));
    const unsigned mask = other.install();
    printf("other=%u\nwhy=%s\n", mask, other.reason());
    play.fake.allocate(play.allocator, 1, 0);
}

void uninstall(Play& play) {
    begin(play);
    play.fake.allocate(play.allocator, 1, 0);
    printf("restored=%d\n", play.tracer.uninstall());
    play.fake.allocate(play.allocator, 2, 0);
    play.tracer.install_and_tell();
    play.fake.allocate(play.allocator, 3, 0);
}

void protect(Play& play) {
    printf("mdwe=%d\n", prctl(PR_SET_MDWE, 1, 0, 0, 0));
    begin(play);
    play.fake.allocate(play.allocator, 1, 0);
}

// The device of every allocator of the fake library.
constexpr int32_t kDevice = 5;
constexpr int kRoom = 8;

void tell_changes(const Play& play, const char* when) {
    ttmw::Change changed[kRoom];
    const int count = play.tracer.changes(kDevice, changed, kRoom);
    printf("%s=%d", when, count);
    for (int i = 0; i < count; ++i) {
        printf(" %u:%d", changed[i].memory_type, static_cast<int>(changed[i].bytes_per_bank));
    }
    printf("\n");
}

void changes(Play& play) {
    begin(play);
    tell_changes(play, "nothing");
    void* first = play.fake.allocate(play.allocator, 1000, 0);
    void* second = play.fake.allocate(play.allocator, 2000, 3);
    tell_changes(play, "two");
    tell_changes(play, "again");
    play.fake.free(play.allocator, first, true);
    play.fake.free(play.allocator, play.fake.allocate(play.allocator, 3000, 0), true);
    tell_changes(play, "freed");
    play.fake.clear(play.allocator);
    tell_changes(play, "cleared");
    for (uint64_t i = 1; i <= kRoom + 1; ++i) play.fake.allocate(play.allocator, i, 0);
    tell_changes(play, "many");
    tell_changes(play, "after_many");
    play.tracer.enable(0);
    void* unseen = play.fake.allocate(play.allocator, 1, 0);
    play.tracer.enable(1);
    play.fake.free(play.allocator, unseen, true);
    tell_changes(play, "unseen");
    tell_changes(play, "after_unseen");
    (void)second;
}

void changes_overrun(Play& play) {
    begin(play, 16);
    play.fake.allocate(play.allocator, 1000, 0);
    tell_changes(play, "one");
    for (int i = 0; i < 20; ++i) play.fake.allocate(play.allocator, 1, 0);
    tell_changes(play, "overrun");
    play.fake.allocate(play.allocator, 1000, 0);
    tell_changes(play, "one_more");
}

void unopened(Play& play) {
    play.tracer.install_and_tell();
    printf("works=%d\n", play.fake.allocate(play.allocator, 1, 0) != nullptr);
    printf("again=%d\n", play.tracer.open(play.ring.c_str(), 0, kStacksBytes));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) return 9;
    void* fake = load(argv[2]);
    Play play{Fake(fake), Tracer(load(argv[3])), argv[4], argc > 5 ? argv[5] : nullptr, nullptr};
    play.allocator = play.fake.open();
    // Lazy binding is done for some calls and not for others.
    play.fake.free(play.allocator, play.fake.allocate(play.allocator, 1, 0), true);
    const std::map<std::string, std::function<void()>> scenarios = {
        {"basic", [&] { basic(play); }},
        {"throwing", [&] { throwing(play); }},
        {"threads", [&] { threads(play); }},
        {"overrun", [&] { overrun(play); }},
        {"forking", [&] { forking(play); }},
        {"two", [&] { two(play); }},
        {"uninstall", [&] { uninstall(play); }},
        {"protect", [&] { protect(play); }},
        {"changes", [&] { changes(play); }},
        {"changes-overrun", [&] { changes_overrun(play); }},
        {"unopened", [&] { unopened(play); }},
        {"exit", [&] { end_with(play, [] { _exit(0); }); }},
        {"kill", [&] { end_with(play, [] { raise(SIGKILL); }); }},
        {"segv",
         [&] {
             end_with(play, [] {
                 signal(SIGSEGV, SIG_DFL);
                 raise(SIGSEGV);
             });
         }},
    };
    scenarios.at(argv[1])();
    return 0;
}
