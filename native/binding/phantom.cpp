#include "core/phantom.h"

#include <cmath>

#include "binding/binding.h"
#include "core/phantom_optics.h"

namespace tomolapse::binding {
namespace {

Napi::Array list(const Napi::Object& object, const char* name) {
  Napi::Value value = object.Get(name);
  if (!value.IsArray()) throw Napi::TypeError::New(object.Env(), std::string(name) + " is not a list");
  return value.As<Napi::Array>();
}

Napi::Object part(const Napi::Object& object, const char* name) {
  Napi::Value value = object.Get(name);
  if (!value.IsObject()) throw Napi::TypeError::New(object.Env(), std::string(name) + " is not an object");
  return value.As<Napi::Object>();
}

template <size_t N>
std::array<double, N> numbers(const Napi::Object& object, const char* name) {
  Napi::Array values = list(object, name);
  if (values.Length() != N) throw Napi::RangeError::New(object.Env(), std::string(name) + " has the wrong length");
  const std::vector<double> read = doubles_of(values, N);
  std::array<double, N> out{};
  std::copy(read.begin(), read.end(), out.begin());
  return out;
}

std::vector<int> integers(const Napi::Object& object, const char* name) {
  Napi::Array values = list(object, name);
  std::vector<int> out;
  for (uint32_t k = 0; k < values.Length(); ++k) out.push_back(values.Get(k).ToNumber().Int32Value());
  return out;
}

PlaneSpline spline_of(const Napi::Object& object) {
  PlaneSpline spline;
  const auto origin = numbers<2>(object, "origin"), shape = numbers<2>(object, "shape");
  spline.origin0 = origin[0];
  spline.origin1 = origin[1];
  spline.spacing = number(object, "spacing", 1e-6, 1e9);
  spline.n0 = static_cast<int64_t>(shape[0]);
  spline.n1 = static_cast<int64_t>(shape[1]);
  if (spline.n0 < 4 || spline.n1 < 4 || spline.n0 > 65536 || spline.n1 > 65536)
    throw Napi::RangeError::New(object.Env(), "a spline needs 4 × 4 to 65536 × 65536 knots");
  const size_t count = static_cast<size_t>(spline.n0 * spline.n1);
  const double* values = buffer<double>(object, "coefficients", count);
  constexpr double highest = 1e5;
  for (size_t i = 0; i < count; ++i)
    if (!(std::abs(values[i]) <= highest)) throw Napi::RangeError::New(object.Env(), "a spline's coefficient is out of range");
  spline.coefficients.assign(values, values + count);
  return spline;
}

std::vector<PlaneSpline> splines_of(const Napi::Object& object, const char* name) {
  Napi::Array values = list(object, name);
  std::vector<PlaneSpline> out;
  for (uint32_t k = 0; k < values.Length(); ++k) {
    out.push_back(spline_of(values.Get(k).As<Napi::Object>()));
    if (out[k].n0 != out[0].n0 || out[k].n1 != out[0].n1)
      throw Napi::RangeError::New(object.Env(), std::string(name) + " do not have the same knots");
  }
  return out;
}

PhantomTexture texture_of(const Napi::Object& object) {
  PhantomTexture texture;
  texture.seed = static_cast<uint64_t>(integer(object, "seed"));
  texture.grain = number(object, "grainUm", 1e-6, 1e9);
  texture.grain_contrast = number(object, "grainContrast");
  texture.grain_edge = number(object, "grainEdgeUm", 1e-6, 1e9);
  texture.particle = number(object, "particleUm", 1e-6, 1e9);
  texture.particle_contrast = number(object, "particleContrast");
  texture.patch = number(object, "patchUm", 1e-6, 1e9);
  texture.patch_share = number(object, "patchShare");
  texture.patch_contrast = number(object, "patchContrast");
  texture.pore_cell = number(object, "poreCellUm", 1e-6, 1e9);
  texture.pore_share = number(object, "poreShare");
  texture.pore_share_in_patch = number(object, "poreShareInPatch");
  const auto radius = numbers<2>(object, "poreRadiusUm");
  texture.pore_radius_min = radius[0];
  texture.pore_radius_max = radius[1];
  texture.pore_contrast = number(object, "poreContrast");
  texture.pore_edge = number(object, "poreEdgeUm", 1e-6, 1e9);
  texture.metal = number(object, "metalUm", 1e-6, 1e9);
  texture.metal_contrast = number(object, "metalContrast");
  texture.wall = number(object, "wallUm", 1e-6, 1e9);
  texture.wall_contrast = number(object, "wallContrast");
  return texture;
}

PhantomScene scene_of(const Napi::Object& object) {
  PhantomScene scene;
  scene.voxel = number(object, "voxelUm", 1e-6, 1e9);
  const auto axis = numbers<3>(object, "axisUm");
  const auto lean = numbers<2>(object, "lean");
  scene.axis_s = axis[0];
  scene.axis_v = axis[1];
  scene.axis_u = axis[2];
  scene.lean_v = lean[0];
  scene.lean_u = lean[1];
  scene.surfaces = splines_of(object, "surfaces");
  Napi::Array zones = list(object, "zones");
  for (uint32_t k = 0; k < zones.Length(); ++k) {
    Napi::Object zone = zones.Get(k).As<Napi::Object>();
    scene.zones.push_back({number(zone, "radiusUm"), integers(zone, "surfaces"), integers(zone, "materials")});
    for (int surface : scene.zones.back().surface)
      if (surface < 0 || surface >= static_cast<int>(scene.surfaces.size())) throw Napi::RangeError::New(object.Env(), "a zone names no surface");
    if (scene.zones.back().material.size() != scene.zones.back().surface.size() + 1)
      throw Napi::RangeError::New(object.Env(), "a zone has one material more than surfaces");
    for (int material : scene.zones.back().material)
      if (material < 0 || material >= phantom_materials) throw Napi::RangeError::New(object.Env(), "a zone names no material");
  }
  if (scene.zones.empty()) throw Napi::RangeError::New(object.Env(), "a scene needs a zone");
  Napi::Array cracks = list(object, "cracks");
  for (uint32_t k = 0; k < cracks.Length(); ++k) {
    Napi::Object crack = cracks.Get(k).As<Napi::Object>();
    scene.cracks.push_back({boolean(crack, "sheet"), static_cast<int>(integer(crack, "material", 0, phantom_materials - 1)), spline_of(part(crack, "middle")),
                            spline_of(part(crack, "thickness"))});
  }
  const auto grey = numbers<phantom_materials>(object, "grey");
  for (int m = 0; m < phantom_materials; ++m) scene.grey[m] = grey[m];
  Napi::Value texture = object.Get("texture");
  scene.textured = texture.IsObject();
  if (scene.textured) scene.texture = texture_of(texture.As<Napi::Object>());
  scene.collector_shift = number(object, "collectorShiftUm", -1e9, 1e9);
  scene.collector_shade = splines_of(object, "collectorShade");
  return scene;
}

std::array<int64_t, 2> range_of(const Napi::Object& object, const char* name) {
  const auto range = numbers<2>(object, name);
  return {static_cast<int64_t>(range[0]), static_cast<int64_t>(range[1])};
}

PhantomOptics optics_of(const Napi::Object& object) {
  PhantomOptics optics;
  optics.shape = extent_of(object.Get("shape"));
  optics.stack_axis = static_cast<int>(integer(object, "stackAxis", 0, 2));
  optics.blur = number(object, "blur", 0, 250);
  optics.fringe = number(object, "fringe", -1e9, 1e9);
  optics.fringe_width = number(object, "fringeWidth", 0, 250);
  optics.halo = number(object, "halo", -1e9, 1e9);
  optics.halo_width = number(object, "haloWidth", 0, 250);
  optics.halo_level = number(object, "haloLevel", -1e9, 1e9);
  optics.cupping = number(object, "cupping", -1e9, 1e9);
  optics.cupping_radius = number(object, "cuppingRadiusUm", -1e9, 1e9);
  optics.rings = number(object, "rings", -1e9, 1e9);
  optics.rings_seed = static_cast<uint64_t>(integer(object, "ringsSeed"));
  optics.drift = numbers<2>(object, "drift");
  optics.centre_error = number(object, "centreError", -1e9, 1e9);
  optics.turned = number(object, "turned", -1e9, 1e9);
  optics.noise = number(object, "noise", -1e9, 1e9);
  optics.noise_width = number(object, "noiseWidth", 0, 250);
  optics.burst = range_of(object, "burst");
  optics.burst_noise = number(object, "burstNoise", -1e9, 1e9);
  optics.lost = range_of(object, "lost");
  optics.noise_seed = static_cast<uint64_t>(integer(object, "noiseSeed"));
  optics.gain = number(object, "gain", -1e9, 1e9);
  optics.offset = number(object, "offset", -1e9, 1e9);
  optics.type = voxel_type_of(text(object, "type"));
  optics.black = number(object, "black", -1e9, 1e9);
  optics.white = number(object, "white", -1e9, 1e9);
  for (int64_t extent : optics.shape)
    if (extent < 1) throw Napi::RangeError::New(object.Env(), "a scan needs voxels");
  return optics;
}

void* voxels_of(const Napi::Object& object, VoxelType type, size_t count) {
  if (type == VoxelType::u8) return buffer<uint8_t>(object, "out", count);
  if (type == VoxelType::u16) return buffer<uint16_t>(object, "out", count);
  if (type == VoxelType::f32) return buffer<float>(object, "out", count);
  throw Napi::TypeError::New(object.Env(), "phantoms are stored as uint8, uint16 or float32");
}

// renderPhantom({scene, placeOf, optics, out, threads}) → promise of Float64Array [count, sum, sum of squares] a material
Napi::Value render(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  auto scene = std::make_shared<PhantomScene>(scene_of(part(options, "scene")));
  const PhantomOptics optics = optics_of(part(options, "optics"));
  const auto place_of = numbers<12>(options, "placeOf");
  void* out = voxels_of(options, optics.type, static_cast<size_t>(optics.shape[0] * optics.shape[1] * optics.shape[2]));
  const int threads = threads_of(options);
  auto pure = std::make_shared<std::array<PhantomPure, phantom_materials>>();
  return promise(
      info.Env(), {options.Get("out")}, [=] { *pure = render_phantom(*scene, place_of, optics, out, threads); },
      [=](Napi::Env env) {
        Napi::Float64Array sums = Napi::Float64Array::New(env, 3 * phantom_materials);
        for (size_t m = 0; m < phantom_materials; ++m) {
          sums[3 * m] = (*pure)[m].count;
          sums[3 * m + 1] = (*pure)[m].sum;
          sums[3 * m + 2] = (*pure)[m].sum_of_squares;
        }
        return sums;
      });
}

// phantomThickness({scene, shape: [v, u], pairs: [[lower, upper]], out: Float64Array, threads}) → promise
Napi::Value thickness(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  auto scene = std::make_shared<PhantomScene>(scene_of(part(options, "scene")));
  const auto shape = numbers<2>(options, "shape");
  const int64_t nv = static_cast<int64_t>(shape[0]), nu = static_cast<int64_t>(shape[1]);
  if (nv < 0 || nu < 0 || nv > 65536 || nu > 65536) throw Napi::RangeError::New(info.Env(), "a map has 65536 × 65536 columns at most");
  std::vector<std::array<int, 2>> pairs;
  Napi::Array given = list(options, "pairs");
  for (uint32_t k = 0; k < given.Length(); ++k) {
    Napi::Array pair = given.Get(k).As<Napi::Array>();
    pairs.push_back({pair.Get(0u).ToNumber().Int32Value(), pair.Get(1u).ToNumber().Int32Value()});
    for (int surface : pairs.back())
      if (surface < 0 || surface >= static_cast<int>(scene->surfaces.size())) throw Napi::RangeError::New(info.Env(), "a pair names no surface");
  }
  double* out = buffer<double>(options, "out", pairs.size() * static_cast<size_t>(nv * nu));
  const int threads = threads_of(options);
  return promise(
      info.Env(), {options.Get("out")}, [=] { phantom_thickness(*scene, nv, nu, pairs, out, threads); },
      [](Napi::Env env) { return env.Undefined(); });
}

// phantomCrackVoxels({scene}) → promise of {crack: Int32Array, index: Int32Array (s, v, u), part: Float64Array}
Napi::Value crack_voxels(const Napi::CallbackInfo& info) {
  auto scene = std::make_shared<PhantomScene>(scene_of(part(info[0].As<Napi::Object>(), "scene")));
  auto found = std::make_shared<std::vector<PhantomCrackVoxel>>();
  return promise(
      info.Env(), {}, [=] { *found = phantom_crack_voxels(*scene); },
      [=](Napi::Env env) {
        Napi::Int32Array crack = Napi::Int32Array::New(env, found->size()), index = Napi::Int32Array::New(env, 3 * found->size());
        Napi::Float64Array part = Napi::Float64Array::New(env, found->size());
        for (size_t i = 0; i < found->size(); ++i) {
          crack[i] = (*found)[i].crack;
          part[i] = (*found)[i].part;
          for (size_t k = 0; k < 3; ++k) index[3 * i + k] = (*found)[i].index[k];
        }
        Napi::Object result = Napi::Object::New(env);
        result.Set("crack", crack);
        result.Set("index", index);
        result.Set("part", part);
        return result;
      });
}

}  // namespace

void export_phantom(Napi::Env env, Exports exports) {
  exports.Set("renderPhantom", Napi::Function::New(env, render));
  exports.Set("phantomThickness", Napi::Function::New(env, thickness));
  exports.Set("phantomCrackVoxels", Napi::Function::New(env, crack_voxels));
}

}  // namespace tomolapse::binding
