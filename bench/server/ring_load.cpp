// Writes the ring of a traced process, with the tracer's own code.
//   ring_load RING CAPACITY LIVE
// Reads lines: "fill" allocates LIVE buffers, "churn RECORDS RATE" frees them in turn and allocates them again, RATE
// records a second, 0 for as fast as can be. Answers each line with one when it is done.
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "../../clients/native/src/ring.h"

namespace {

constexpr uint64_t kAllocator = 0x7e0000000000;

uint64_t now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(time.tv_nsec);
}

void write(ttmw::Kind kind, uint64_t place) {
    ttmw::Event event{kind};
    event.address = place * 4096;
    event.size = 24576;
    event.bytes_per_bank = 2048;
    event.buffer = reinterpret_cast<const void*>(0x7f0000000000 + place * 64);
    event.allocator = reinterpret_cast<const void*>(kAllocator);
    event.device = 1;
    event.memory_type = 0;
    event.place = {1, 12, 32, 0};
    ttmw::ring_emit(event);
}

void churn(uint64_t records, uint64_t rate, uint64_t live) {
    static uint64_t number = 0;
    const uint64_t begin = now();
    for (uint64_t written = 0; written < records;) {
        const uint64_t due = rate == 0 ? records : (now() - begin) * rate / 1'000'000'000u;
        for (; written < due && written < records; ++written, ++number) {
            write(number % 2 == 0 ? ttmw::Kind::free : ttmw::Kind::allocate, number / 2 % live);
        }
        const timespec pause{0, 1'000'000};
        if (rate != 0) nanosleep(&pause, nullptr);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const uint64_t live = strtoull(argv[3], nullptr, 10);
    if (ttmw::ring_open(argv[1], strtoull(argv[2], nullptr, 10), 4096) != 0) return 1;
    printf("ready\n");
    fflush(stdout);
    char line[128];
    while (fgets(line, sizeof line, stdin) != nullptr) {
        unsigned long long records = 0;
        unsigned long long rate = 0;
        if (sscanf(line, "churn %llu %llu", &records, &rate) == 2) {
            churn(records, rate, live);
        } else {
            for (uint64_t place = 0; place < live; ++place) write(ttmw::Kind::allocate, place);
        }
        printf("done\n");
        fflush(stdout);
    }
    ttmw::ring_end();
    return 0;
}
