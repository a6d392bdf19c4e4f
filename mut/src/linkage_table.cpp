#include "linkage_table.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace ttmw {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kRelocations[] = {R_X86_64_JUMP_SLOT, R_X86_64_GLOB_DAT, R_X86_64_64};
#elif defined(__aarch64__)
constexpr uint32_t kRelocations[] = {R_AARCH64_JUMP_SLOT, R_AARCH64_GLOB_DAT, R_AARCH64_ABS64};
#else
#error "the tracer knows the relocations of x86-64 and aarch64 only"
#endif

struct Slot {
    void** address;
    void* hook;
    void* original;
    bool is_read_only;  // in the segment that was made read-only after relocation (RELRO)
};

std::vector<Slot> g_slots;

bool is_followed(uint32_t type) {
    for (const uint32_t known : kRelocations) {
        if (type == known) return true;
    }
    return false;
}

// glibc relocates the addresses in a dynamic section, other C libraries do not.
uintptr_t dynamic_address(uintptr_t value, uintptr_t base) { return value < base ? value + base : value; }

bool is_within(const dl_phdr_info* library, uint32_t type, const void* address) {
    const auto at = reinterpret_cast<uintptr_t>(address);
    for (int i = 0; i < library->dlpi_phnum; ++i) {
        const auto& part = library->dlpi_phdr[i];
        const uintptr_t begin = library->dlpi_addr + part.p_vaddr;
        if (part.p_type == type && at >= begin && at < begin + part.p_memsz) return true;
    }
    return false;
}

// One library's tables, as its dynamic section has them.
struct Tables {
    const ElfW(Sym)* symbols = nullptr;
    const char* names = nullptr;
    const ElfW(Rela)* relocations[2] = {nullptr, nullptr};
    size_t counts[2] = {0, 0};
};

Tables tables_of(const dl_phdr_info* library) {
    Tables tables;
    const ElfW(Dyn)* entry = nullptr;
    for (int i = 0; i < library->dlpi_phnum; ++i) {
        if (library->dlpi_phdr[i].p_type == PT_DYNAMIC) {
            entry = reinterpret_cast<const ElfW(Dyn)*>(library->dlpi_addr + library->dlpi_phdr[i].p_vaddr);
        }
    }
    for (; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
        const uintptr_t address = dynamic_address(entry->d_un.d_ptr, library->dlpi_addr);
        switch (entry->d_tag) {
            case DT_SYMTAB: tables.symbols = reinterpret_cast<const ElfW(Sym)*>(address); break;
            case DT_STRTAB: tables.names = reinterpret_cast<const char*>(address); break;
            case DT_JMPREL: tables.relocations[0] = reinterpret_cast<const ElfW(Rela)*>(address); break;
            case DT_PLTRELSZ: tables.counts[0] = entry->d_un.d_val / sizeof(ElfW(Rela)); break;
            case DT_RELA: tables.relocations[1] = reinterpret_cast<const ElfW(Rela)*>(address); break;
            case DT_RELASZ: tables.counts[1] = entry->d_un.d_val / sizeof(ElfW(Rela)); break;
            default: break;
        }
    }
    return tables;
}

struct Search {
    const char* folder;
    const Redirection* redirections;
    int count;
    std::vector<Slot> found;
    std::vector<int> owners;  // index of each slot's redirection
    bool is_taken;
};

void search_table(const dl_phdr_info* library, const Tables& tables, int table, Search* search) {
    for (size_t i = 0; tables.relocations[table] != nullptr && i < tables.counts[table]; ++i) {
        const ElfW(Rela)& relocation = tables.relocations[table][i];
        if (!is_followed(ELF64_R_TYPE(relocation.r_info))) continue;
        const char* name = tables.names + tables.symbols[ELF64_R_SYM(relocation.r_info)].st_name;
        for (int r = 0; r < search->count; ++r) {
            const Redirection& wanted = search->redirections[r];
            if (wanted.original == nullptr || strcmp(name, wanted.symbol) != 0) continue;
            void** slot = reinterpret_cast<void**>(library->dlpi_addr + relocation.r_offset);
            // Bound already, or still pointing at the library's own stub that binds it; anything else is somebody's hook.
            const bool is_own = *slot == wanted.original || is_within(library, PT_LOAD, *slot);
            search->is_taken = search->is_taken || !is_own;
            search->found.push_back({slot, wanted.hook, wanted.original, is_within(library, PT_GNU_RELRO, slot)});
            search->owners.push_back(r);
        }
    }
}

int search_library(dl_phdr_info* library, size_t, void* data) {
    auto* search = static_cast<Search*>(data);
    const char* path = library->dlpi_name == nullptr ? "" : library->dlpi_name;
    if (strncmp(path, search->folder, strlen(search->folder)) != 0) return 0;
    const Tables tables = tables_of(library);
    if (tables.symbols == nullptr || tables.names == nullptr) return 0;
    search_table(library, tables, 0, search);
    search_table(library, tables, 1, search);
    return 0;
}

bool store(const Slot& slot, void* value) {
    if (!slot.is_read_only) {
        __atomic_store_n(slot.address, value, __ATOMIC_SEQ_CST);
        return true;
    }
    const auto page_bytes = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    void* page = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(slot.address) & ~(page_bytes - 1));
    if (mprotect(page, page_bytes, PROT_READ | PROT_WRITE) != 0) return false;
    __atomic_store_n(slot.address, value, __ATOMIC_SEQ_CST);
    mprotect(page, page_bytes, PROT_READ);
    return true;
}

struct Wanted {
    const char* name;
    std::string path;
};

int match_library(dl_phdr_info* library, size_t, void* data) {
    auto* wanted = static_cast<Wanted*>(data);
    const char* path = library->dlpi_name == nullptr ? "" : library->dlpi_name;
    const char* slash = strrchr(path, '/');
    if (strcmp(slash == nullptr ? path : slash + 1, wanted->name) != 0) return 0;
    wanted->path = path;
    return 1;
}

}  // namespace

std::string linkage_find_library(const char* name) {
    Wanted wanted{name, ""};
    dl_iterate_phdr(match_library, &wanted);
    return wanted.path;
}

std::string linkage_redirect(const char* folder, Redirection* redirections, int count) {
    Search search{folder, redirections, count, {}, {}, false};
    dl_iterate_phdr(search_library, &search);
    if (search.is_taken) return "another tracer has taken the calls of libtt_metal.so";
    for (size_t i = 0; i < search.found.size(); ++i) {
        if (!store(search.found[i], search.found[i].hook)) {
            const std::string why = strerror(errno);
            g_slots.assign(search.found.begin(), search.found.begin() + static_cast<std::ptrdiff_t>(i));
            linkage_restore();
            return "libtt_metal.so is protected against changes (" + why + ")";
        }
    }
    g_slots = search.found;
    for (const int owner : search.owners) redirections[owner].slots += 1;
    return "";
}

int linkage_held() {
    int held = 0;
    for (const Slot& slot : g_slots) held += __atomic_load_n(slot.address, __ATOMIC_RELAXED) == slot.hook ? 1 : 0;
    return held;
}

int linkage_total() { return static_cast<int>(g_slots.size()); }

int linkage_restore() {
    int restored = 0;
    for (const Slot& slot : g_slots) {
        if (__atomic_load_n(slot.address, __ATOMIC_RELAXED) == slot.hook && store(slot, slot.original)) ++restored;
    }
    g_slots.clear();
    return restored;
}

}  // namespace ttmw
