#include "core/histogram.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

Napi::Value nothing(Napi::Env env) { return env.Undefined(); }

// histogram16({voxels: Uint16Array, counts: Float64Array(65536), threads}) → promise
Napi::Value of_16_bit(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const uint16_t* voxels = buffer<uint16_t>(options, "voxels", 0);
  const auto count = static_cast<int64_t>(options.Get("voxels").As<Napi::TypedArray>().ElementLength());
  double* counts = buffer<double>(options, "counts", 65536);
  const int threads = threads_of(options);
  return promise(info.Env(), {options.Get("voxels"), options.Get("counts")},
                 [=] {
                   const auto found = histogram_of(voxels, count, threads);
                   std::copy(found.begin(), found.end(), counts);
                 },
                 nothing);
}

Napi::Value into(Napi::Env env, const Napi::Object& options, double* counts, std::function<Histogram()> work) {
  auto found = std::make_shared<Histogram>();
  return promise(env, {options.Get("voxels"), options.Get("counts")},
                 [=] {
                   *found = work();
                   std::copy(found->counts.begin(), found->counts.end(), counts);
                 },
                 [found](Napi::Env env) {
                   Napi::Object outside = Napi::Object::New(env);
                   outside.Set("underflow", static_cast<double>(found->underflow));
                   outside.Set("overflow", static_cast<double>(found->overflow));
                   return outside;
                 });
}

// histogram({voxels: Float32Array, low, high, bins, counts: Float64Array(bins), threads}) → promise of {underflow, overflow}
Napi::Value of_floats(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const float* voxels = buffer<float>(options, "voxels", 0);
  const auto count = static_cast<int64_t>(options.Get("voxels").As<Napi::TypedArray>().ElementLength());
  const double low = number(options, "low"), high = number(options, "high");
  const int64_t bins = integer(options, "bins", 1, 1 << 24);
  const int threads = threads_of(options);
  return into(info.Env(), options, buffer<double>(options, "counts", static_cast<size_t>(bins)),
              [=] { return histogram_of(voxels, count, low, high, bins, threads); });
}

// viewHistogram({view, origin, extent, low, high, bins, counts: Float64Array(bins), threads}) → promise of {underflow, overflow}
Napi::Value of_view(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const View view = view_of(options.Get("view"));
  const Index3 origin = index3_of(options.Get("origin")), extent = extent_within(view, options.Get("extent"));
  const double low = number(options, "low"), high = number(options, "high");
  const int64_t bins = integer(options, "bins", 1, 1 << 24);
  const int threads = threads_of(options);
  return into(info.Env(), options, buffer<double>(options, "counts", static_cast<size_t>(bins)),
              [=] { return histogram_of(view, origin, extent, low, high, bins, threads); });
}

// valueRange({voxels: Float32Array, threads}) → promise of [least, greatest]
Napi::Value range(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const float* voxels = buffer<float>(options, "voxels", 0);
  const auto count = static_cast<int64_t>(options.Get("voxels").As<Napi::TypedArray>().ElementLength());
  const int threads = threads_of(options);
  auto found = std::make_shared<std::array<float, 2>>();
  return promise(info.Env(), {options.Get("voxels")}, [=] { *found = range_of(voxels, count, threads); },
                 [found](Napi::Env env) {
                   Napi::Array pair = Napi::Array::New(env, 2);
                   for (uint32_t i = 0; i < 2; ++i) pair.Set(i, static_cast<double>((*found)[i]));
                   return pair;
                 });
}

// otsu({counts: Float64Array, first, step}) → promise of {bin, separability}
Napi::Value threshold(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const double* from = buffer<double>(options, "counts", 0);
  const size_t bins = options.Get("counts").As<Napi::TypedArray>().ElementLength();
  std::vector<uint64_t> counts(bins);
  for (size_t i = 0; i < bins; ++i) {
    if (!(from[i] >= 0 && from[i] < 9e15)) throw Napi::RangeError::New(info.Env(), "counts must be whole numbers, not below 0");
    counts[i] = static_cast<uint64_t>(from[i]);
  }
  const double first = number(options, "first"), step = number(options, "step");
  auto found = std::make_shared<Otsu>();
  return promise(info.Env(), {}, [=] { *found = otsu(counts, first, step); },
                 [found](Napi::Env env) {
                   Napi::Object result = Napi::Object::New(env);
                   result.Set("bin", static_cast<double>(found->bin));
                   result.Set("separability", found->separability);
                   return result;
                 });
}

}  // namespace

void export_histogram(Napi::Env env, Exports exports) {
  exports.Set("histogram16", Napi::Function::New(env, of_16_bit));
  exports.Set("histogram", Napi::Function::New(env, of_floats));
  exports.Set("viewHistogram", Napi::Function::New(env, of_view));
  exports.Set("valueRange", Napi::Function::New(env, range));
  exports.Set("otsu", Napi::Function::New(env, threshold));
}

}  // namespace tomolapse::binding
