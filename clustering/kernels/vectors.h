/* Weighted terms of articles, as clustering.similarity.tfidf describes them. */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { TITLE = 1, LEAD = 2, BODY = 4, NAME = 8, NUMBER = 16, BIGRAM = 32 };
enum { WORDS_FIELD, TITLE_FIELD, LEAD_FIELD, NAMES_FIELD, NUMBERS_FIELD, RARE_FIELD, FIELDS };
enum { KEY_WORDS = 2 };

#define MIN_RARE_IDF 0.62f

/* One article. */
typedef struct {
    size_t n_terms;
    const uint32_t *term_ids;
    const uint8_t *flags;
    const float *idf, *weights, *norms, *key_words;
    double published;
    int64_t words;
} Article;

/* A column of records: the stride is in bytes, and values need not be aligned. */
typedef struct {
    const char *first;
    size_t stride;
} Column;

static inline const void *row_of(Column column, size_t row) {
    return column.first + row * column.stride;
}

/* Many articles: their terms one after another, and a row for each. */
typedef struct {
    size_t n_articles;
    const int64_t *ends;
    Column term_ids, flags, counts, norms, key_words, published, words;
} Batch;

/* What a term adds to each field: its weight, its idf, or its weight if it is rare. */
static inline void weigh_fields(uint8_t flags, float weight, float idf_weight, float idf,
                                double *by_field) {
    by_field[WORDS_FIELD] = flags < BIGRAM ? weight : 0;
    by_field[TITLE_FIELD] = flags & TITLE ? idf_weight : 0;
    by_field[LEAD_FIELD] = flags & LEAD ? idf_weight : 0;
    by_field[NAMES_FIELD] = flags & NAME ? weight : 0;
    by_field[NUMBERS_FIELD] = flags & NUMBER ? idf_weight : 0;
    by_field[RARE_FIELD] = flags < BIGRAM && idf > MIN_RARE_IDF ? weight : 0;
}
