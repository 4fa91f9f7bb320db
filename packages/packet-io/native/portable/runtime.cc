// The part of the C++ runtime that the addon needs, for the prebuilt addon: libstdc++ has other
// versions on other systems, and its static library refers to symbols of a recent glibc. The addon
// is compiled without exceptions, so each failure ends the process.

#include <sched.h>

#include <cstdlib>
#include <new>
#include <string>

template class std::basic_string<char>;

void* operator new(std::size_t size) {
  void* memory = std::malloc(size > 0 ? size : 1);
  if (memory == nullptr) std::abort();
  return memory;
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size > 0 ? size : 1); }
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new[](std::size_t size, const std::nothrow_t& nothrow) noexcept { return operator new(size, nothrow); }

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace std {

const nothrow_t nothrow{};

void __throw_bad_alloc() { abort(); }
void __throw_bad_array_new_length() { abort(); }
void __throw_length_error(const char*) { abort(); }
void __throw_logic_error(const char*) { abort(); }
void __throw_out_of_range_fmt(const char*, ...) { abort(); }

}  // namespace std

namespace {

enum GuardState : unsigned char { kUntouched, kRunning, kDone };

// Compiled code reads only the first byte: 1 once the variable is ready (Itanium C++ ABI, 3.3.3).
// The second is free for the runtime.
unsigned char* stateOf(void* guard) { return static_cast<unsigned char*>(guard) + 1; }

}  // namespace

extern "C" {

/** Returns 1 to the thread that initialises the static variable of this guard. */
int __cxa_guard_acquire(void* guard) {
  for (;;) {
    unsigned char expected = kUntouched;
    if (__atomic_compare_exchange_n(stateOf(guard), &expected, kRunning, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
      return 1;
    }
    if (expected == kDone) return 0;
    sched_yield();
  }
}

void __cxa_guard_release(void* guard) {
  __atomic_store_n(static_cast<unsigned char*>(guard), 1, __ATOMIC_RELEASE);
  __atomic_store_n(stateOf(guard), kDone, __ATOMIC_RELEASE);
}

void __cxa_pure_virtual() { std::abort(); }

}  // extern "C"
