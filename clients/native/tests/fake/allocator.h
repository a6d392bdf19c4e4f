// A library with the names the tracer looks for and none of tt-metal: an allocator that counts addresses up.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

#ifndef FAKE_API
#define FAKE_API __attribute__((visibility("default")))
#endif

namespace tt::tt_metal {

namespace distributed {
class FAKE_API MeshDevice {
  public:
    virtual ~MeshDevice() = default;
    virtual int id() const;
    std::vector<int> get_device_ids() const;
};
}  // namespace distributed

enum class BufferType : uint32_t {};

class FAKE_API Buffer {
  public:
    Buffer(distributed::MeshDevice* device, uint64_t size, uint32_t type) : device_(device), size_(size), type_(type) {}
    uint32_t address() const;
    uint64_t size() const;
    uint64_t page_size() const;
    uint64_t num_pages() const;
    uint64_t aligned_size_per_bank() const;
    bool is_allocated() const;
    uint32_t buffer_type() const;
    distributed::MeshDevice* device() const;
    uint64_t unique_id() const;

    uint64_t place_ = 0;

  private:
    distributed::MeshDevice* device_;
    uint64_t size_;
    uint32_t type_;
};

class FAKE_API AllocatorImpl {
  public:
    ~AllocatorImpl();
#ifdef FAKE_RENAMED
    uint64_t allocate_any_buffer(Buffer* buffer);
#else
    uint64_t allocate_buffer(Buffer* buffer);
#endif
    void deallocate_buffer(Buffer* buffer);
    void deallocate_buffers();
    void clear();
    uint32_t get_num_banks(const BufferType& type) const;
    uint32_t get_alignment(BufferType type) const;

  private:
    uint64_t next_ = 0;
};

}  // namespace tt::tt_metal
