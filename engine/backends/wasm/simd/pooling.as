/** Max pooling of images [height, width, channels] to [rows, columns, channels], for images `first` to `end`. */

/** out = the largest of each window; what lies outside of the image never wins, NaN always does. */
export function maxPool(
  x: usize, out: usize, height: i32, width: i32, channels: i32, rows: i32, columns: i32, size: i32, stride: i32, padding: i32,
  first: i32, end: i32, _thread: i32,
): void {
  const pixel = <usize>(channels * 4);
  const whole = <usize>(channels & ~3) * 4;
  let to = out + <usize>(first * rows * columns) * pixel;
  for (let n = first; n < end; n++) {
    const image = x + <usize>(n * height * width) * pixel;
    for (let r = 0; r < rows; r++) {
      const top = max(0, r * stride - padding), bottom = min(height, r * stride - padding + size);
      for (let q = 0; q < columns; q++) {
        const left = max(0, q * stride - padding), right = min(width, q * stride - padding + size);
        for (let at: usize = 0; at < whole; at += 16) {
          let largest = f32x4.splat(-Infinity);
          for (let h = top; h < bottom; h++) {
            for (let w = left; w < right; w++) {
              const value = v128.load(image + <usize>(h * width + w) * pixel + at);
              largest = v128.bitselect(largest, value, f32x4.le(value, largest));
            }
          }
          v128.store(to + at, largest);
        }
        for (let at = whole; at < pixel; at += 4) {
          let largest: f32 = -Infinity;
          for (let h = top; h < bottom; h++) {
            for (let w = left; w < right; w++) {
              const value = load<f32>(image + <usize>(h * width + w) * pixel + at);
              if (!(value <= largest)) largest = value;
            }
          }
          store<f32>(to + at, largest);
        }
        to += pixel;
      }
    }
  }
}

/** dx = dy at the largest value of each window, the first of equals (as in PyTorch), else 0; summed where windows overlap. */
export function maxPoolGradient(
  dy: usize, x: usize, y: usize, dx: usize, height: i32, width: i32, channels: i32, rows: i32, columns: i32, size: i32, stride: i32, padding: i32,
  first: i32, end: i32, _thread: i32,
): void {
  const pixel = <usize>(channels * 4);
  const whole = <usize>(channels & ~3) * 4;
  const image = <usize>(height * width) * pixel;
  let skipped = <usize>(first * rows * columns) * pixel;
  memory.fill(dx + <usize>first * image, 0, <usize>(end - first) * image);
  for (let n = first; n < end; n++) {
    for (let r = 0; r < rows; r++) {
      const top = max(0, r * stride - padding), bottom = min(height, r * stride - padding + size);
      for (let q = 0; q < columns; q++) {
        const left = max(0, q * stride - padding), right = min(width, q * stride - padding + size);
        for (let at: usize = 0; at < pixel; at += at < whole ? 16 : 4) {
          const gradient = dy + skipped + at, largest = y + skipped + at;
          if (at < whole) {
            let pending = i32x4.splat(-1);
            for (let h = top; h < bottom; h++) {
              for (let w = left; w < right; w++) {
                const place = <usize>n * image + <usize>(h * width + w) * pixel + at;
                const here = v128.and(pending, f32x4.eq(v128.load(x + place), v128.load(largest)));
                v128.store(dx + place, f32x4.add(v128.load(dx + place), v128.and(v128.load(gradient), here)));
                pending = v128.andnot(pending, here);
              }
            }
          } else {
            let pending = true;
            for (let h = top; h < bottom; h++) {
              for (let w = left; w < right; w++) {
                const place = <usize>n * image + <usize>(h * width + w) * pixel + at;
                if (!pending || load<f32>(x + place) != load<f32>(largest)) continue;
                store<f32>(dx + place, load<f32>(dx + place) + load<f32>(gradient));
                pending = false;
              }
            }
          }
        }
        skipped += pixel;
      }
    }
  }
}
