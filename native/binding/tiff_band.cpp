#include "core/tiff_band.h"

#include <limits>
#include <string>
#include <vector>

#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

// decodeTiffBand({stored: Uint8Array, counts: number[], code: "none" | "lzw" | "packbits", width, rows, chunkWidth, chunkRows, tiled,
// samples, sample, bits, bigEndian, predictor, out: Uint8Array}) → promise; the chunks lie one after another in `stored`
Napi::Value decode(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  TiffBand band;
  const std::string code = text(options, "code");
  band.code = code == "lzw" ? TiffCode::lzw : code == "packbits" ? TiffCode::packbits : TiffCode::plain;
  band.width = integer(options, "width");
  band.rows = integer(options, "rows");
  band.chunk_width = integer(options, "chunkWidth");
  band.chunk_rows = integer(options, "chunkRows");
  band.tiled = boolean(options, "tiled");
  band.samples = integer(options, "samples");
  band.sample = integer(options, "sample");
  band.bits = integer(options, "bits");
  band.big_endian = boolean(options, "bigEndian");
  band.predictor = integer(options, "predictor");
  const auto refuse = [&](const char* why) { return Napi::RangeError::New(info.Env(), why); };
  int64_t wanted = 0;
  try {
    wanted = tiff_chunks(band);
  } catch (const std::exception& error) {
    throw refuse(error.what());
  }
  const int64_t voxel_bytes = tiff_voxel_bytes(band.bits);
  if (band.width > std::numeric_limits<int64_t>::max() / voxel_bytes / band.rows) throw refuse("a band of TIFF that is too large");
  if (!options.Get("counts").IsArray()) throw Napi::TypeError::New(info.Env(), "counts is not an array");
  const Napi::Array counts = options.Get("counts").As<Napi::Array>();
  if (static_cast<int64_t>(counts.Length()) != wanted) throw refuse("chunks that do not cover the band");
  const uint8_t* stored = buffer<uint8_t>(options, "stored", 0);
  size_t left = options.Get("stored").As<Napi::TypedArray>().ElementLength();
  std::vector<TiffChunk> chunks;
  for (uint32_t i = 0; i < counts.Length(); ++i) {
    const int64_t count = counts.Get(i).ToNumber().Int64Value();
    if (count < 0 || static_cast<uint64_t>(count) > left) throw refuse("chunks that are longer than what is stored");
    chunks.push_back({stored, static_cast<size_t>(count)});
    stored += count;
    left -= static_cast<size_t>(count);
  }
  uint8_t* out = buffer<uint8_t>(options, "out", static_cast<size_t>(band.width * band.rows * voxel_bytes));
  return promise(info.Env(), {options.Get("stored"), options.Get("out")},
                 [band, chunks = std::move(chunks), out] { decode_tiff_band(band, chunks, out); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_tiff_band(Napi::Env env, Exports exports) { exports.Set("decodeTiffBand", Napi::Function::New(env, decode)); }

}  // namespace tomolapse::binding
