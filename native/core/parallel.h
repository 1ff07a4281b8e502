// Work shared among threads with results that do not depend on how many there are.
#pragma once
#include <cstdint>
#include <functional>

namespace tomolapse {

// Calls body(i) once for every i in [0, count), on up to `threads` threads (0: all cores). Which thread takes which i is
// open, so a body may write only what belongs to its i; sums are made per i and added in order afterwards.
// The first exception thrown by a body is rethrown here once the others have stopped.
void parallel_for(int64_t count, int threads, const std::function<void(int64_t)>& body);

}  // namespace tomolapse
