/* The features of pairs of articles: the reference is clustering.similarity.pair_features, whose
 * names are used here. All sums are in double precision and in the order of the term ids, so that
 * exchanging two articles changes nothing. */
#include "vectors.h"

#include <math.h>
#include <string.h>

enum { FILTER_BITS = 14, FILTER_SIZE = 1 << FILTER_BITS };
enum { PARTS = 6, FLAGGED_PARTS = 4, SQUARED_IDF_PARTS = 3 };
enum { FIRST_RANKS = 5, RANKS = 15 };
enum { SIMILARITIES = 0, FOUND = 6, MISSING = 12, RAREST = 15, LENGTHS = 18, TIMES = 21, NEAR = 28 };
enum { DATED, LOG_HOURS, WINDOWS, NEAR_BY_4_DAYS = 5, NEAR_BY_60_DAYS };

/* Whether the article may have a term: a bit for each value of its last bits. */
typedef struct {
    uint64_t bits[FILTER_SIZE / 64];
} Filter;

/* Sums over the terms that two articles share; parts come in the order title, lead, numbers, names,
 * ten and twenty key words, for each side. */
typedef struct {
    double products[FIELDS], found[2][PARTS];
    float rarest[RANKS];
    int n_ranked;
} Shared;

static const uint8_t PART_FLAGS[FLAGGED_PARTS] = {TITLE, LEAD, NUMBER, NAME};
static const uint8_t FIELD_OF_PART[FLAGGED_PARTS] = {TITLE_FIELD, LEAD_FIELD, NUMBERS_FIELD,
                                                     NAMES_FIELD};

static void fill_filter(Filter *filter, const Article *article) {
    memset(filter, 0, sizeof *filter);
    for (size_t i = 0; i < article->n_terms; i++) {
        uint32_t last = article->term_ids[i] & (FILTER_SIZE - 1);
        filter->bits[last / 64] |= (uint64_t)1 << (last % 64);
    }
}

static int may_have(const Filter *filter, uint32_t term_id) {
    uint32_t last = term_id & (FILTER_SIZE - 1);
    return (filter->bits[last / 64] >> (last % 64)) & 1;
}

/* The position of a term in the article, or -1; positions before `from` are smaller. */
static int64_t find_term(const Article *article, size_t from, uint32_t term_id) {
    size_t low = from, high = article->n_terms;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (article->term_ids[middle] < term_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < article->n_terms && article->term_ids[low] == term_id ? (int64_t)low : -1;
}

/* Keep the idf of a shared word among the rarest, sorted. */
static void rank(Shared *shared, float idf) {
    int place = shared->n_ranked < RANKS ? shared->n_ranked : RANKS - 1;
    if (shared->n_ranked == RANKS && idf <= shared->rarest[place]) return;
    for (; place > 0 && shared->rarest[place - 1] < idf; place--)
        shared->rarest[place] = shared->rarest[place - 1];
    shared->rarest[place] = idf;
    if (shared->n_ranked < RANKS) shared->n_ranked++;
}

static void add_found(double *found, uint8_t flags, float idf, float weight, const float *key_words) {
    for (int part = 0; part < FLAGGED_PARTS; part++)
        if (flags & PART_FLAGS[part])
            found[part] += part < SQUARED_IDF_PARTS ? idf * idf : weight * weight;
    if (flags >= BIGRAM) return;
    for (int key = 0; key < KEY_WORDS; key++)
        if (weight >= key_words[2 * key]) found[FLAGGED_PARTS + key] += weight * weight;
}

static void add_term(Shared *shared, const Article *article, const float *other_key_words,
                     size_t place, uint8_t other_flags, uint8_t other_count, const float *tf) {
    float idf = article->idf[place], weight = article->weights[place];
    float other_weight = idf * tf[other_count];
    uint8_t flags = article->flags[place], common = flags & other_flags;
    double by_field[FIELDS];
    weigh_fields(common, weight * other_weight, idf * idf, idf, by_field);
    for (int field = 0; field < FIELDS; field++) shared->products[field] += by_field[field];
    add_found(shared->found[0], flags, idf, weight, article->key_words);
    add_found(shared->found[1], other_flags, idf, other_weight, other_key_words);
    if (common < BIGRAM) rank(shared, idf);
}

static double ratio(double numerator, double denominator) {
    return denominator > 0 ? numerator / denominator : 0;
}

static double least(double first, double second) { return first < second ? first : second; }
static double most(double first, double second) { return first > second ? first : second; }

static void write_similarities(double *row, const Shared *shared, const float *norms,
                               const float *other_norms) {
    for (int field = 0; field < FIELDS; field++) {
        double both = (double)(other_norms[field] * norms[field]);
        row[field] = sqrt(ratio(shared->products[field], both));
    }
    if (other_norms[NAMES_FIELD] * norms[NAMES_FIELD] == 0) row[NAMES_FIELD] = row[RARE_FIELD];
}

static double part_size(int part, const float *norms, const float *key_words) {
    if (part >= FLAGGED_PARTS) return (double)key_words[2 * (part - FLAGGED_PARTS) + 1];
    double norm = (double)norms[FIELD_OF_PART[part]];
    return norm * norm;
}

static void write_parts(double *row, const Shared *shared, const float *const norms[2],
                        const float *const key_words[2]) {
    double more[PARTS], less[PARTS], most_missing[PARTS], least_missing[PARTS];
    for (int part = 0; part < PARTS; part++) {
        double share[2], missing[2];
        for (int side = 0; side < 2; side++) {
            double whole = part_size(part, norms[side], key_words[side]);
            share[side] = sqrt(least(ratio(shared->found[side][part], whole), 1));
            missing[side] = most(whole - shared->found[side][part], 0);
        }
        more[part] = most(share[0], share[1]), less[part] = least(share[0], share[1]);
        most_missing[part] = most(missing[0], missing[1]);
        least_missing[part] = least(missing[0], missing[1]);
    }
    enum { TITLE_PART, LEAD_PART, NUMBERS_PART, NAMES_PART, TEN, TWENTY };
    double *found = row + FOUND, *missing = row + MISSING;
    found[0] = more[TITLE_PART], found[1] = less[TITLE_PART];
    found[2] = more[LEAD_PART], found[3] = less[LEAD_PART];
    found[4] = less[TEN], found[5] = more[TWENTY];
    missing[0] = least_missing[TITLE_PART];
    missing[1] = most_missing[NAMES_PART];
    missing[2] = least_missing[NUMBERS_PART];
}

static void write_rarest(double *row, const Shared *shared) {
    row[0] = shared->n_ranked ? (double)shared->rarest[0] : 0;
    row[1] = row[2] = 0;
    for (int i = 0; i < shared->n_ranked; i++) row[i < FIRST_RANKS ? 1 : 2] += shared->rarest[i];
}

static void write_times(double *row, double published, double other_published) {
    static const double WINDOW_DAYS[] = {1.5, 3, 7}, DECAY_DAYS[] = {4, 60};
    double seconds = fabs(other_published - published);
    int is_known = !isnan(seconds);
    double days = (is_known ? seconds : INFINITY) / 86400;
    row[DATED] = is_known;
    row[LOG_HOURS] = log1p((is_known ? seconds : 0) / 3600);
    for (int i = 0; i < 3; i++) row[WINDOWS + i] = days < WINDOW_DAYS[i];
    for (int i = 0; i < 2; i++) row[NEAR_BY_4_DAYS + i] = exp(-days / DECAY_DAYS[i]);
}

static void write_row(double *row, const Shared *shared, const Article *article, const Batch *batch,
                      size_t other) {
    static const int NEAR_FIELDS[] = {WORDS_FIELD, TITLE_FIELD, LEAD_FIELD, RARE_FIELD};
    const float *norms[2] = {article->norms, row_of(batch->norms, other)};
    const float *key_words[2] = {article->key_words, row_of(batch->key_words, other)};
    double published, words[2] = {log1p((double)article->words), 0};
    memcpy(&published, row_of(batch->published, other), sizeof published);
    int32_t other_words;
    memcpy(&other_words, row_of(batch->words, other), sizeof other_words);
    words[1] = log1p((double)other_words);
    write_similarities(row + SIMILARITIES, shared, norms[0], norms[1]);
    write_parts(row, shared, norms, key_words);
    write_rarest(row + RAREST, shared);
    row[LENGTHS] = (norms[0][TITLE_FIELD] > 0) + (norms[1][TITLE_FIELD] > 0);
    row[LENGTHS + 1] = least(words[0], words[1]), row[LENGTHS + 2] = most(words[0], words[1]);
    write_times(row + TIMES, article->published, published);
    for (int i = 0; i < 4; i++)
        row[NEAR + i] = row[SIMILARITIES + NEAR_FIELDS[i]] * row[TIMES + NEAR_BY_4_DAYS];
}

/* Write a row of features for each article of the batch. */
void compute_pair_features(const Article *article, const Batch *batch, const float *tf,
                           double *features, size_t n_features) {
    Filter filter;
    fill_filter(&filter, article);
    size_t i = 0;
    for (size_t other = 0; other < batch->n_articles; other++) {
        Shared shared = {0};
        const float *key_words = row_of(batch->key_words, other);
        size_t from = 0;
        for (; i < (size_t)batch->ends[other]; i++) {
            uint32_t term_id;
            memcpy(&term_id, row_of(batch->term_ids, i), sizeof term_id);
            if (!may_have(&filter, term_id)) continue;
            int64_t place = find_term(article, from, term_id);
            if (place < 0) continue;
            from = (size_t)place + 1;
            add_term(&shared, article, key_words, (size_t)place,
                     *(const uint8_t *)row_of(batch->flags, i),
                     *(const uint8_t *)row_of(batch->counts, i), tf);
        }
        write_row(features + other * n_features, &shared, article, batch, other);
    }
}
