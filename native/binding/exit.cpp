#include <cstdlib>

#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

// exitNow(code): never returns. No thread is joined, no destructor runs, no buffer is flushed.
void exit_now(const Napi::CallbackInfo& info) { std::_Exit(info[0].As<Napi::Number>().Int32Value()); }

}  // namespace

void export_exit(Napi::Env env, Exports exports) { exports.Set("exitNow", Napi::Function::New(env, exit_now)); }

}  // namespace tomolapse::binding
