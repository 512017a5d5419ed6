/* From texts to their signatures in one pass: the reference is clustering.features.signatures with
 * fold, hash_words, hash_shingles and compute_signature. */
#include <stdlib.h>

#include "hashing.h"
#include "kernels.h"

enum { MAX_WORD_LETTERS = 256, SIGNATURE_VALUES = 128 };

/* The letters of a character: how each is mixed, at most three, with a 0 after the last. Most have
 * one, which is in a table of its own. */
enum { SEPARATES = 0, UNKNOWN = 1, N_LETTERS = 4 };
typedef uint64_t Letters[N_LETTERS];

typedef struct {
    size_t n_known;
    const uint64_t *letter_of;
    const uint16_t *kind_of;
    const Letters *letters;
} Folding;

/* Hash the words of a text. The number of words is returned, or -1 if a character is not known or a
 * word too long. */
static int64_t hash_folded(const uint32_t *codes, size_t n, const Folding *folding,
                           const uint64_t *powers, uint64_t *words) {
    uint64_t hash = 0;
    size_t n_words = 0, length = 0;
    for (size_t i = 0; i < n; i++) {
        if (codes[i] >= folding->n_known || length + N_LETTERS > MAX_WORD_LETTERS) return -1;
        uint64_t single = folding->letter_of[codes[i]];
        if (single) {
            hash += single * powers[length++];
            continue;
        }
        uint16_t kind = folding->kind_of[codes[i]];
        if (kind == UNKNOWN) return -1;
        if (kind == SEPARATES) {
            if (length) words[n_words++] = hash;
            hash = length = 0;
        }
        for (const uint64_t *letter = folding->letters[kind]; *letter; letter++)
            hash += *letter * powers[length++];
    }
    if (length) words[n_words++] = hash;
    return (int64_t)n_words;
}

typedef struct {
    const uint64_t *powers, *shingle_factors;
    size_t shingle_words;
    const uint32_t *factors, *offsets;
} Scheme;

/* Sign one text; `words` has room for its words and shingles. Returns whether it could. */
static int sign_text(const uint32_t *codes, size_t n, const Folding *folding, const Scheme *scheme,
                     uint64_t *words, uint32_t *shingles, uint32_t *signature) {
    int64_t n_words = hash_folded(codes, n, folding, scheme->powers, words);
    if (n_words < 0) return 0;
    size_t count = (size_t)n_words;
    size_t size = count < scheme->shingle_words ? count : scheme->shingle_words;
    if (size) hash_shingles(words, count, scheme->shingle_factors, size, shingles);
    size_t n_shingles = size ? count - size + 1 : 0;
    compute_signature(shingles, n_shingles, scheme->factors, scheme->offsets, signature);
    return 1;
}

/* Sign many texts, whose code points follow one another. `is_signed` tells which texts could be:
 * those without a character that is not known. Returns 1, or 0 if there is no memory. */
int sign_texts(const uint32_t *codes, const int64_t *ends, size_t n_texts, size_t n_known,
               const uint64_t *letter_of, const uint16_t *kind_of, const Letters *letters,
               const uint64_t *shingle_factors, size_t shingle_words, const uint32_t *factors,
               const uint32_t *offsets, uint32_t *signatures, uint8_t *is_signed) {
    uint64_t powers[MAX_WORD_LETTERS];
    powers[0] = 1;
    for (int i = 1; i < MAX_WORD_LETTERS; i++) powers[i] = powers[i - 1] * BASE;
    const Folding folding = {n_known, letter_of, kind_of, letters};
    const Scheme scheme = {powers, shingle_factors, shingle_words, factors, offsets};
    size_t most = 1;
    for (size_t i = 0; i < n_texts; i++) {
        size_t n = (size_t)(ends[i] - (i ? ends[i - 1] : 0)) / 2 + 1;
        if (n > most) most = n;
    }
    uint64_t *words = malloc(most * (sizeof(uint64_t) + sizeof(uint32_t)));
    if (!words) return 0;
    uint32_t *shingles = (uint32_t *)(words + most);
    for (size_t i = 0; i < n_texts; i++) {
        size_t start = i ? (size_t)ends[i - 1] : 0, n = (size_t)ends[i] - start;
        uint32_t *signature = signatures + i * SIGNATURE_VALUES;
        is_signed[i] = (uint8_t)sign_text(codes + start, n, &folding, &scheme, words, shingles,
                                          signature);
    }
    free(words);
    return 1;
}
