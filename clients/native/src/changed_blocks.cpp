#include "changed_blocks.h"

#include <map>
#include <new>
#include <unordered_map>
#include <utility>

#include "ring.h"
#include "ring_format.h"

namespace ttmw {
namespace {

// How often a record that another thread is writing is looked at again. Writing takes less than a microsecond.
constexpr int kPatience = 10'000;

struct Block {
    int32_t device;
    uint32_t memory_type;
    uint64_t address;
    uint64_t bytes_per_bank;
};

using Where = std::pair<uint32_t, uint64_t>;  // memory type and address

// Bytes per bank when changes were last asked for, and now; the two differ.
struct Size {
    uint64_t before;
    uint64_t now;
};

struct Device {
    std::map<Where, Size> changed;
    uint64_t doubts_told = 0;
};

// Follows the ring from its first record. What it cannot make sense of is a doubt about all devices, until each was reported.
class Follower {
  public:
    void follow() {
        Header* header = ring_header();
        const uint64_t head = __atomic_load_n(&header->head, __ATOMIC_ACQUIRE);
        if (head - at_ > header->capacity) lose(head - header->capacity);
        while (at_ < head) {
            Record record;
            if (!read(*header, &record)) {
                lose(head);
                return;
            }
            ++at_;
            apply(record);
        }
    }

    int take(int32_t id, Change* out, int room) {
        Device& device = devices_[id];
        const bool is_known = device.doubts_told == doubts_ && device.changed.size() <= static_cast<size_t>(room);
        int count = 0;
        if (is_known) {
            for (const auto& [where, bytes] : device.changed)
                out[count++] = Change{where.second, bytes.now, where.first, 0};
        }
        device.changed.clear();
        device.doubts_told = doubts_;
        return is_known ? count : kNotKnown;
    }

    bool are_none(int32_t id) const {
        const auto found = devices_.find(id);
        return found != devices_.end() && found->second.doubts_told == doubts_ && found->second.changed.empty();
    }

    // Goes on from here without what was before.
    void lose(uint64_t head) {
        at_ = head;
        live_.clear();
        ++doubts_;
    }

  private:
    bool read(Header& header, Record* record) const {
        Record* source = reinterpret_cast<Record*>(reinterpret_cast<char*>(&header) + header.header_bytes) +
                         (at_ & (header.capacity - 1));
        for (int tries = 0; tries < kPatience; ++tries) {
            if (__atomic_load_n(&source->seq, __ATOMIC_ACQUIRE) != at_ + 1) continue;
            *record = *source;
            // Adds nothing: what was read before cannot have been read after it.
            return __atomic_fetch_add(&source->seq, 0, __ATOMIC_ACQ_REL) == at_ + 1;
        }
        return false;
    }

    void apply(const Record& record) {
        switch (static_cast<Kind>(record.kind)) {
            case Kind::allocate: allocate(record); break;
            case Kind::free: free(record); break;
            case Kind::allocator_cleared:
            case Kind::allocator_destroyed: clear(record.allocator); break;
            // Whether it was freed nobody knows.
            case Kind::free_failed: ++doubts_; break;
            default: break;
        }
    }

    void allocate(const Record& record) {
        const uint64_t unit = record.place.unit;
        if (record.device < 0 || record.memory_type == kUnknown || unit == 0 || record.bytes_per_bank == 0) {
            ++doubts_;
            return;
        }
        const uint64_t bytes = (record.bytes_per_bank + unit - 1) / unit * unit;
        const Block block{record.device, record.memory_type, record.address, bytes};
        live_[record.allocator][record.buffer] = block;
        set(block, 0, bytes);
    }

    void free(const Record& record) {
        auto& buffers = live_[record.allocator];
        const auto found = buffers.find(record.buffer);
        if (found == buffers.end()) {
            ++doubts_;
            return;
        }
        end(found->second);
        buffers.erase(found);
    }

    void clear(uint64_t allocator) {
        const auto found = live_.find(allocator);
        if (found == live_.end()) return;
        for (const auto& [buffer, block] : found->second) end(block);
        live_.erase(found);
    }

    void end(const Block& block) { set(block, block.bytes_per_bank, 0); }

    // `before`: what was there, unless that changed already.
    void set(const Block& block, uint64_t before, uint64_t now) {
        auto& changed = devices_[block.device].changed;
        const auto at = changed.try_emplace({block.memory_type, block.address}, Size{before, now}).first;
        at->second.now = now;
        if (at->second.before == now) changed.erase(at);
    }

    uint64_t at_ = 0;
    uint64_t doubts_ = 0;
    std::unordered_map<uint64_t, std::unordered_map<uint64_t, Block>> live_;  // by allocator and buffer
    std::unordered_map<int32_t, Device> devices_;
};

Follower* g_follower = nullptr;

}  // namespace

int changes_take(int32_t device, Change* out, int room) {
    if (ring_header() == nullptr) return kNotKnown;
    try {
        if (g_follower == nullptr) g_follower = new Follower;
        g_follower->follow();
        return g_follower->take(device, out, room);
    } catch (const std::bad_alloc&) {
        if (g_follower != nullptr) g_follower->lose(__atomic_load_n(&ring_header()->head, __ATOMIC_ACQUIRE));
        return kNotKnown;
    }
}

bool changes_are_none(int32_t device) {
    if (!ring_is_recording() || g_follower == nullptr) return false;
    try {
        g_follower->follow();
        return g_follower->are_none(device);
    } catch (const std::bad_alloc&) {
        g_follower->lose(__atomic_load_n(&ring_header()->head, __ATOMIC_ACQUIRE));
        return false;
    }
}

// Not deleted: the child may have been forked while another thread of the parent was in it.
void changes_forget() { g_follower = nullptr; }

}  // namespace ttmw
