#include "core/column_sums.h"

#include <algorithm>

#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

// {origin, extent, v0, v1, u0, u1, nu, from, to: Uint16Array}
ColumnRegion region_of(const Napi::Object& o) {
  ColumnRegion r{index3_of(o.Get("origin")), extent_of(o.Get("extent")), integer(o, "v0", 0, most_index), integer(o, "v1", 0, most_index),
                 integer(o, "u0", 0, most_index),           integer(o, "u1", 0, most_index),           integer(o, "nu", 0, most_index)};
  const bool inside = r.v0 >= r.origin[1] && r.v1 <= r.origin[1] + r.extent[1] && r.u0 >= r.origin[2] &&
                      r.u1 <= r.origin[2] + r.extent[2] && r.u1 <= r.nu && r.v0 <= r.v1 && r.u0 <= r.u1;
  if (!inside) throw Napi::RangeError::New(o.Env(), "the columns leave the block");
  const size_t columns = static_cast<size_t>(r.v1 * r.nu);
  r.from = buffer<uint16_t>(o, "from", columns);
  r.to = buffer<uint16_t>(o, "to", columns);
  for (int64_t v = r.v0; v < r.v1; ++v)
    for (int64_t i = v * r.nu + r.u0; i < v * r.nu + r.u1; ++i)
      if (r.to[i] > r.from[i] && (r.from[i] < r.origin[0] || r.to[i] > r.origin[0] + r.extent[0]))
        throw Napi::RangeError::New(o.Env(), "the slices leave the block");
  return r;
}

// columnSums({…region, difference: Float32Array, unit, unitBehind, split: Float32Array or null, crackFirst: Uint32Array,
//   crackSlice: Uint16Array, crackFraction: Float32Array, sum, crack: Float64Array, seen, first: Uint16Array,
//   profileBase: Int32Array or null, profileSum, profileCount: Float64Array, threads}) → promise
Napi::Value sums(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const ColumnRegion region = region_of(o);
  const size_t columns = static_cast<size_t>(region.v1 * region.nu);
  const float* difference = buffer<float>(o, "difference", voxels_of(region.extent));
  ColumnUnits units{number(o, "unit"), number(o, "unitBehind"), nullptr};
  if (o.Get("split").IsTypedArray()) units.split = buffer<float>(o, "split", columns);
  const size_t cracked = o.Get("crackSlice").As<Napi::TypedArray>().ElementLength();
  const ColumnCracks cracks{buffer<uint32_t>(o, "crackFirst", columns + 1), buffer<uint16_t>(o, "crackSlice", cracked),
                            buffer<float>(o, "crackFraction", cracked)};
  if (!std::is_sorted(cracks.first, cracks.first + columns + 1) || cracks.first[columns] > cracked)
    throw Napi::RangeError::New(info.Env(), "the cracks' columns are not in order");
  const ColumnSums out{buffer<double>(o, "sum", columns), buffer<double>(o, "crack", columns), buffer<uint16_t>(o, "seen", columns),
                       buffer<uint16_t>(o, "first", columns)};
  ColumnProfile profile;
  if (o.Get("profileBase").IsTypedArray()) {
    const size_t length = o.Get("profileSum").As<Napi::TypedArray>().ElementLength();
    profile = {buffer<int32_t>(o, "profileBase", columns), buffer<double>(o, "profileSum", length),
               buffer<double>(o, "profileCount", length), static_cast<int64_t>(length)};
  }
  const int threads = threads_of(o);
  return promise(info.Env(), {o}, [=] { column_sums(difference, region, units, cracks, out, profile, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

// countSums({…region, smooth, counts: Int16Array, counted: Uint8Array, full, threads}) → promise of {sum, full, fullSum}
Napi::Value counts(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const ColumnRegion region = region_of(o);
  const int16_t* smooth = buffer<int16_t>(o, "smooth", voxels_of(region.extent));
  const int16_t* counts = buffer<int16_t>(o, "counts", voxels_of(region.extent));
  const uint8_t* counted = buffer<uint8_t>(o, "counted", static_cast<size_t>(region.v1 * region.nu));
  const double full = number(o, "full");
  const int threads = threads_of(o);
  auto found = std::make_shared<CountSums>();
  return promise(info.Env(), {o}, [=] { *found = count_sums(smooth, counts, region, counted, full, threads); },
                 [found](Napi::Env env) {
                   Napi::Object result = Napi::Object::New(env);
                   result.Set("sum", found->sum);
                   result.Set("full", found->full);
                   result.Set("fullSum", found->full_sum);
                   return result;
                 });
}

}  // namespace

void export_column_sums(Napi::Env env, Exports exports) {
  exports.Set("columnSums", Napi::Function::New(env, sums));
  exports.Set("countSums", Napi::Function::New(env, counts));
}

}  // namespace tomolapse::binding
