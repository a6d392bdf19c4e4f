// What is said to the engine and not sent yet, in memory that it reads as well: docs/formats.md, "Unsent messages".
#pragma once

#include <cstdint>
#include <string_view>

namespace ttmw {

struct UnsentHeader {
    uint64_t begin;
    uint64_t length;
};

// The memory that a plugin made. One thread at a time writes to it.
struct UnsentMemory {
    UnsentHeader* header;
    uint64_t capacity;  // bytes behind the header
};

// Puts a line behind what waits there. Until it is shown nobody sees it.
class UnsentLine {
  public:
    explicit UnsentLine(const UnsentMemory& memory)
        : memory_(memory), begin_(reinterpret_cast<char*>(memory.header + 1) + memory.header->length), at_(begin_),
          end_(reinterpret_cast<char*>(memory.header + 1) + memory.capacity) {}

    UnsentLine& text(std::string_view text);
    // In quotes, as JSON has it. `utf8` is valid.
    UnsentLine& quoted(std::string_view utf8);
    UnsentLine& number(uint64_t number);
    // With three decimals. `thousandths` of it.
    UnsentLine& decimal(uint64_t thousandths);
    // Lets the engine see it. False, and nothing is there: there was no room.
    bool show();

  private:
    void put(char character);

    const UnsentMemory& memory_;
    char* const begin_;
    char* at_;
    char* const end_;
    bool has_room_ = true;
};

}  // namespace ttmw
