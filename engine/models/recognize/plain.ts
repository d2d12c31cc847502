/** Guesses for networks of plain layers: MLP, the small convolutional net, LeNet, VGG. */
import { normsOf, ofAnySize, range, wholeRoot, type Guess, type Guesser, type Images } from './shapes';

export const guessMlp: Guesser = (shapes) => {
  const count = shapes.count((i) => `fc${i + 1}`);
  if (count === 0 || !shapes.has('fc.weight') || shapes.has('conv1.weight')) return [];
  const hidden = range(1, count).map((i) => shapes.outputs(`fc${i}`));
  const spec = { model: 'mlp', options: { hidden, batchNorm: shapes.has('bn1.weight') } } as const;
  const inputs = shapes.inputs('fc1');
  const images = [1, 3].flatMap((channels): Images[] => {
    const side = wholeRoot(inputs / channels);
    return side === undefined ? [] : [{ height: side, width: side, channels }];
  });
  return [{ spec, images, classes: shapes.outputs('fc'), notes: [] }];
};

export const guessConvnet: Guesser = (shapes) => {
  const count = shapes.count((i) => `conv${i + 1}`);
  if (count === 0 || !shapes.has('fc.weight')) return [];
  const widths = range(1, count).map((i) => shapes.outputs(`conv${i}`));
  return normsOf(shapes, 'bn1').map(({ options, notes }) => {
    const spec: Guess['spec'] = { model: 'convnet', options: { widths, ...options } };
    return { spec, ...ofAnySize(shapes.inputs('conv1')), classes: shapes.outputs('fc'), notes };
  });
};

export const guessLenet: Guesser = (shapes) => {
  const count = shapes.count((i) => `fc${i + 1}`);
  if (count < 1 || !shapes.has('conv2.weight') || shapes.has('conv3.weight')) return [];
  const widths = [shapes.outputs('conv1'), shapes.outputs('conv2')];
  const hidden = range(1, count - 1).map((i) => shapes.outputs(`fc${i}`));
  const spec = { model: 'lenet', options: { widths, hidden, batchNorm: shapes.has('bn1.weight') } } as const;
  const channels = shapes.inputs('conv1');
  const side = wholeRoot(shapes.inputs('fc1') / widths[1]!);
  const images = range(12, 256).flatMap((size) =>
    sideAfter(size) === side ? [{ height: size, width: size, channels }] : [],
  );
  const usual = channels === 1 ? 28 : 32; // MNIST and CIFAR
  images.sort((a, b) => Number(b.height === usual) - Number(a.height === usual));
  return [{ spec, images, classes: shapes.outputs(`fc${count}`), notes: [] }];
};

/** Height after both stages of LeNet, which pads small images. */
function sideAfter(size: number): number {
  const first = Math.floor((size + (size < 32 ? 4 : 0) - 4) / 2);
  return Math.floor((first - 4) / 2);
}

/** The depth of a VGG by its number of convolutions. */
const DEPTHS = new Map([8, 10, 13, 16].map((count) => [count, (count + 3) as 11 | 13 | 16 | 19]));

export const guessVgg: Guesser = (shapes) => {
  const convolutions = shapes.names.filter(
    (name) => /^features\.\d+\.weight$/.test(name) && shapes.size(name, 2) === 3,
  );
  const depth = DEPTHS.get(convolutions.length);
  if (depth === undefined || !shapes.has('features.0.weight')) return [];
  const last = shapes.count((i) => `classifier.${3 * i}`) - 1;
  const width = shapes.outputs('features.0');
  const pool = wholeRoot(shapes.inputs('classifier.0') / (8 * width));
  if (last < 0 || pool === undefined) return [];
  const hidden = range(0, last - 1).map((i) => shapes.outputs(`classifier.${3 * i}`));
  const options = { depth, batchNorm: shapes.size('features.1.weight', 0) > 0, width, hidden, pool };
  const classes = shapes.outputs(`classifier.${3 * last}`);
  return [{ spec: { model: 'vgg', options }, ...ofAnySize(shapes.inputs('features.0')), classes, notes: [] }];
};
