// Gives back memory that the loading of TensorFlow has taken.
#pragma once
#if defined(__linux__)
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cstdint>
#include <cstring>

// Loading touches most symbols of TensorFlow's libraries, and code that runs only once: about 200 MB that nothing uses later. The system may
// forget these pages, because they are the same as in the files: it reads them again where they are used. Writable segments, which have the
// addresses that the loading has filled in, stay.
inline void forgetLoadedPages() {
  const auto visit = [](dl_phdr_info* library, size_t, void*) {
    if (!std::strstr(library->dlpi_name, "libtensorflow")) return 0;
    for (int i = 0; i < library->dlpi_phnum; i++)
      if (library->dlpi_phdr[i].p_type == PT_DYNAMIC)
        for (auto* entry = reinterpret_cast<const ElfW(Dyn)*>(library->dlpi_addr + library->dlpi_phdr[i].p_vaddr);
             entry->d_tag != DT_NULL; entry++)
          if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL))) return 0;
    const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    for (int i = 0; i < library->dlpi_phnum; i++) {
      const auto& segment = library->dlpi_phdr[i];
      if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W)) continue;
      const uintptr_t from = library->dlpi_addr + segment.p_vaddr;
      const uintptr_t begin = (from + page - 1) / page * page, end = (from + segment.p_filesz) / page * page;
      if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
    return 0;
  };
  dl_iterate_phdr(visit, nullptr);
}
#else
inline void forgetLoadedPages() {}
#endif
