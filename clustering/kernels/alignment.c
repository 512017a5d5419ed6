/* Runs of words that two texts share: the reference is clustering.duplicates.alignment. */
#include <stddef.h>
#include <stdint.h>

/* Whether two words are the same, whatever their marks. */
static int is_word(uint16_t first, uint16_t second, int mark_bits) {
    return ((first ^ second) >> mark_bits) == 0;
}

/* Whether two sequences have three words in a row in common. */
int share_triple(const uint16_t *words, size_t n, const uint16_t *few_words, size_t n_few,
                 int mark_bits) {
    for (size_t i = 0; i + 3 <= n; i++)
        for (size_t j = 0; j + 3 <= n_few; j++)
            if (is_word(words[i], few_words[j], mark_bits)
                && is_word(words[i + 1], few_words[j + 1], mark_bits)
                && is_word(words[i + 2], few_words[j + 2], mark_bits))
                return 1;
    return 0;
}
