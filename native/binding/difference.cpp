#include "core/difference.h"
#include "binding/binding.h"
#include "core/surface.h"

namespace tomolapse::binding {
namespace {

// {axis, flip, volume, matrix: 16 numbers, gain, offset, fieldRadius}
PlacedScan placed_of(const Napi::Value& value) {
  Napi::Object o = value.As<Napi::Object>();
  PlacedScan scan;
  scan.view = view_of(value);
  scan.matrix = matrix_of(o.Get("matrix"));
  scan.gain = number(o, "gain");
  scan.offset = number(o, "offset");
  scan.field_radius = number(o, "fieldRadius");
  return scan;
}

// differenceBlock({before, after, origin, extent, sigma, out: Float32Array, unfiltered: Float32Array or null, threads}) → promise
Napi::Value difference(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const PlacedScan before = placed_of(o.Get("before")), after = placed_of(o.Get("after"));
  const Index3 origin = index3_of(o.Get("origin")), extent = extent_of(o.Get("extent"));
  const size_t count = voxels_of(extent);
  float* out = buffer<float>(o, "out", count);
  float* unfiltered = o.Get("unfiltered").IsTypedArray() ? buffer<float>(o, "unfiltered", count) : nullptr;
  const double sigma = number(o, "sigma", 0, 50);
  const int threads = threads_of(o);
  return promise(info.Env(), {o.Get("out"), o.Get("unfiltered")},
                 [=] { difference_block(before, after, origin, extent, sigma, out, threads, unfiltered); },
                 [](Napi::Env env) { return env.Undefined(); });
}

// placeBlock({scan, origin, extent, out: Float32Array, threads}) → promise
Napi::Value place(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const PlacedScan scan = placed_of(o.Get("scan"));
  const Index3 origin = index3_of(o.Get("origin")), extent = extent_of(o.Get("extent"));
  float* out = buffer<float>(o, "out", voxels_of(extent));
  const int threads = threads_of(o);
  return promise(info.Env(), {o.Get("out")}, [=] { place_block(scan, origin, extent, out, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

// findSurface({view, start, below, above, reach, sigma, height: Float32Array, threads}) → promise
Napi::Value surface(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const View view = view_of(o.Get("view"));
  const size_t columns = static_cast<size_t>(view.shape()[1] * view.shape()[2]);
  const float* start = buffer<float>(o, "start", columns);
  float* height = buffer<float>(o, "height", columns);
  const SurfaceOptions options{number(o, "below"), number(o, "above"), number(o, "reach", 0, 1e5), number(o, "sigma", 0, 20),
                               threads_of(o)};
  return promise(info.Env(), {o.Get("start"), o.Get("height")}, [=] { find_surface(view, start, options, height); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_difference(Napi::Env env, Exports exports) {
  exports.Set("differenceBlock", Napi::Function::New(env, difference));
  exports.Set("placeBlock", Napi::Function::New(env, place));
  exports.Set("findSurface", Napi::Function::New(env, surface));
}

}  // namespace tomolapse::binding
