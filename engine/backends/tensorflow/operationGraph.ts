/** Recorded operations by their tensors. */
import type { Operation } from './record';

export class OperationGraph {
  private readonly operations: Set<Operation>;
  private readonly makers = new Map<number, Operation>();
  /** How often operations use a tensor. */
  private readonly uses = new Map<number, number>();

  /** `kept` are the tensors that must remain. */
  constructor(
    operations: readonly Operation[],
    private readonly kept: ReadonlySet<number | undefined>,
  ) {
    this.operations = new Set(operations);
    for (const operation of operations) this.count(operation, 1);
  }

  /** Returns the operation that computes a tensor, if it has one of these names. */
  maker(id: number, ...names: string[]): Operation | undefined {
    const operation = this.makers.get(id);
    return operation && names.includes(operation.name) ? operation : undefined;
  }

  /** Whether a single operation uses a tensor. */
  isUsedOnce(id: number): boolean {
    return this.uses.get(id) === 1 && !this.kept.has(id);
  }

  /** Returns the operations that use a tensor. Returns undefined if the tensor must remain. */
  users(id: number): Operation[] | undefined {
    if (this.kept.has(id)) return undefined;
    return [...this.operations].filter(({ inputs }) => inputs.includes(id));
  }

  /** Returns the addition that computes a tensor, if both terms have the same shape and only one operation uses the sum. */
  sumOf(id: number): { operation: Operation; terms: [number, number] } | undefined {
    const operation = this.maker(id, 'Add', 'AddV2');
    if (!operation || !this.isUsedOnce(id)) return undefined;
    const terms = operation.inputs as [number, number];
    const [shape] = operation.shapes.map(String);
    return terms.every((term) => this.shapeOf(term) === shape) ? { operation, terms } : undefined;
  }

  /** Replaces operations by one that computes everything that others need of them. */
  replace(old: readonly Operation[], by: Operation): void {
    for (const operation of old) {
      this.operations.delete(operation);
      this.count(operation, -1);
    }
    this.operations.add(by);
    this.count(by, 1);
  }

  list(): Operation[] {
    return [...this.operations];
  }

  private count(operation: Operation, change: 1 | -1): void {
    for (const id of operation.inputs) this.uses.set(id, (this.uses.get(id) ?? 0) + change);
    for (const id of operation.outputs)
      if (change === 1) this.makers.set(id, operation);
      else this.makers.delete(id);
  }

  /** Returns the shape of a tensor as text, if an operation computes it. */
  private shapeOf(id: number): string | undefined {
    const operation = this.makers.get(id);
    return operation && String(operation.shapes[operation.outputs.indexOf(id)]);
  }
}
