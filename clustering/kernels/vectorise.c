/* The weights of an article's terms under an IDF snapshot: the reference is
 * clustering.similarity.tfidf.vectorise_by_numpy. */
#include <math.h>
#include <stdlib.h>

#include "vectors.h"

#define BACKGROUND_ARTICLES 1000.0
#define COMMON_TERM_SHARE 0.1
#define SHARE_SMOOTHING_ARTICLES 50.0
#define MIN_IDF 0.01

enum { MOST_KEY_WORDS = 20 };
static const int N_KEY_WORDS[KEY_WORDS] = {10, MOST_KEY_WORDS};

static void write_idf(const uint32_t *term_ids, const float *prior, size_t n, const uint32_t *counts,
                      int bucket_shift, double n_articles, float *idf) {
    double total = n_articles + 1 + BACKGROUND_ARTICLES, log_total = log(total);
    for (size_t i = 0; i < n; i++) {
        double observed = counts ? counts[term_ids[i] >> bucket_shift] : 0;
        double blended = (observed + 1 + (float)BACKGROUND_ARTICLES * prior[i]) / total;
        double excess = observed / (n_articles + SHARE_SMOOTHING_ARTICLES) - COMMON_TERM_SHARE;
        double value = -log(blended > excess ? blended : excess) / log_total;
        idf[i] = (float)(value > MIN_IDF ? value : MIN_IDF);
    }
}

static void write_norms(const uint8_t *flags, const float *idf, const float *weights, size_t n,
                        float *norms) {
    double sums[FIELDS] = {0}, by_field[FIELDS];
    for (size_t i = 0; i < n; i++) {
        weigh_fields(flags[i], weights[i], idf[i], idf[i], by_field);
        for (int field = 0; field < FIELDS; field++) sums[field] += by_field[field] * by_field[field];
    }
    for (int field = 0; field < FIELDS; field++) norms[field] = (float)sqrt(sums[field]);
}

/* For ten and for twenty words: the least weight of the heaviest, and the sum of their squares. */
static void write_key_words(const uint8_t *flags, const float *weights, size_t n, float *key_words) {
    float heaviest[MOST_KEY_WORDS];
    int count = 0;
    for (size_t i = 0; i < n; i++) {
        if (flags[i] >= BIGRAM) continue;
        int is_full = count == MOST_KEY_WORDS;
        if (is_full && weights[i] <= heaviest[MOST_KEY_WORDS - 1]) continue;
        int place = is_full ? MOST_KEY_WORDS - 1 : count++;
        for (; place > 0 && heaviest[place - 1] < weights[i]; place--)
            heaviest[place] = heaviest[place - 1];
        heaviest[place] = weights[i];
    }
    for (int key = 0; key < KEY_WORDS; key++) {
        int taken = count < N_KEY_WORDS[key] ? count : N_KEY_WORDS[key];
        float lowest = taken ? heaviest[taken - 1] : INFINITY;
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            if (flags[i] < BIGRAM && weights[i] >= lowest) sum += weights[i] * weights[i];
        key_words[2 * key] = lowest;
        key_words[2 * key + 1] = (float)sum;
    }
}

/* Weigh the terms of an article. `document_counts` has a count for each value of the leading bits
 * of a term id, or is null if nothing was counted. */
void vectorise(const uint32_t *term_ids, const float *prior, const uint8_t *counts,
               const uint8_t *flags, size_t n, const uint32_t *document_counts, int bucket_shift,
               double n_articles, const float *tf, float *idf, float *weights, float *norms,
               float *key_words) {
    write_idf(term_ids, prior, n, document_counts, bucket_shift, n_articles, idf);
    for (size_t i = 0; i < n; i++) weights[i] = idf[i] * tf[counts[i]];
    write_norms(flags, idf, weights, n, norms);
    write_key_words(flags, weights, n, key_words);
}

/* Terms as clustering.events.term_store packs them. */
typedef struct __attribute__((packed)) {
    uint32_t term_id;
    float prior;
    uint8_t count, flags;
} PackedTerm;

/* Compute the norms and key words of many articles, whose terms follow one another in `packed`.
 * Returns 1, or 0 if there is no memory. */
int weigh_packed(const PackedTerm *packed, const int64_t *ends, size_t n_articles,
                 const uint32_t *document_counts, int bucket_shift, double n_counted,
                 const float *tf, float *norms, float *key_words) {
    size_t most = 1;
    for (size_t i = 0; i < n_articles; i++) {
        size_t n = (size_t)(ends[i] - (i ? ends[i - 1] : 0));
        if (n > most) most = n;
    }
    uint32_t *term_ids = malloc(most * (sizeof *term_ids + 3 * sizeof(float) + 2));
    if (!term_ids) return 0;
    float *prior = (float *)(term_ids + most), *idf = prior + most, *weights = idf + most;
    uint8_t *counts = (uint8_t *)(weights + most), *flags = counts + most;
    const PackedTerm *term = packed;
    for (size_t i = 0; i < n_articles; i++) {
        size_t n = (size_t)(ends[i] - (i ? ends[i - 1] : 0));
        for (size_t j = 0; j < n; j++, term++) {
            term_ids[j] = term->term_id, prior[j] = term->prior;
            counts[j] = term->count, flags[j] = term->flags;
        }
        vectorise(term_ids, prior, counts, flags, n, document_counts, bucket_shift, n_counted, tf,
                  idf, weights, norms + i * FIELDS, key_words + i * 2 * KEY_WORDS);
    }
    free(term_ids);
    return 1;
}
