/* MinHash signatures, bit for bit those of datasketch (scheme affine32): the reference is
 * clustering.features.minhash. */
#include <string.h>

#include "cpu.h"
#include "hashing.h"

enum { PERMUTATIONS = 128, LANES = 8, VECTORS = 4, GROUP = VECTORS * LANES };

typedef uint32_t Vector __attribute__((vector_size(LANES * sizeof(uint32_t))));

static inline __attribute__((always_inline)) Vector load(const uint32_t *values) {
    Vector vector;
    memcpy(&vector, values, sizeof vector);
    return vector;
}

/* Some permutations at a time keep factors, offsets and minima in registers, while the hashes stay
 * in the first cache. */
static inline __attribute__((always_inline)) void minima_of(const uint32_t *hashes, size_t n,
                                                            const uint32_t *factors,
                                                            const uint32_t *offsets,
                                                            uint32_t *minima) {
    for (int first = 0; first < PERMUTATIONS; first += GROUP) {
        Vector factor[VECTORS], offset[VECTORS], lowest[VECTORS];
        for (int j = 0; j < VECTORS; j++) {
            factor[j] = load(factors + first + j * LANES);
            offset[j] = load(offsets + first + j * LANES);
            lowest[j] = load(minima + first + j * LANES);
        }
        for (size_t i = 0; i < n; i++) {
            for (int j = 0; j < VECTORS; j++) {
                Vector value = hashes[i] * factor[j] + offset[j];
                lowest[j] = __builtin_elementwise_min(value, lowest[j]);
            }
        }
        memcpy(minima + first, lowest, sizeof lowest);
    }
}

static void minima_of_any(const uint32_t *hashes, size_t n, const uint32_t *factors,
                          const uint32_t *offsets, uint32_t *minima) {
    minima_of(hashes, n, factors, offsets, minima);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void minima_of_avx2(const uint32_t *hashes, size_t n,
                                                           const uint32_t *factors,
                                                           const uint32_t *offsets,
                                                           uint32_t *minima) {
    minima_of(hashes, n, factors, offsets, minima);
}
#else
#define minima_of_avx2 minima_of_any
#endif

enum { BLOCK = 1024 };

/* Compute the least value of each of 128 permutations over `n` hashes. Repeats make no difference.
 */
void compute_signature(const uint32_t *hashes, size_t n, const uint32_t *factors,
                       const uint32_t *offsets, uint32_t *minima) {
    uint32_t mixed[BLOCK];
    int wide = has_avx2();
    for (int j = 0; j < PERMUTATIONS; j++) minima[j] = UINT32_MAX;
    for (size_t start = 0; start < n; start += BLOCK) {
        size_t count = n - start < BLOCK ? n - start : BLOCK;
        for (size_t i = 0; i < count; i++) mixed[i] = fmix32(hashes[start + i]);
        (wide ? minima_of_avx2 : minima_of_any)(mixed, count, factors, offsets, minima);
    }
}
