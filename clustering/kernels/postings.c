/* Look-ups in sorted runs of postings: the reference is clustering.state.sorted_runs. */
#include <stddef.h>
#include <stdint.h>

enum { LARGE_BUCKET_ENTRIES = 256 };

typedef struct {
    const uint32_t *bucket_starts, *entries;
    uint32_t first_slot, bucket_bits;
} Run;

/* The first of some sorted entries that is not below a value. */
static size_t lower_bound(const uint32_t *entries, size_t first, size_t last, uint64_t value) {
    while (first < last) {
        size_t middle = first + (last - first) / 2;
        if (entries[middle] < value)
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

/* Find the postings of some mixed keys in all runs: the position of each key, and a slot. A large
 * bucket gives the newest of a key, at most `max_per_key`. Returns the number that was found; the
 * outputs have room for `room`, and what is beyond it is not written. */
size_t find_postings(const Run *runs, size_t n_runs, const uint32_t *keys, size_t n_keys,
                     size_t max_per_key, size_t room, int64_t *positions, uint32_t *slots) {
    size_t found = 0;
    for (const Run *run = runs; run < runs + n_runs; run++) {
        uint32_t span = (uint32_t)1 << run->bucket_bits;
        for (size_t key = 0; key < n_keys; key++) {
            uint32_t bucket = keys[key] >> (32 - run->bucket_bits);
            uint32_t least = keys[key] << run->bucket_bits;
            size_t first = run->bucket_starts[bucket], last = run->bucket_starts[bucket + 1];
            int is_large = last - first > LARGE_BUCKET_ENTRIES;
            first = lower_bound(run->entries, first, last, least);
            last = lower_bound(run->entries, first, last, (uint64_t)least + span);
            if (is_large && last - first > max_per_key) first = last - max_per_key;
            for (size_t i = first; i < last; i++, found++) {
                if (found >= room) continue;
                positions[found] = (int64_t)key;
                slots[found] = run->entries[i] - least + run->first_slot;
            }
        }
    }
    return found;
}
