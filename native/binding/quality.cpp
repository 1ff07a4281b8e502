#include "binding/binding.h"
#include "core/edges.h"
#include "core/noise.h"
#include "core/rings.h"
#include "core/survey.h"
#include "core/turn.h"

namespace tomolapse::binding {
namespace {

template <class T, class Number>
Napi::Value float_array(Napi::Env env, const std::vector<T>& readings, size_t fields, Number number) {
  Napi::Float32Array array = Napi::Float32Array::New(env, readings.size() * fields);
  for (size_t i = 0; i < readings.size(); ++i)
    for (size_t f = 0; f < fields; ++f) array[i * fields + f] = number(readings[i], f);
  return array;
}

Napi::Value planes(Napi::Env env, const std::vector<int64_t>& values) {
  Napi::Array array = Napi::Array::New(env, values.size());
  for (size_t i = 0; i < values.size(); ++i) array.Set(static_cast<uint32_t>(i), static_cast<double>(values[i]));
  return array;
}

// survey({volume, sample, threads}) → promise of {minimum, maximum, notNumbers, constant: [[…], […], […]], low, high, masked, sample}
Napi::Value survey_volume(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const auto volume = volume_of(options.Get("volume"));
  const int64_t size = integer(options, "sample", 0);
  const int threads = threads_of(options);
  const auto result = std::make_shared<Survey>();
  return promise(info.Env(), {}, [=] { *result = survey(*volume, size, threads); },
                 [=](Napi::Env env) -> Napi::Value {
                   Napi::Object object = Napi::Object::New(env);
                   object.Set("minimum", result->minimum);
                   object.Set("maximum", result->maximum);
                   object.Set("notNumbers", static_cast<double>(result->not_numbers));
                   Napi::Array constant = Napi::Array::New(env, 3);
                   for (uint32_t k = 0; k < 3; ++k) constant.Set(k, planes(env, result->constant[k]));
                   object.Set("constant", constant);
                   object.Set("low", static_cast<double>(result->low));
                   object.Set("high", static_cast<double>(result->high));
                   object.Set("masked", static_cast<double>(result->masked));
                   object.Set("sample", float_array(env, result->sample, 1, [](float value, size_t) { return value; }));
                   return object;
                 });
}

// atLimits({view, origin, extent, threads}) → promise of {low, high}
Napi::Value count_at_limits(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const View view = view_of(options.Get("view"));
  const Index3 origin = index3_of(options.Get("origin")), extent = extent_within(view, options.Get("extent"));
  const int threads = threads_of(options);
  const auto result = std::make_shared<AtLimits>();
  return promise(info.Env(), {}, [=] { *result = at_limits(view, origin, extent, threads); },
                 [=](Napi::Env env) -> Napi::Value {
                   Napi::Object object = Napi::Object::New(env);
                   object.Set("low", result->low);
                   object.Set("high", result->high);
                   return object;
                 });
}

// noiseBlocks({volume, most, low, high, threads}) → promise of a Float32Array: z, y, x, mean, fine, coarse a block
Napi::Value noise(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const auto volume = volume_of(options.Get("volume"));
  const int64_t most = integer(options, "most", 0);
  const float low = static_cast<float>(number(options, "low")), high = static_cast<float>(number(options, "high"));
  const int threads = threads_of(options);
  const auto result = std::make_shared<std::vector<NoiseBlock>>();
  return promise(info.Env(), {}, [=] { *result = noise_blocks(*volume, most, low, high, threads); },
                 [=](Napi::Env env) {
                   return float_array(env, *result, 6, [](const NoiseBlock& block, size_t f) {
                     const float fields[] = {static_cast<float>(block.origin[0]), static_cast<float>(block.origin[1]),
                                             static_cast<float>(block.origin[2]), block.mean, block.fine, block.coarse};
                     return fields[f];
                   });
                 });
}

// edgeWidths({volume, most, least, threads}) → promise of a Float32Array: place z, y, x, normal z, y, x, step, width, misfit an edge
Napi::Value edges(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const auto volume = volume_of(options.Get("volume"));
  const int64_t most = integer(options, "most", 0);
  const float least = static_cast<float>(number(options, "least"));
  const int threads = threads_of(options);
  const auto result = std::make_shared<std::vector<EdgeReading>>();
  return promise(info.Env(), {}, [=] { *result = edge_widths(*volume, most, least, threads); },
                 [=](Napi::Env env) {
                   return float_array(env, *result, 9, [](const EdgeReading& e, size_t f) {
                     const float fields[] = {e.place[0], e.place[1], e.place[2], e.normal[0], e.normal[1], e.normal[2], e.step, e.width, e.misfit};
                     return fields[f];
                   });
                 });
}

// ringVariance({view, centre: [v, u], slices, threads}) → promise of {variance, error, slices}
Napi::Value rings(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const View view = view_of(options.Get("view"));
  const std::vector<double> centre = doubles_of(options.Get("centre"), 2);
  const int64_t slices = integer(options, "slices", 1);
  const int threads = threads_of(options);
  const auto result = std::make_shared<RingReading>();
  return promise(info.Env(), {}, [=] { *result = ring_variance(view, centre[0], centre[1], slices, threads); },
                 [=](Napi::Env env) -> Napi::Value {
                   Napi::Object object = Napi::Object::New(env);
                   object.Set("variance", result->variance);
                   object.Set("error", result->error);
                   object.Set("slices", static_cast<double>(result->slices));
                   return object;
                 });
}

// readTurn({view, noise, most, threads}) → promise of the fields of TurnReading
Napi::Value turn(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const View view = view_of(options.Get("view"));
  const double noise = number(options, "noise");
  const int64_t most = integer(options, "most", 0);
  const int threads = threads_of(options);
  const auto result = std::make_shared<TurnReading>();
  return promise(info.Env(), {}, [=] { *result = read_turn(view, noise, most, threads); },
                 [=](Napi::Env env) -> Napi::Value {
                   Napi::Object object = Napi::Object::New(env);
                   object.Set("tiles", static_cast<double>(result->tiles));
                   object.Set("missingDeg", result->missing);
                   object.Set("missingFromDeg", result->missing_from);
                   object.Set("centreError", result->centre_error);
                   object.Set("startDeg", result->start);
                   object.Set("centreGain", result->centre_gain);
                   Napi::Array drift = Napi::Array::New(env, 2);
                   for (uint32_t k = 0; k < 2; ++k) drift.Set(k, result->drift[k]);
                   object.Set("drift", drift);
                   object.Set("driftGain", result->drift_gain);
                   object.Set("agreeing", result->agreeing);
                   object.Set("power", float_array(env, result->power, 1, [](float value, size_t) { return value; }));
                   return object;
                 });
}

}  // namespace

void export_quality(Napi::Env env, Exports exports) {
  exports.Set("survey", Napi::Function::New(env, survey_volume));
  exports.Set("atLimits", Napi::Function::New(env, count_at_limits));
  exports.Set("noiseBlocks", Napi::Function::New(env, noise));
  exports.Set("edgeWidths", Napi::Function::New(env, edges));
  exports.Set("ringVariance", Napi::Function::New(env, rings));
  exports.Set("readTurn", Napi::Function::New(env, turn));
}

}  // namespace tomolapse::binding
