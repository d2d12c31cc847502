/** Finds how runs are related: their source runs, the repetitions of the same experiment, and the differences between other runs. Pure. */
import type { FileAsOf } from '../vocabulary/runRecord';
import type { Fact, Pair, RunRelations, SourceCheckpoint } from '../vocabulary/runRelations';
import { createHash } from 'node:crypto';
import { groupBy } from '../vocabulary/groupBy';
import { CheckpointIndex, checkpointLabel, type HashOf, type OwnCheckpoint } from './ancestry';
import { pairOf } from './pairs';
import {
  describeRecord,
  differingNames,
  prefixed,
  type Description,
  type Facts,
  type RecordedRun,
} from './differences';

export interface RelatedRun extends RecordedRun {
  checkpoints: readonly OwnCheckpoint[];
}

interface Described extends Description {
  directory: string;
  sources: SourceCheckpoint[];
  pair?: Pair;
}

/** Returns the relations of the runs by directory. If `hashOf` does not know the hash of a source yet, the source counts as not found. */
export function relate(runs: readonly RelatedRun[], hashOf: HashOf): Map<string, RunRelations> {
  const index = new CheckpointIndex(
    runs.flatMap(({ checkpoints }) => checkpoints),
    hashOf,
  );
  const byDirectory = new Map(runs.map((run) => [run.directory, run]));
  const find = (source: FileAsOf) => {
    const checkpoint = index.find(source);
    return { checkpoint, writer: checkpoint && byDirectory.get(checkpoint.run) };
  };
  const describer = new Describer(find);
  const described = runs.map((run): Described => ({
    directory: run.directory,
    sources: sourceFiles(run).map(([, source]) => sourceCheckpoint(source, find(source).checkpoint)),
    ...pairIn(run, find),
    ...describer.describe(run),
  }));
  const peers = groupBy(described, ({ facts }) => JSON.stringify(PEERS_SHARE.map((name) => facts.get(name))));
  return new Map([...peers].flatMap(([shared, group]) => relationsOfPeers(shared, group)));
}

/** Only runs with equal values of these facts are compared. */
const PEERS_SHARE = ['kind', 'method', 'model'];

type Find = (source: FileAsOf) => { checkpoint: OwnCheckpoint | undefined; writer: RelatedRun | undefined };

/** Returns the checkpoints that a run was made from, each with the prefix for the names of its facts. */
function sourceFiles({ record }: RecordedRun): [prefix: string, file: FileAsOf][] {
  if (record.kind === 'connectivity') return [['a', record.a], ['b', record.b], ...(record.c ? [['c', record.c] as [string, FileAsOf]] : [])]; // prettier-ignore
  if (record.kind === 'search') return record.start ? [['source', record.start]] : [];
  return record.source.from === 'checkpoint' ? [['source', record.source]] : [];
}

function sourceCheckpoint({ checkpoint: recorded, sha256 }: FileAsOf, found?: OwnCheckpoint): SourceCheckpoint {
  const file = found?.file ?? recorded;
  return { file, sha256, label: checkpointLabel(file), ...(found && { run: found.run, role: found.role }) };
}

function pairIn({ record }: RelatedRun, find: Find): { pair?: Pair } {
  if (record.kind !== 'connectivity' || record.c) return {};
  const origin = (end: FileAsOf) => {
    const { checkpoint, writer } = find(end);
    return checkpoint && writer && { run: writer, role: checkpoint.role };
  };
  return { pair: pairOf(origin(record.a), origin(record.b)) };
}

/** Describes runs with their ancestors. A source that no listed run wrote is described only by its content. */
class Describer {
  /** Thousands of runs may be made from one search, which is described once, and once for each prefix. */
  readonly #known = new Map<RelatedRun, Description>();
  readonly #prefixed = new Map<Description, Map<string, Description>>();
  /** Whether a run descends from itself. Then a description depends on the run that it is for, and is not kept. */
  #isCyclic = false;

  constructor(private readonly find: Find) {}

  describe(run: RelatedRun, descendants: readonly RelatedRun[] = []): Description {
    const known = this.#known.get(run) ?? this.#describeNow(run, descendants);
    if (!this.#isCyclic) this.#known.set(run, known);
    return known;
  }

  #describeNow(run: RelatedRun, descendants: readonly RelatedRun[]): Description {
    const facts = new Map<string, unknown>();
    const seeds: Record<string, number> = {};
    const add = (description: Description) => {
      for (const [name, value] of description.facts) facts.set(name, value);
      Object.assign(seeds, description.seeds);
    };
    add(describeRecord(run));
    for (const [prefix, source] of sourceFiles(run)) {
      const { layers, state, mask } = source;
      const chosen = { layers, state, 'mask.sha256': mask?.sha256 };
      for (const [name, value] of Object.entries(chosen))
        if (value !== undefined) facts.set(`${prefix}.${name}`, value);
      const { checkpoint, writer } = this.find(source);
      const isCycle = writer === run || (writer !== undefined && descendants.includes(writer));
      this.#isCyclic ||= isCycle;
      if (!checkpoint || !writer || isCycle) {
        facts.set(`${prefix}.sha256`, source.sha256);
        continue;
      }
      facts.set(`${prefix}.round`, checkpoint.role);
      add(this.#withPrefix(prefix, this.describe(writer, [...descendants, run])));
    }
    addInitialization(facts, run, this.find);
    return { facts: facts as Facts, seeds };
  }

  #withPrefix(prefix: string, description: Description): Description {
    const known = this.#prefixed.get(description) ?? new Map<string, Description>();
    this.#prefixed.set(description, known);
    const named = known.get(prefix) ?? prefixed(prefix, description);
    known.set(prefix, named);
    return named;
  }
}

/** Describes the initialization of the source of a run by its content, unless the run that wrote the source also wrote it. */
function addInitialization(facts: Map<string, unknown>, { record }: RelatedRun, find: Find): void {
  const source = record.kind === 'search' ? record.start : record.kind === 'train' ? record.source : undefined;
  if (!source || !('initialization' in source) || !source.initialization) return;
  const { writer } = find(source.initialization);
  if (!writer || writer !== find(source).writer) facts.set('initialization.sha256', source.initialization.sha256);
}

function relationsOfPeers(shared: string, peers: readonly Described[]): [directory: string, RunRelations][] {
  const names = differingNames(peers.map(({ facts }) => facts));
  return peers.map(({ directory, sources, seeds, facts, pair }) => {
    const differs = names.map((name) => ({ name, value: facts.get(name) ?? null }));
    return [directory, { sources, experiment: experimentOf(shared, differs), seeds, differs, ...(pair && { pair }) }];
  });
}

/**
 * Returns the key of the experiment. Tickets from different rounds of a search belong to the same experiment, because they are points of
 * the same curve.
 */
function experimentOf(shared: string, differs: readonly Fact[]): string {
  const apart = differs.filter(({ name }) => name !== 'source.round');
  return createHash('sha256')
    .update(JSON.stringify([shared, apart]))
    .digest('hex')
    .slice(0, 16);
}
