/** Axis orders of images. */

/** Images from channels first to channels last. */
export function toChannelsLast<Images extends Uint8Array | Float32Array>(
  images: Images,
  { count, channels, pixels }: { count: number; channels: number; pixels: number },
): Images {
  if (channels === 1) return images;
  const turned = images.slice() as Images;
  for (let image = 0; image < count; image++) {
    const begin = image * channels * pixels;
    for (let channel = 0; channel < channels; channel++) {
      const plane = begin + channel * pixels;
      for (let pixel = 0; pixel < pixels; pixel++) turned[begin + pixel * channels + channel] = images[plane + pixel]!;
    }
  }
  return turned;
}
