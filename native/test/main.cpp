#include <cstdio>
#include <exception>

#include "test/check.h"

namespace tomolapse::test {
namespace {

struct Test {
  const char* name;
  void (*body)();
};

std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

}  // namespace

Registered::Registered(const char* name, void (*body)()) { tests().push_back({name, body}); }

}  // namespace tomolapse::test

// tomolapse_core_test [WORD]: runs the tests whose name contains WORD; exit code 1 when one fails.
int main(int count, char** arguments) {
  using namespace tomolapse::test;
  const std::string word = count > 1 ? arguments[1] : "";
  int passed = 0, failed = 0;
  for (const auto& test : tests()) {
    if (std::string(test.name).find(word) == std::string::npos) continue;
    std::string why;
    try {
      test.body();
    } catch (const Failed& failure) {
      why = failure.where;
    } catch (const std::exception& error) {
      why = std::string("threw ") + error.what();
    }
    if (why.empty()) {
      ++passed;
      std::printf("%s ok\n", test.name);
    } else {
      ++failed;
      std::printf("%s FAILED\n  %s\n", test.name, why.c_str());
    }
    std::fflush(stdout);
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
