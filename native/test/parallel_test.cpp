#include "core/parallel.h"

#include <atomic>

#include "test/check.h"

using namespace tomolapse;

TEST("cancelled work ends with the parts under way, on one thread and on many, nested too") {
  for (int threads : {1, 4}) {
    std::atomic<bool> flag{false};
    std::atomic<int> begun{0};
    const Cancellable scope(&flag);
    CHECK_THROWS(Cancelled, parallel_for(1000, threads, [&](int64_t i) {
                   ++begun;
                   if (i == 10) flag = true;
                   // A part that began meanwhile ends when it looks itself.
                   parallel_for(2, 2, [](int64_t) { stop_if_cancelled(); });
                 }));
    // No part is begun once the flag is set; those under way then are one a thread.
    CHECK(begun >= 11 || threads > 1);
    CHECK(begun < 1000);
    flag = false;
    parallel_for(10, threads, [&](int64_t) { ++begun; });
  }
  stop_if_cancelled();
}
