/* The score of each language for a text, by py3langid's automaton and naive Bayes: the reference is
 * py3langid.langid.LanguageIdentifier._raw_score. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cpu.h"

enum { NO_FEATURE = -1, LANES = 8 };

typedef struct {
    int32_t feature, count;
} Visit;

typedef float Floats __attribute__((vector_size(LANES * sizeof(float))));
typedef _Float16 Halves __attribute__((vector_size(LANES * sizeof(_Float16))));

typedef struct {
    const uint32_t *next_state;
    const uint16_t *row_of;
    const int32_t *feature_of;
} Automaton;

/* Count a feature in a table of open addressing; return whether it is the first visit. */
static int count_visit(Visit *table, size_t mask, int32_t feature) {
    size_t place = ((uint32_t)feature * 0x9E3779B9u) & mask;
    while (table[place].count && table[place].feature != feature) place = (place + 1) & mask;
    table[place].feature = feature;
    return table[place].count++ == 0;
}

static size_t walk(const uint8_t *text, size_t n, const Automaton *automaton, Visit *table,
                   size_t mask) {
    size_t n_features = 0;
    uint32_t state = 0;
    for (size_t i = 0; i < n; i++) {
        state = automaton->next_state[((size_t)automaton->row_of[state] << 8) + text[i]];
        int32_t feature = automaton->feature_of[state];
        if (feature != NO_FEATURE) n_features += (size_t)count_visit(table, mask, feature);
    }
    return n_features;
}

static inline __attribute__((always_inline)) void add_row(const _Float16 *row, float weight,
                                                          float *scores, size_t n) {
    size_t j = 0;
    for (; j + LANES <= n; j += LANES) {
        Halves halves;
        Floats sums;
        memcpy(&halves, row + j, sizeof halves);
        memcpy(&sums, scores + j, sizeof sums);
        sums += weight * __builtin_convertvector(halves, Floats);
        memcpy(scores + j, &sums, sizeof sums);
    }
    for (; j < n; j++) scores[j] += weight * (float)row[j];
}

static inline __attribute__((always_inline)) void add_rows(const Visit *table, size_t size,
                                                           const _Float16 *weights, float *scores,
                                                           size_t n) {
    for (size_t i = 0; i < size; i++)
        if (table[i].count)
            add_row(weights + (size_t)table[i].feature * n, __builtin_logf(1.0f + (float)table[i].count),
                    scores, n);
}

static void add_rows_of_any(const Visit *table, size_t size, const _Float16 *weights, float *scores,
                            size_t n) {
    add_rows(table, size, weights, scores, n);
}

#if defined(__x86_64__)
__attribute__((target("avx2,f16c"))) static void add_rows_of_avx2(const Visit *table, size_t size,
                                                                  const _Float16 *weights,
                                                                  float *scores, size_t n) {
    add_rows(table, size, weights, scores, n);
}
#else
#define add_rows_of_avx2 add_rows_of_any
#endif

/* Add the weights of the features that a text visits to the scores of `n_languages`. Returns the
 * number of different features, or -1 if there is no memory. */
int64_t score_languages(const uint8_t *text, size_t n, const uint32_t *next_state,
                        const uint16_t *row_of, const int32_t *feature_of, const _Float16 *weights,
                        size_t n_languages, float *scores) {
    const Automaton automaton = {next_state, row_of, feature_of};
    size_t size = 16;
    while (size < 2 * n) size *= 2;
    Visit *table = calloc(size, sizeof *table);
    if (!table) return -1;
    size_t n_features = walk(text, n, &automaton, table, size - 1);
    (has_avx2() ? add_rows_of_avx2 : add_rows_of_any)(table, size, weights, scores, n_languages);
    free(table);
    return (int64_t)n_features;
}
