// The one door between JavaScript and the core: checks and copies parameters, runs the core off the event loop, returns promises.
#pragma once
#include <napi.h>

#include <functional>
#include <memory>
#include <string>

#include "core/volume.h"

namespace tomolapse::binding {

// Runs `work` on a libuv thread and resolves with what `finish` makes of it on the main thread. An exception of `work`
// rejects: a ReadError with `path`, others with their message.
// JavaScript buffers that `work` uses are kept alive by passing them in `keep`.
Napi::Value promise(Napi::Env env, std::initializer_list<Napi::Value> keep, std::function<void()> work,
                    std::function<Napi::Value(Napi::Env)> finish);

std::shared_ptr<const Volume> volume_of(const Napi::Value& handle);
View view_of(const Napi::Value& value);  // {volume, axis: [0, 1, 2], flip: [false, false, false]}
// What a file or a caller says is believed only within these bounds: no sum or product of such numbers leaves an int64_t.
constexpr int64_t most_index = int64_t{1} << 31;    // of a voxel along an axis
constexpr int64_t most_voxels = int64_t{1} << 46;   // of a block
constexpr int64_t most_integer = int64_t{1} << 53;  // that a JavaScript number holds exactly

Index3 index3_of(const Napi::Value& value);   // a place or a step: three whole numbers within ±most_index
Index3 extent_of(const Napi::Value& value);   // a shape: three whole numbers, 0 to most_index, together at most most_voxels
size_t voxels_of(const Index3& extent);
Index3 extent_within(const View& view, const Napi::Value& value);  // an extent no larger than the view's own
std::array<double, 12> matrix_of(const Napi::Value& value);  // the first three rows of a 4 × 4 matrix, finite and within ±most_index
// A list of so many numbers, finite and within ±most_index.
std::vector<double> doubles_of(const Napi::Value& value, size_t count);
// Throw a TypeError where the field is no number, a RangeError outside [least, most].
int64_t integer(const Napi::Object& object, const char* name, int64_t least = -most_integer, int64_t most = most_integer);
double number(const Napi::Object& object, const char* name);  // may be infinite or none
double number(const Napi::Object& object, const char* name, double least, double most);
int threads_of(const Napi::Object& options);
bool boolean(const Napi::Object& object, const char* name);
std::string text(const Napi::Object& object, const char* name);

// The caller's buffer; throws a TypeError when it is not of type T or is shorter than `count`.
template <class T>
T* buffer(const Napi::Object& object, const char* name, size_t count);

// One line an operator file, called from module.cpp.
using Exports = Napi::Object;

}  // namespace tomolapse::binding
