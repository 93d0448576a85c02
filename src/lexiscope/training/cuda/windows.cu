// Windows of a stretch of text, each trained by a warp: skip-gram and CBOW, any loss that asks about a few rows of W'.
//
// The same random decisions, and in one warp the same windows in the same order, as `kernels/windows.py`; only that
// skip-gram's context words meet the output rows one after the other, GROUP rows at a time. Output rows and their
// changes stay in registers (a lane has four floats of each 128), and every change is added to W or W' atomically,
// so that none is lost; in which order, nobody says.
//
// What a run fixes is a macro, so that loops unroll: CBOW, COLUMNS, WINDOW, SHRINK, NEGATIVE, TREE, TREE_BASE,
// SHIFTED, FROZEN, MEAN, EXACT, SLOTS, GROUP (see `program.py`).

#define PARTS ((COLUMNS + 127) / 128)
// Positions that a warp takes at a time, and how often it looks up the learning rate anew.
#define SPAN 256
#define RATE_BLOCK 4096ll
#define RETRIES 8
#define NOISE_SLOTS (NEGATIVE > 0 ? NEGATIVE + 1 : 0)

#define GOLDEN 0x9E3779B97F4A7C15ull
#define STREAM 0xD1B54A32D192ED03ull
#define NOISE_STREAM 0x8BB84B93962EACC9ull

// What the kernel is given; the tables that the loss does not have are null.
struct Job {
  const int* ids;        // of positions `first` on
  long long first, stop; // of the text, on the device
  const unsigned* keep;  // by word: subsampling thresholds
  u64 key;               // of the seed and the epoch
  float* inputs;         // W
  float* outputs;        // W'
  const unsigned* alias; // Walker's table: threshold and other word
  int words;
  const long long* starts; // of each word's path
  const int* nodes;
  const float* turns;
  const float* shifts;         // taken off the scores of W's rows
  const unsigned char* frozen; // by word
};

// A warp's notes.
struct Notes {
  int words[WINDOW + SPAN + WINDOW]; // kept ones, -1 after a sentence; the block's begin at WINDOW
  int places[SPAN];                  // of the block's, from its begin
  int targets[SLOTS];                // rows of W', -1 for an empty slot
  float signs[SLOTS];
};

struct Sums {
  lanes<float> loss;
  u64 pairs, centers;
};

template <class Bits>
DEVICE Bits mix(Bits x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

template <class Bits>
DEVICE Bits below(Bits number, u64 bound) {
  return ((number >> 32) * bound) >> 32;
}

DEVICE lanes<bool> is_kept(const Job& job, lanes<long long> position, lanes<int> word, lanes<bool> wanted) {
  lanes<u64> number = mix(bits_of(position) * GOLDEN + job.key);
  return (number >> 32) <= bits_of(read(job.keep, wide(word), wanted, 0u));
}

// ---- The words of a block, and the context that its windows reach

// Reads 32 positions going one way. A wall, or the end of what is there, ends it.
struct Look {
  lanes<int> word;
  unsigned kept; // those before the first wall
  bool ended;
};

DEVICE Look look(const Job& job, long long from, int way) {
  lanes<long long> position = wide(lane()) * (long long)way + from;
  lanes<bool> inside = (position >= job.first) & (position < job.stop);
  Look seen;
  seen.word = read(job.ids, position - job.first, inside, -1);
  lanes<bool> is_word = seen.word >= 0;
  unsigned walls = votes(!is_word);
  unsigned before_wall = walls ? (walls & (0u - walls)) - 1u : ~0u;
  seen.kept = votes(is_word & is_kept(job, position, seen.word, is_word)) & before_wall;
  seen.ended = walls != 0;
  return seen;
}

// Fills notes.words. Gives where the entries begin, where the block's end, and where all end.
struct Gathered {
  int start, last, stop;
};

DEVICE Gathered gather(const Job& job, long long begin, long long end, Notes& notes) {
  Gathered found = {WINDOW, WINDOW, WINDOW};
  int before = 0;
  bool ended = false;
  for (long long at = begin - 1; !ended && before < WINDOW; at -= 32) {
    Look seen = look(job, at, -1);
    lanes<int> rank = bits_below(seen.kept, lane()) + before;
    write(notes.words, WINDOW - 1 - rank, seen.word, has_bit(seen.kept, lane()) & (rank < WINDOW));
    before += bits_set(seen.kept);
    ended = seen.ended;
  }
  found.start = WINDOW - (before < WINDOW ? before : WINDOW);
  int size = WINDOW;
  for (long long at = begin; at < end; at += 32) {
    lanes<long long> position = wide(lane()) + at;
    lanes<bool> inside = position < end;
    lanes<int> word = read(job.ids, position - job.first, inside, -1);
    lanes<bool> is_word = word >= 0;
    lanes<bool> stays = inside & ((!is_word) | is_kept(job, position, word, is_word));
    unsigned kept = votes(stays);
    lanes<int> place = bits_below(kept, lane()) + size;
    write(notes.words, place, word, stays);
    write(notes.places, place - WINDOW, narrow(position - begin), stays);
    size += bits_set(kept);
  }
  settle();
  found.last = size;
  int after = 0;
  ended = size > WINDOW && notes.words[size - 1] < 0;
  for (long long at = end; !ended && after < WINDOW; at += 32) {
    Look seen = look(job, at, 1);
    lanes<int> rank = bits_below(seen.kept, lane()) + after;
    write(notes.words, rank + size, seen.word, has_bit(seen.kept, lane()) & (rank < WINDOW));
    after += bits_set(seen.kept);
    ended = seen.ended;
  }
  settle();
  found.stop = size + (after < WINDOW ? after : WINDOW);
  return found;
}

// ---- A window's rows of W'

DEVICE int draw_noise(const Job& job, u64 key, long long position, int center, Notes& notes) {
#if NEGATIVE > 0
  u64 state = mix(key + (u64)position * GOLDEN) ^ NOISE_STREAM;
  // Lane k has the word of slot k; draws are made 32 at a time, and used in their order.
  lanes<int> mine = select(lane() == 0, lanes<int>(center), lanes<int>(-1));
  lanes<int> drawn = mine;
  int used = 0;
  for (int slot = 1; slot <= NEGATIVE; slot++) {
    for (int attempt = 0; attempt < RETRIES; attempt++) {
      if ((used & 31) == 0) {
        lanes<u64> number = mix(bits_of(wide(lane()) + (long long)(used + 1)) * GOLDEN + state);
        lanes<int> column = narrow(below(number, job.words));
        lanes<bool> all = lane() >= 0;
        lanes<u64> threshold = bits_of(read(job.alias, wide(column) * 2ll, all, 0u));
        lanes<int> other = narrow(bits_of(read(job.alias, wide(column) * 2ll + 1ll, all, 0u)));
        drawn = select((number & 0xFFFFFFFFull) < threshold, column, other);
      }
      int word = from_lane(drawn, used & 31);
      used++;
      if (!votes(mine == word)) {
        mine = select(lane() == slot, lanes<int>(word), mine);
        break;
      }
    }
  }
  lanes<float> sign = select(mine >= 0, lanes<float>(-1.f), lanes<float>(0.f));
  write(notes.targets, lane(), mine, lane() <= NEGATIVE);
  write(notes.signs, lane(), select(lane() == 0, lanes<float>(1.f), sign), lane() <= NEGATIVE);
#endif
  return NOISE_SLOTS;
}

DEVICE int list_path(const Job& job, int center, int slots, Notes& notes) {
#if TREE
  long long start = job.starts[center];
  int length = (int)(job.starts[center + 1] - start);
  for (int at = 0; at < length; at += 32) {
    lanes<int> turn = lane() + at;
    lanes<bool> inside = turn < length;
    lanes<int> node = read(job.nodes, wide(turn) + start, inside, 0);
    write(notes.targets, turn + slots, node + TREE_BASE, inside);
    write(notes.signs, turn + slots, read(job.turns, wide(turn) + start, inside, 0.f), inside);
  }
  slots += length;
#endif
  return slots;
}

// ---- Rows against a group of output rows

struct Group {
  lanes4 rows[GROUP][PARTS];
  int targets[GROUP];
  lanes<float> sign, shift; // lane 4 k has those of row k
};

// Where `sums` leaves the sum of value k: in lanes 4 k to 4 k + 3.
DEVICE lanes<int> own_value() { return (lane() >> 2) & (GROUP > 4 ? 7 : 3); }

DEVICE void bring(const Job& job, const Notes& notes, int begin, int slots, Group& group) {
#pragma unroll
  for (int k = 0; k < GROUP; k++) {
    group.targets[k] = begin + k < slots ? notes.targets[begin + k] : -1;
#pragma unroll
    for (int part = 0; part < PARTS; part++) {
      if (group.targets[k] < 0)
        group.rows[k][part] = lanes4{0.f, 0.f, 0.f, 0.f};
      else
        group.rows[k][part] = load4(job.outputs + (size_t)group.targets[k] * COLUMNS, part, COLUMNS);
    }
  }
  lanes<int> slot = own_value() + begin;
  lanes<bool> used = (slot < slots) & (own_value() < GROUP);
  group.sign = read(notes.signs, wide(slot), used, 0.f);
  group.shift = 0.f;
#if SHIFTED
  lanes<int> row = read(notes.targets, wide(slot), used, -1);
  group.shift = read(job.shifts, wide(row), row >= 0, 0.f);
#endif
}

DEVICE lanes<float> halved(lanes<float> one, lanes<float> other, int bit) {
  lanes<bool> upper = (lane() & bit) != 0;
  return select(upper, other, one) + across(select(upper, one, other), bit);
}

// The sums over all lanes of some values: lane 4 k has that of value k.
DEVICE lanes<float> sums(lanes<float>* values) {
#if GROUP > 4
#pragma unroll
  for (int i = 0; i < 4; i++) values[i] = halved(values[i], values[i + 4], 16);
#else
#pragma unroll
  for (int i = 0; i < 4; i++) values[i] = values[i] + across(values[i], 16);
#endif
#pragma unroll
  for (int i = 0; i < 2; i++) values[i] = halved(values[i], values[i + 2], 8);
  lanes<float> sum = halved(values[0], values[1], 4);
  sum = sum + across(sum, 2);
  return sum + across(sum, 1);
}

// The gradients of a vector's scores, times the learning rate: lane 4 k has that of row k. Adds the loss.
DEVICE lanes<float> judge(const lanes4* vector, const Group& group, float alpha, Sums& done) {
  lanes<float> products[GROUP > 4 ? 8 : 4];
#pragma unroll
  for (int k = 0; k < (GROUP > 4 ? 8 : 4); k++) {
    products[k] = 0.f;
    if (k >= GROUP) continue;
#pragma unroll
    for (int part = 0; part < PARTS; part++) {
      const lanes4 &x = vector[part], &o = group.rows[k][part];
      products[k] = products[k] + x.x * o.x + x.y * o.y + x.z * o.z + x.w * o.w;
    }
  }
  lanes<float> z = group.sign * (sums(products) - group.shift);
  lanes<float> short_of = 1.f / (exponential(z) + 1.f);
  lanes<float> loss = logarithm(exponential(-magnitude(z)) + 1.f) + select(z < 0.f, -z, lanes<float>(0.f));
  lanes<bool> counts = (group.sign != 0.f) & ((lane() & 3) == 0) & (lane() < 4 * GROUP);
  done.loss = done.loss + select(counts, loss, lanes<float>(0.f));
  return group.sign * short_of * alpha;
}

DEVICE void add_scaled(lanes4& to, float factor, const lanes4& row) {
  to.x = to.x + row.x * factor;
  to.y = to.y + row.y * factor;
  to.z = to.z + row.z * factor;
  to.w = to.w + row.w * factor;
}

DEVICE bool is_frozen(const Job& job, int word) {
#if FROZEN
  return job.frozen[word] != 0;
#else
  return false;
#endif
}

// ---- The two architectures

// A window's context words, entries `left` to `right` without `center`.
struct Reach {
  int left, center, right;
};

#if !CBOW
DEVICE void train_window(const Job& job, const Notes& notes, Reach reach, int slots, float alpha, Sums& done) {
  Group group;
  lanes4 changes[GROUP][PARTS];
  for (int begin = 0; begin < slots; begin += GROUP) {
    bring(job, notes, begin, slots, group);
    pause();
#pragma unroll
    for (int k = 0; k < GROUP; k++)
#pragma unroll
      for (int part = 0; part < PARTS; part++) changes[k][part] = lanes4{0.f, 0.f, 0.f, 0.f};
    for (int at = reach.left; at <= reach.right; at++) {
      if (at == reach.center) continue;
      int word = notes.words[at];
      float* row = job.inputs + (size_t)word * COLUMNS;
      lanes4 vector[PARTS], change[PARTS];
#pragma unroll
      for (int part = 0; part < PARTS; part++) {
        vector[part] = load4(row, part, COLUMNS);
        change[part] = lanes4{0.f, 0.f, 0.f, 0.f};
      }
      lanes<float> gradients = judge(vector, group, alpha, done);
#pragma unroll
      for (int k = 0; k < GROUP; k++) {
        float gradient = from_lane(gradients, 4 * k);
#pragma unroll
        for (int part = 0; part < PARTS; part++) {
          add_scaled(change[part], gradient, group.rows[k][part]);
          add_scaled(changes[k][part], gradient, vector[part]);
        }
      }
      if (!is_frozen(job, word)) {
        pause();
#pragma unroll
        for (int part = 0; part < PARTS; part++) add4(row, part, COLUMNS, change[part]);
      }
    }
#pragma unroll
    for (int k = 0; k < GROUP; k++) {
      if (group.targets[k] < 0) continue;
#pragma unroll
      for (int part = 0; part < PARTS; part++)
        add4(job.outputs + (size_t)group.targets[k] * COLUMNS, part, COLUMNS, changes[k][part]);
    }
  }
  done.pairs += reach.right - reach.left;
}

#else
DEVICE void train_window(const Job& job, const Notes& notes, Reach reach, int slots, float alpha, Sums& done) {
  lanes4 hidden[PARTS], change[PARTS];
  float share = MEAN ? 1.f / (reach.right - reach.left) : 1.f;
#pragma unroll
  for (int part = 0; part < PARTS; part++) {
    hidden[part] = change[part] = lanes4{0.f, 0.f, 0.f, 0.f};
    for (int at = reach.left; at <= reach.right; at++) {
      if (at == reach.center) continue;
      add_scaled(hidden[part], share, load4(job.inputs + (size_t)notes.words[at] * COLUMNS, part, COLUMNS));
    }
  }
  Group group;
  for (int begin = 0; begin < slots; begin += GROUP) {
    bring(job, notes, begin, slots, group);
    pause();
    lanes<float> gradients = judge(hidden, group, alpha, done);
#pragma unroll
    for (int k = 0; k < GROUP; k++) {
      if (group.targets[k] < 0) continue;
      float gradient = from_lane(gradients, 4 * k);
#pragma unroll
      for (int part = 0; part < PARTS; part++) {
        add_scaled(change[part], gradient, group.rows[k][part]);
        lanes4 own = {0.f, 0.f, 0.f, 0.f};
        add_scaled(own, gradient, hidden[part]);
        add4(job.outputs + (size_t)group.targets[k] * COLUMNS, part, COLUMNS, own);
      }
    }
  }
  pause();
  if (EXACT)
#pragma unroll
    for (int part = 0; part < PARTS; part++) {
      lanes4 whole = change[part];
      change[part] = lanes4{0.f, 0.f, 0.f, 0.f};
      add_scaled(change[part], share, whole);
    }
  for (int at = reach.left; at <= reach.right; at++) {
    if (at == reach.center || is_frozen(job, notes.words[at])) continue;
#pragma unroll
    for (int part = 0; part < PARTS; part++)
      add4(job.inputs + (size_t)notes.words[at] * COLUMNS, part, COLUMNS, change[part]);
  }
  done.pairs += 1;
}
#endif

DEVICE Reach reach_of(const Job& job, const Notes& notes, Gathered found, int center, long long position) {
  int width = WINDOW;
#if SHRINK
  u64 state = (mix(job.key + (u64)position * GOLDEN) ^ STREAM) + GOLDEN;
  width = 1 + (int)below(mix(state), WINDOW);
#endif
  Reach reach = {center, center, center};
  while (reach.left > found.start && center - reach.left < width && notes.words[reach.left - 1] >= 0) reach.left--;
  while (reach.right + 1 < found.stop && reach.right - center < width && notes.words[reach.right + 1] >= 0)
    reach.right++;
  return reach;
}

DEVICE void train_block(const Job& job, long long begin, long long end, float alpha, Notes& notes, Sums& done) {
  settle(); // nobody reads the notes of the block before any more
  Gathered found = gather(job, begin, end, notes);
  for (int center = WINDOW; center < found.last; center++) {
    int word = notes.words[center];
    if (word < 0) continue;
    long long position = begin + notes.places[center - WINDOW];
    Reach reach = reach_of(job, notes, found, center, position);
    if (reach.left == reach.right) continue;
    int slots = draw_noise(job, job.key, position, word, notes);
    slots = list_path(job, word, slots, notes);
    settle();
    train_window(job, notes, reach, slots, alpha, done);
    settle();
    done.centers += 1;
  }
}

// Trains the windows whose centers lie in begin <= position < end.
//
// tally: the loss (as a double), pairs, centers, and the least position of a block whose loss is not finite.
// claimed: a zero, from which warps take the blocks in order.
KERNEL train(const int* ids, long long first, long long stop, long long begin, long long end, const unsigned* keep,
             u64 key, float* inputs, float* outputs, const unsigned* alias, int words, const long long* starts,
             const int* nodes, const float* turns, const float* shifts, const unsigned char* frozen, double alpha,
             double slope, double least, u64* tally, u64* claimed) {
  Job job = {ids, first, stop, keep, key, inputs, outputs, alias, words, starts, nodes, turns, shifts, frozen};
  Notes& notes = *reinterpret_cast<Notes*>(warp_memory((sizeof(Notes) + 15) / 16 * 16));
  double loss = 0.0;
  Sums done = {0.f, 0, 0};
  while (looked_up(tally + 3) == ~0ull) {
    long long at = begin + (long long)claim(claimed) * SPAN;
    if (at >= end) break;
    double rate = alpha + slope * (double)(at / RATE_BLOCK * RATE_BLOCK);
    train_block(job, at, at + SPAN < end ? at + SPAN : end, (float)(rate > least ? rate : least), notes, done);
    lanes<float> whole = done.loss;
#pragma unroll
    for (int bit = 16; bit > 0; bit /= 2) whole = whole + across(whole, bit);
    float found = from_lane(whole, 0);
    if (!(found < 3e38f)) lower(tally + 3, (u64)at);
    loss += found;
    done.loss = 0.f;
  }
  count(reinterpret_cast<double*>(tally), loss);
  count(tally + 1, done.pairs);
  count(tally + 2, done.centers);
}

// The largest squared norm among a matrix' rows, in the upper half of `most`, and its row; NaN before any number.
KERNEL largest(const float* matrix, long long rows, u64* most) {
  u64 worst = 0;
  for (long long row = warp_number(); row < rows; row += warps_launched()) {
    lanes<float> square = 0.f;
#pragma unroll
    for (int part = 0; part < PARTS; part++) {
      lanes4 x = load4(matrix + (size_t)row * COLUMNS, part, COLUMNS);
      square = square + x.x * x.x + x.y * x.y + x.z * x.z + x.w * x.w;
    }
#pragma unroll
    for (int bit = 16; bit > 0; bit /= 2) square = square + across(square, bit);
    u64 found = ((u64)(float_bits(from_lane(square, 0)) & 0x7FFFFFFFu) << 32) | (u64)row;
    worst = found > worst ? found : worst;
  }
  raise(most, worst);
}
