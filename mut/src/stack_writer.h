// The entries of a ring's stacks area (docs/formats.md, "Ring").
#pragma once

#include <cstdint>
#include <cstring>

#include "ring_format.h"

namespace ttmw {

// Writes one entry into the stacks area, and notes that it is full rather than go beyond.
class StackWriter {
  public:
    StackWriter(unsigned char* area, uint64_t used, uint64_t bytes)
        : area_(area), begin_(used), at_(used), end_(bytes) {}

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

}  // namespace ttmw
