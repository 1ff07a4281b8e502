#include "core/electrolyte.h"
#include "binding/binding.h"
#include "core/runs.h"

namespace tomolapse::binding {
namespace {

// {origin, extent, from: Uint16Array, to: Uint16Array, width}; the columns have to hold the box.
struct Box {
  Index3 origin, extent;
  LayerColumns layer;
  size_t count;
};
Box box_of(Napi::Env env, const Napi::Object& options) {
  Box box;
  box.origin = index3_of(options.Get("origin"));
  box.extent = extent_of(options.Get("extent"));
  const int64_t width = integer(options, "width", 0, most_index);
  for (int k = 0; k < 3; ++k)
    if (box.origin[k] < 0) throw Napi::RangeError::New(env, "the box does not lie in the view");
  if (box.origin[2] + box.extent[2] > width) throw Napi::RangeError::New(env, "the box is wider than the view");
  const size_t columns = static_cast<size_t>((box.origin[1] + box.extent[1]) * width);
  box.layer = {buffer<uint16_t>(options, "from", columns), buffer<uint16_t>(options, "to", columns), width};
  box.count = voxels_of(box.extent);
  return box;
}

// electrolyteAround({grey: Float32Array, origin, extent, from, to, width, mean, sigma, around: Float32Array, threads}) → promise
Napi::Value around(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const Box box = box_of(info.Env(), o);
  const float* grey = buffer<float>(o, "grey", box.count);
  float* out = buffer<float>(o, "around", box.count);
  const double mean = number(o, "mean"), sigma = number(o, "sigma");
  const int threads = threads_of(o);
  return promise(info.Env(), {o.Get("grey"), o.Get("from"), o.Get("to"), o.Get("around")},
                 [=] { electrolyte_around(grey, box.origin, box.extent, box.layer, mean, sigma, out, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

// crackFractions({unfiltered, filtered, around: Float32Array, lithium, least, threads}) → promise; the first two in place
Napi::Value fractions(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const size_t count = o.Get("around").As<Napi::TypedArray>().ElementLength();
  const float* around = buffer<float>(o, "around", count);
  float* unfiltered = buffer<float>(o, "unfiltered", count);
  float* filtered = buffer<float>(o, "filtered", count);
  const double lithium = number(o, "lithium"), least = number(o, "least");
  const int threads = threads_of(o);
  return promise(info.Env(), {o.Get("unfiltered"), o.Get("filtered"), o.Get("around")},
                 [=] { crack_fractions(unfiltered, filtered, around, static_cast<int64_t>(count), lithium, least, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

// runsBeyond({field: Float32Array, origin, extent, from, to, width, threshold, threads}) → promise of
// {runs: Int32Array of s, v, begin, end, peaks: Float32Array}
Napi::Value beyond(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const Box box = box_of(info.Env(), o);
  const float* field = buffer<float>(o, "field", box.count);
  const double threshold = number(o, "threshold");
  const int threads = threads_of(o);
  auto found = std::make_shared<RunsBeyond>();
  return promise(info.Env(), {o.Get("field"), o.Get("from"), o.Get("to")},
                 [=] { *found = runs_beyond(field, box.origin, box.extent, box.layer, threshold, threads); },
                 [found](Napi::Env env) {
                   const size_t count = found->runs.size();
                   Napi::Int32Array runs = Napi::Int32Array::New(env, 4 * count);
                   Napi::Float32Array peaks = Napi::Float32Array::New(env, count);
                   for (size_t i = 0; i < count; ++i) {
                     const VoxelRun& run = found->runs[i];
                     int32_t* to = runs.Data() + 4 * i;
                     to[0] = run.s;
                     to[1] = run.v;
                     to[2] = run.begin;
                     to[3] = run.end;
                     peaks.Data()[i] = found->peaks[i];
                   }
                   Napi::Object object = Napi::Object::New(env);
                   object.Set("runs", runs);
                   object.Set("peaks", peaks);
                   return object;
                 });
}

// labelRuns({runs: Int32Array, minVoxels, labels: Int32Array}) → promise of the number of parts
Napi::Value label_them(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const size_t count = o.Get("labels").As<Napi::TypedArray>().ElementLength();
  static_assert(sizeof(VoxelRun) == 4 * sizeof(int32_t));
  const auto* runs = reinterpret_cast<const VoxelRun*>(buffer<int32_t>(o, "runs", 4 * count));
  int32_t* labels = buffer<int32_t>(o, "labels", count);
  const int64_t min_voxels = integer(o, "minVoxels");
  auto parts = std::make_shared<int64_t>(0);
  return promise(info.Env(), {o.Get("runs"), o.Get("labels")},
                 [=] { *parts = label_runs(runs, static_cast<int64_t>(count), min_voxels, labels); },
                 [parts](Napi::Env env) { return Napi::Number::New(env, static_cast<double>(*parts)); });
}

}  // namespace

void export_electrolyte(Napi::Env env, Exports exports) {
  exports.Set("electrolyteAround", Napi::Function::New(env, around));
  exports.Set("crackFractions", Napi::Function::New(env, fractions));
  exports.Set("runsBeyond", Napi::Function::New(env, beyond));
  exports.Set("labelRuns", Napi::Function::New(env, label_them));
}

}  // namespace tomolapse::binding
