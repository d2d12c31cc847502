/** Puts images into memory that threads share, with channels last. */

type Images = Uint8Array | Float32Array;

/** Images whose channels come first. Image `i` starts at `begin` + i · `stride`. */
export interface Planes<Stored extends Images> {
  images: Stored;
  begin: number;
  stride: number;
  count: number;
  channels: number;
  pixels: number;
}

/** Returns a zero-filled array of the same type in shared memory. */
export function sharedLike<Stored extends Images>(images: Stored, length: number): Stored {
  const memory = new SharedArrayBuffer(length * images.BYTES_PER_ELEMENT);
  return (images instanceof Float32Array ? new Float32Array(memory) : new Uint8Array(memory)) as Stored;
}

/** Returns images in memory that threads share. Copies them only if they are not in such memory yet. */
export function toShared<Stored extends Images>(images: Stored): Stored {
  return images.buffer instanceof SharedArrayBuffer ? images : copyShared(images);
}

/** Returns a copy in memory that threads share. */
export function copyShared<Stored extends Images>(images: Stored): Stored {
  const shared = sharedLike(images, images.length);
  shared.set(images);
  return shared;
}

/** Returns a copy of the images with these indices. Each image has `size` values. */
export function copyRows<Stored extends Images>(images: Stored, indices: Uint32Array, size: number): Stored {
  const chosen = sharedLike(images, indices.length * size);
  indices.forEach((index, i) => {
    chosen.set(images.subarray(index * size, (index + 1) * size), i * size);
  });
  return chosen;
}

/** Converts images from channels first to channels last, in shared memory. */
export function toChannelsLast<Stored extends Images>(planes: Planes<Stored>): Stored {
  const turned = sharedLike(planes.images, planes.count * planes.channels * planes.pixels);
  writeChannelsLast(turned, planes);
  return turned;
}

/** Converts images from channels first to channels last, and writes them into the beginning of `into`. */
export function writeChannelsLast<Stored extends Images>(into: Stored, planes: Planes<Stored>): void {
  const { images, begin, stride, count, channels, pixels } = planes;
  for (let image = 0; image < count; image++) {
    for (let channel = 0; channel < channels; channel++) {
      let from = begin + image * stride + channel * pixels;
      let to = image * channels * pixels + channel;
      for (const end = from + pixels; from < end; from++, to += channels) into[to] = images[from]!;
    }
  }
}
