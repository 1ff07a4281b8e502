// The one door between JavaScript and the core: checks and copies parameters, runs the core off the event loop, returns promises.
#pragma once
#include <napi.h>

#include <functional>
#include <memory>
#include <string>

#include "core/volume.h"

namespace tomolapse::binding {

// Runs `work` on a libuv thread and resolves with what `finish` makes of it on the main thread. An exception of `work`
// rejects: a ReadError with `path`, others with their message.
// JavaScript buffers that `work` uses are kept alive by passing them in `keep`.
Napi::Value promise(Napi::Env env, std::initializer_list<Napi::Value> keep, std::function<void()> work,
                    std::function<Napi::Value(Napi::Env)> finish);

std::shared_ptr<const Volume> volume_of(const Napi::Value& handle);
View view_of(const Napi::Value& value);  // {volume, axis: [0, 1, 2], flip: [false, false, false]}
Index3 index3_of(const Napi::Value& value);
int64_t integer(const Napi::Object& object, const char* name);
double number(const Napi::Object& object, const char* name);
bool boolean(const Napi::Object& object, const char* name);
std::string text(const Napi::Object& object, const char* name);

// The caller's buffer; throws a TypeError when it is not of type T or is shorter than `count`.
template <class T>
T* buffer(const Napi::Object& object, const char* name, size_t count);

// One line an operator file, called from module.cpp.
using Exports = Napi::Object;

}  // namespace tomolapse::binding
