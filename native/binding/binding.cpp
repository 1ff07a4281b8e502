#include "binding/binding.h"

#include <exception>
#include <vector>

namespace tomolapse::binding {
namespace {

class Work : public Napi::AsyncWorker {
 public:
  Work(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> finish)
      : Napi::AsyncWorker(env), deferred_(env), work_(std::move(work)), finish_(std::move(finish)) {}
  void keep(const Napi::Value& value) {
    if (value.IsObject()) kept_.push_back(Napi::Persistent(value.As<Napi::Object>()));
  }
  Napi::Promise promise() const { return deferred_.Promise(); }
  void Execute() override {
    try {
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
    deferred_.Resolve(finish_(Env()));
  }
  void OnError(const Napi::Error& error) override {
    Napi::HandleScope scope(Env());
    if (!path_.empty()) error.Value().Set("path", path_);
    deferred_.Reject(error.Value());
  }

 private:
  Napi::Promise::Deferred deferred_;
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

std::shared_ptr<const Volume> volume_of(const Napi::Value& handle) {
  if (!handle.IsExternal()) throw Napi::TypeError::New(handle.Env(), "not an open volume");
  return *handle.As<Napi::External<std::shared_ptr<const Volume>>>().Data();
}

Index3 index3_of(const Napi::Value& value) {
  if (!value.IsArray()) throw Napi::TypeError::New(value.Env(), "expected three integers");
  Napi::Array array = value.As<Napi::Array>();
  return {array.Get(0u).ToNumber().Int64Value(), array.Get(1u).ToNumber().Int64Value(), array.Get(2u).ToNumber().Int64Value()};
}

View view_of(const Napi::Value& value) {
  Napi::Object object = value.As<Napi::Object>();
  View view;
  view.volume = volume_of(field(object, "volume"));
  Napi::Array axis = field(object, "axis").As<Napi::Array>(), flip = field(object, "flip").As<Napi::Array>();
  for (uint32_t k = 0; k < 3; ++k) {
    view.axis[k] = axis.Get(k).ToNumber().Int32Value();
    view.flip[k] = flip.Get(k).ToBoolean();
  }
  return view;
}

int64_t integer(const Napi::Object& object, const char* name) { return field(object, name).ToNumber().Int64Value(); }
double number(const Napi::Object& object, const char* name) { return field(object, name).ToNumber().DoubleValue(); }
bool boolean(const Napi::Object& object, const char* name) { return field(object, name).ToBoolean(); }
std::string text(const Napi::Object& object, const char* name) { return field(object, name).ToString(); }

template <class T>
T* buffer(const Napi::Object& object, const char* name, size_t count) {
  Napi::Value value = field(object, name);
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != array_type<T>())
    throw Napi::TypeError::New(object.Env(), std::string(name) + " is not an array of the right type");
  if (value.As<Napi::TypedArray>().ElementLength() < count)
    throw Napi::RangeError::New(object.Env(), std::string(name) + " is too short");
  Napi::TypedArray array = value.As<Napi::TypedArray>();
  return reinterpret_cast<T*>(static_cast<uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset());
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
