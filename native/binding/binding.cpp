#include "binding/binding.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <vector>

#include "core/parallel.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace tomolapse::binding {
namespace {

using Flag = std::shared_ptr<std::atomic<bool>>;
// What is set when the work that is begun now is no longer wanted; of one JavaScript thread.
thread_local Flag current_flag;

class Work : public Napi::AsyncWorker {
 public:
  Work(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> finish)
      : Napi::AsyncWorker(env), deferred_(env), flag_(current_flag), work_(std::move(work)), finish_(std::move(finish)) {}
  void keep(const Napi::Value& value) {
    if (value.IsObject()) kept_.push_back(Napi::Persistent(value.As<Napi::Object>()));
  }
  Napi::Promise promise() const { return deferred_.Promise(); }
  void Execute() override {
    const Cancellable scope(flag_.get());
    try {
      stop_if_cancelled();
      work_();
    } catch (const ReadError& error) {
      path_ = error.path;
      SetError(error.what());
    } catch (const std::bad_alloc&) {
      SetError("not enough memory");
    } catch (const std::exception& error) {
      SetError(error.what());
    }
  }
  void OnOK() override {
    Napi::HandleScope scope(Env());
    try {
      deferred_.Resolve(finish_(Env()));
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    } catch (const std::exception& error) {
      deferred_.Reject(Napi::Error::New(Env(), error.what()).Value());
    }
  }
  void OnError(const Napi::Error& error) override {
    Napi::HandleScope scope(Env());
    if (!path_.empty()) error.Value().Set("path", path_);
    deferred_.Reject(error.Value());
  }

 private:
  Napi::Promise::Deferred deferred_;
  Flag flag_;
  std::function<void()> work_;
  std::function<Napi::Value(Napi::Env)> finish_;
  std::vector<Napi::ObjectReference> kept_;
  std::string path_;
};

Napi::Value field(const Napi::Object& object, const char* name) {
  Napi::Value value = object.Get(name);
  if (value.IsUndefined()) throw Napi::TypeError::New(object.Env(), std::string(name) + " is missing");
  return value;
}

template <class T>
constexpr napi_typedarray_type array_type();
template <> constexpr napi_typedarray_type array_type<float>() { return napi_float32_array; }
template <> constexpr napi_typedarray_type array_type<double>() { return napi_float64_array; }
template <> constexpr napi_typedarray_type array_type<int8_t>() { return napi_int8_array; }
template <> constexpr napi_typedarray_type array_type<uint8_t>() { return napi_uint8_array; }
template <> constexpr napi_typedarray_type array_type<int16_t>() { return napi_int16_array; }
template <> constexpr napi_typedarray_type array_type<uint16_t>() { return napi_uint16_array; }
template <> constexpr napi_typedarray_type array_type<int32_t>() { return napi_int32_array; }
template <> constexpr napi_typedarray_type array_type<uint32_t>() { return napi_uint32_array; }

}  // namespace

Napi::Value promise(Napi::Env env, std::initializer_list<Napi::Value> keep, std::function<void()> work,
                    std::function<Napi::Value(Napi::Env)> finish) {
  auto* worker = new Work(env, std::move(work), std::move(finish));
  for (const Napi::Value& value : keep) worker->keep(value);
  Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

// cancellation() → what the next two take
static Napi::Value cancellation(const Napi::CallbackInfo& info) {
  return Napi::External<Flag>::New(info.Env(), new Flag(std::make_shared<std::atomic<bool>>(false)), [](Napi::Env, Flag* flag) { delete flag; });
}

static const Flag& flag_of(const Napi::Value& value) {
  if (!value.IsExternal()) throw Napi::TypeError::New(value.Env(), "not a cancellation");
  return *value.As<Napi::External<Flag>>().Data();
}

// useCancellation(cancellation or null): all work begun from here on, on this thread, stops when it is cancelled
static void use_cancellation(const Napi::CallbackInfo& info) { current_flag = info[0].IsNull() ? nullptr : flag_of(info[0]); }

// cancel(cancellation)
static void cancel(const Napi::CallbackInfo& info) { *flag_of(info[0]) = true; }

void export_cancel(Napi::Env env, Exports exports) {
  exports.Set("cancellation", Napi::Function::New(env, cancellation));
  exports.Set("useCancellation", Napi::Function::New(env, use_cancellation));
  exports.Set("cancel", Napi::Function::New(env, cancel));
}

std::shared_ptr<const Volume> volume_of(const Napi::Value& handle) {
  if (!handle.IsExternal()) throw Napi::TypeError::New(handle.Env(), "not an open volume");
  return *handle.As<Napi::External<std::shared_ptr<const Volume>>>().Data();
}

namespace {

double finite(Napi::Env env, const Napi::Value& value, const char* what) {
  if (!value.IsNumber() || !std::isfinite(value.As<Napi::Number>().DoubleValue()))
    throw Napi::TypeError::New(env, std::string(what) + " is not a finite number");
  return value.As<Napi::Number>().DoubleValue();
}

Index3 three_of(const Napi::Value& value, double least) {
  Napi::Env env = value.Env();
  if (!value.IsArray() || value.As<Napi::Array>().Length() != 3) throw Napi::TypeError::New(env, "expected three integers");
  Index3 index{};
  for (uint32_t k = 0; k < 3; ++k) {
    const double n = finite(env, value.As<Napi::Array>().Get(k), "an index");
    if (n != std::floor(n) || n < least || n > static_cast<double>(most_index))
      throw Napi::RangeError::New(env, "an index is no whole number of voxels, or too large");
    index[k] = static_cast<int64_t>(n);
  }
  return index;
}

}  // namespace

Index3 index3_of(const Napi::Value& value) { return three_of(value, -static_cast<double>(most_index)); }

Index3 extent_of(const Napi::Value& value) {
  const Index3 extent = three_of(value, 0);
  const double voxels = static_cast<double>(extent[0]) * static_cast<double>(extent[1]) * static_cast<double>(extent[2]);
  if (voxels > static_cast<double>(most_voxels)) throw Napi::RangeError::New(value.Env(), "a block has too many voxels");
  return extent;
}

size_t voxels_of(const Index3& extent) { return static_cast<size_t>(extent[0] * extent[1] * extent[2]); }

std::vector<double> doubles_of(const Napi::Value& value, size_t count) {
  Napi::Env env = value.Env();
  if (!value.IsArray() || value.As<Napi::Array>().Length() < count)
    throw Napi::TypeError::New(env, "expected a list of " + std::to_string(count) + " numbers");
  std::vector<double> list(count);
  for (uint32_t i = 0; i < count; ++i) {
    list[i] = finite(env, value.As<Napi::Array>().Get(i), "an entry of the list");
    if (std::abs(list[i]) > static_cast<double>(most_index)) throw Napi::RangeError::New(env, "an entry of the list is too large");
  }
  return list;
}

std::array<double, 12> matrix_of(const Napi::Value& value) {
  const std::vector<double> rows = doubles_of(value, 12);
  std::array<double, 12> matrix{};
  std::copy(rows.begin(), rows.end(), matrix.begin());
  return matrix;
}

View view_of(const Napi::Value& value) {
  Napi::Object object = value.As<Napi::Object>();
  View view;
  view.volume = volume_of(field(object, "volume"));
  const Index3 axis = index3_of(field(object, "axis"));
  Napi::Array flip = field(object, "flip").As<Napi::Array>();
  std::array<bool, 3> seen{};
  for (uint32_t k = 0; k < 3; ++k) {
    if (axis[k] < 0 || axis[k] > 2 || seen[axis[k]]) throw Napi::RangeError::New(value.Env(), "the axes of a view are 0, 1 and 2, each once");
    seen[axis[k]] = true;
    view.axis[k] = static_cast<int>(axis[k]);
    view.flip[k] = flip.Get(k).ToBoolean();
  }
  return view;
}

Index3 extent_within(const View& view, const Napi::Value& value) {
  const Index3 extent = extent_of(value), shape = view.shape();
  for (int k = 0; k < 3; ++k)
    if (extent[k] > shape[k]) throw Napi::RangeError::New(value.Env(), "the block is larger than the volume");
  return extent;
}

int64_t integer(const Napi::Object& object, const char* name, int64_t least, int64_t most) {
  return static_cast<int64_t>(number(object, name, static_cast<double>(least), static_cast<double>(most)));
}

double number(const Napi::Object& object, const char* name) {
  const Napi::Value value = field(object, name);
  if (!value.IsNumber()) throw Napi::TypeError::New(object.Env(), std::string(name) + " is not a number");
  return value.As<Napi::Number>().DoubleValue();
}

double number(const Napi::Object& object, const char* name, double least, double most) {
  const double value = number(object, name);
  if (!(value >= least && value <= most)) throw Napi::RangeError::New(object.Env(), std::string(name) + " is out of range");
  return value;
}

int threads_of(const Napi::Object& options) { return static_cast<int>(integer(options, "threads", 0, 1024)); }

bool boolean(const Napi::Object& object, const char* name) { return field(object, name).ToBoolean(); }
std::string text(const Napi::Object& object, const char* name) { return field(object, name).ToString(); }

namespace {

// A fresh array has no pages yet: taken by 4 KiB, each a fault of its own, they would cost an operator more than its arithmetic.
void ask_for_large_pages(uint8_t* bytes, size_t count) {
#if defined(MADV_HUGEPAGE)
  constexpr uintptr_t page = uintptr_t{1} << 21;
  const uintptr_t first = (reinterpret_cast<uintptr_t>(bytes) + page - 1) / page * page;
  const uintptr_t end = (reinterpret_cast<uintptr_t>(bytes) + count) / page * page;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);  // refused: nothing is lost
#else
  (void)bytes, (void)count;
#endif
}

}  // namespace

template <class T>
T* buffer(const Napi::Object& object, const char* name, size_t count) {
  Napi::Value value = field(object, name);
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != array_type<T>())
    throw Napi::TypeError::New(object.Env(), std::string(name) + " is not an array of the right type");
  if (value.As<Napi::TypedArray>().ElementLength() < count)
    throw Napi::RangeError::New(object.Env(), std::string(name) + " is too short");
  Napi::TypedArray array = value.As<Napi::TypedArray>();
  uint8_t* bytes = static_cast<uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset();
  ask_for_large_pages(bytes, array.ByteLength());
  return reinterpret_cast<T*>(bytes);
}
template float* buffer<float>(const Napi::Object&, const char*, size_t);
template double* buffer<double>(const Napi::Object&, const char*, size_t);
template int8_t* buffer<int8_t>(const Napi::Object&, const char*, size_t);
template uint8_t* buffer<uint8_t>(const Napi::Object&, const char*, size_t);
template int16_t* buffer<int16_t>(const Napi::Object&, const char*, size_t);
template uint16_t* buffer<uint16_t>(const Napi::Object&, const char*, size_t);
template int32_t* buffer<int32_t>(const Napi::Object&, const char*, size_t);
template uint32_t* buffer<uint32_t>(const Napi::Object&, const char*, size_t);

}  // namespace tomolapse::binding
