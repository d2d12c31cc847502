/** Pooling layers of Keras. */
import { reshape } from '@tensorflow/tfjs-core';
import { asImages, images, only, type Part, type Site } from './part';
import { checkLayout, edgesOf } from './weights';
import { averagePool, maxPool, positionsOf } from './windows';

/** MaxPooling2D and AveragePooling2D with square windows. */
export function pooling(kind: 'max' | 'average'): (site: Site) => Part {
  const pool = kind === 'max' ? maxPool : averagePool;
  return (site) => {
    const { config } = site;
    checkLayout(config);
    const [height, width, channels] = images(site);
    const size = config.equal('pool_size', [2, 2]);
    const stride = config.equal('strides', [size, size]);
    const edges = edgesOf(site, [size, size], stride);
    const along = (length: number, [before, after]: readonly [number, number]) =>
      positionsOf(length, { span: size, stride, added: before + after });
    return {
      shape: [along(height, edges.rows), along(width, edges.columns), channels],
      entries: [],
      passes: true,
      forward: ([x], net) => pool(asImages(x), net, { size, stride, edges }),
    };
  };
}

/** GlobalAveragePooling2D. */
export function globalAverage(site: Site): Part {
  checkLayout(site.config);
  const [, , channels] = images(site);
  return {
    shape: keepsAxes(site) ? [1, 1, channels] : [channels],
    entries: [],
    passes: true,
    forward: ([x], net) => spread(site, net.globalMean(asImages(x))),
  };
}

/** GlobalMaxPooling2D: the largest value of a window that covers the image, which is made square by repeating its edge. */
export function globalMax(site: Site): Part {
  checkLayout(site.config);
  const [height, width, channels] = images(site);
  const size = Math.max(height, width);
  const edges = { rows: [0, size - height], columns: [0, size - width] } as const;
  return {
    shape: keepsAxes(site) ? [1, 1, channels] : [channels],
    entries: [],
    passes: true,
    forward: ([x], net) => {
      const largest = maxPool(asImages(x), net, { size, stride: 1, edges });
      return spread(site, reshape(largest, [largest.shape[0], channels]));
    },
  };
}

/** GlobalAveragePooling1D of [length, features]. */
export function globalAverage1d(site: Site): Part {
  const shape = only(site);
  const [length, features] = shape;
  if (shape.length !== 2 || features === undefined || length === undefined)
    throw site.config.refused('needs an input of two axes', 'Use GlobalAveragePooling2D for images');
  return {
    shape: [features],
    entries: [],
    passes: true,
    forward: ([x], net) => net.globalMean(reshape(x!, [x!.shape[0], length, 1, features])),
  };
}

function keepsAxes({ config }: Site): boolean {
  return config.flag('keepdims', false);
}

function spread(site: Site, x: ReturnType<Part['forward']>) {
  return keepsAxes(site) ? reshape(x, [x.shape[0], 1, 1, x.shape[1]!]) : x;
}
