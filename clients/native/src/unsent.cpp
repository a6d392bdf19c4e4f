#include "unsent.h"

#include <charconv>
#include <cstring>

namespace ttmw {
namespace {

constexpr char kHexadecimal[] = "0123456789abcdef";
// Below it characters have to be escaped.
constexpr unsigned char kFirstPrinted = 0x20;
constexpr size_t kDigitsMax = 20;

}  // namespace

void UnsentLine::put(char character) {
    if (at_ == end_) {
        has_room_ = false;
    } else {
        *at_++ = character;
    }
}

UnsentLine& UnsentLine::text(std::string_view text) {
    if (static_cast<size_t>(end_ - at_) < text.size()) {
        has_room_ = false;
        return *this;
    }
    memcpy(at_, text.data(), text.size());
    at_ += text.size();
    return *this;
}

UnsentLine& UnsentLine::quoted(std::string_view utf8) {
    put('"');
    for (const char each : utf8) {
        const auto code = static_cast<unsigned char>(each);
        if (code < kFirstPrinted) {
            text("\\u00");
            put(kHexadecimal[code >> 4]);
            put(kHexadecimal[code & 0xf]);
            continue;
        }
        if (each == '"' || each == '\\') put('\\');
        put(each);
    }
    put('"');
    return *this;
}

UnsentLine& UnsentLine::number(uint64_t number) {
    char digits[kDigitsMax];
    const char* end = std::to_chars(digits, digits + kDigitsMax, number).ptr;
    return text({digits, static_cast<size_t>(end - digits)});
}

UnsentLine& UnsentLine::decimal(uint64_t thousandths) {
    number(thousandths / 1000);
    put('.');
    for (uint64_t part = 100; part > 0; part /= 10) put(static_cast<char>('0' + thousandths / part % 10));
    return *this;
}

bool UnsentLine::show() {
    put('\n');
    if (!has_room_) return false;
    const auto written = static_cast<uint64_t>(at_ - begin_);
    __atomic_store_n(&memory_.header->length, memory_.header->length + written, __ATOMIC_RELEASE);
    return true;
}

}  // namespace ttmw
