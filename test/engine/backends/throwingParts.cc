// Runs parts that throw in the threads of operations, and prints how many threads run parts after that. Ends with 1 if an exception is lost.
#include <chrono>
#include <cstdio>
#include <new>
#include <set>
#include "threads.h"

constexpr int64_t PARTS = 64;

static void wait() { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

int main() {
  for (int round = 0; round < 20; round++) {
    bool caught = false;
    try {
      Pool::shared().run(PARTS, [&](int64_t part) {
        wait();
        if (part >= round) throw std::bad_alloc();
      });
    } catch (const std::bad_alloc&) {
      caught = true;
    }
    if (!caught) return 1;
  }
  std::mutex mutex;
  std::set<std::thread::id> threads;
  int64_t parts = 0;
  Pool::shared().run(PARTS, [&](int64_t) {
    wait();
    std::lock_guard<std::mutex> guard(mutex);
    threads.insert(std::this_thread::get_id());
    parts++;
  });
  std::printf("%d\n", static_cast<int>(threads.size()));
  return parts == PARTS ? 0 : 1;
}
