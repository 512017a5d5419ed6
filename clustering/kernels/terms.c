/* The terms of an article: the reference is clustering.features.terms.extract_terms_by_python.
 *
 * Characters are known below a limit, and fit two bytes. Each is looked up as it was written; it
 * becomes one to three characters by folding its case, and each of these none to three by folding
 * its spelling. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hashing.h"
#include "vectors.h"

enum { UNKNOWN = 1, UPPER = 2, SPACE = 4, SENTENCE_END = 8, LETTER = 16, NUMERIC = 32 };
enum { FOLDED_CHARS = 4, MAX_WORD_CHARS = 40, MAX_DECIMALS = 4, MAX_DECIMAL_DIGITS = 20 };
enum { LEAD_WORDS = 60, MAX_BODY_TERMS = 72, MAX_BIGRAMS = 48, MAX_COUNT = 255 };
enum { NOT_KNOWN = -1, NO_MEMORY = -2, FREQUENCIES_MISSING = -3 };

typedef uint16_t Char;

/* What is known of characters: bits, and what case and spelling fold to, with a 0 at the end. */
typedef struct {
    size_t n_known;
    const uint8_t *kinds;
    const Char (*cases)[FOLDED_CHARS], (*spellings)[FOLDED_CHARS];
} Chars;

/* Logarithms of frequencies in a table of open addressing, by the hash of the folded word. */
typedef struct {
    size_t mask;
    const uint64_t *hashes;
    const double *logs;
} Frequencies;

typedef struct {
    const Char *shown, *folded;
    size_t n_shown, n_folded;
    uint64_t hash;
    double log_frequency;
    uint32_t count;
    uint8_t flags;
    int is_head;
} Word;

typedef struct {
    const Word *first, *second;
    double weight;
    uint32_t count;
} Bigram;

typedef struct {
    uint32_t id;
    int rank; /* of equal ids, the last counts: words by their letters, then bigrams by weight */
    const Word *first, *second;
    uint32_t count;
    double log_frequency;
} Term;

typedef struct {
    const Chars *chars;
    Char *shown, *folded;
    size_t n_shown, n_folded;
    Word *words;
    size_t n_words, mask;
    uint32_t *slots; /* number of a word plus one, by hash */
    uint32_t *tokens;
    size_t n_title, n_tokens;
} Reader;

/* --- Reading words --- */

static int is_digit(Char c) { return c >= '0' && c <= '9'; }

/* Where the word that begins at `start` ends: up to forty letters, then decimals. */
static size_t word_end(const Reader *reader, const Char *text, size_t start, size_t n) {
    size_t end = start;
    while (end < n && end - start < MAX_WORD_CHARS && reader->chars->kinds[text[end]] & LETTER) end++;
    for (int i = 0; i < MAX_DECIMALS; i++) {
        if (end + 1 >= n || (text[end] != '.' && text[end] != ',') || !is_digit(text[end + 1])) break;
        size_t most = end + 1 + MAX_DECIMAL_DIGITS;
        for (end++; end < n && end < most && is_digit(text[end]);) end++;
    }
    return end;
}

static int is_word(const Word *word, const Char *folded, size_t n, uint64_t hash) {
    return word->hash == hash && word->n_folded == n
           && !memcmp(word->folded, folded, n * sizeof *folded);
}

/* Find the number of a word, or give it the next. */
static uint32_t number_word(Reader *reader, const Char *shown, size_t n_shown, const Char *folded,
                            size_t n_folded) {
    uint64_t hash = 0;
    for (size_t i = 0; i < n_folded; i++) hash = fmix64(hash + folded[i] + 1) * BASE;
    if (!hash) hash = 1;
    size_t slot = (size_t)hash & reader->mask;
    for (; reader->slots[slot]; slot = (slot + 1) & reader->mask)
        if (is_word(&reader->words[reader->slots[slot] - 1], folded, n_folded, hash))
            return reader->slots[slot] - 1;
    Word word = {shown, folded, n_shown, n_folded, hash, 0, 0, 0, 0};
    reader->words[reader->n_words++] = word;
    reader->slots[slot] = (uint32_t)reader->n_words;
    return (uint32_t)reader->n_words - 1;
}

/* Add a token, unless folding leaves nothing of it. */
static void add_token(Reader *reader, const Char *shown, size_t n_shown, uint8_t flags) {
    const Char *folded = reader->folded + reader->n_folded;
    for (size_t i = 0; i < n_shown; i++)
        for (const Char *c = reader->chars->spellings[shown[i]]; *c; c++)
            reader->folded[reader->n_folded++] = *c;
    size_t n_folded = (size_t)(reader->folded + reader->n_folded - folded);
    if (!n_folded) return;
    uint32_t number = number_word(reader, shown, n_shown, folded, n_folded);
    Word *word = &reader->words[number];
    word->count++;
    word->flags |= flags;
    if (flags & (TITLE | LEAD)) word->is_head = 1;
    if (reader->chars->kinds[word->folded[0]] & NUMERIC) word->flags |= NUMBER;
    reader->tokens[reader->n_tokens++] = number;
}

/* Fold the case of a text; `is_name` tells which characters are of a word that is capitalised
 * within a sentence. Returns the number of characters, or -1 if one is not known. */
static int64_t fold_case(const Reader *reader, const uint32_t *codes, size_t n, Char *shown,
                         uint8_t *is_name) {
    const Chars *chars = reader->chars;
    size_t n_shown = 0;
    uint8_t before = SENTENCE_END, within = 0;
    int in_word = 0;
    for (size_t i = 0; i < n; i++) {
        if (codes[i] >= chars->n_known || chars->kinds[codes[i]] & UNKNOWN) return NOT_KNOWN;
        uint8_t kind = chars->kinds[codes[i]];
        if (!(kind & SPACE) && !in_word) within = (kind & UPPER) && !(before & SENTENCE_END);
        in_word = !(kind & SPACE);
        if (in_word) before = kind;
        for (const Char *c = chars->cases[codes[i]]; *c; c++) {
            is_name[n_shown] = in_word && within;
            shown[n_shown++] = *c;
        }
    }
    return (int64_t)n_shown;
}

/* Read the words of the title, or of the text. Returns 0, or a code below 0. */
static int read_words(Reader *reader, const uint32_t *codes, size_t n, int is_title,
                      uint8_t *is_name) {
    Char *text = reader->shown + reader->n_shown;
    int64_t n_shown = fold_case(reader, codes, n, text, is_name);
    if (n_shown < 0) return (int)n_shown;
    reader->n_shown += (size_t)n_shown;
    size_t before = reader->n_tokens;
    for (size_t i = 0; i < (size_t)n_shown;) {
        if (!(reader->chars->kinds[text[i]] & LETTER)) {
            i++;
            continue;
        }
        size_t end = word_end(reader, text, i, (size_t)n_shown);
        uint8_t flags = TITLE;
        if (!is_title) {
            flags = reader->n_tokens - before < LEAD_WORDS ? LEAD | BODY : BODY;
            if (is_name[i]) flags |= NAME;
        }
        add_token(reader, text + i, end - i, flags);
        i = end;
    }
    return 0;
}

/* --- Frequencies --- */

/* Look up the frequencies of all words; write those that are missing, one a line. */
static size_t look_up(Reader *reader, const Frequencies *frequencies, Char *missing,
                      uint64_t *missing_hashes, int64_t *n_chars) {
    const Char *start = missing;
    size_t n_missing = 0;
    for (size_t i = 0; i < reader->n_words; i++) {
        Word *word = &reader->words[i];
        size_t slot = (size_t)word->hash & frequencies->mask;
        while (frequencies->hashes[slot] && frequencies->hashes[slot] != word->hash)
            slot = (slot + 1) & frequencies->mask;
        if (frequencies->hashes[slot]) {
            word->log_frequency = frequencies->logs[slot];
            continue;
        }
        memcpy(missing, word->folded, word->n_folded * sizeof *missing);
        missing += word->n_folded;
        *missing++ = '\n';
        missing_hashes[n_missing++] = word->hash;
    }
    *n_chars = missing - start;
    return n_missing;
}

/* --- Choosing terms --- */

static int compare_words(const Word *first, const Word *second) {
    size_t n = first->n_folded < second->n_folded ? first->n_folded : second->n_folded;
    for (size_t i = 0; i < n; i++)
        if (first->folded[i] != second->folded[i])
            return first->folded[i] < second->folded[i] ? -1 : 1;
    return (first->n_folded > second->n_folded) - (first->n_folded < second->n_folded);
}

static int comes_before(const Bigram *first, const Bigram *second) {
    if (first->weight != second->weight) return first->weight < second->weight;
    int order = compare_words(first->first, second->first);
    if (order || !first->second) return order < 0;
    return compare_words(first->second, second->second) < 0;
}

/* Put a candidate among the best, sorted, if it belongs there. */
static size_t keep_best(Bigram *best, size_t count, size_t limit, Bigram candidate) {
    if (count == limit) {
        if (!comes_before(&candidate, &best[count - 1])) return count;
        count--;
    }
    size_t place = count;
    for (; place > 0 && comes_before(&candidate, &best[place - 1]); place--)
        best[place] = best[place - 1];
    best[place] = candidate;
    return count + 1;
}

static double weigh(uint32_t count, double log_frequency, double log_typical_words) {
    return (1 + log((double)count)) * (log_frequency + log_typical_words);
}

static double bigram_log(const Word *first, const Word *second, double log_factor, double log_min) {
    double sum = log_factor + first->log_frequency + second->log_frequency;
    return sum > log_min ? sum : log_min;
}

/* Mark the most distinctive words that are neither in the title nor in the lead. */
static void choose_words(Reader *reader, double log_typical_words) {
    Bigram best[MAX_BODY_TERMS];
    size_t count = 0;
    for (size_t i = 0; i < reader->n_words; i++) {
        Word *word = &reader->words[i];
        if (word->is_head) continue;
        double weight = weigh(word->count, word->log_frequency, log_typical_words);
        Bigram candidate = {word, NULL, weight, word->count};
        count = keep_best(best, count, MAX_BODY_TERMS, candidate);
    }
    for (size_t i = 0; i < count; i++) reader->words[best[i].first - reader->words].is_head = 1;
}

/* Count the pairs of words that follow each other in title or text. */
static size_t count_bigrams(const Reader *reader, Bigram *bigrams, uint32_t *slots, size_t mask) {
    size_t count = 0;
    for (size_t i = 1; i < reader->n_tokens; i++) {
        if (i == reader->n_title) continue;
        const Word *first = &reader->words[reader->tokens[i - 1]];
        const Word *second = &reader->words[reader->tokens[i]];
        size_t slot = (size_t)fmix64(first->hash * BASE + second->hash) & mask;
        while (slots[slot] && (bigrams[slots[slot] - 1].first != first
                               || bigrams[slots[slot] - 1].second != second))
            slot = (slot + 1) & mask;
        if (!slots[slot]) {
            Bigram bigram = {first, second, 0, 0};
            bigrams[count++] = bigram;
            slots[slot] = (uint32_t)count;
        }
        bigrams[slots[slot] - 1].count++;
    }
    return count;
}

/* --- Writing terms --- */

static uint32_t rotate(uint32_t value, int bits) { return value << bits | value >> (32 - bits); }

static size_t write_utf8(const Word *word, uint8_t *bytes) {
    size_t n = 0;
    for (size_t i = 0; i < word->n_folded; i++) {
        Char c = word->folded[i];
        if (c < 0x80) {
            bytes[n++] = (uint8_t)c;
        } else if (c < 0x800) {
            bytes[n++] = (uint8_t)(0xC0 | c >> 6);
            bytes[n++] = (uint8_t)(0x80 | (c & 0x3F));
        } else {
            bytes[n++] = (uint8_t)(0xE0 | c >> 12);
            bytes[n++] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
            bytes[n++] = (uint8_t)(0x80 | (c & 0x3F));
        }
    }
    return n;
}

/* MurmurHash3 (x86, 32 bits, seed 0) of the UTF-8 form of a term. */
static uint32_t hash_term(const Word *first, const Word *second) {
    uint8_t bytes[2 * 3 * 3 * (MAX_WORD_CHARS + MAX_DECIMALS * (1 + MAX_DECIMAL_DIGITS)) + 1];
    size_t n = write_utf8(first, bytes);
    if (second) {
        bytes[n++] = ' ';
        n += write_utf8(second, bytes + n);
    }
    uint32_t hash = 0, block;
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        memcpy(&block, bytes + i, 4);
        hash ^= rotate(block * 0xCC9E2D51u, 15) * 0x1B873593u;
        hash = rotate(hash, 13) * 5 + 0xE6546B64u;
    }
    block = 0;
    for (size_t j = n; j > i; j--) block = block << 8 | bytes[j - 1];
    if (n > i) hash ^= rotate(block * 0xCC9E2D51u, 15) * 0x1B873593u;
    return fmix32(hash ^ (uint32_t)n);
}

static int compare_terms(const void *first_term, const void *second_term) {
    const Term *first = first_term, *second = second_term;
    if (first->id != second->id) return first->id < second->id ? -1 : 1;
    if (first->rank != second->rank) return first->rank < second->rank ? -1 : 1;
    return compare_words(first->first, second->first);
}

static Char *write_word(Char *names, const Word *word) {
    memcpy(names, word->shown, word->n_shown * sizeof *names);
    return names + word->n_shown;
}

typedef struct {
    uint32_t *ids;
    float *prior;
    uint8_t *counts, *flags;
    Char *names;
    int64_t *n_name_chars;
} Output;

static size_t write_terms(Term *terms, size_t n, double log_typical_words, Output output) {
    qsort(terms, n, sizeof *terms, compare_terms);
    const Char *start = output.names;
    size_t written = 0;
    for (size_t i = 0; i < n; i++) {
        const Term *term = &terms[i];
        if (i + 1 < n && terms[i + 1].id == term->id) continue;
        output.ids[written] = term->id;
        output.prior[written] = (float)-expm1(-exp(term->log_frequency + log_typical_words));
        output.counts[written] = (uint8_t)(term->count < MAX_COUNT ? term->count : MAX_COUNT);
        output.flags[written++] = term->second ? BIGRAM : term->first->flags;
        output.names = write_word(output.names, term->first);
        if (term->second) {
            *output.names++ = ' ';
            output.names = write_word(output.names, term->second);
        }
        *output.names++ = '\n';
    }
    *output.n_name_chars = output.names - start;
    return written;
}

typedef struct {
    double log_typical_words, log_bigram_factor, log_min_frequency;
} Weights;

static size_t choose_terms(Reader *reader, const Weights *weights, Bigram *bigrams, uint32_t *slots,
                           Term *terms) {
    Bigram best[MAX_BIGRAMS];
    size_t n_best = 0, n_terms = 0;
    choose_words(reader, weights->log_typical_words);
    memset(slots, 0, (reader->mask + 1) * sizeof *slots);
    size_t n_bigrams = count_bigrams(reader, bigrams, slots, reader->mask);
    for (size_t i = 0; i < n_bigrams; i++) {
        double log_frequency = bigram_log(bigrams[i].first, bigrams[i].second,
                                          weights->log_bigram_factor, weights->log_min_frequency);
        bigrams[i].weight = weigh(bigrams[i].count, log_frequency, weights->log_typical_words);
        n_best = keep_best(best, n_best, MAX_BIGRAMS, bigrams[i]);
    }
    for (size_t i = 0; i < reader->n_words; i++) {
        const Word *word = &reader->words[i];
        if (!word->is_head) continue;
        Term term = {hash_term(word, NULL), 0, word, NULL, word->count, word->log_frequency};
        terms[n_terms++] = term;
    }
    for (size_t i = 0; i < n_best; i++) {
        const Bigram *bigram = &best[i];
        Term term = {hash_term(bigram->first, bigram->second), 1 + (int)i, bigram->first,
                     bigram->second, bigram->count,
                     bigram_log(bigram->first, bigram->second, weights->log_bigram_factor,
                                weights->log_min_frequency)};
        terms[n_terms++] = term;
    }
    return n_terms;
}

/* Extract the terms of a title and a text, which follow one another in `codes`.
 *
 * Returns the number of terms; or NOT_KNOWN if there is a character whose folding is not known,
 * NO_MEMORY, or FREQUENCIES_MISSING: then `names` has words whose frequency is not in the table, one
 * a line, and `missing` their hashes. Arrays have room for one and a half times as many terms as there are characters, and for 64 more; `names` for
 * twelve times as many characters, and for 13,000 more. */
int64_t extract_terms(const uint32_t *codes, size_t n_title, size_t n_text, size_t n_known,
                      const uint8_t *kinds, const Char (*cases)[FOLDED_CHARS],
                      const Char (*spellings)[FOLDED_CHARS], size_t n_slots,
                      const uint64_t *frequency_hashes, const double *logs,
                      const double *log_weights, uint32_t *ids, float *prior, uint8_t *counts,
                      uint8_t *flags, Char *names, int64_t *n_name_chars, uint64_t *missing) {
    const Chars chars = {n_known, kinds, cases, spellings};
    const Frequencies frequencies = {n_slots - 1, frequency_hashes, logs};
    const Weights weights = {log_weights[0], log_weights[1], log_weights[2]};
    /* Words are apart by a character at least, or longer than two. */
    size_t most_chars = 3 * (n_title + n_text) + 1, most = most_chars / 2 + 2, size = 64;
    while (size <= most) size *= 2;
    size_t bytes = most * (sizeof(Word) + sizeof(Bigram) + sizeof(Term) + sizeof(uint32_t))
                   + most_chars * (4 * sizeof(Char) + 1) + MAX_BIGRAMS * sizeof(Term)
                   + size * sizeof(uint32_t);
    char *memory = malloc(bytes);
    if (!memory) return NO_MEMORY;
    Term *terms = (Term *)memory;
    Word *words = (Word *)(terms + most + MAX_BIGRAMS);
    Bigram *bigrams = (Bigram *)(words + most);
    uint32_t *slots = (uint32_t *)(bigrams + most), *tokens = slots + size;
    Char *shown = (Char *)(tokens + most), *folded = shown + most_chars;
    uint8_t *is_name = (uint8_t *)(folded + 3 * most_chars);
    memset(slots, 0, size * sizeof *slots);
    Reader reader = {&chars, shown, folded, 0, 0, words, 0, size - 1, slots, tokens, 0, 0};
    int64_t result = read_words(&reader, codes, n_title, 1, is_name);
    reader.n_title = reader.n_tokens;
    if (!result) result = read_words(&reader, codes + n_title, n_text, 0, is_name);
    if (!result) {
        size_t n_missing = look_up(&reader, &frequencies, names, missing, n_name_chars);
        if (n_missing) result = FREQUENCIES_MISSING;
    }
    if (!result) {
        size_t n_terms = choose_terms(&reader, &weights, bigrams, slots, terms);
        Output output = {ids, prior, counts, flags, names, n_name_chars};
        result = (int64_t)write_terms(terms, n_terms, weights.log_typical_words, output);
    }
    free(memory);
    return result;
}
