// A warp on a CPU, in the place of training/cuda/warp.cuh: `lanes<T>` is 32 values, and what a GPU's lanes do together
// is done one after the other. Warps take turns at every `pause`, in fibres of their own, so that as many are under
// way at a time as on a GPU: each reads rows before the others have added what they are about to add.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ucontext.h>
#include <utility>
#include <vector>

typedef unsigned long long u64;

#define DEVICE static inline __attribute__((always_inline))
#define KERNEL extern "C" void

template <class T>
struct plain { typedef T type; };
template <class T>
using same = typename plain<T>::type;

template <class T>
struct lanes {
  T at[32];
  lanes() {}
  lanes(T value) { for (int i = 0; i < 32; i++) at[i] = value; }
};

#define EACH(type, expression) lanes<type> made; for (int i = 0; i < 32; i++) made.at[i] = expression; return made;
#define BINARY(op, type) \
  template <class T> DEVICE lanes<type> operator op(const lanes<T>& a, const lanes<T>& b) { EACH(type, a.at[i] op b.at[i]) } \
  template <class T> DEVICE lanes<type> operator op(const lanes<T>& a, same<T> b) { EACH(type, a.at[i] op b) } \
  template <class T> DEVICE lanes<type> operator op(same<T> a, const lanes<T>& b) { EACH(type, a op b.at[i]) }
BINARY(+, T) BINARY(-, T) BINARY(*, T) BINARY(/, T) BINARY(^, T) BINARY(&, T) BINARY(|, T)
BINARY(<, bool) BINARY(<=, bool) BINARY(>=, bool) BINARY(==, bool) BINARY(!=, bool)
template <class T> DEVICE lanes<T> operator>>(const lanes<T>& a, int b) { EACH(T, a.at[i] >> b) }
template <class T> DEVICE lanes<T> operator-(const lanes<T>& a) { EACH(T, -a.at[i]) }
DEVICE lanes<bool> operator!(const lanes<bool>& a) { EACH(bool, !a.at[i]) }

struct lanes4 {
  lanes<float> x, y, z, w;
};

// ---- Fibres

namespace fibres {
struct Fibre {
  ucontext_t place;
  char* stack;
  std::vector<char> memory;
  bool done;
};
constexpr size_t STACK = 256 * 1024;
inline ucontext_t home;
inline std::vector<Fibre> all;
inline int now = 0, launched = 1;
inline void (*job)(void**);
inline void** given;

inline void begin() {
  job(given);
  all[now].done = true;
  swapcontext(&all[now].place, &home);
}

inline void run(int warps, void (*what)(void**), void** arguments) {
  job = what, given = arguments, launched = warps;
  all.resize(warps);
  for (auto& fibre : all) {
    fibre.done = false;
    fibre.stack = static_cast<char*>(malloc(STACK));
    getcontext(&fibre.place);
    fibre.place.uc_stack.ss_sp = fibre.stack;
    fibre.place.uc_stack.ss_size = STACK;
    fibre.place.uc_link = nullptr;
    makecontext(&fibre.place, begin, 0);
  }
  for (int left = warps; left > 0;) {
    left = 0;
    for (now = 0; now < warps; now++) {
      if (all[now].done) continue;
      left++;
      swapcontext(&home, &all[now].place);
    }
  }
  for (auto& fibre : all) free(fibre.stack);
  all.clear();
}

template <class... A, size_t... I>
inline void call(void (*kernel)(A...), void** arguments, std::index_sequence<I...>) {
  kernel(*static_cast<A*>(arguments[I])...);
}
template <class... A>
inline void call(void (*kernel)(A...), void** arguments) {
  call(kernel, arguments, std::index_sequence_for<A...>());
}
} // namespace fibres

// ---- What a warp does

DEVICE lanes<int> lane() { EACH(int, i) }
DEVICE int warp_number() { return fibres::now; }
DEVICE int warps_launched() { return fibres::launched; }
static inline __attribute__((noinline)) char* warp_memory(int bytes) {
  auto& memory = fibres::all[fibres::now].memory;
  memory.assign(bytes + 16, char(0xA5)); // whatever was there: nothing may count on zeros
  return memory.data() + (16 - reinterpret_cast<uintptr_t>(memory.data()) % 16) % 16;
}
static inline __attribute__((noinline)) void pause_warp() {
  if (fibres::launched > 1) swapcontext(&fibres::all[fibres::now].place, &fibres::home);
}
DEVICE void pause() { pause_warp(); }
DEVICE void settle() {}

DEVICE unsigned votes(const lanes<bool>& value) {
  unsigned found = 0;
  for (int i = 0; i < 32; i++) found |= unsigned(value.at[i]) << i;
  return found;
}
DEVICE lanes<float> across(const lanes<float>& value, int bit) { EACH(float, value.at[i ^ bit]) }
template <class T> DEVICE T from_lane(const lanes<T>& value, int number) { return value.at[number]; }

DEVICE int bits_set(unsigned bits) { return __builtin_popcount(bits); }
DEVICE lanes<int> bits_below(unsigned bits, const lanes<int>& number) {
  EACH(int, __builtin_popcount(bits & ((1u << number.at[i]) - 1u)))
}
DEVICE lanes<bool> has_bit(unsigned bits, const lanes<int>& number) { EACH(bool, (bits >> number.at[i]) & 1u) }

template <class T>
DEVICE lanes<T> select(const lanes<bool>& which, const lanes<T>& yes, const lanes<T>& no) {
  EACH(T, which.at[i] ? yes.at[i] : no.at[i])
}
template <class T>
DEVICE lanes<T> read(const T* from, const lanes<long long>& place, const lanes<bool>& wanted, same<T> otherwise) {
  EACH(T, wanted.at[i] ? from[place.at[i]] : otherwise)
}
template <class T>
DEVICE void write(T* to, const lanes<int>& place, const lanes<T>& value, const lanes<bool>& wanted) {
  for (int i = 0; i < 32; i++)
    if (wanted.at[i]) to[place.at[i]] = value.at[i];
}

DEVICE lanes<long long> wide(const lanes<int>& value) { EACH(long long, value.at[i]) }
DEVICE lanes<int> narrow(const lanes<long long>& value) { EACH(int, int(value.at[i])) }
DEVICE lanes<int> narrow(const lanes<u64>& value) { EACH(int, int(value.at[i])) }
DEVICE lanes<u64> bits_of(const lanes<long long>& value) { EACH(u64, u64(value.at[i])) }
DEVICE lanes<u64> bits_of(const lanes<unsigned>& value) { EACH(u64, value.at[i]) }
DEVICE lanes<float> exponential(const lanes<float>& value) { EACH(float, expf(value.at[i])) }
DEVICE lanes<float> logarithm(const lanes<float>& value) { EACH(float, logf(value.at[i])) }
DEVICE lanes<float> magnitude(const lanes<float>& value) { EACH(float, fabsf(value.at[i])) }
DEVICE unsigned float_bits(float value) { unsigned bits; memcpy(&bits, &value, 4); return bits; }

DEVICE lanes4 load4(const float* row, int part, int columns) {
  lanes4 found;
  for (int i = 0; i < 32; i++) {
    int place = 4 * (32 * part + i);
    bool inside = place < columns;
    found.x.at[i] = inside ? row[place] : 0.f;
    found.y.at[i] = inside ? row[place + 1] : 0.f;
    found.z.at[i] = inside ? row[place + 2] : 0.f;
    found.w.at[i] = inside ? row[place + 3] : 0.f;
  }
  return found;
}
DEVICE void add4(float* row, int part, int columns, const lanes4& change) {
  for (int i = 0; i < 32; i++) {
    int place = 4 * (32 * part + i);
    if (place >= columns) break;
    row[place] += change.x.at[i];
    row[place + 1] += change.y.at[i];
    row[place + 2] += change.z.at[i];
    row[place + 3] += change.w.at[i];
  }
}

DEVICE u64 claim(u64* counter) { return (*counter)++; }
template <class T> DEVICE void count(T* total, same<T> more) { *total += more; }
DEVICE void raise(u64* most, u64 value) { if (value > *most) *most = value; }
DEVICE void lower(u64* least, u64 value) { if (value < *least) *least = value; }
DEVICE u64 looked_up(const u64* place) { return *place; }
