/** Makes listed runs for tests of tables of runs. */
import type { ListedRun, TransferVariant } from '../../../engine/protocol';

export interface Made extends Partial<ListedRun> {
  kept?: number;
  accuracy?: number;
}

/** Makes a search with one round, unless the fields say otherwise. */
export function listedRun(name: string, { kept = 0.5, accuracy = 80, ...fields }: Made = {}): ListedRun {
  const sparsity = { prunable: 1 - kept, all: 1 - kept };
  const round = { round: 3, sparsity, test: { loss: 0.5, accuracy }, checkpoint: `/r/${name}/round.safetensors` };
  return {
    directory: `/r/${name}`,
    name,
    kind: 'search',
    method: 'aws',
    model: 'convnet',
    dataset: 'sample',
    seed: 1,
    options: { method: 'aws', model: 'convnet', dataset: 'sample' },
    status: 'done',
    stopping: false,
    rounds: [round],
    sources: [],
    experiment: name,
    seeds: { seed: 1 },
    differs: [],
    ...fields,
  };
}

/** Makes a dense training. */
export function denseRun(name: string, fields: Made = {}): ListedRun {
  const rest = { kind: 'train', method: 'dense', source: { from: 'initialization' }, kept: 1 } as const;
  return listedRun(name, { ...rest, experiment: 'dense', ...fields });
}

/** Makes a training of a ticket. */
export function transferRun(name: string, variant: TransferVariant, fields: Made = {}): ListedRun {
  const checkpoint = '/r/aws/round-02.safetensors';
  const source = { from: 'checkpoint', variant, checkpoint, sha256: '' } as const;
  const sources = [{ file: checkpoint, sha256: '', label: 'aws/round-02', run: '/r/aws', role: 2 }];
  return listedRun(name, { kind: 'train', source, sources, experiment: variant, ...fields });
}
