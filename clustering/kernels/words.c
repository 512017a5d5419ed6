/* Words of a text and their hashes: the reference is clustering.features.tokenize. */
#include "hashing.h"

enum { WORD = 1, UNSPACED = 2, DIGIT = 4, SYLLABIC = 8, EXTENDING = 16, JOINING = 32 };
enum { SYLLABIC_CLUSTERS = 3, IDEOGRAPHIC_CLUSTERS = 2 };

typedef struct {
    uint64_t *hashes;
    int64_t *starts, *ends;
    uint8_t *numeric;
    size_t count;
} Words;

static void add_word(Words *words, const uint32_t *codes, const uint8_t *classes, size_t start,
                     size_t end) {
    uint64_t hash = 0, power = 1;
    for (size_t i = start; i < end; i++) {
        hash += fmix64(codes[i]) * power;
        power *= BASE;
    }
    words->hashes[words->count] = hash;
    words->starts[words->count] = (int64_t)start;
    words->ends[words->count] = (int64_t)end;
    words->numeric[words->count++] = (classes[codes[start]] & DIGIT) != 0;
}

/* Whether a character goes on with the cluster of the one before it, in a run of its script. */
static int goes_on(const uint32_t *codes, const uint8_t *classes, size_t i) {
    return (classes[codes[i]] & EXTENDING) || (classes[codes[i - 1]] & JOINING);
}

static size_t cluster_end(const uint32_t *codes, const uint8_t *classes, size_t i, size_t end) {
    do {
        i++;
    } while (i < end && goes_on(codes, classes, i));
    return i;
}

/* Add the overlapping pieces of a run of a script without spaces. A piece that the run is too short
 * for is left out, unless it is the first. */
static void add_pieces(Words *words, const uint32_t *codes, const uint8_t *classes, size_t start,
                       size_t end) {
    for (size_t first = start; first < end; first = cluster_end(codes, classes, first, end)) {
        int wanted = classes[codes[first]] & SYLLABIC ? SYLLABIC_CLUSTERS : IDEOGRAPHIC_CLUSTERS;
        size_t last = first;
        int found = 0;
        for (; found < wanted && last < end; found++) last = cluster_end(codes, classes, last, end);
        if (found == wanted || first == start) add_word(words, codes, classes, first, last);
    }
}

/* Hash every word of a text in code points. Each output has room for `n` words; the number of words
 * is returned. */
size_t hash_words(const uint32_t *codes, size_t n, const uint8_t *classes, uint64_t *hashes,
                  int64_t *starts, int64_t *ends, uint8_t *numeric) {
    Words words = {hashes, starts, ends, numeric, 0};
    for (size_t i = 0; i < n;) {
        uint8_t kind = classes[codes[i]] & (WORD | UNSPACED);
        size_t start = i++;
        if (!kind) continue;
        while (i < n && (classes[codes[i]] & (WORD | UNSPACED)) == kind) i++;
        if (kind == WORD)
            add_word(&words, codes, classes, start, i);
        else
            add_pieces(&words, codes, classes, start, i);
    }
    return words.count;
}

/* Hash every run of `size` words, `size` at most `n`; `factors` has one for each word of a run. */
void hash_shingles(const uint64_t *words, size_t n, const uint64_t *factors, size_t size,
                   uint32_t *shingles) {
    for (size_t i = 0; i + size <= n; i++) {
        uint64_t total = 0;
        for (size_t j = 0; j < size; j++) total += words[i + j] * factors[j];
        shingles[i] = (uint32_t)(fmix64(total) >> 32);
    }
}

/* Hash a whole sequence of words. */
uint64_t sum_words(const uint64_t *words, size_t n) {
    uint64_t total = 0, power = 1;
    for (size_t i = 0; i < n; i++) {
        total += fmix64(words[i]) * power;
        power *= BASE;
    }
    return fmix64(total);
}

/* Sort 32-bit values, eight bits at a time, and drop repeats; `spare` has room for `n` values. The
 * number of values that are left at the beginning of `values` is returned. */
size_t sort_unique(uint32_t *values, size_t n, uint32_t *spare) {
    for (int shift = 0; shift < 32; shift += 8) {
        size_t starts[257] = {0};
        for (size_t i = 0; i < n; i++) starts[((values[i] >> shift) & 255) + 1]++;
        for (int i = 0; i < 256; i++) starts[i + 1] += starts[i];
        for (size_t i = 0; i < n; i++) spare[starts[(values[i] >> shift) & 255]++] = values[i];
        uint32_t *sorted = spare;
        spare = values;
        values = sorted;
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!i || values[i] != values[kept - 1]) values[kept++] = values[i];
    return kept;
}

/* Hash the first letters of each word, and the whole of each number: see
 * clustering.features.word_sequence. */
void hash_stems(const uint32_t *codes, const uint64_t *hashes, const int64_t *starts,
                const int64_t *ends, const uint8_t *numeric, size_t n_words, int64_t letters,
                int shift, uint16_t *stems) {
    for (size_t i = 0; i < n_words; i++) {
        int64_t end = ends[i] - starts[i] > letters ? starts[i] + letters : ends[i];
        uint64_t total = 0;
        for (int64_t j = starts[i]; j < end; j++) {
            total = (total + codes[j] + 1) * BASE;
            total ^= total >> 29;
        }
        /* Each step of the reference shifts once more, also past the end of a word. */
        for (int64_t j = end - starts[i]; j < letters; j++) total ^= total >> 29;
        if (numeric[i]) total = hashes[i];
        stems[i] = (uint16_t)((total * BASE) >> shift);
    }
}
