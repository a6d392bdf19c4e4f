// Writes records as a traced process does, at a steady rate, with the tracer's own ring.
//   load RING CAPACITY RECORDS RECORDS_A_SECOND
// Prints the nanoseconds it took.
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "../../clients/native/src/ring.h"

namespace {

// Buffers that are live at a time: each is freed when its turn comes again.
constexpr uint64_t kLive = 1000;

uint64_t now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(time.tv_nsec);
}

void write(uint64_t number) {
    const uint64_t place = number / 2 % kLive;
    ttmw::Event event{number % 2 == 0 ? ttmw::Kind::free : ttmw::Kind::allocate};
    event.address = place * 4096;
    event.size = 24576;
    event.bytes_per_bank = 2048;
    event.buffer = reinterpret_cast<const void*>(0x7f0000000000 + place * 64);
    event.allocator = reinterpret_cast<const void*>(0x7e0000000000);
    event.device = 1;
    event.memory_type = 0;
    ttmw::ring_emit(event);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    const uint64_t records = strtoull(argv[3], nullptr, 10);
    const uint64_t rate = strtoull(argv[4], nullptr, 10);
    if (ttmw::ring_open(argv[1], strtoull(argv[2], nullptr, 10), 4096) != 0) return 1;
    const uint64_t begin = now();
    for (uint64_t number = 0; number < records;) {
        const uint64_t due = (now() - begin) * rate / 1'000'000'000u;
        for (; number < due && number < records; ++number) write(number);
        const timespec pause{0, 50'000};
        nanosleep(&pause, nullptr);
    }
    printf("%llu\n", static_cast<unsigned long long>(now() - begin));
    ttmw::ring_end();
    return 0;
}
