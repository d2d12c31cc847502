// Convolution with one tap in groups of channels: each group of outputs sees only the inputs of its group. x is [rows, inputs], the filter
// [inputs / groups, outputs], whose outputs of a group are neighbours.
#pragma once
#include "operation.h"
#include "products.h"
#include "threads.h"

struct Groups {
  int64_t rows, groups;
  // Channels of x and of the result, in one group
  int64_t inputs, outputs;

  int64_t allInputs() const { return groups * inputs; }
  int64_t allOutputs() const { return groups * outputs; }
};

inline Groups groupsOf(Context& context, const Input& images, const Shape& filter, int64_t groups, bool isResult) {
  context.require(images.shape.size() == 4 && filter.size() == 4 && filter[0] == 1 && filter[1] == 1 && groups > 0 &&
                      filter[3] % groups == 0 && images.last() == (isResult ? filter[3] : groups * filter[2]),
                  "images must be [N, H, W, C] and the filter [1, 1, inputs / groups, outputs]");
  const int64_t rows = images.last() == 0 ? 0 : images.size() / images.last();
  return {rows, groups, filter[2], filter[3] / groups};
}

// Multiplies the columns of each group of `from` [rows, groups · depth] by a matrix of the group: [rows, groups · width].
inline void multiplyGroups(const Groups& g, const float* from, const std::vector<Panels>& factors, int64_t width,
                           float* to) {
  // A part has as many rows as stay in the cache. A sum in registers has so few products that it keeps its digits.
  constexpr int64_t ROWS = 20 * BLOCK_ROWS, DEPTH = 256;
  const int64_t depth = factors[0].depth, parts = (g.rows + ROWS - 1) / ROWS;
  inParts(parts, ROWS * g.groups * width * depth, [&](int64_t part) {
    const Range rows(part * ROWS, std::min((part + 1) * ROWS, g.rows));
    for (int64_t group = 0; group < g.groups; group++)
      for (int64_t k = 0; k < depth; k += DEPTH)
        for (int64_t panel = 0; panel < factors[group].count; panel++) {
          const float* values = from + rows.begin * g.groups * depth + group * depth + k;
          float* place = to + rows.begin * g.groups * width + group * width + panel * PANEL;
          multiplyRows({values, g.groups * depth, 1}, rows.count(), factors[group].at(panel) + k * PANEL,
                       std::min(DEPTH, depth - k), place, g.groups * width, width - panel * PANEL, k == 0);
        }
  });
}

struct GroupConvolve {
  explicit GroupConvolve(Attributes& attributes) : groups(attributes.whole("groups")) {}
  int64_t groups;

  void compute(Context& context) const {
    const Input x = context.input(0), filter = context.input(1);
    const Groups g = groupsOf(context, x, filter.shape, groups, false);
    float* y = context.output(0, {x.shape[0], x.shape[1], x.shape[2], g.allOutputs()});
    std::vector<Panels> factors(groups, Panels(g.inputs, g.outputs));
    for (int64_t i = 0; i < filter.size(); i++) {
      const int64_t output = i % g.allOutputs();
      factors[output / g.outputs].set(i / g.allOutputs(), output % g.outputs, filter.values[i]);
    }
    multiplyGroups(g, x.values, factors, g.outputs, y);
  }
};

// Inputs are dy and the filter.
struct GroupConvolveInputGradient {
  explicit GroupConvolveInputGradient(Attributes& attributes) : groups(attributes.whole("groups")) {}
  int64_t groups;

  void compute(Context& context) const {
    const Input dy = context.input(0), filter = context.input(1);
    const Groups g = groupsOf(context, dy, filter.shape, groups, true);
    float* dx = context.output(0, {dy.shape[0], dy.shape[1], dy.shape[2], g.allInputs()});
    std::vector<Panels> factors(groups, Panels(g.outputs, g.inputs));
    for (int64_t i = 0; i < filter.size(); i++) {
      const int64_t output = i % g.allOutputs();
      factors[output / g.outputs].set(output % g.outputs, i / g.allOutputs(), filter.values[i]);
    }
    multiplyGroups(g, dy.values, factors, g.inputs, dx);
  }
};

// Inputs are x and dy. A few rows are added in registers, those of a part in float32, and the parts in float64.
struct GroupConvolveFilterGradient {
  explicit GroupConvolveFilterGradient(Attributes& attributes) : groups(attributes.whole("groups")) {}
  int64_t groups;

  void compute(Context& context) const {
    const Input x = context.input(0), dy = context.input(1);
    context.require(x.shape.size() == 4 && groups > 0 && x.last() % groups == 0, "x must be [N, H, W, C]");
    const Shape shape = {1, 1, x.last() / groups, dy.last()};
    const Groups g = groupsOf(context, x, shape, groups, false);
    context.require(dy.size() == g.rows * g.allOutputs(), "dy does not fit x");
    float* dw = context.output(0, shape);
    const int64_t size = sizeOf(shape), parts = std::min<int64_t>((g.rows + 2 * SOME - 1) / (2 * SOME), 32);
    std::vector<float> sums(parts * size);
    inParts(parts, parts == 0 ? 0 : g.rows / parts * size, [&](int64_t part) {
      const Range rows(g.rows, parts, part);
      for (int64_t row = rows.begin; row < rows.end; row += SOME)
        addRows(g, {row, std::min(row + SOME, rows.end)}, x.values, dy.values, sums.data() + part * size);
    });
    for (int64_t i = 0; i < size; i++) {
      double sum = 0;
      for (int64_t part = 0; part < parts; part++) sum += sums[part * size + i];
      dw[i] = static_cast<float>(sum);
    }
  }

 private:
  // SOME rows of dy are copied at a time. The products of FEW of these are added in registers.
  static constexpr int64_t SOME = 128, FEW = 32;

  static void addRows(const Groups& g, const Range& rows, const float* x, const float* dy, float* to) {
    alignas(4 * LANES) float panel[SOME * PANEL];  // neighbouring rows, whatever their distance in dy
    for (int64_t group = 0; group < g.groups; group++)
      for (int64_t column = 0; column < g.outputs; column += PANEL) {
        const int64_t width = std::min(PANEL, g.outputs - column), first = group * g.outputs + column;
        copyPanel(dy + rows.begin * g.allOutputs() + first, rows.count(), g.allOutputs(), width, panel);
        const float* left = x + rows.begin * g.allInputs() + group * g.inputs;
        for (int64_t i = 0; i < g.inputs; i += BLOCK_ROWS) {
          const int64_t count = std::min<int64_t>(BLOCK_ROWS, g.inputs - i);
          addBlock({left + i, 1, g.allInputs()}, count, panel, rows.count(), to + i * g.allOutputs() + first,
                   g.allOutputs(), width);
        }
      }
  }

  static void addBlock(const Left& left, int64_t count, const float* panel, int64_t rows, float* to, int64_t stride,
                       int64_t width) {
    alignas(4 * LANES) float block[BLOCK_ROWS * PANEL];
    for (int64_t row = 0; row < rows; row += FEW)
      multiplyRows({left.values + row * left.column, left.row, left.column}, count, panel + row * PANEL,
                   std::min(FEW, rows - row), block, PANEL, PANEL, row == 0);
    for (int64_t i = 0; i < count; i++)
      eachVector(width, [&](const auto& at) { at.put(to + i * stride, at(to + i * stride) + at(block + i * PANEL)); });
  }
};

// Channel j of group i becomes channel i of group j.
struct Shuffle {
  explicit Shuffle(Attributes& attributes) : groups(attributes.whole("groups")) {}
  int64_t groups;

  void compute(Context& context) const {
    const Input x = context.input(0);
    const int64_t channels = x.last(), rows = channels == 0 ? 0 : x.size() / channels;
    context.require(groups > 0 && channels % groups == 0, "the groups must divide the channels");
    float* y = context.output(0, x.shape);
    switch (groups) {
      case 2: return shuffle(x.values, rows, channels / 2, Constant<2>(), y);
      case 3: return shuffle(x.values, rows, channels / 3, Constant<3>(), y);
      case 4: return shuffle(x.values, rows, channels / 4, Constant<4>(), y);
      case 8: return shuffle(x.values, rows, channels / 8, Constant<8>(), y);
      default: return shuffle(x.values, rows, channels / groups, groups, y);
    }
  }

 private:
  template <class Count>
  static void shuffle(const float* x, int64_t rows, int64_t members, Count count, float* y) {
    constexpr int64_t SOME = 256;
    const int64_t channels = members * count;
    inParts((rows + SOME - 1) / SOME, SOME * channels, [=](int64_t part) {
      for (int64_t row = part * SOME; row < std::min((part + 1) * SOME, rows); row++) {
        const float* from = x + row * channels;
        float* to = y + row * channels;
        for (int64_t j = 0; j < members; j++)
          for (int64_t i = 0; i < count; i++) to[j * count + i] = from[i * members + j];
      }
    });
  }
};

inline void defineGroups() {
  const std::vector<const char*> attributes = {"groups: int"};
  define<GroupConvolve>({"SignGroupConvolve", {"x: float", "filter: float"}, {"y: float"}, attributes}, UNKNOWN);
  define<GroupConvolveInputGradient>(
      {"SignGroupConvolveInputGradient", {"dy: float", "filter: float"}, {"dx: float"}, attributes}, UNKNOWN);
  define<GroupConvolveFilterGradient>(
      {"SignGroupConvolveFilterGradient", {"x: float", "dy: float"}, {"dw: float"}, attributes}, UNKNOWN);
  define<Shuffle>({"SignShuffle", {"x: float"}, {"y: float"}, attributes});
}
