/* Mixing functions that the kernels share; each is one to one. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* The finalizers of MurmurHash3, as in clustering.features.tokenize and .minhash. */
static inline uint64_t fmix64(uint64_t value) {
    value = (value ^ (value >> 33)) * 0xFF51AFD7ED558CCDu;
    value = (value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53u;
    return value ^ (value >> 33);
}

static inline uint32_t fmix32(uint32_t value) {
    value = (value ^ (value >> 16)) * 0x85EBCA6Bu;
    value = (value ^ (value >> 13)) * 0xC2B2AE35u;
    return value ^ (value >> 16);
}

/* The odd base of the rolling hash of words. */
#define BASE 0x9E3779B97F4A7C15u
