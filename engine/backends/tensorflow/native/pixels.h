// Moves pixels between images of different sizes: padding, cropping and strides.
#pragma once
#include <algorithm>
#include <cstring>
#include "operation.h"
#include "rows.h"
#include "threads.h"

// Where the pixels of small images are in large ones: at `offset`, `offset` + `stride`, … in both directions.
class Places {
 public:
  explicit Places(Attributes& attributes)
      : rows(attributes.whole("rows")), columns(attributes.whole("columns")), offset(attributes.whole("offset")),
        stride(attributes.whole("stride")) {}

  void require(Context& context, const Shape& small, const Shape& large) const {
    context.require(small.size() == 4 && large.size() == 4 && offset >= 0 && stride > 0, "images must have four axes");
    context.require(offset <= large[1] && offset <= large[2] &&
                        (small[1] == 0 || offset + stride * (small[1] - 1) < large[1]) &&
                        (small[2] == 0 || offset + stride * (small[2] - 1) < large[2]),
                    "the small images do not fit into the large ones");
  }

  int64_t rows, columns, offset, stride;
};

// Copies pieces of SIZE values, and returns where the next piece begins.
template <int SIZE>
inline int64_t copyPieces(float* to, const float* from, int64_t i, int64_t count) {
  for (; i + SIZE <= count; i += SIZE) std::memcpy(to + i, from + i, sizeof(float) * SIZE);
  return i;
}

// Copies the few values of a pixel. Stores with a mask would be slow on some processors.
inline void copyValues(float* to, const float* from, int64_t count) {
  int64_t i = copyPieces<16>(to, from, 0, count);
  i = copyPieces<8>(to, from, i, count);
  i = copyPieces<4>(to, from, i, count);
  copyPieces<1>(to, from, i, count);
}

inline void clearValues(float* to, int64_t count) { std::memset(to, 0, sizeof(float) * static_cast<size_t>(count)); }

// Outputs images of zeros with the pixels of x. The attributes `rows` and `columns` are the size of the output.
struct PlacePixels : Places {
  using Places::Places;

  void compute(Context& context) const {
    const Input x = context.input(0);
    const Shape shape = {x.shape.empty() ? 0 : x.shape[0], rows, columns, x.last()};
    require(context, x.shape, shape);
    float* y = context.output(0, shape);
    const int64_t width = x.shape[2], channels = x.last(), lines = shape[0] * rows, parts = partsOf(lines);
    inParts(parts, parts == 0 ? 0 : lines * columns * channels / parts, [&](int64_t part) {
      const Range range(lines, parts, part);
      for (int64_t line = range.begin; line < range.end; line++) {
        const int64_t row = line % rows - offset;
        float *to = y + line * columns * channels, *end = to + columns * channels;
        if (row >= 0 && row % stride == 0 && row / stride < x.shape[1]) {
          const float* from = x.values + (line / rows * x.shape[1] + row / stride) * width * channels;
          clearValues(to, offset * channels);
          to += offset * channels;
          if (stride == 1) {
            std::memcpy(to, from, sizeof(float) * static_cast<size_t>(width * channels));
            to += width * channels;
          } else {
            for (int64_t i = 0; i < width; i++, from += channels) {
              copyValues(to, from, channels);
              to += channels;
              const int64_t gap = std::min<int64_t>((stride - 1) * channels, end - to);
              clearValues(to, gap);
              to += gap;
            }
          }
        }
        clearValues(to, end - to);
      }
    });
  }
};

// Outputs small images with the first channels of pixels of x. The attributes `rows` and `columns` are the size of the output.
struct TakePixels : Places {
  explicit TakePixels(Attributes& attributes) : Places(attributes), channels(attributes.whole("channels")) {}
  int64_t channels;

  void compute(Context& context) const {
    const Input x = context.input(0);
    const Shape shape = {x.shape.empty() ? 0 : x.shape[0], rows, columns, channels};
    require(context, shape, x.shape);
    context.require(channels >= 0 && channels <= x.last(), "x has too few channels");
    float* y = context.output(0, shape);
    const int64_t lines = shape[0] * rows, parts = partsOf(lines), step = stride * x.last();
    inParts(parts, parts == 0 ? 0 : lines * columns * channels / parts, [&](int64_t part) {
      const Range range(lines, parts, part);
      for (int64_t line = range.begin; line < range.end; line++) {
        const int64_t row = line / rows * x.shape[1] + offset + line % rows * stride;
        const float* from = x.values + (row * x.shape[2] + offset) * x.last();
        float* to = y + line * columns * channels;
        if (step == channels) {
          std::memcpy(to, from, sizeof(float) * static_cast<size_t>(columns * channels));
          continue;
        }
        for (int64_t i = 0; i < columns; i++, from += step, to += channels) copyValues(to, from, channels);
      }
    });
  }
};

inline void definePixels() {
  std::vector<const char*> attributes = {"rows: int", "columns: int", "offset: int", "stride: int"};
  define<PlacePixels>({"SignPlacePixels", {"x: float"}, {"y: float"}, attributes}, UNKNOWN);
  attributes.push_back("channels: int");
  define<TakePixels>({"SignTakePixels", {"x: float"}, {"y: float"}, attributes}, UNKNOWN);
}
