/** Dropout of values, and of whole channels. The masks are functions of the position of a step. */
import { ones, type Rank } from '@tensorflow/tfjs-core';
import { asImages, images, keeping, type Part, type Site } from './part';

export function dropout(site: Site): Part {
  const { config } = site;
  if (config.given('noise_shape') !== undefined)
    throw config.refused('has a "noise_shape"', 'Use SpatialDropout2D, or Dropout without noise_shape');
  const rate = rateOf(site);
  const part = keeping(site, (x, net) => net.dropout(x, config.name, { rate, each: 'value' }));
  return { ...part, draws: rate > 0 };
}

/** SpatialDropout2D drops whole channels of an image. */
export function spatialDropout(site: Site): Part {
  const { config } = site;
  const [, , channels] = images(site);
  const rate = rateOf(site);
  const part = keeping(site, (x, net) => {
    const all = ones<Rank.R2>([x.shape[0], channels]);
    const factors = net.dropout(all, config.name, { rate, each: 'value' });
    return factors === all ? x : net.scaleChannels(asImages(x), factors);
  });
  return { ...part, draws: rate > 0 };
}

function rateOf({ config }: Site): number {
  const rate = config.number('rate');
  if (rate >= 0 && rate < 1) return rate;
  throw config.refused(`has the rate ${rate}`, 'It must be at least 0 and less than 1');
}
