// A warp's own operations, for a GPU. `lanes<T>` is a T of each of the warp's 32 threads; a plain type is the
// same in all of them. The tests have another file in the place of this one, in which a warp is 32 values.

typedef unsigned long long u64;

#define DEVICE static __device__ __forceinline__
#define KERNEL extern "C" __global__ void

template <class T>
using lanes = T;

struct lanes4 {
  float x, y, z, w;
};

DEVICE int lane() { return threadIdx.x & 31; }
DEVICE int warp_number() { return (blockIdx.x * blockDim.x + threadIdx.x) >> 5; }
DEVICE int warps_launched() { return (gridDim.x * blockDim.x) >> 5; }

// Shared memory of this warp: so many bytes, a multiple of 16.
DEVICE char* warp_memory(int bytes) {
  extern __shared__ float4 shared_memory[];
  return reinterpret_cast<char*>(shared_memory) + (threadIdx.x >> 5) * bytes;
}

// Where the emulation lets other warps go on.
DEVICE void pause() {}

// What lanes wrote to the warp's memory is seen by all of them.
DEVICE void settle() { __syncwarp(); }

DEVICE unsigned votes(bool value) { return __ballot_sync(~0u, value); }
DEVICE float across(float value, int bit) { return __shfl_xor_sync(~0u, value, bit); }
DEVICE float from_lane(float value, int number) { return __shfl_sync(~0u, value, number); }
DEVICE int from_lane(int value, int number) { return __shfl_sync(~0u, value, number); }

DEVICE int bits_set(unsigned bits) { return __popc(bits); }
DEVICE int bits_below(unsigned bits, int number) { return __popc(bits & ((1u << number) - 1u)); }
DEVICE bool has_bit(unsigned bits, int number) { return (bits >> number) & 1u; }

template <class T>
DEVICE T select(bool which, T yes, T no) {
  return which ? yes : no;
}

template <class T>
DEVICE T read(const T* from, long long place, bool wanted, T otherwise) {
  return wanted ? from[place] : otherwise;
}

template <class T>
DEVICE void write(T* to, int place, T value, bool wanted) {
  if (wanted) to[place] = value;
}

DEVICE long long wide(int value) { return value; }
DEVICE int narrow(long long value) { return static_cast<int>(value); }
DEVICE int narrow(u64 value) { return static_cast<int>(value); }
DEVICE u64 bits_of(long long value) { return static_cast<u64>(value); }
DEVICE u64 bits_of(unsigned value) { return value; }
DEVICE float exponential(float value) { return expf(value); }
DEVICE float logarithm(float value) { return logf(value); }
DEVICE float magnitude(float value) { return fabsf(value); }
DEVICE unsigned float_bits(float value) { return __float_as_uint(value); }

// Four floats of a row of `columns`, a lane; zero beyond its end. Past the first cache, which would not see what
// other processors have added.
DEVICE lanes4 load4(const float* row, int part, int columns) {
  int place = 32 * part + lane();
  if (4 * place >= columns) return {0.f, 0.f, 0.f, 0.f};
  float4 found = __ldcg(reinterpret_cast<const float4*>(row) + place);
  return {found.x, found.y, found.z, found.w};
}

DEVICE void add4(float* row, int part, int columns, lanes4 change) {
  int place = 32 * part + lane();
  if (4 * place >= columns) return;
#if __CUDA_ARCH__ >= 900
  atomicAdd(reinterpret_cast<float4*>(row) + place, make_float4(change.x, change.y, change.z, change.w));
#else
  float* to = row + 4 * place;
  atomicAdd(to, change.x);
  atomicAdd(to + 1, change.y);
  atomicAdd(to + 2, change.z);
  atomicAdd(to + 3, change.w);
#endif
}

// The following are done once a warp.
DEVICE u64 claim(u64* counter) {
  u64 found = 0;
  if (lane() == 0) found = atomicAdd(counter, 1ull);
  return __shfl_sync(~0u, found, 0);
}

DEVICE void count(u64* total, u64 more) {
  if (lane() == 0) atomicAdd(total, more);
}

DEVICE void count(double* total, double more) {
  if (lane() == 0) atomicAdd(total, more);
}

DEVICE void raise(u64* most, u64 value) {
  if (lane() == 0) atomicMax(most, value);
}

DEVICE void lower(u64* least, u64 value) {
  if (lane() == 0) atomicMin(least, value);
}

// By one lane, so that all lanes see the same while others write it.
DEVICE u64 looked_up(const u64* place) {
  u64 found = 0;
  if (lane() == 0) found = __ldcg(place);
  return __shfl_sync(~0u, found, 0);
}
