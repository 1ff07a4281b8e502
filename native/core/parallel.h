// Work shared among threads with results that do not depend on how many there are.
#pragma once
#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>

namespace tomolapse {

// Work was stopped because its answer is not wanted any more.
struct Cancelled : std::exception {
  const char* what() const noexcept override { return "cancelled"; }
};

// While one lives, the work that its thread does, with all threads that it starts, ends with Cancelled soon after `flag` is
// set: every part that parallel_for gives out begins with a look at it, and longer parts look themselves.
class Cancellable {
 public:
  explicit Cancellable(const std::atomic<bool>* flag);
  ~Cancellable();
  Cancellable(const Cancellable&) = delete;
  Cancellable& operator=(const Cancellable&) = delete;

 private:
  const std::atomic<bool>* before_;
};

// Throws Cancelled when this thread's work is no longer wanted. To be called every few milliseconds by what runs long.
void stop_if_cancelled();

// Calls body(i) once for every i in [0, count), on up to `threads` threads (0: all cores). Which thread takes which i is
// open, so a body may write only what belongs to its i; sums are made per i and added in order afterwards.
// The first exception thrown by a body is rethrown here once the others have stopped.
void parallel_for(int64_t count, int threads, const std::function<void(int64_t)>& body);

}  // namespace tomolapse
