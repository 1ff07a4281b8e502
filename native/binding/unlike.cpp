#include "core/unlike.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

// firstUnlike({slab: Uint8Array, shape, voxelBytes, chunk, plane: Uint8Array, first: Int32Array, threads}) → promise
Napi::Value unlike(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const Index3 shape = extent_of(options.Get("shape"));
  const int64_t voxel_bytes = integer(options, "voxelBytes", 1, 64), chunk = integer(options, "chunk", 1, most_index);
  const auto columns = static_cast<size_t>((shape[1] + chunk - 1) / chunk * ((shape[2] + chunk - 1) / chunk));
  const uint8_t* slab = buffer<uint8_t>(options, "slab", voxels_of(shape) * static_cast<size_t>(voxel_bytes));
  const uint8_t* plane = buffer<uint8_t>(options, "plane", static_cast<size_t>(shape[1] * shape[2] * voxel_bytes));
  int32_t* first = buffer<int32_t>(options, "first", columns);
  const int threads = threads_of(options);
  return promise(info.Env(), {options.Get("slab"), options.Get("plane"), options.Get("first")},
                 [=] { first_unlike(slab, shape, voxel_bytes, chunk, plane, first, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_unlike(Napi::Env env, Exports exports) { exports.Set("firstUnlike", Napi::Function::New(env, unlike)); }

}  // namespace tomolapse::binding
