/** Data for the answers of a fake host: runs, and checkpoints by path. */
import type {
  CheckpointHeader,
  CheckpointRef,
  Comparison,
  ComparisonMatrix,
  Inspection,
  LayerComparison,
  MatrixPair,
  ListedRun,
  Series,
  SeriesCounts,
  RelatedSnapshot,
} from '../../../engine/protocol';
import { maskChance, signChance } from '../../../engine/vocabulary/chance';
import type { PanelRequests, RunColor } from '../../../webview/protocol';
import { ROUNDS, type WorldLayer } from './network';
import { overviewOf, overviewOfAll } from './overview';
import { pictureOf, pictureOfTwo, type Seen } from './pictures';
import { connectivityRun, FOLDER, networks, PARAMETERS, roundLayers, searchRun, trainRun } from './runs';

export type Answers = { [M in keyof PanelRequests]: (params: PanelRequests[M][0]) => PanelRequests[M][1] };

/** The finished runs of a small study. */
export function study(): RelatedSnapshot[] {
  return [
    searchRun('aws', 1),
    searchRun('lrr', 2),
    trainRun('dense-seed1', 93.1),
    trainRun('signed-mask-4', 92.2, { variant: 'signed-mask', round: 4 }),
    trainRun('signed-mask-8', 91.1, { variant: 'signed-mask', round: 8 }),
    trainRun('mask-only-8', 88.7, { variant: 'mask-only', round: 8 }),
    connectivityRun('kept', 0.4),
    connectivityRun('reset', 7.3),
    connectivityRun('far', 21.5, ['aws-seed1', 'lrr-seed2']),
  ];
}

/** Returns the runs as the tree lists them. */
export function summaryOf(run: RelatedSnapshot): ListedRun {
  const { record: _, layers: __, parameters: ___, losses: ____, epochs: _____, points: ______, rounds, ...rest } = run;
  return {
    ...rest,
    rounds: rounds.map(({ round, sparsity, test, reestimated, checkpoint }) => {
      return { round, sparsity, test, ...(reestimated && { reestimated }), checkpoint };
    }),
  };
}

/** Returns the path of the checkpoint of a round. */
export function checkpointPath(method: 'aws' | 'lrr', round: number): string {
  const seed = method === 'aws' ? 1 : 2;
  return `${FOLDER}/${method}-seed${seed}/checkpoints/round-${String(round).padStart(2, '0')}.safetensors`;
}

function layersAt(file: string): (layer: WorldLayer) => Seen {
  if (file.includes('initialization')) {
    return ({ rows, columns, init, count }) => ({ rows, columns, weights: init, mask: new Uint8Array(count).fill(1) });
  }
  const round = roundAt(file);
  return ({ rows, columns, weights, masks }) => ({ rows, columns, weights: weights[round]!, mask: masks[round]! });
}

function networkAt(file: string): WorldLayer[] {
  return file.includes('lrr') ? networks.lrr : networks.aws;
}

function roundAt(file: string): number {
  const round = Number(/round-(\d+)/.exec(file)?.[1]);
  if (!(round < ROUNDS)) throw new Error(`${file} does not exist; choose another checkpoint.`);
  return round;
}

function seen(file: string, layer: string): Seen {
  return layersAt(file)(networkAt(file).find(({ name }) => name === layer)!);
}

function headerOf(file: string): CheckpointHeader {
  const round = roundAt(file);
  const name = file.split('/').at(-3)!;
  const directory = `${FOLDER}/${name}`;
  const layers = networkAt(file).map(({ name: layer, shape, count, rows, columns }) => ({
    name: layer,
    shape,
    count,
    maskRule: 'mask' as const,
    layout: 'OIHW',
    rows,
    columns,
    axes: `out ${rows} × in·${shape[2]}·${shape[3]}`,
  }));
  const tensors = layers.flatMap(({ name: layer, shape }) => [
    { name: `${layer}.weight`, dtype: 'float32', shape },
    { name: `${layer}.mask`, dtype: 'uint8', shape },
  ]);
  const initialization = `${directory}/checkpoints/initialization.safetensors`;
  const run = {
    directory,
    name,
    round,
    initialization,
    previous: round > 0 ? file.replace(/\d+(?=\.safe)/, String(round - 1).padStart(2, '0')) : undefined,
  };
  const label = `${name}/${file.split('/').at(-1)!.replace('.safetensors', '')}`;
  return { file, label, format: 'safetensors', metadata: {}, tensors, layers, rule: 'default', leftOut: [], run };
}

function inspectionOf(file: string): Inspection {
  const layers = roundLayers(networkAt(file), roundAt(file));
  const kept = layers.reduce((total, layer) => total + layer.kept, 0);
  const pruned = PARAMETERS.prunable - kept;
  const tensors = networkAt(file).map((layer) => {
    const { weights } = layersAt(file)(layer);
    const finite = weights.filter(Number.isFinite);
    const [min, max] = [finite.reduce((a, b) => Math.min(a, b)), finite.reduce((a, b) => Math.max(a, b))];
    const nans = weights.filter(Number.isNaN).length;
    const infs = weights.length - finite.length - nans;
    const rest = { zeros: 0, negatives: 0, positives: 0, nans, infs, mean: 0, norm: 1 };
    return { name: `${layer.name}.weight`, dtype: 'F32', shape: layer.shape, count: layer.count, min, max, ...rest };
  });
  const overview = networkAt(file).map((layer) => overviewOf(layer, roundAt(file)));
  return {
    file,
    format: 'safetensors',
    tensors,
    ...overviewOfAll(overview, PARAMETERS.all - PARAMETERS.prunable),
    layers: layers.map(({ name, count, kept: left, positive, negative }, place) => ({
      ...overview[place]!,
      name,
      maskRule: 'mask',
      layout: 'OIHW',
      count,
      kept: left,
      sparsity: 1 - left / count,
      positive,
      negative,
    })),
    rule: 'default',
    leftOut: [],
    sparsity: { prunable: pruned / PARAMETERS.prunable, all: pruned / PARAMETERS.all },
    weights: { pruned, ...PARAMETERS },
  };
}

function countLayer(name: string, a: Seen, b: Seen): LayerComparison {
  const counts = { keptBoth: 0, onlyA: 0, onlyB: 0, neither: 0, sameSign: 0, flipped: 0 };
  let [plusA, plusB] = [0, 0];
  a.mask.forEach((keptA, i) => {
    const keptB = b.mask[i];
    if (keptA !== keptB) counts[keptA === 1 ? 'onlyA' : 'onlyB']++;
    else if (keptA === 0) counts.neither++;
    else {
      counts.keptBoth++;
      counts[Math.sign(a.weights[i]!) === Math.sign(b.weights[i]!) ? 'sameSign' : 'flipped']++;
      if (a.weights[i]! > 0) plusA++;
      if (b.weights[i]! > 0) plusB++;
    }
  });
  return finished(name, a.mask.length, { ...counts, plusA, plusB });
}

function finished(
  name: string,
  count: number,
  counts: Pick<LayerComparison, 'keptBoth' | 'onlyA' | 'onlyB' | 'neither' | 'sameSign' | 'flipped'> & {
    plusA: number;
    plusB: number;
  },
) {
  const { plusA, plusB, ...rest } = counts;
  const [p, q] = [plusA / rest.keptBoth, plusB / rest.keptBoth];
  const chanceAgreement = p * q + (1 - p) * (1 - q);
  const { expected: chanceIou, sigma: maskSigma } = maskChance([{ count, ...rest }]);
  return {
    ...{ name, count, ...rest, chanceAgreement, chanceIou, maskSigma },
    iou: rest.keptBoth / (rest.keptBoth + rest.onlyA + rest.onlyB),
    signAgreement: rest.sameSign / rest.keptBoth,
    signSigma: signChance({ ...rest, chanceAgreement }).sigma,
  };
}

function comparisonOf(a: string, b: string): Comparison {
  const layers = networkAt(a).map(({ name }) => countLayer(name, seen(a, name), seen(b, name)));
  const sum = (key: 'count' | 'keptBoth' | 'onlyA' | 'onlyB' | 'neither' | 'sameSign' | 'flipped') =>
    layers.reduce((total, layer) => total + layer[key], 0);
  const keptBoth = sum('keptBoth');
  const total = finished('total', sum('count'), {
    keptBoth, onlyA: sum('onlyA'), onlyB: sum('onlyB'), neither: sum('neither'), sameSign: sum('sameSign'), flipped: sum('flipped'),
    plusA: keptBoth / 2, plusB: keptBoth / 2,
  }); // prettier-ignore
  return { a, b, layers, total, unmatched: [], rules: { a: 'default', b: 'default' }, leftOut: { a: [], b: [] } };
}

/** Returns the rounds of a search as a series. */
function seriesOf(method: 'aws' | 'lrr', init: string | undefined): Series {
  const files = Array.from({ length: ROUNDS }, (_, round) => checkpointPath(method, round));
  const layers = networks[method].map(({ name, count }) => ({ name, count }));
  const checkpoints = files.map((file, place) => {
    const counts = layers.map(({ name, count }): SeriesCounts => {
      const now = seen(file, name);
      const first = countLayer(name, seen(files[0]!, name), now);
      const previous = place > 0 ? countLayer(name, seen(files[place - 1]!, name), now) : undefined;
      return {
        count,
        kept: first.keptBoth + first.onlyB,
        keptSinceFirst: first.keptBoth,
        flippedSinceFirst: first.flipped,
        keptSincePrevious: previous?.keptBoth ?? 0,
        flippedSincePrevious: previous?.flipped ?? 0,
        regrown: previous?.onlyB ?? 0,
      };
    });
    const total = {
      count: 0,
      kept: 0,
      keptSinceFirst: 0,
      flippedSinceFirst: 0,
      keptSincePrevious: 0,
      flippedSincePrevious: 0,
      regrown: 0,
    };
    for (const one of counts) for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += one[key];
    return { file, total, layers: counts };
  });
  return { ...(init !== undefined && { init }), layers, checkpoints, skipped: [], warnings: [] };
}

/** Returns the pairs of one row, or all. A file whose name begins with “other” fits no other. */
function matrixOf(files: string[], only?: number): ComparisonMatrix {
  const pairs = files.flatMap((fileB, b) =>
    (only ?? b) === b ? files.slice(0, b).map((fileA, a) => matrixPairOf([fileA, a], [fileB, b])) : [],
  );
  return { files, pairs };
}

function matrixPairOf([fileA, a]: [string, number], [fileB, b]: [string, number]): MatrixPair {
  const odd = [fileA, fileB].find((file) => file.includes('/other'));
  if (odd !== undefined)
    return {
      a,
      b,
      layers: 0,
      unmatched: 21,
      reason: `no layer in common: conv1 of A: there is no such layer in ${odd}`,
    };
  const { layers, total } = comparisonOf(fileA, fileB);
  return { a, b, layers: layers.length, unmatched: 0, total, warnings: [`${fileB}: fc has no mask.`] };
}

/** Returns the path of a checkpoint. */
function fileOf(checkpoint: CheckpointRef): string {
  return typeof checkpoint === 'string' ? checkpoint : checkpoint.file;
}

/** Returns the answers to all requests about these runs and their checkpoints. */
export function answersOf(runs: readonly RelatedSnapshot[]): Answers {
  return {
    runs: () => runs.map((run, color): RunColor => ({ directory: run.directory, color, summary: summaryOf(run) })),
    'run/snapshot': ({ directory }) => {
      const run = runs.find((one) => one.directory === directory);
      if (!run) throw new Error(`${directory} holds no run; open another one.`);
      return run;
    },
    'checkpoint/open': ({ file }) => headerOf(fileOf(file)),
    'checkpoint/statistics': ({ file }) => inspectionOf(fileOf(file)),
    'checkpoint/picture': ({ file, against, layer, region, maxSize }) =>
      against === undefined
        ? pictureOf(seen(fileOf(file), layer), region, maxSize)
        : pictureOfTwo(seen(fileOf(file), layer), seen(fileOf(against), layer), { region, maxSize }),
    'checkpoint/marginals': ({ file, layer }) => {
      const { rows, columns, mask } = seen(fileOf(file), layer);
      const kept = (indices: number[]) => indices.reduce((total, i) => total + mask[i]!, 0) / indices.length;
      const range = (size: number) => Array.from({ length: size }, (_, i) => i);
      const bins = Math.min(512, columns);
      return {
        rows: range(rows).map((row) => kept(range(columns).map((column) => row * columns + column))),
        columns: range(bins).map((bin) => {
          const column = Math.floor((bin * columns) / bins);
          return kept(range(rows).map((row) => row * columns + column));
        }),
      };
    },
    'checkpoint/compare': ({ a, b }) => comparisonOf(fileOf(a), fileOf(b)),
    'checkpoint/matrix': ({ files, row }) => matrixOf(files.map(fileOf), row),
    'checkpoint/series': ({ init }) => seriesOf('aws', init),
  };
}
