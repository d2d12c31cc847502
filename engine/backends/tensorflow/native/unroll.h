// Loops whose variable is a constant.
#pragma once
#include <type_traits>
#include <utility>

template <int VALUE>
using Constant = std::integral_constant<int, VALUE>;

template <class Work, int... I>
inline void unroll(const Work& work, std::integer_sequence<int, I...>) {
  (work(Constant<I>()), ...);
}

// Calls `work` with the constants from 0 to COUNT − 1. Arrays that are indexed by them stay in registers.
template <int COUNT, class Work>
inline void unroll(const Work& work) {
  unroll(work, std::make_integer_sequence<int, COUNT>());
}
