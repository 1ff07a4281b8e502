#include "core/phases.h"
#include "binding/columns.h"

namespace tomolapse::binding {
namespace {

// mixPhases({extent, slice, column, sliceStep, columnStep, columns, lower, upper: Float32Array, inPellet: Uint8Array, symmetric,
//   foilEnd, lithiumLvf, countsPerUnit, lithium: Int16Array, crackPlaces: Float64Array, crackFractions: Float32Array, out: Uint8Array,
//   sums: Float64Array, threads}) → promise
Napi::Value run(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const Index3 extent = extent_of(o.Get("extent"));
  const ColumnFrame frame = column_frame_of(o);
  const size_t voxels = voxels_of(extent), columns = static_cast<size_t>(frame.columns);
  PhaseLayers layers{buffer<float>(o, "lower", columns), buffer<float>(o, "upper", columns), buffer<uint8_t>(o, "inPellet", columns),
                     number(o, "foilEnd"), boolean(o, "symmetric")};
  const PhaseRule rule{number(o, "lithiumLvf"), number(o, "countsPerUnit")};
  const size_t count = o.Get("crackPlaces").As<Napi::TypedArray>().ElementLength();
  const CrackVoxels cracks{buffer<double>(o, "crackPlaces", count), buffer<float>(o, "crackFractions", count), count};
  const int16_t* lithium = buffer<int16_t>(o, "lithium", voxels);
  uint8_t* out = buffer<uint8_t>(o, "out", 4 * voxels);
  const int threads = threads_of(o);
  double* sums = buffer<double>(o, "sums", static_cast<size_t>(4 * extent[0]));
  return promise(info.Env(), {o}, [=] { mix_phases(extent, frame, layers, rule, lithium, cracks, out, sums, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_phases(Napi::Env env, Exports exports) { exports.Set("mixPhases", Napi::Function::New(env, run)); }

}  // namespace tomolapse::binding
