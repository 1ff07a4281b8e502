#include "binding/binding.h"

namespace tomolapse::binding {
// One line an operator file.
void export_cancel(Napi::Env env, Exports exports);
void export_volume(Napi::Env env, Exports exports);
void export_resample(Napi::Env env, Exports exports);
void export_sample_level(Napi::Env env, Exports exports);
void export_gaussian(Napi::Env env, Exports exports);
void export_median(Napi::Env env, Exports exports);
void export_label(Napi::Env env, Exports exports);
void export_maxima(Napi::Env env, Exports exports);
void export_cells(Napi::Env env, Exports exports);
void export_quality(Napi::Env env, Exports exports);
void export_histogram(Napi::Env env, Exports exports);
void export_bin(Napi::Env env, Exports exports);
void export_distance(Napi::Env env, Exports exports);
void export_crc32c(Napi::Env env, Exports exports);
void export_phantom(Napi::Env env, Exports exports);
void export_register(Napi::Env env, Exports exports);
void export_difference(Napi::Env env, Exports exports);
void export_electrolyte(Napi::Env env, Exports exports);
void export_counts(Napi::Env env, Exports exports);
void export_phases(Napi::Env env, Exports exports);
void export_column_sums(Napi::Env env, Exports exports);
void export_tiff_band(Napi::Env env, Exports exports);
void export_unlike(Napi::Env env, Exports exports);
void export_exit(Napi::Env env, Exports exports);
}  // namespace tomolapse::binding

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  using namespace tomolapse::binding;
  export_cancel(env, exports);
  export_volume(env, exports);
  export_resample(env, exports);
  export_sample_level(env, exports);
  export_gaussian(env, exports);
  export_median(env, exports);
  export_label(env, exports);
  export_maxima(env, exports);
  export_cells(env, exports);
  export_quality(env, exports);
  export_histogram(env, exports);
  export_bin(env, exports);
  export_distance(env, exports);
  export_crc32c(env, exports);
  export_phantom(env, exports);
  export_register(env, exports);
  export_difference(env, exports);
  export_electrolyte(env, exports);
  export_counts(env, exports);
  export_phases(env, exports);
  export_column_sums(env, exports);
  export_tiff_band(env, exports);
  export_unlike(env, exports);
  export_exit(env, exports);
  return exports;
}

NODE_API_MODULE(tomolapse, init)
