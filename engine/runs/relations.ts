/** Finds how runs are related: their source runs, the repetitions of the same experiment, and the differences between other runs. Pure. */
import type { FileAsOf } from '../vocabulary/runRecord';
import type { Fact, FactValue, Pair, RunRelations, SourceCheckpoint } from '../vocabulary/runRelations';
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
  const found = new Map<FileAsOf, ReturnType<Find>>();
  const find = (source: FileAsOf) => {
    const known = found.get(source);
    if (known) return known;
    const checkpoint = index.find(source);
    const origin = { checkpoint, writer: checkpoint && byDirectory.get(checkpoint.run) };
    found.set(source, origin);
    return origin;
  };
  const describer = new Describer(find);
  const checkpoints = new Map<OwnCheckpoint, SourceCheckpoint>();
  const sourceOf = (source: FileAsOf) => {
    const { checkpoint } = find(source);
    const made = (checkpoint && checkpoints.get(checkpoint)) ?? sourceCheckpoint(source, checkpoint);
    if (checkpoint) checkpoints.set(checkpoint, made);
    return made;
  };
  const described = runs.map((run): Described => ({
    directory: run.directory,
    sources: sourceFiles(run).map(([, source]) => sourceOf(source)),
    ...pairIn(run, find),
    ...describer.describe(run),
  }));
  const shared = new Map<Facts, string>();
  for (const { facts } of described)
    if (!shared.has(facts)) shared.set(facts, JSON.stringify(PEERS_SHARE.map((name) => facts.get(name))));
  const peers = groupBy(described, ({ facts }) => shared.get(facts)!);
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

/**
 * Describes runs with their ancestors. A source that no listed run wrote is described only by its content. Runs with equal facts mostly share one map
 * of them, because a study may have thousands of runs that differ only in their seeds.
 */
class Describer {
  /** Thousands of runs may be made from one search, which is described once, and once for each prefix. */
  readonly #known = new Map<RelatedRun, Description>();
  readonly #prefixed = new Map<Facts, Map<string, Facts>>();
  /** The numbers of maps of facts, and the facts of runs by the numbers of the maps that they were made of. */
  readonly #numbers = new Map<Facts, number>();
  readonly #made = new Map<string, Facts>();
  /** Whether a run descends from itself. Then a description depends on the run that it is for, and is not kept. */
  #isCyclic = false;

  constructor(private readonly find: Find) {}

  describe(run: RelatedRun, descendants: readonly RelatedRun[] = []): Description {
    const known = this.#known.get(run) ?? this.#describeNow(run, descendants);
    if (!this.#isCyclic) this.#known.set(run, known);
    return known;
  }

  #describeNow(run: RelatedRun, descendants: readonly RelatedRun[]): Description {
    const own = describeRecord(run);
    const seeds = { ...own.seeds };
    const parts: (Facts | [string, FactValue])[] = [own.facts];
    for (const [prefix, source] of sourceFiles(run)) {
      const { layers, state, mask } = source;
      const chosen = { layers, state, 'mask.sha256': mask?.sha256 };
      for (const [name, value] of Object.entries(chosen))
        if (value !== undefined) parts.push([`${prefix}.${name}`, value]);
      const { checkpoint, writer } = this.find(source);
      const isCycle = writer === run || (writer !== undefined && descendants.includes(writer));
      this.#isCyclic ||= isCycle;
      if (!checkpoint || !writer || isCycle) {
        parts.push([`${prefix}.sha256`, source.sha256]);
        continue;
      }
      const ancestor = this.describe(writer, [...descendants, run]);
      parts.push([`${prefix}.round`, checkpoint.role], this.#withPrefix(prefix, ancestor.facts));
      Object.assign(seeds, Object.fromEntries(prefixed(prefix, Object.entries(ancestor.seeds))));
    }
    const initialization = initializationOf(run, this.find);
    if (initialization !== undefined) parts.push(['initialization.sha256', initialization]);
    return { facts: this.#joined(parts), seeds };
  }

  #withPrefix(prefix: string, facts: Facts): Facts {
    const known = this.#prefixed.get(facts) ?? new Map<string, Facts>();
    this.#prefixed.set(facts, known);
    const named = known.get(prefix) ?? new Map(prefixed(prefix, facts));
    known.set(prefix, named);
    return named;
  }

  /** Returns the facts in all parts. Later ones replace earlier ones of the same name. */
  #joined(parts: readonly (Facts | [string, FactValue])[]): Facts {
    const key = JSON.stringify(parts.map((part) => (Array.isArray(part) ? part : this.#numberOf(part))));
    const made = this.#made.get(key) ?? new Map(parts.flatMap((part) => (Array.isArray(part) ? [part] : [...part])));
    this.#made.set(key, made);
    return made;
  }

  #numberOf(facts: Facts): number {
    const number = this.#numbers.get(facts) ?? this.#numbers.size;
    this.#numbers.set(facts, number);
    return number;
  }
}

/** Returns the SHA-256 of the initialization of the source of a run, unless the run that wrote the source also wrote it. */
function initializationOf({ record }: RelatedRun, find: Find): string | undefined {
  const source = record.kind === 'search' ? record.start : record.kind === 'train' ? record.source : undefined;
  if (!source || !('initialization' in source) || !source.initialization) return undefined;
  const { writer } = find(source.initialization);
  return !writer || writer !== find(source).writer ? source.initialization.sha256 : undefined;
}

function relationsOfPeers(shared: string, peers: readonly Described[]): [directory: string, RunRelations][] {
  const different = new Set(peers.map(({ facts }) => facts));
  const names = differingNames([...different]);
  const found = new Map(
    Array.from(different, (facts) => {
      const differs = names.map((name) => ({ name, value: facts.get(name) ?? null }));
      return [facts, { differs, experiment: experimentOf(shared, differs) }];
    }),
  );
  return peers.map(({ directory, sources, seeds, facts, pair }) => {
    const { differs, experiment } = found.get(facts)!;
    return [directory, { sources, experiment, seeds, differs, ...(pair && { pair }) }];
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
