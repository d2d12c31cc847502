/**
 * Measures how fast the server opens and draws checkpoints of other tools and large checkpoints. Compares the values with the promised
 * limits.
 */
import path from 'node:path';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { random } from '../../../engine/random';
import type { HostTensor } from '../../../engine/tensors';
import { writePth, type PthTensor } from '../../engine/checkpoints/pth';
import { withServer, type ServerProcess } from '../../engine/serverProcess';
import type { Bench, Figure } from '../bench';
import { startOurs, timed } from '../bench';
import { duel, once, timeOf } from '../measure';
import { makeSparse } from './files';

const PICTURE_SIZE = 512;
const NOTE = 'theirs: the limit';
const PTH = ['first-picture/pth-100MB', 'inspect/pth-100MB'] as const;
const DIFFERENCE = 'picture/difference-4096';
const HUGE = ['layers/10GB', 'picture/10GB', 'memory/picture/10GB'] as const;

export const lookingFigures: readonly Figure[] = [
  {
    names: PTH,
    measure: async (bench) => {
      const file = await makePth(bench);
      const first = await duel(
        {
          ours: () => withServer(async (server) => timeOf(() => firstPicture(server, file))),
          theirs: () => Promise.resolve(500),
          ...{ unit: 'ms', note: NOTE },
        },
        bench.sizes.runs,
      );
      const companion = startOurs();
      try {
        const [ours, theirs] = [timed(companion, { op: 'inspect', file }), timed(companion, { op: 'read', file })];
        const note = 'theirs: reading the file into memory, warm cache; the limit is a ratio of 0.67';
        const statistics = await duel({ ours, theirs, unit: 'ms', note }, bench.sizes.runs);
        return [
          { name: PTH[0], ...first },
          { name: PTH[1], ...statistics },
        ];
      } finally {
        companion.close();
      }
    },
  },
  {
    names: [DIFFERENCE],
    measure: async (bench) => {
      const [file, against] = [
        await makeMatrix(bench, 'a', bench.sizes.side),
        await makeMatrix(bench, 'b', bench.sizes.side),
      ];
      return withServer(async (server) => {
        const ours = () => timeOf(() => firstPicture(server, file, against));
        const theirs = () => Promise.resolve(250);
        return [{ name: DIFFERENCE, ...(await duel({ ours, theirs, unit: 'ms', note: NOTE }, bench.sizes.runs)) }];
      });
    },
  },
  {
    names: HUGE,
    measure: async (bench) => {
      const file = await makeSparse(bench, 'looked-at', bench.sizes.huge);
      return withServer(async (server) => {
        const against = (limit: number, ours: () => Promise<unknown>) =>
          duel(
            { ours: () => timeOf(ours), theirs: () => Promise.resolve(limit), unit: 'ms', note: NOTE },
            bench.sizes.runs,
          );
        const layers = await against(200, () => server.request('checkpoint/open', { file }));
        const picture = await against(1_000, () => firstPicture(server, file));
        const memory = once(server.peakMemory() / 1e6, 300, { unit: 'MB', note: NOTE });
        return [
          { name: HUGE[0], ...layers },
          { name: HUGE[1], ...picture },
          { name: HUGE[2], ...memory },
        ];
      });
    },
  },
];

/** Opens a checkpoint and draws its largest layer, as the editor does: its signs, or its difference from another checkpoint. */
async function firstPicture(server: ServerProcess, file: string, against?: string): Promise<void> {
  const { layers } = await server.request('checkpoint/open', { file });
  const [largest] = [...layers].sort((a, b) => b.count - a.count);
  if (!largest) throw new Error(`${file} has no layer`);
  const region = { x: 0, y: 0, width: largest.columns, height: largest.rows };
  const other = against === undefined ? {} : { against };
  const options = { file, ...other, layer: largest.name, region, maxSize: PICTURE_SIZE, weights: false };
  await server.request('checkpoint/picture', options);
}

/** Makes a square matrix with a mask that keeps a fifth of its weights. */
export async function makeMatrix({ folder }: Bench, name: string, side: number): Promise<string> {
  const file = path.join(folder, `${name}-${side}.safetensors`);
  const source = random(1, name);
  const shape = [side, side];
  const data = Float32Array.from({ length: side * side }, () => source.uniform() - 0.5);
  const mask = Uint8Array.from({ length: side * side }, () => Number(source.below(5) === 0));
  const tensors = new Map<string, HostTensor>([
    ['dense.weight', { dtype: 'F32', shape, data }],
    ['dense.mask', { dtype: 'U8', shape, data: mask }],
  ]);
  await writeSafetensors(file, { tensors, metadata: {} });
  return file;
}

/** Makes ten matrices. Half of their weights are 0. */
async function makePth({ folder, sizes }: Bench): Promise<string> {
  const file = path.join(folder, 'foreign.pth');
  const columns = 1024;
  const rows = Math.max(1, Math.round(sizes.checkpoint / 4 / 10 / columns));
  const source = random(1, 'pth');
  const data = Float32Array.from({ length: rows * columns }, () => source.normal() * source.below(2));
  const tensors = Array.from({ length: 10 }, (_, layer): [string, PthTensor] => [
    `layer${layer}.weight`,
    { shape: [rows, columns], data },
  ]);
  await writePth(file, new Map(tensors));
  return file;
}
