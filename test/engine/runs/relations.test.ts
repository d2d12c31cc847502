import assert from 'node:assert/strict';
import path from 'node:path';
import { factText } from '../../../engine/vocabulary/facts';
import type { RunOptions, RunRecord, TransferVariant } from '../../../engine/protocol';
import type { SearchStart } from '../../../engine/vocabulary/runRecord';
import type { OwnCheckpoint } from '../../../engine/runs/ancestry';
import { describeRecord, differencesBetween } from '../../../engine/runs/differences';
import { checkOptions } from '../../../engine/runs/options';
import { recordOf } from '../../../engine/runs/record';
import { relate, type RelatedRun } from '../../../engine/runs/relations';

const FOLDER = path.resolve('/study/.winning-sign');
const OPTIONS = { method: 'aws', model: 'mlp', dataset: 'sample' };
const nothing = () => '';

function optionsOf(options: object = {}): RunOptions {
  return checkOptions({ ...OPTIONS, ...options }, path.resolve('/study/x.sign.json'));
}

/** Makes a search whose checkpoint of round N has the content `NAME N`. */
function search(name: string, options: object = {}, { folder = FOLDER, logged = true } = {}): RelatedRun {
  const directory = path.join(folder, name);
  const checkpoints = [0, 1, 2].map((round): OwnCheckpoint => ({
    file: path.join(directory, 'checkpoints', `round-0${round}.safetensors`),
    run: directory,
    role: round,
    ...(logged && { sha256: `${name} ${round}` }),
  }));
  return { directory, record: recordOf(name, optionsOf(options)), checkpoints };
}

interface Transfer {
  sha256: string;
  variant?: TransferVariant;
  options?: object;
  checkpoint?: string;
  own?: OwnCheckpoint[];
}

function transfer(
  name: string,
  { sha256, variant = 'signed-mask', options, checkpoint, own = [] }: Transfer,
): RelatedRun {
  const source = {
    from: 'checkpoint' as const,
    checkpoint: checkpoint ?? '/gone/round-02.safetensors',
    sha256,
    variant,
  };
  const record: RunRecord = { version: 1, name, ...optionsOf(options), kind: 'train', source };
  return { directory: path.join(FOLDER, name), record, checkpoints: own };
}

function texts(runs: RelatedRun[], name: string): string[] {
  return relate(runs, nothing).get(path.join(FOLDER, name))!.differs.map(factText);
}

function sameExperiment(a: RelatedRun, b: RelatedRun, ...others: RelatedRun[]): boolean {
  const relations = relate([a, b, ...others], nothing);
  return relations.get(a.directory)!.experiment === relations.get(b.directory)!.experiment;
}

describe('differences between runs', () => {
  it('do not include seeds and backends', () => {
    const [a, b] = [search('a', { seed: 1 }), search('b', { seed: 2, backend: 'wasm' })];
    assert.ok(sameExperiment(a, b));
    assert.deepEqual(texts([a, b], 'a'), []);
    assert.deepEqual(relate([a, b], nothing).get(b.directory)!.seeds, { seed: 2 });
  });

  it('name each option as in the run file, with the value of each run', () => {
    const wide = { model: { model: 'mlp', options: { hidden: [64, 32] } }, learningRate: 0.05, epochsPerRound: 2 };
    const runs = [search('a'), search('b', wide)];
    assert.ok(!sameExperiment(runs[0]!, runs[1]!));
    assert.deepEqual(texts(runs, 'b'), ['epochsPerRound 2', 'learningRate 0.05', 'model.hidden 64-32']);
    assert.deepEqual(texts(runs, 'a').slice(1), ['learningRate 0.1', 'model.hidden default']);
  });

  it('know searches by the content of the checkpoint that they continue from, and by its search', () => {
    const sources = [search('a', { seed: 1 }), search('b', { seed: 2 })];
    const from = (name: string, sha256: string, more: Partial<SearchStart> = {}): RelatedRun => {
      const start: SearchStart = { checkpoint: `/copies/${name}.safetensors`, sha256, round: 1, ...more };
      const record: RunRecord = { version: 1, name, ...optionsOf(), kind: 'search', start };
      return { directory: path.join(FOLDER, name), record, checkpoints: [] };
    };
    assert.ok(sameExperiment(from('x', 'gone'), from('y', 'gone')), 'two copies of one file');
    assert.ok(!sameExperiment(from('x', 'gone'), from('y', 'other')));
    assert.ok(!sameExperiment(from('x', 'gone'), from('y', 'gone', { round: 2 })));
    const initialization = { checkpoint: '/copies/i.safetensors', sha256: 'init' };
    assert.ok(!sameExperiment(from('x', 'gone'), from('y', 'gone', { initialization })));
    assert.ok(
      sameExperiment(from('x', 'a 1'), from('y', 'b 1'), ...sources),
      'the searches differ only in their seeds',
    );
    assert.deepEqual(relate([from('x', 'b 1'), ...sources], nothing).get(path.join(FOLDER, 'x'))!.seeds, {
      seed: 1,
      'source.seed': 2,
    });
  });

  it('include the rule and the patterns of prunable layers', () => {
    const of = (prunable: object | string) => ({ model: { model: 'mlp', prunable } });
    const runs = [search('a'), search('b', of({ exclude: ['fc1'] })), search('c', of('official'))];
    assert.deepEqual(texts(runs, 'b'), ['model.prunable.exclude fc1', 'model.prunable default']);
    assert.deepEqual(texts(runs, 'c')[1], 'model.prunable official');
    assert.ok(sameExperiment(runs[0]!, search('d', of('default'))));
  });

  it('have the target sparsity instead of the default number of rounds', () => {
    const target = { targetSparsity: 0.9 };
    assert.deepEqual(texts([search('a', { rounds: 3 }), search('b', target)], 'b'), [
      'rounds default',
      'targetSparsity 0.9',
    ]);
  });

  it('include the range of α, the final epochs and the content of the data', () => {
    const narrow = { normalizationInterpolation: { low: 0, high: 0.5 }, finalEpochs: 7 };
    assert.deepEqual(texts([search('a'), search('b', narrow)], 'b'), [
      'normalizationInterpolation.high 0.5',
      'finalEpochs 7',
    ]);
    const data = ['0123456789', '9876543210', undefined].map((datasetSha256, place) => ({
      ...search('abc'[place]!),
      datasetSha256,
    }));
    assert.deepEqual(texts(data, 'a'), ['dataset.sha256 01234567']);
    assert.ok(!sameExperiment(data[0]!, data[1]!));
    assert.ok(sameExperiment(data[0]!, data[2]!), 'a log that does not know its data is not another experiment');
    assert.ok(!sameExperiment(data[0]!, data[1]!, data[2]!));
  });

  it('use the default for an option that an old record does not have', () => {
    const [old, now] = [search('a'), search('b')];
    delete (old.record as Partial<RunOptions>).schedule;
    delete (old.record.normalizationInterpolation as Partial<RunOptions['normalizationInterpolation']>).each;
    assert.ok(sameExperiment(old, now));
  });

  it('give both values of a pair of runs', () => {
    const [a, b] = [search('a'), search('b', { batchSize: 64 })].map((run) => describeRecord(run).facts);
    assert.deepEqual(differencesBetween(a!, b!), [{ name: 'batchSize', a: 128, b: 64 }]);
  });

  it('leave out options that have no effect in a full training', () => {
    const [a, b] = [{ rounds: 3 }, { rounds: 5 }].map((options, place) =>
      search('ab'[place]!, { method: 'dense', ...options }),
    );
    assert.ok(sameExperiment(a!, b!));
  });

  it('are not given for runs with another method or model', () => {
    assert.deepEqual(texts([search('a'), search('b', { method: 'imp', learningRate: 1 })], 'a'), []);
  });
});

describe('the source of a run', () => {
  it('is found by content in a project that was moved', () => {
    const moved = search('a');
    const made = transfer('t', {
      sha256: 'a 2',
      checkpoint: 'C:\\old\\.winning-sign\\a\\checkpoints\\round-02.safetensors',
    });
    const { sources } = relate([moved, made], nothing).get(made.directory)!;
    const file = path.join(moved.directory, 'checkpoints', 'round-02.safetensors');
    assert.deepEqual(sources, [{ file, sha256: 'a 2', label: 'a/round-02', run: moved.directory, role: 2 }]);
  });

  it('is not the file at the recorded path if the content is different', () => {
    const [again, original] = [search('a'), search('b')];
    const made = transfer('t', { sha256: 'b 2', checkpoint: again.checkpoints[2]!.file });
    assert.equal(relate([again, original, made], nothing).get(made.directory)!.sources[0]!.run, original.directory);
  });

  it('is the copy with the most similar path', () => {
    const copies = [search('a', {}, { folder: '/copy' }), search('a'), search('a', {}, { folder: '/other' })];
    const made = transfer('t', { sha256: 'a 1', checkpoint: copies[1]!.checkpoints[1]!.file });
    assert.equal(relate([...copies, made], nothing).get(made.directory)!.sources[0]!.run, copies[1]!.directory);
  });

  it('is found by hashing files of the same name if the log has no hash, the most likely file first', () => {
    const runs = [search('b', {}, { logged: false }), search('a', {}, { logged: false })];
    const made = transfer('t', { sha256: 'a 1', checkpoint: '/old/a/checkpoints/round-01.safetensors' });
    const asked: string[] = [];
    const known = new Map<string, string>();
    const hashOf = (file: string) => {
      asked.push(file);
      return known.get(file);
    };
    const source = () => relate([...runs, made], hashOf).get(made.directory)!.sources[0]!;
    assert.equal(source().run, undefined);
    const likely = path.join(FOLDER, 'a', 'checkpoints', 'round-01.safetensors');
    assert.deepEqual([...new Set(asked)], [likely]);
    known.set(likely, 'another file');
    assert.equal(source().run, undefined);
    const next = path.join(FOLDER, 'b', 'checkpoints', 'round-01.safetensors');
    assert.deepEqual([...new Set(asked)], [likely, next]);
    known.set(next, 'a 1');
    assert.equal(source().run, path.join(FOLDER, 'b'));
  });

  it('has a name even if it is not found', () => {
    const labels = ['/x/aws/checkpoints/round-03.safetensors', 'C:\\x\\best.safetensors', 'best.pt'].map(
      (checkpoint) =>
        relate([transfer('t', { sha256: '?', checkpoint })], nothing)
          .values()
          .next().value!.sources[0]!.label,
    );
    assert.deepEqual(labels, ['aws/round-03', 'x/best', 'best']);
  });

  it('belongs to another experiment if its options differ, and to a repetition if only its seed differs', () => {
    const searches = [search('a', { seed: 1 }), search('b', { seed: 2 }), search('c', { rounds: 5 })];
    const [a, b, c] = searches.map(({ directory }) => {
      const name = path.basename(directory);
      return transfer(`t${name}`, { sha256: `${name} 2`, options: { seed: 9 } });
    });
    assert.ok(sameExperiment(a!, b!, ...searches));
    assert.ok(!sameExperiment(a!, c!, b!, ...searches));
    const relations = relate([a!, b!, c!, ...searches], nothing);
    assert.deepEqual(relations.get(c!.directory)!.differs.map(factText), ['source.rounds 5']);
    assert.deepEqual(relations.get(b!.directory)!.seeds, { seed: 9, 'source.seed': 2 });
  });

  it('does not repeat an option that a transfer has inherited from its search', () => {
    const searches = [search('a'), search('b', { learningRate: 0.5 })];
    const tickets = [
      transfer('ta', { sha256: 'a 2' }),
      transfer('tb', { sha256: 'b 2', options: { learningRate: 0.5 } }),
    ];
    assert.deepEqual(texts([...searches, ...tickets], 'tb'), ['learningRate 0.5']);
  });

  it('may be any round of a search without changing the experiment', () => {
    const source = search('a');
    const tickets = [1, 2].map((round) => transfer(`t${round}`, { sha256: `a ${round}` }));
    assert.ok(sameExperiment(tickets[0]!, tickets[1]!, source));
    assert.deepEqual(texts([...tickets, source], 't1'), ['source.round 1']);
  });

  it('distinguishes a ticket from the retraining of a transfer’s initialization', () => {
    const source = search('a');
    const file = path.join(FOLDER, 't', 'checkpoints', 'init.safetensors');
    const own = [{ file, run: path.join(FOLDER, 't'), role: 'initialization' as const, sha256: 'init of t' }];
    const made = transfer('t', { sha256: 'a 2', own });
    const ticket = transfer('ticket', { sha256: 'a 2', variant: 'retrain' });
    const again = transfer('again', { sha256: 'init of t', variant: 'retrain' });
    assert.ok(!sameExperiment(ticket, again, made, source));
    assert.ok(texts([ticket, again, made, source], 'again').includes('source.kind train'));
  });

  it('is followed only once if records claim that a run descends from itself', () => {
    const own = [{ file: '/x', run: path.join(FOLDER, 't'), role: 'final' as const, sha256: 'itself' }];
    assert.equal(relate([transfer('t', { sha256: 'itself', own })], nothing).size, 1);
  });
});
