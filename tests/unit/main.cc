#include <CppUTest/CommandLineTestRunner.h>
#include <CppUTest/TestRegistry.h>

// CppUTest's own leak detection would count what libraries keep for good; the sanitizer run finds real leaks.
int main(int argc, char** argv) {
  MemoryLeakWarningPlugin::turnOffNewDeleteOverloads();
  return CommandLineTestRunner::RunAllTests(argc, argv);
}
