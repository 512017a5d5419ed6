#include "cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* Whether processor and system know AVX2 and F16C, which come together. The compiler's __builtin_cpu_supports needs a run-time
 * library that is not linked. */
static int detect_avx2(void) {
    enum { OSXSAVE = 1 << 27, AVX = 1 << 28, F16C = 1 << 29, AVX2 = 1 << 5, SAVED_VECTORS = 6 };
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & OSXSAVE) || !(c & AVX) || !(c & F16C)) return 0;
    unsigned saved, upper;
    __asm__("xgetbv" : "=a"(saved), "=d"(upper) : "c"(0));
    if ((saved & SAVED_VECTORS) != SAVED_VECTORS) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & AVX2);
}
#else
static int detect_avx2(void) { return 0; }
#endif

int has_avx2(void) {
    static int detected = -1; /* threads that race store the same value */
    if (detected < 0) detected = detect_avx2();
    return detected;
}
