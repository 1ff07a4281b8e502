#include "core/volume.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

// openVolume({segments: [{path, offset, rows}], shape, type, bigEndian}) → a handle; the mapping ends with the handle.
Napi::Value open_volume(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Napi::Object options = info[0].As<Napi::Object>();
  std::vector<Segment> segments;
  Napi::Array list = options.Get("segments").As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); ++i) {
    Napi::Object segment = list.Get(i).As<Napi::Object>();
    segments.push_back({text(segment, "path"), static_cast<uint64_t>(integer(segment, "offset", 0)), integer(segment, "rows", 0)});
  }
  try {
    auto* volume = new std::shared_ptr<const Volume>(std::make_shared<Volume>(
        std::move(segments), extent_of(options.Get("shape")), voxel_type_of(text(options, "type")), boolean(options, "bigEndian")));
    return Napi::External<std::shared_ptr<const Volume>>::New(
        env, volume, [](Napi::Env, std::shared_ptr<const Volume>* held) { delete held; });
  } catch (const ReadError& error) {
    Napi::Error thrown = Napi::Error::New(env, error.what());
    thrown.Value().Set("path", error.path);
    throw thrown;
  }
}

// readBlock({view, origin, extent, out: Float32Array, threads}) → promise
Napi::Value read(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const View view = view_of(options.Get("view"));
  const Index3 origin = index3_of(options.Get("origin")), extent = extent_of(options.Get("extent"));
  float* out = buffer<float>(options, "out", voxels_of(extent));
  const int threads = threads_of(options);
  return promise(info.Env(), {options.Get("out")}, [=] { read_block(view, origin, extent, out, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

// expectScattered(handle, scattered)
Napi::Value expect_scattered(const Napi::CallbackInfo& info) {
  volume_of(info[0])->expect_scattered(info[1].ToBoolean());
  return info.Env().Undefined();
}

}  // namespace

void export_volume(Napi::Env env, Exports exports) {
  exports.Set("openVolume", Napi::Function::New(env, open_volume));
  exports.Set("readBlock", Napi::Function::New(env, read));
  exports.Set("expectScattered", Napi::Function::New(env, expect_scattered));
}

}  // namespace tomolapse::binding
