/** Compares pruning with torch.topk, and reading checkpoints with numpy and with a plain read of the file. */
import { truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { random } from '../../../engine/random';
import type { HostTensor } from '../../../engine/tensors';
import { peakOf, startOurs, startPeer, timed, type Bench, type Figure } from '../bench';
import type { Companion, Question } from '../companion';
import { duel, once, type Row } from '../measure';

export const fileFigures: readonly Figure[] = [
  {
    names: ['prune/25M', 'memory/prune/25M'],
    measure: async (bench) => {
      const prepare = (companion: Companion) => companion.ask({ op: 'prune.prepare', count: bench.sizes.weights });
      return named(['prune/25M', 'memory/prune/25M'], await against(bench, { op: 'prune' }, prepare));
    },
  },
  againstReading('inspect/100MB', 'read', 'theirs: reading the file into memory, warm cache'),
  againstReading('inspect-streamed/100MB', 'pass', 'theirs: passing the bytes through one buffer of 2 MB, warm cache'),
  {
    names: ['compare/100MB', 'memory/compare/100MB'],
    measure: async (bench) => {
      const [a, b] = [
        await makeCheckpoint(bench, 'a', bench.sizes.checkpoint),
        await makeCheckpoint(bench, 'b', bench.sizes.checkpoint),
      ];
      return named(['compare/100MB', 'memory/compare/100MB'], await against(bench, { op: 'compare', a, b }));
    },
  },
  {
    names: ['scan/1GB', 'memory/scan/1GB'],
    measure: async (bench) => {
      const file = await makeCheckpoint(bench, 'large', bench.sizes.large);
      return named(['scan/1GB', 'memory/scan/1GB'], await against(bench, { op: 'inspect', file }));
    },
  },
  {
    names: ['open/10GB', 'memory/open/10GB'],
    measure: async (bench) => {
      const file = await makeSparse(bench, 'huge', bench.sizes.huge);
      return named(['open/10GB', 'memory/open/10GB'], await against(bench, { op: 'open', file }));
    },
  },
];

function againstReading(name: string, op: string, note: string): Figure {
  return {
    names: [name],
    measure: async (bench) => {
      const file = await makeCheckpoint(bench, 'inspected', bench.sizes.checkpoint);
      const companion = startOurs();
      try {
        const [ours, theirs] = [timed(companion, { op: 'inspect', file }), timed(companion, { op, file })];
        return [{ name, ...(await duel({ ours, theirs, unit: 'ms', note }, bench.sizes.runs)) }];
      } finally {
        companion.close();
      }
    },
  };
}

function named(names: readonly string[], outcomes: readonly Omit<Row, 'name'>[]): Row[] {
  return outcomes.map((outcome, i) => ({ name: names[i]!, ...outcome }));
}

/** Sends both sides the same question. Measures the time first, then the peak memory. */
async function against(bench: Bench, question: Question, prepare?: (companion: Companion) => Promise<unknown>) {
  const ours = startOurs();
  const peer = startPeer(bench);
  try {
    for (const companion of peer ? [ours, peer] : [ours]) await prepare?.(companion);
    const note = peer ? '' : bench.absent;
    const time = await duel(
      { ours: timed(ours, question), theirs: timed(peer, question), unit: 'ms', note },
      bench.sizes.runs,
    );
    const peak = once(await peakOf(ours), peer && (await peakOf(peer)), { unit: 'MB', note: note || 'peak RSS' });
    return [time, peak];
  } finally {
    ours.close();
    peer?.close();
  }
}

const LAYER = 2 ** 20;

/** Writes a checkpoint with layers of 2²⁰ weights and with masks that prune half of the weights. */
async function makeCheckpoint({ folder }: Bench, name: string, bytes: number): Promise<string> {
  const file = path.join(folder, `${name}.safetensors`);
  const source = random(1, name);
  const layers = Math.max(1, Math.round(bytes / 5 / LAYER));
  const size = Math.min(LAYER, Math.ceil(bytes / 5));
  const drawn = Float32Array.from({ length: size }, () => source.normal());
  const mask = Uint8Array.from({ length: size }, () => source.below(2));
  const tensors = new Map<string, HostTensor>();
  for (let layer = 0; layer < layers; layer++) {
    tensors.set(`layer${layer}.weight`, { dtype: 'F32', shape: [1, size], data: drawn });
    tensors.set(`layer${layer}.mask`, { dtype: 'U8', shape: [1, size], data: mask });
  }
  await writeSafetensors(file, { tensors, metadata: {} });
  return file;
}

/** Makes a large sparse file that needs no space on the disk. */
export async function makeSparse({ folder }: Pick<Bench, 'folder'>, name: string, bytes: number): Promise<string> {
  const file = path.join(folder, `${name}.safetensors`);
  const columns = 5000;
  const rows = Math.max(1, Math.floor(bytes / 4 / 100 / columns));
  const size = rows * columns;
  const entries = Array.from({ length: 100 }, (_, layer) => [
    `layer${layer}.weight`,
    { dtype: 'F32', shape: [1, size], data_offsets: [4 * layer * size, 4 * (layer + 1) * size] },
  ]);
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  await writeFile(file, Buffer.concat([length, header]));
  await truncate(file, 8 + header.length + 400 * size);
  return file;
}
