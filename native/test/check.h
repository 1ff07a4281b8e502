// Checks for the core's own tests. A test is TEST("what holds") { CHECK(…); }, in any file of this folder.
#pragma once
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "core/cpu.h"
#include "core/volume.h"

namespace tomolapse::test {

struct Failed {
  std::string where;
};

struct Registered {
  Registered(const char* name, void (*body)());
};

#define TOMOLAPSE_JOIN_(a, b) a##b
#define TOMOLAPSE_JOIN(a, b) TOMOLAPSE_JOIN_(a, b)
#define TEST(name)                                                                                                       \
  static void TOMOLAPSE_JOIN(test_, __LINE__)();                                                                         \
  static const ::tomolapse::test::Registered TOMOLAPSE_JOIN(registered_, __LINE__)(name, TOMOLAPSE_JOIN(test_, __LINE__)); \
  static void TOMOLAPSE_JOIN(test_, __LINE__)()

inline void check(bool holds, const char* what, const char* file, int line) {
  if (holds) return;
  std::ostringstream text;
  text << file << ":" << line << ": " << what;
  throw Failed{text.str()};
}
#define CHECK(condition) ::tomolapse::test::check(static_cast<bool>(condition), #condition, __FILE__, __LINE__)

#define CHECK_EQUAL(found, wanted)                                                                                       \
  do {                                                                                                                   \
    const auto found_ = (found);                                                                                         \
    const auto wanted_ = (wanted);                                                                                       \
    std::ostringstream text_;                                                                                            \
    text_ << #found << " is " << +found_ << ", not " << +wanted_;                                                        \
    ::tomolapse::test::check(found_ == wanted_, text_.str().c_str(), __FILE__, __LINE__);                                \
  } while (false)

#define CHECK_NEAR(found, wanted, bound)                                                                                 \
  do {                                                                                                                   \
    const double found_ = (found), wanted_ = (wanted);                                                                   \
    std::ostringstream text_;                                                                                            \
    text_ << #found << " is " << found_ << ", not " << wanted_ << " within " << (bound);                                 \
    ::tomolapse::test::check(std::abs(found_ - wanted_) <= (bound), text_.str().c_str(), __FILE__, __LINE__);            \
  } while (false)

#define CHECK_THROWS(type, expression)                                                                                   \
  do {                                                                                                                   \
    bool thrown_ = false;                                                                                                \
    try {                                                                                                                \
      expression;                                                                                                        \
    } catch (const type&) {                                                                                              \
      thrown_ = true;                                                                                                    \
    }                                                                                                                    \
    ::tomolapse::test::check(thrown_, #expression " throws " #type, __FILE__, __LINE__);                                 \
  } while (false)

inline int64_t voxels_of(const Index3& shape) { return shape[0] * shape[1] * shape[2]; }

template <class T>
std::vector<T> noise(const Index3& shape, double low, double high, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::vector<T> voxels(static_cast<size_t>(voxels_of(shape)));
  for (T& voxel : voxels) voxel = static_cast<T>(low + (high - low) * (random() / 4294967296.0));
  return voxels;
}

template <class T>
View view_in_memory(const std::vector<T>& voxels, const Index3& shape, VoxelType type) {
  View view;
  view.volume = std::make_shared<Volume>(voxels.data(), shape, type);
  return view;
}

// What `work(out, threads)` writes; checks that 1 and 4 threads and every instruction set write the same bytes.
template <class T>
std::vector<T> same_everywhere(int64_t count, const std::function<void(T*, int)>& work) {
  std::vector<T> first(static_cast<size_t>(count));
  work(first.data(), 1);
  for (Instructions set : all_instructions())
    for (int threads : {1, 4}) {
      limit_instructions(set);
      std::vector<T> again(static_cast<size_t>(count));
      work(again.data(), threads);
      limit_instructions(all_instructions().back());
      CHECK(count == 0 || std::memcmp(first.data(), again.data(), static_cast<size_t>(count) * sizeof(T)) == 0);
    }
  return first;
}

}  // namespace tomolapse::test
