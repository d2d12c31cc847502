/** Guesses for mobile networks. */
import { MODELS } from '../../vocabulary/modelSchemas';
import { ofAnySize, range, type Guess, type Guesser, type Shapes } from './shapes';

type Width = number;

/** Channels of the stages of both networks, as multiples of the width. */
const MOBILENET = [16, 24, 32, 64, 96, 160, 320];
const EFFICIENTNET = [16, 24, 40, 80, 112, 192, 320];
const FIRST = 32;

/** Factors that people use, and the finer ones between them. */
const WIDTHS: readonly Width[] = [1, 0.75, 0.5, 0.25, 1.4, 1.3, 0.35, ...range(1, 80).map((i) => i / 20)];

export const guessMobilenet: Guesser = (shapes) => {
  const isOfficial =
    shapes.has('layers.0.conv3.weight') && shapes.has('conv2.weight') && !shapes.has('layers.0.se.se1.weight');
  const isTorchvision = shapes.has('features.0.0.weight') && shapes.has('features.1.conv.0.0.weight');
  if (!isOfficial && !isTorchvision) return [];
  const variant = isOfficial ? 'official' : 'torchvision';
  const [first, head] = isOfficial ? (['conv1', 'linear'] as const) : (['features.0.0', 'classifier.1'] as const);
  const outputs = isOfficial ? outputsOfLayers(shapes) : outputsOfFeatures(shapes);
  const rest = { ...ofAnySize(shapes.inputs(first)), classes: shapes.outputs(head), notes: [] };
  return arrangements(outputs, { stages: MOBILENET, scaled, standard: MODELS.mobilenetv2.options.blocks.default }).map(
    ({ width, blocks }): Guess => ({ spec: { model: 'mobilenetv2', options: { variant, width, blocks } }, ...rest }),
  );

  function scaled(channels: number, width: Width): number {
    const rounded = Math.max(8, Math.floor((channels * width + 4) / 8) * 8);
    return rounded < 0.9 * channels * width ? rounded + 8 : rounded;
  }
};

export const guessEfficientnet: Guesser = (shapes) => {
  if (!shapes.has('layers.0.se.se1.weight')) return [];
  const rest = { ...ofAnySize(shapes.inputs('conv1')), classes: shapes.outputs('linear'), notes: [] };
  const scaled = (channels: number, width: Width) => Math.max(1, Math.round(channels * width));
  const standard = MODELS.efficientnet.options.blocks.default;
  return arrangements(outputsOfLayers(shapes), { stages: EFFICIENTNET, scaled, standard }).map(
    ({ width, blocks }): Guess => ({ spec: { model: 'efficientnet', options: { width, blocks } }, ...rest }),
  );
};

/** Returns the channels of the first convolution and of each block. */
function outputsOfLayers(shapes: Shapes): number[] {
  const count = shapes.count((i) => `layers.${i}.conv3`);
  return [shapes.outputs('conv1'), ...range(0, count - 1).map((i) => shapes.outputs(`layers.${i}.conv3`))];
}

function outputsOfFeatures(shapes: Shapes): number[] {
  const isBlock = (i: number) => shapes.has(`features.${i}.conv.0.0.weight`);
  const blocks: number[] = [];
  for (let i = 1; isBlock(i); i++) {
    const last = [1, 2].find((at) => shapes.size(`features.${i}.conv.${at}.weight`, 2) === 1)!;
    blocks.push(shapes.outputs(`features.${i}.conv.${last}`));
  }
  return [shapes.outputs('features.0.0'), ...blocks];
}

/**
 * Returns the widths and numbers of blocks that give these channels. Neighbouring stages may have equal channels at a small width. Then the
 * usual numbers of blocks are tried first.
 */
function arrangements(
  [first, ...outputs]: readonly number[],
  {
    stages,
    scaled,
    standard,
  }: {
    stages: readonly number[];
    scaled: (channels: number, width: Width) => number;
    standard: readonly number[];
  },
): { width: Width; blocks: number[] }[] {
  return WIDTHS.flatMap((width) => {
    if (scaled(FIRST, width) !== first) return [];
    const channels = stages.map((stage) => scaled(stage, width));
    const usual = channels.flatMap((size, stage) => range(1, standard[stage]!).map(() => size));
    if (usual.join() === outputs.join()) return [{ width, blocks: [...standard] }];
    const isUnclear = channels.some((size, stage) => size === channels[stage + 1]);
    const blocks = channels.map((size) => outputs.filter((output) => output === size).length);
    return isUnclear || blocks.includes(0) ? [] : [{ width, blocks }];
  });
}

/** The channels of the last stage of a ShuffleNet, by its groups. */
const LAST_CHANNELS: ReadonlyMap<number, number> = new Map([
  [1, 576],
  [2, 800],
  [3, 960],
  [4, 1088],
  [8, 1536],
]);

export const guessShufflenet: Guesser = (shapes) => {
  if (!shapes.has('conv1.conv.weight') || !shapes.has('stage2.0.expand.pointwise.0.weight')) return [];
  // The first grouped convolution sees all outputs of the first layer, divided by the groups.
  const groups = shapes.outputs('conv1.conv') / shapes.inputs('stage2.0.bottlneck.0.pointwise.0');
  const last = LAST_CHANNELS.get(groups);
  if (last === undefined) return [];
  const blocks = [2, 3, 4].map((stage) => shapes.count((i) => `stage${stage}.${i}.expand.pointwise.0`));
  const width = shapes.inputs('fc') / last;
  const spec = { model: 'shufflenet', options: { groups, width, blocks } } as Guess['spec'];
  return [{ spec, ...ofAnySize(shapes.inputs('conv1.conv')), classes: shapes.outputs('fc'), notes: [] }];
};
