#include "core/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace tomolapse {
namespace {

thread_local const std::atomic<bool>* cancelled = nullptr;

}  // namespace

Cancellable::Cancellable(const std::atomic<bool>* flag) : before_(cancelled) { cancelled = flag; }

Cancellable::~Cancellable() { cancelled = before_; }

void stop_if_cancelled() {
  if (cancelled && cancelled->load(std::memory_order_relaxed)) throw Cancelled();
}

void parallel_for(int64_t count, int threads, const std::function<void(int64_t)>& body) {
  if (count <= 0) return;
  int64_t wanted = threads > 0 ? threads : std::max(1u, std::thread::hardware_concurrency());
  wanted = std::min(wanted, count);
  if (wanted == 1) {
    for (int64_t i = 0; i < count; ++i) {
      stop_if_cancelled();
      body(i);
    }
    return;
  }
  std::atomic<int64_t> next{0};
  std::exception_ptr failure;
  std::mutex guard;
  auto work = [&, flag = cancelled] {
    const Cancellable scope(flag);
    for (int64_t i = next++; i < count; i = next++) {
      try {
        stop_if_cancelled();
        body(i);
      } catch (...) {
        std::lock_guard<std::mutex> lock(guard);
        if (!failure) failure = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::thread> pool;
  try {
    for (int64_t t = 1; t < wanted; ++t) pool.emplace_back(work);
  } catch (const std::system_error&) {
    // The system gives no more threads: those that are there do the work.
  }
  work();
  for (auto& thread : pool) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace tomolapse
