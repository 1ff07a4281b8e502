#include "core/label.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

Napi::Value list_of(Napi::Env env, const Index3& value) {
  Napi::Array list = Napi::Array::New(env, 3);
  for (uint32_t k = 0; k < 3; ++k) list.Set(k, static_cast<double>(value[k]));
  return list;
}

// label({mask: Uint8Array, shape, connectivity, minVoxels, labels: Int32Array, threads}) → promise of [{voxels, min, max}]
Napi::Value run(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const Index3 shape = extent_of(options.Get("shape"));
  const size_t count = voxels_of(shape);
  const uint8_t* mask = buffer<uint8_t>(options, "mask", count);
  int32_t* labels = buffer<int32_t>(options, "labels", count);
  const Connectivity connectivity = integer(options, "connectivity") == 6 ? Connectivity::faces : Connectivity::corners;
  const int64_t min_voxels = integer(options, "minVoxels");
  const int threads = threads_of(options);
  auto found = std::make_shared<std::vector<Component>>();
  return promise(info.Env(), {options.Get("mask"), options.Get("labels")},
                 [=] { *found = label(mask, shape, connectivity, min_voxels, labels, threads); },
                 [found](Napi::Env env) {
                   Napi::Array list = Napi::Array::New(env, found->size());
                   for (size_t i = 0; i < found->size(); ++i) {
                     const Component& part = (*found)[i];
                     Napi::Object object = Napi::Object::New(env);
                     object.Set("voxels", static_cast<double>(part.voxels));
                     object.Set("min", list_of(env, part.min));
                     object.Set("max", list_of(env, part.max));
                     list.Set(static_cast<uint32_t>(i), object);
                   }
                   return list;
                 });
}

// dilate, erode({mask: Uint8Array, shape, radius, out: Uint8Array, threads}) → promise
template <void (*operation)(const uint8_t*, const Index3&, double, uint8_t*, int)>
Napi::Value morphology(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const Index3 shape = extent_of(options.Get("shape"));
  const size_t count = voxels_of(shape);
  const uint8_t* mask = buffer<uint8_t>(options, "mask", count);
  uint8_t* out = buffer<uint8_t>(options, "out", count);
  const double radius = number(options, "radius");
  const int threads = threads_of(options);
  return promise(info.Env(), {options.Get("mask"), options.Get("out")}, [=] { operation(mask, shape, radius, out, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_label(Napi::Env env, Exports exports) {
  exports.Set("label", Napi::Function::New(env, run));
  exports.Set("dilate", Napi::Function::New(env, morphology<dilate>));
  exports.Set("erode", Napi::Function::New(env, morphology<erode>));
}

}  // namespace tomolapse::binding
