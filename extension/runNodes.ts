import * as path from 'node:path';
import type { ListedRun, RunSummary } from '../engine/protocol';

/** A row of the tree. `directory` is the run's directory, `file` is a checkpoint. */
export type RunNode =
  | { kind: 'run'; directory: string }
  | { kind: 'unreadable'; directory: string }
  | { kind: 'round'; directory: string; file: string; round: number }
  | { kind: 'checkpoint'; directory: string; file: string; label: string }
  | { kind: 'derived'; directory: string; from: string };

/** Returns an id that no other row has. */
export function idOf(node: RunNode): string {
  switch (node.kind) {
    case 'run':
      return node.directory;
    case 'unreadable':
      return `unreadable:${node.directory}`;
    case 'round':
      return `round:${node.file}`;
    case 'checkpoint':
      return `checkpoint:${node.file}`;
    case 'derived':
      return `derived:${node.from}:${node.directory}`;
  }
}

/** Returns the rows below a run: its initialization, its rounds, and its final checkpoint if no round has the same file. */
export function rowsOf(run: RunSummary): RunNode[] {
  const { directory, initialization, result } = run;
  const rounds = run.rounds.map(({ round, checkpoint: file }): RunNode => ({ kind: 'round', directory, round, file }));
  const final = result && 'checkpoint' in result ? result.checkpoint : undefined;
  const hasFinal = final !== undefined && !run.rounds.some(({ checkpoint }) => checkpoint === final);
  return [
    ...(initialization ? [checkpointRow(directory, initialization, 'initialization')] : []),
    ...rounds,
    ...(hasFinal ? [checkpointRow(directory, final, 'final')] : []),
  ];
}

/** Returns the rows below a round: its checkpoint, and the runs that started from that checkpoint. */
export function rowsOfRound(file: string, directory: string, runs: readonly ListedRun[]): RunNode[] {
  const derived = runs
    .filter(({ sources }) => sources.some((source) => source.run !== undefined && source.file === file))
    .map((run): RunNode => ({ kind: 'derived', directory: run.directory, from: file }));
  return [checkpointRow(directory, file, path.basename(file)), ...derived];
}

function checkpointRow(directory: string, file: string, label: string): RunNode {
  return { kind: 'checkpoint', directory, file, label };
}
