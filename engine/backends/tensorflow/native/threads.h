// Runs the parts of an operation in several threads. The parts follow from the shapes alone, so the threads do not change the result.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// While it exists, this thread treats numbers below 1e-38 as 0, as in TensorFlow's own threads.
class FlushDenormals {
 public:
#if defined(__x86_64__)
  FlushDenormals() : before(_mm_getcsr()) { _mm_setcsr(before | 0x8040); }
  ~FlushDenormals() { _mm_setcsr(before); }

 private:
  unsigned before;
#elif defined(__aarch64__)
  FlushDenormals() {
    asm volatile("mrs %0, fpcr" : "=r"(before));
    asm volatile("msr fpcr, %0" : : "r"(before | (1ull << 24)));
  }
  ~FlushDenormals() { asm volatile("msr fpcr, %0" : : "r"(before)); }

 private:
  uint64_t before;
#endif
};

class Pool {
 public:
  // Calls `work(part)` for each part from 0 on. Returns after the last one has ended. If a part throws, throws the same after all threads have
  // ended their parts. The remaining parts are then left out.
  template <class Work>
  void run(int64_t parts, const Work& work) {
    Job job{[](const void* given, int64_t part) { (*static_cast<const Work*>(given))(part); }, &work, parts};
    std::unique_lock<std::mutex> threads(turn, std::defer_lock);
    if (parts > 1 && helpers > 0 && threads.try_lock())
      share(job);
    else
      job.take();  // one part, one thread, or another operation has the threads
    if (job.failure) std::rethrow_exception(job.failure);
  }

  // Is never destroyed, because its threads may wait until the process ends.
  static Pool& shared() {
    static Pool* pool = new Pool();
    return *pool;
  }

 private:
  struct Job {
    void (*call)(const void*, int64_t);
    const void* work;
    int64_t parts;
    std::atomic<int64_t> next{0};
    std::atomic<bool> failed{false};
    std::exception_ptr failure = nullptr;  // of the first part that threw
    int users = 0;

    // An exception must not leave a helper, and the caller must not return while helpers use the job.
    void take() noexcept {
      FlushDenormals mode;
      try {
        for (int64_t part; (part = next.fetch_add(1)) < parts && !failed;) call(work, part);
      } catch (...) {
        if (!failed.exchange(true)) failure = std::current_exception();
      }
    }
  };

  // Takes parts of a job together with the helpers.
  void share(Job& job) {
    {
      std::lock_guard<std::mutex> guard(mutex);
      current = &job;
      number++;
    }
    wake.notify_all();
    job.take();
    std::unique_lock<std::mutex> guard(mutex);
    current = nullptr;
    idle.wait(guard, [&] { return job.users == 0; });
  }

  // TensorFlow was started with this number of threads. If the system refuses some of them, those that it allows do the same work.
  Pool() {
    const char* threads = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int wanted = threads ? std::atoi(threads) - 1 : 0;
    try {
      for (; helpers < wanted; helpers++) std::thread([this] { help(); }).detach();
    } catch (const std::exception&) {
      // The process or the container has reached its limit of threads or memory.
    }
  }

  void help() {
    std::unique_lock<std::mutex> guard(mutex);
    for (uint64_t seen = 0;;) {
      wake.wait(guard, [&] { return current != nullptr && number != seen; });
      seen = number;
      Job* job = current;
      job->users++;
      guard.unlock();
      job->take();
      guard.lock();
      if (--job->users == 0) idle.notify_all();
    }
  }

  int helpers = 0;  // threads that were started
  std::mutex turn;
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable idle;
  Job* current = nullptr;
  uint64_t number = 0;
};

constexpr int64_t SMALL = 1 << 14;

// Runs `work(part)` for each part. `each` is the number of values of a part: little work is not worth a second thread.
template <class Work>
void inParts(int64_t parts, int64_t each, const Work& work) {
  if (parts * each >= SMALL) return Pool::shared().run(parts, work);
  FlushDenormals mode;
  for (int64_t part = 0; part < parts; part++) work(part);
}

// The rows of a part, if `rows` are divided into `parts`.
struct Range {
  Range(int64_t rows, int64_t parts, int64_t part) : begin(part * rows / parts), end((part + 1) * rows / parts) {}
  Range(int64_t begin, int64_t end) : begin(begin), end(end) {}
  int64_t count() const { return end - begin; }
  // The rows of a part of this range.
  Range part(int64_t parts, int64_t index) const {
    return {begin + index * count() / parts, begin + (index + 1) * count() / parts};
  }
  int64_t begin, end;
};
