/** Runs a captured computation as a TensorFlow session. The variables of the session hold the values of the cells. */
import { dispose, scalar, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Computation } from '../backend';
import { asVariableCell, type VariableCell } from './cell';
import type { NodeBackend } from './executor';
import { fuse } from './fuse';
import {
  DONE,
  loadedOf,
  readOf,
  tensorOf,
  valueOf,
  writeSavedModel,
  type Feed,
  type Graph,
  type Variable,
} from './graph';
import { NotCapturable, record, type Recording } from './record';
import { asMachineError } from '../../errors';

/** The arguments of one run of a computation. */
export interface Arguments<Name extends string> {
  tensors: readonly Tensor[];
  numbers: Record<Name, number>;
}

export class Session<Name extends string> {
  private readonly id: number;
  private readonly cells: readonly VariableCell[];
  private readonly graph: Graph;
  private readonly names: readonly Name[];
  /** The version of the value in the variable of each cell. */
  private readonly versions: number[];
  /**
   * Tensors whose values were assigned to variables, kept until the variables have other values. A tensor and its variable may share the
   * memory of a typed array, and the last one to be freed returns this memory to V8. A TensorFlow thread must not do that, but TensorFlow
   * assigns variables in its own threads.
   */
  private readonly lent: (Tensor | undefined)[] = [];

  /** Throws NotCapturable if the computation does not consist only of TensorFlow operations. */
  constructor(
    private readonly backend: NodeBackend,
    computation: Computation<Name>,
    example: Arguments<Name>,
  ) {
    this.names = Object.keys(example.numbers) as Name[];
    const { graph, cells } = trace(backend, computation, example);
    this.graph = graph;
    this.cells = cells;
    this.id = load(backend, writeSavedModel(this.graph, backend.binding));
    this.versions = this.cells.map(() => -1);
  }

  run({ tensors, numbers }: Arguments<Name>): void {
    this.takeCells();
    const scalars = this.names.map((name) => scalar(numbers[name], 'float32'));
    dispose(this.execute(this.graph.feeds.map(tensorOf), [...tensors, ...scalars], [DONE]));
    dispose(scalars);
    this.graph.variables.forEach(({ next }, i) => {
      if (next !== undefined) this.settle(i, true);
    });
  }

  dispose(): void {
    this.cells.forEach((cell, i) => {
      if (this.versions[i] === cell.version) cell.detach();
    });
    this.backend.binding.deleteSavedModel(this.id);
    for (const tensor of this.lent) tensor?.dispose();
  }

  /** Assigns to each variable the newest value of its cell. */
  private takeCells(): void {
    const stale = [...this.cells.keys()].filter((i) => this.versions[i] !== this.cells[i]!.version);
    if (stale.length === 0) return;
    const variables = stale.map((i) => this.graph.variables[i]!);
    const values = stale.map((i) => this.cells[i]!.read());
    dispose(this.execute(variables.map(valueOf), values, variables.map(loadedOf)));
    for (const i of stale) this.settle(i, false);
  }

  /** Records that the variable has the newest value of this cell, because the value was computed there or copied from the cell. */
  private settle(i: number, computed: boolean): void {
    const cell = this.cells[i]!;
    const left = cell.handOver(() => this.read(this.graph.variables[i]!), computed);
    this.versions[i] = cell.version;
    this.lent[i]?.dispose();
    this.lent[i] = computed ? undefined : left;
    if (computed) left?.dispose();
  }

  private read(variable: Variable): Tensor {
    return this.execute([], [], [readOf(variable)])[0]!;
  }

  private execute(names: readonly string[], tensors: readonly Tensor[], fetched: readonly string[]): Tensor[] {
    const ids = this.backend.getInputTensorIds(tensors);
    const outputs = this.backend.binding.runSavedModel(this.id, ids, names.join(','), fetched.join(','));
    return outputs.map((output) => this.backend.createOutputTensor(output));
  }
}

/** Runs the computation once to record its operations. The cells do not change. */
function trace<Name extends string>(
  backend: NodeBackend,
  computation: Computation<Name>,
  { tensors, numbers }: Arguments<Name>,
): { graph: Graph; cells: VariableCell[] } {
  const cells = computation.cells.map(asVariableCell);
  const names = Object.keys(numbers) as Name[];
  const scalars = names.map((name) => scalar(numbers[name], 'float32'));
  const fed = Object.fromEntries(names.map((name, i) => [name, scalars[i]!])) as Record<Name, Scalar>;
  const inputs = [...tensors, ...scalars];
  const values = cells.map((cell) => cell.read());
  const recorded = rehearse(cells, () =>
    record(backend, [...inputs, ...values], () => {
      computation.run(tensors, fed);
      return cells.map((cell) => cell.left);
    }),
  );
  dispose(scalars);
  const { given, results } = recorded;
  const recording = fuse(recorded.recording, results, backend.binding);
  const feed = ({ shape, dtype }: Tensor, id: number, name: string): Feed => ({
    name,
    id,
    shape,
    dtype: backend.getDTypeInteger(dtype),
  });
  const variables = values.map((value, i) => ({
    ...feed(value, given[inputs.length + i]!, `cell${i}`),
    next: results[i],
  }));
  const isUsed = useOf(recording);
  const kept = [...cells.keys()].filter((i) => isUsed(variables[i]!));
  const feeds = inputs.map((tensor, i) => feed(tensor, given[i]!, `input${i}`));
  return {
    graph: { recording, feeds, variables: kept.map((i) => variables[i]!) },
    cells: kept.map((i) => cells[i]!),
  };
}

/**
 * Returns a function that says whether a computation reads or replaces the cell of a variable. An evaluation, for example, does not use the
 * cells of the optimizer.
 */
function useOf({ operations }: Recording): (variable: Variable) => boolean {
  const read = new Set(operations.flatMap(({ inputs }) => inputs));
  return ({ id, next }) => next !== undefined || read.has(id);
}

/** Returns the result of `run`. The cells do not change. */
function rehearse<T>(cells: readonly VariableCell[], run: () => T): T {
  for (const cell of cells) cell.beginTrial();
  try {
    return run();
  } finally {
    for (const cell of cells) cell.endTrial();
  }
}

/** Opens a session for the graph and returns the number of the session. */
function load({ binding }: NodeBackend, bytes: Uint8Array): number {
  const folder = writeModel(bytes);
  try {
    return binding.loadSavedModel(folder, 'serve');
  } catch (error) {
    throw new NotCapturable((error as Error).message);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes a graph as a file into a new folder. */
function writeModel(bytes: Uint8Array): string {
  try {
    const folder = mkdtempSync(path.join(os.tmpdir(), `winning-sign-graph-${process.pid}-`));
    writeFileSync(path.join(folder, 'saved_model.pb'), bytes);
    return folder;
  } catch (error) {
    throw asMachineError(error, `the graph of a step cannot be written to ${os.tmpdir()} (TMPDIR)`);
  }
}
