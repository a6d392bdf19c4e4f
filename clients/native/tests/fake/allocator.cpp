#include "allocator.h"

namespace tt::tt_metal {

int distributed::MeshDevice::id() const { return 5; }
std::vector<int> distributed::MeshDevice::get_device_ids() const { return {2, 3}; }

uint32_t Buffer::address() const { return static_cast<uint32_t>(place_); }
#ifdef FAKE_THROWING_ACCESSORS
uint64_t Buffer::size() const { throw std::runtime_error("no size"); }
#else
uint64_t Buffer::size() const { return size_; }
#endif
uint64_t Buffer::page_size() const { return size_; }
uint64_t Buffer::num_pages() const { return 1; }
uint64_t Buffer::aligned_size_per_bank() const { return (size_ + 15) / 16; }
bool Buffer::is_allocated() const { return place_ != 0; }
uint32_t Buffer::buffer_type() const { return type_; }
distributed::MeshDevice* Buffer::device() const { return device_; }
uint64_t Buffer::unique_id() const { return 77; }

AllocatorImpl::~AllocatorImpl() {}

#ifdef FAKE_RENAMED
#define allocate_buffer allocate_any_buffer
#endif
uint64_t AllocatorImpl::allocate_buffer(Buffer* buffer) {
    if (buffer->page_size() > 1'000'000) throw std::runtime_error("out of memory");
    buffer->place_ = __atomic_add_fetch(&next_, 64, __ATOMIC_RELAXED);
    return buffer->place_;
}
#undef allocate_buffer

void AllocatorImpl::deallocate_buffer(Buffer* buffer) {
    if (buffer->place_ == 0) throw std::runtime_error("not allocated");
    buffer->place_ = 0;
}
void AllocatorImpl::deallocate_buffers() {}
void AllocatorImpl::clear() {}

#ifdef FAKE_THROWING_PLACES
uint32_t AllocatorImpl::get_num_banks(const BufferType&) const { throw std::runtime_error("no banks"); }
#else
uint32_t AllocatorImpl::get_num_banks(const BufferType& type) const { return 8 + static_cast<uint32_t>(type); }
#endif
uint32_t AllocatorImpl::get_alignment(BufferType type) const { return type == BufferType{} ? 32 : 16; }

}  // namespace tt::tt_metal
