/* Kernels that other kernels call. */
#pragma once
#include <stddef.h>
#include <stdint.h>

void compute_signature(const uint32_t *hashes, size_t n, const uint32_t *factors,
                       const uint32_t *offsets, uint32_t *minima);
void hash_shingles(const uint64_t *words, size_t n, const uint64_t *factors, size_t size,
                   uint32_t *shingles);
