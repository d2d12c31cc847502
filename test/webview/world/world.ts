/** Data for the answers of a fake host: runs, and checkpoints by path. */
import type { CheckpointHeader, CheckpointRef, Inspection, ListedRun, RelatedSnapshot } from '../../../engine/protocol';
import type { PanelRequests } from '../../../webview/protocol';
import { layersAt, networkAt, roundAt, seen } from './checkpoints';
import { comparisonOf, matrixOf, seriesOf } from './comparisons';
import { overviewOf, overviewOfAll } from './overview';
import { pictureOf, pictureOfTwo } from './pictures';
import { connectivityRun, FOLDER, PARAMETERS, roundLayers, searchRun, trainRun } from './runs';
import { surfaceRun } from './surface';

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
    connectivityRun('kept', 0.4, ['aws-seed2', 'lrr-seed2']),
    connectivityRun('reset', 7.3),
    connectivityRun('far', 21.5, ['aws-seed1', 'lrr-seed2']),
    surfaceRun('surface'),
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

/** Returns the path of a checkpoint. */
function fileOf(checkpoint: CheckpointRef): string {
  return typeof checkpoint === 'string' ? checkpoint : checkpoint.file;
}

/** Returns the answers to all requests about these runs and their checkpoints. */
export function answersOf(runs: readonly RelatedSnapshot[]): Answers {
  return {
    runs: () => runs.map(summaryOf),
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
    'study/snapshot': ({ file }) => {
      throw new Error(`${file}: The file does not exist. Check the path.`);
    },
  };
}
