#include "core/bin.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

template <class T, class Out = T>
Napi::Value run_as(Napi::Env env, const Napi::Object& options) {
  const Index3 shape = extent_of(options.Get("shape")), small = binned_shape(shape);
  const int64_t channels = integer(options, "channels", 1, 4);
  const T* in = buffer<T>(options, "voxels", voxels_of(shape) * static_cast<size_t>(channels));
  Out* out = buffer<Out>(options, "out", voxels_of(small) * static_cast<size_t>(channels));
  const int threads = threads_of(options);
  return promise(env, {options.Get("voxels"), options.Get("out")},
                 [=] { bin(in, shape, static_cast<int>(channels), out, threads); }, [](Napi::Env env) { return env.Undefined(); });
}

// bin({voxels, shape, channels, out, threads}) → promise; voxels and out of one type: Uint8, Uint16, Int16 or Float32Array;
// or from Uint8Array to Uint16Array, in 1/256
Napi::Value run(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  if (!options.Get("voxels").IsTypedArray()) throw Napi::TypeError::New(info.Env(), "voxels is not a typed array");
  switch (options.Get("voxels").As<Napi::TypedArray>().TypedArrayType()) {
    case napi_uint8_array: {
      const bool fine = options.Get("out").IsTypedArray() && options.Get("out").As<Napi::TypedArray>().TypedArrayType() == napi_uint16_array;
      return fine ? run_as<uint8_t, uint16_t>(info.Env(), options) : run_as<uint8_t>(info.Env(), options);
    }
    case napi_uint16_array: return run_as<uint16_t>(info.Env(), options);
    case napi_int16_array: return run_as<int16_t>(info.Env(), options);
    case napi_float32_array: return run_as<float>(info.Env(), options);
    default: throw Napi::TypeError::New(info.Env(), "voxels is not an array of the right type");
  }
}

}  // namespace

void export_bin(Napi::Env env, Exports exports) { exports.Set("bin", Napi::Function::New(env, run)); }

}  // namespace tomolapse::binding
