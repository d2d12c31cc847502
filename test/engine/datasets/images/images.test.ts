import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { decodeImage } from '../../../../engine/datasets/images/decode';
import { centerCut, randomCut } from '../../../../engine/datasets/images/crop';
import { readHeader } from '../../../../engine/datasets/images/header';
import { resample, type Image } from '../../../../engine/datasets/images/resample';
import { random } from '../../../../engine/random';
import { fixture, readJson } from '../../../fixtures';

interface Truth {
  decoded: Record<string, [number, number, number]>;
  resized: { name: string; box: [number, number, number, number]; size: [number, number]; pixels: number[] }[];
  evaluated: { name: string; resize: number; side: number; pixels: number[] }[];
}

const truth = readJson('images/truth.json') as Truth;
const bytesOf = (name: string) => readFileSync(fixture(`images/${name}`));
const decoded = (name: string): Image<Uint8Array> => ({ channels: 3, ...decodeImage(name, bytesOf(name)) });

/** Returns the mean and the largest absolute difference. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): { mean: number; most: number } {
  assert.equal(a.length, b.length);
  let [sum, most] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const one = Math.abs(a[i]! - b[i]!);
    sum += one;
    most = Math.max(most, one);
  }
  return { mean: sum / a.length, most };
}

describe('decodeImage', () => {
  for (const [name, [height, width]] of Object.entries(truth.decoded))
    it(`gives the pixels of Pillow: ${name}`, () => {
      const image = decoded(name);
      assert.deepEqual([image.height, image.width], [height, width]);
      const header = readHeader(bytesOf(name));
      assert.deepEqual([header.height, header.width], [height, width]);
      const { mean, most } = difference(image.pixels, bytesOf(`${name}.rgb`));
      if (name === 'cmyk.jpg') assert.ok(mean < 0.5, `${mean}`);
      else assert.equal(most, 0);
    });

  it('names the file that is truncated, corrupt, empty, or no image, and decodes the next one', () => {
    const refused = (bytes: Uint8Array, message: RegExp) => {
      assert.throws(() => decodeImage('a/b.jpg', bytes), { name: 'UserError', message });
    };
    for (const name of ['color.jpg', 'progressive.JPEG', 'cmyk.jpg', 'color.png', 'transparent.png'])
      for (const part of [0.03, 0.3, 0.9]) {
        const bytes = bytesOf(name);
        refused(bytes.subarray(0, part * bytes.length), /^dataset\.path: a\/b\.jpg is truncated/);
      }
    refused(new Uint8Array(0), /a\/b\.jpg is empty/);
    refused(Buffer.from('GIF89a, a file of another format'), /a\/b\.jpg is not a JPEG or PNG image/);
    refused(bytesOf('16-bits.png'), /a\/b\.jpg has 16 bits per channel, but only 8 bits are supported\. Convert it/);
    const huge = Uint8Array.from(bytesOf('color.jpg'));
    const at = Buffer.from(huge).indexOf(Buffer.of(0xff, 0xc0));
    huge.set([0xff, 0xff, 0xff, 0xff], at + 5);
    refused(huge, /has 65535 × 65535 pixels, more than 134 million/);
    assert.equal(difference(decoded('color.jpg').pixels, bytesOf('color.jpg.rgb')).most, 0);
  });
});

describe('resample', () => {
  for (const { name, box, size, pixels } of truth.resized)
    it(`gives the bytes of Pillow: [${box.join(', ')}] to ${size.join(' × ')}`, () => {
      const [left, top, width, height] = box;
      const out = { width: size[0], height: size[1] };
      const window = { top: 0, left: 0, ...out };
      const got = resample(decoded(name), { crop: { left, top, width, height }, size: out, window });
      assert.deepEqual([...got], pixels);
    });

  for (const { name, resize, side, pixels } of truth.evaluated)
    it(`gives the center like torchvision: ${name}, ${resize} to ${side}`, () => {
      const image = decoded(name);
      assert.deepEqual([...resample(image, centerCut(image, { resize, side }))], pixels);
    });

  it('gives floats that are not rounded, close to the bytes', () => {
    const image = decoded('color.png');
    const cut = centerCut(image, { resize: 20, side: 16 });
    const floats = resample({ ...image, pixels: Float32Array.from(image.pixels) }, cut);
    const { most } = difference(floats, resample(image, cut));
    assert.ok(most > 0 && most < 1.1, `${most}`);
  });
});

describe('randomCut', () => {
  const size = { height: 8, width: 8 };

  it('draws areas, ratios and places within the limits, and all of them', () => {
    const image = { height: 90, width: 120 };
    const areas: number[] = [];
    const ratios: number[] = [];
    for (let i = 0; i < 2000; i++) {
      const { crop } = randomCut(image, { size, scale: [0.2, 0.5], source: random(1, 'test', i) });
      assert.ok(crop.top >= 0 && crop.top + crop.height <= 90 && crop.left >= 0 && crop.left + crop.width <= 120);
      areas.push((crop.height * crop.width) / (90 * 120));
      ratios.push(crop.width / crop.height);
    }
    const inside = (values: number[], low: number, high: number) => {
      assert.ok(Math.min(...values) > low - 0.03 && Math.max(...values) < high + 0.03);
      assert.ok(Math.min(...values) < low + 0.03 && Math.max(...values) > high - 0.03);
    };
    inside(areas, 0.2, 0.5);
    inside(ratios, 3 / 4, 4 / 3);
    const mean = areas.reduce((sum, area) => sum + area, 0) / areas.length;
    assert.ok(Math.abs(mean - 0.35) < 0.01, `${mean}`);
  });

  it('takes the center of an image that is too narrow, in an allowed ratio', () => {
    const { crop } = randomCut({ height: 100, width: 10 }, { size, scale: [1, 1], source: random(1, 'test') });
    assert.deepEqual(crop, { top: 43, left: 0, height: 13, width: 10 });
  });
});
