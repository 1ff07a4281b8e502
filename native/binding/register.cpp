#include "core/register.h"

#include <algorithm>

#include "binding/binding.h"
#include "core/correlate.h"
#include "core/level.h"
#include "core/ring_table.h"

namespace tomolapse::binding {
namespace {

constexpr int64_t most_factor = 1024;

template <class List>
Napi::Array array_of(Napi::Env env, const List& list) {
  Napi::Array array = Napi::Array::New(env, list.size());
  uint32_t i = 0;
  for (double value : list) array.Set(i++, Napi::Number::New(env, value));
  return array;
}

// readLevel({view, factor, origin, extent, out: Float32Array, threads}) → promise
Napi::Value level(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const View view = view_of(o.Get("view"));
  const Index3 origin = index3_of(o.Get("origin")), extent = extent_of(o.Get("extent"));
  float* out = buffer<float>(o, "out", voxels_of(extent));
  const int factor = static_cast<int>(integer(o, "factor", 1, most_factor)), threads = threads_of(o);
  return promise(info.Env(), {o.Get("out")}, [=] { read_level(view, factor, origin, extent, out, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

// holdLevel({view, factor, taps, threads}) → promise of a handle like openVolume's; its voxels are in memory
Napi::Value hold(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const View view = view_of(o.Get("view"));
  const int factor = static_cast<int>(integer(o, "factor", 1, most_factor)), taps = static_cast<int>(integer(o, "taps", 1, most_factor));
  const int threads = threads_of(o);
  const Index3 shape = level_shape(view.shape(), factor);
  if (std::min({shape[0], shape[1], shape[2]}) < 1) throw Napi::RangeError::New(info.Env(), "the scan is too thin for a coarser copy");
  auto held = std::make_shared<std::shared_ptr<const Volume>>();
  return promise(info.Env(), {}, [=] { *held = hold_level(view, factor, taps, threads); },
                 [=](Napi::Env env) {
                   const int64_t bytes = shape[0] * shape[1] * shape[2] * static_cast<int64_t>(sizeof(float));
                   Napi::MemoryManagement::AdjustExternalMemory(env, bytes);
                   return Napi::External<std::shared_ptr<const Volume>>::New(
                       env, new std::shared_ptr<const Volume>(*held), [bytes](Napi::Env of, std::shared_ptr<const Volume>* volume) {
                         delete volume;
                         Napi::MemoryManagement::AdjustExternalMemory(of, -bytes);
                       });
                 });
}

// correlate({reference, mask, referenceShape, moved, movedShape, count, threads}) → promise of [{shift, score}]
Napi::Value peaks(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const Index3 rs = extent_of(o.Get("referenceShape")), ms = extent_of(o.Get("movedShape"));
  const float* reference = buffer<float>(o, "reference", voxels_of(rs));
  const uint8_t* mask = buffer<uint8_t>(o, "mask", voxels_of(rs));
  const float* moved = buffer<float>(o, "moved", voxels_of(ms));
  const int count = static_cast<int>(integer(o, "count", 0, 1024)), threads = threads_of(o);
  auto found = std::make_shared<std::vector<CorrelationPeak>>();
  return promise(info.Env(), {o.Get("reference"), o.Get("mask"), o.Get("moved")},
                 [=] { *found = correlate(reference, mask, rs, moved, ms, count, threads); },
                 [=](Napi::Env env) {
                   Napi::Array list = Napi::Array::New(env, found->size());
                   for (uint32_t i = 0; i < found->size(); ++i) {
                     Napi::Object peak = Napi::Object::New(env);
                     peak.Set("shift", array_of(env, (*found)[i].shift));
                     peak.Set("score", (*found)[i].score);
                     list.Set(i, peak);
                   }
                   return list;
                 });
}

// registerViews({reference, moved, model, factor, binned, sigma, stride, iterations, tolerance, patches, mask, maskShape, maskCell,
//   start, center, referenceRings, movedRings, threads}) → promise of the result, see src/engine/register.ts
Napi::Value register_views_binding(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const View reference = view_of(o.Get("reference")), moved = view_of(o.Get("moved"));
  RegisterOptions options;
  const std::string model = text(o, "model");
  options.model = model == "shift" ? MotionModel::shift : model == "similarity" ? MotionModel::similarity : MotionModel::rigid;
  options.factor = static_cast<int>(integer(o, "factor", 1, most_factor));
  options.binned = static_cast<int>(integer(o, "binned", 1, options.factor));
  if (options.factor % options.binned != 0) throw Napi::RangeError::New(info.Env(), "the level is no multiple of what the views are binned by");
  options.sigma = number(o, "sigma", 0, 50);
  options.stride = static_cast<int>(integer(o, "stride", 1, 1 << 20));
  options.iterations = static_cast<int>(integer(o, "iterations", 0, 10000));
  options.tolerance = number(o, "tolerance");
  options.threads = threads_of(o);
  Napi::Array patches = o.Get("patches").As<Napi::Array>();
  for (uint32_t i = 0; i < patches.Length(); ++i) {
    Napi::Object patch = patches.Get(i).As<Napi::Object>();
    options.patches.push_back({index3_of(patch.Get("origin")), extent_of(patch.Get("extent"))});
  }
  if (o.Get("mask").IsTypedArray()) {
    options.mask.shape = extent_of(o.Get("maskShape"));
    options.mask.cell = number(o, "maskCell", 1e-3, 1e9);
    options.mask.cells = buffer<uint8_t>(o, "mask", static_cast<size_t>(options.mask.shape[0] * options.mask.shape[1] * options.mask.shape[2]));
  }
  const View* views[] = {&reference, &moved};
  const char* names[] = {"referenceRings", "movedRings"};
  for (int k = 0; k < 2; ++k) {
    if (!o.Get(names[k]).IsTypedArray()) continue;
    const int64_t slices = views[k]->shape()[0], radii = static_cast<int64_t>(o.Get(names[k]).As<Napi::TypedArray>().ElementLength()) / slices;
    (k == 0 ? options.reference_rings : options.moved_rings) = buffer<float>(o, names[k], static_cast<size_t>(slices * radii));
    (k == 0 ? options.reference_radii : options.moved_radii) = radii;
  }
  const std::vector<double> start = doubles_of(o.Get("start"), 16), center = doubles_of(o.Get("center"), 3);
  std::copy(start.begin(), start.end(), options.start.begin());
  std::copy(center.begin(), center.end(), options.center.begin());
  auto result = std::make_shared<RegisterResult>();
  return promise(info.Env(), {o.Get("mask"), o.Get("referenceRings"), o.Get("movedRings")}, [=] { *result = register_views(reference, moved, options); },
                 [=](Napi::Env env) {
                   Napi::Object found = Napi::Object::New(env);
                   found.Set("matrix", array_of(env, result->matrix));
                   found.Set("gain", result->gain);
                   found.Set("offset", result->offset);
                   found.Set("covariance", array_of(env, result->covariance));
                   found.Set("correlationBefore", result->correlation_before);
                   found.Set("correlation", result->correlation);
                   found.Set("residual", result->residual);
                   found.Set("inliers", result->inliers);
                   found.Set("samples", static_cast<double>(result->samples));
                   found.Set("iterations", result->iterations);
                   found.Set("converged", result->converged);
                   Napi::Array local = Napi::Array::New(env, result->local.size());
                   for (uint32_t i = 0; i < result->local.size(); ++i) {
                     Napi::Object one = Napi::Object::New(env);
                     one.Set("position", array_of(env, result->local[i].position));
                     one.Set("shift", array_of(env, result->local[i].shift));
                     one.Set("sigma", result->local[i].sigma);
                     one.Set("weight", result->local[i].weight);
                     local.Set(i, one);
                   }
                   found.Set("local", local);
                   return found;
                 });
}

// findRings({view, center, radius, from, to, threads}) → promise of {table: Float32Array, strength}
Napi::Value rings(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const View view = view_of(o.Get("view"));
  const std::vector<double> center = doubles_of(o.Get("center"), 2);
  const RingOptions options{{center[0], center[1]}, number(o, "radius"), integer(o, "from"), integer(o, "to"),
                            threads_of(o)};
  auto found = std::make_shared<Rings>();
  return promise(info.Env(), {}, [=] { *found = find_rings(view, options); },
                 [=](Napi::Env env) {
                   Napi::Float32Array table = Napi::Float32Array::New(env, found->table.size());
                   std::copy(found->table.begin(), found->table.end(), table.Data());
                   Napi::Object result = Napi::Object::New(env);
                   result.Set("table", table);
                   result.Set("strength", found->strength);
                   return result;
                 });
}

}  // namespace

void export_register(Napi::Env env, Exports exports) {
  exports.Set("readLevel", Napi::Function::New(env, level));
  exports.Set("holdLevel", Napi::Function::New(env, hold));
  exports.Set("correlate", Napi::Function::New(env, peaks));
  exports.Set("findRings", Napi::Function::New(env, rings));
  exports.Set("registerViews", Napi::Function::New(env, register_views_binding));
}

}  // namespace tomolapse::binding
