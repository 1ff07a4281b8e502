#include "core/cells.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

// widenCells({planes: Uint16Array, first, count, shape, cell, ranges: Uint16Array, threads}) → promise
Napi::Value widen(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const Index3 shape = extent_of(options.Get("shape"));
  const int64_t first = integer(options, "first", 0), count = integer(options, "count", 0);
  const int64_t cell = integer(options, "cell", 1, most_index);
  if (first + count > shape[0])
    throw Napi::RangeError::New(info.Env(), "the planes lie outside the volume");
  int64_t cells = 1;
  for (const int64_t edge : shape) cells *= (edge + cell - 1) / cell;
  const uint16_t* planes = buffer<uint16_t>(options, "planes", static_cast<size_t>(count * shape[1] * shape[2]));
  uint16_t* ranges = buffer<uint16_t>(options, "ranges", static_cast<size_t>(cells * 2));
  const int threads = threads_of(options);
  return promise(info.Env(), {options.Get("planes"), options.Get("ranges")},
                 [=] { widen_cells(planes, first, count, shape, cell, ranges, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_cells(Napi::Env env, Exports exports) { exports.Set("widenCells", Napi::Function::New(env, widen)); }

}  // namespace tomolapse::binding
