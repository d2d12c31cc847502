// Vectors of float32 as wide as the registers, and functions of them. All results are the same for every position in a vector.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
constexpr int LANES = 16;
#elif defined(__AVX2__)
constexpr int LANES = 8;
#else
constexpr int LANES = 4;
#endif

typedef float Vector __attribute__((vector_size(4 * LANES)));
typedef int32_t Integers __attribute__((vector_size(4 * LANES)));

static inline Vector load(const float* from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof vector);
  return vector;
}

static inline void store(float* to, Vector vector) { std::memcpy(to, &vector, sizeof vector); }

#if defined(__AVX2__) && !defined(__AVX512F__)
// The mask of the first `count` values of a vector
static inline __m256i firstOf(int64_t count) {
  static const int32_t masks[] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(masks + LANES - count));
}
#endif

// Loads the first `count` < LANES values. The others are 0.
static inline Vector loadSome(const float* from, int64_t count) {
#if defined(__AVX512F__)
  return (Vector)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from);
#elif defined(__AVX2__)
  return (Vector)_mm256_maskload_ps(from, firstOf(count));
#else
  Vector vector = {};
  std::memcpy(&vector, from, 4 * static_cast<size_t>(count));
  return vector;
#endif
}

static inline void storeSome(float* to, Vector vector, int64_t count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), (__m512)vector);
#elif defined(__AVX2__)
  _mm256_maskstore_ps(to, firstOf(count), (__m256)vector);
#else
  std::memcpy(to, &vector, 4 * static_cast<size_t>(count));
#endif
}

static inline Vector all(float value) { return Vector{} + value; }

// Returns the value. The compiler then rounds it, also if it is a product that is added next.
static inline Vector rounded(Vector value) {
#if defined(__AVX512F__)
  asm("" : "+v"(value));
#elif defined(__x86_64__)
  asm("" : "+x"(value));
#elif defined(__aarch64__)
  asm("" : "+w"(value));
#endif
  return value;
}

// Adds the values in a fixed order.
static inline float sumOf(Vector vector) {
  float values[LANES];
  store(values, vector);
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) values[i] += values[i + half];
  return values[0];
}

// x · log₂ e as a whole number and a rest. e^x = 2^whole · `power`.
struct Power {
  // `x` must be in [−88, 88.8].
  explicit Power(Vector x) {
    const Vector round = all(12582912.f);  // 1.5 · 2²³: adding it rounds to a whole number
    const Vector shifted = x * 1.44269504f + round, near = shifted - round;
    // ln 2 in two parts, the first of which has few digits
    const Vector r = (x - near * 0.693359375f) + near * 2.12194440e-4f;
    power = all(1.f / 5040);
    power = power * r + 1.f / 720;
    power = power * r + 1.f / 120;
    power = power * r + 1.f / 24;
    power = power * r + 1.f / 6;
    power = power * r + 0.5f;
    power = power * r + 1.f;
    power = power * r + 1.f;
    whole = (Integers)shifted - (Integers)round;
  }
  Integers whole;
  Vector power;
};

// Returns e^x with an error below 2 units in the last place. Results below 1e-38 become 0. NaN remains NaN.
static inline Vector exponential(Vector x) {
  x = x > all(88.7f) ? all(INFINITY) : x;
  const Vector bounded = x < all(-88.f) ? all(-88.f) : (x > all(88.7f) ? all(88.7f) : x);
  const Power of(bounded);
  // 2^128 is infinite, so a large power is made of two factors.
  const Integers half = of.whole >> 1;
  const Vector product = of.power * (Vector)((half + 127) << 23) * (Vector)((of.whole - half + 127) << 23);
  return x > all(88.7f) ? x : product;
}

struct Normal {
  // Φ(x), the distribution function of the normal distribution
  Vector distribution;
  // φ(x), its density
  Vector density;
};

// Computes Φ(−|x|) = e^(−x²/2) · g(t) with t = 1 / (1 + 0.3·|x|). g is a polynomial that was fitted with a relative error below 4e-9.
static inline Normal normal(Vector x) {
  const Vector magnitude = (Vector)((Integers)x & 0x7fffffff);
  const Vector t = 1.f / (magnitude * 0.3f + 1.f);
  Vector sum = all(-0.020613075f);
  sum = sum * t + 0.112377115f;
  sum = sum * t - 0.228070662f;
  sum = sum * t + 0.191585898f;
  sum = sum * t - 0.0792508349f;
  sum = sum * t + 0.0960597023f;
  sum = sum * t + 0.0784249380f;
  sum = sum * t + 0.110227458f;
  sum = sum * t + 0.119572826f;
  sum = sum * t + 0.119686633f;
  const Vector power = exponential(x * x * -0.5f);
  const Vector tail = sum * t * power;
  return {x < all(0.f) ? tail : 1.f - tail, power * 0.398942280f};
}
