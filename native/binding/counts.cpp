#include "core/counts.h"
#include "binding/columns.h"

namespace tomolapse::binding {
namespace {

// fractionCounts({difference: Float32Array, extent, slice, column, sliceStep, columnStep, columns, parts: [{from, to: Uint16Array or
//   null, per}], least, most, out: Int16Array, outRow, outPlane, threads}) → promise
Napi::Value run(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const Index3 extent = extent_of(o.Get("extent"));
  const float* difference = buffer<float>(o, "difference", voxels_of(extent));
  const ColumnFrame frame = column_frame_of(o);
  Napi::Array list = o.Get("parts").As<Napi::Array>();
  std::vector<CountPart> parts(list.Length());
  for (uint32_t i = 0; i < list.Length(); ++i) {
    Napi::Object part = list.Get(i).As<Napi::Object>();
    auto table = [&](const char* name) -> const uint16_t* {
      return part.Get(name).IsTypedArray() ? buffer<uint16_t>(part, name, static_cast<size_t>(frame.columns)) : nullptr;
    };
    parts[i] = {table("from"), table("to"), number(part, "per")};
  }
  const int64_t row = integer(o, "outRow", 0, most_index), plane = integer(o, "outPlane", 0, most_index);
  const int64_t last = (extent[0] - 1) * plane + (extent[1] - 1) * row + extent[2];
  int16_t* out = buffer<int16_t>(o, "out", voxels_of(extent) == 0 ? 0 : static_cast<size_t>(last));
  const int16_t least = static_cast<int16_t>(integer(o, "least", INT16_MIN, INT16_MAX));
  const int16_t most = static_cast<int16_t>(integer(o, "most", least, INT16_MAX));
  const int threads = threads_of(o);
  return promise(info.Env(), {o}, [=] { fraction_counts(difference, extent, frame, parts, least, most, out, row, plane, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_counts(Napi::Env env, Exports exports) { exports.Set("fractionCounts", Napi::Function::New(env, run)); }

}  // namespace tomolapse::binding
