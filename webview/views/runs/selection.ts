/** The selected rows of a table, as in other lists of VS Code: clicks with Ctrl and Shift, Space, and Shift with arrow keys. */

export class Selection {
  #keys: ReadonlySet<string> = new Set<string>();
  /** The row from which Shift extends the selection. */
  #anchor: string | undefined;

  get keys(): ReadonlySet<string> {
    return this.#keys;
  }

  /** Selects only this row. */
  only(key: string): void {
    this.#keys = new Set([key]);
    this.#anchor = key;
  }

  toggle(key: string): void {
    const keys = new Set(this.#keys);
    if (!keys.delete(key)) keys.add(key);
    this.#keys = keys;
    this.#anchor = key;
  }

  /** Selects the rows from the anchor to this one. `order` has the keys of all rows that can be selected. */
  extend(key: string, order: readonly string[]): void {
    const [from, to] = [order.indexOf(this.#anchor ?? key), order.indexOf(key)];
    if (to < 0) return;
    const start = from < 0 ? to : from;
    this.#keys = new Set(order.slice(Math.min(start, to), Math.max(start, to) + 1));
    this.#anchor ??= key;
  }

  /** Sets the row from which the next `extend` begins, if nothing is selected yet. */
  begin(key: string): void {
    if (this.#keys.size === 0) this.#anchor = key;
  }

  all(order: readonly string[]): void {
    this.#keys = new Set(order);
  }

  clear(): void {
    this.#keys = new Set();
    this.#anchor = undefined;
  }

  /** Forgets rows that are gone. */
  keepOnly(exists: (key: string) => boolean): void {
    const kept = [...this.#keys].filter(exists);
    if (kept.length < this.#keys.size) this.#keys = new Set(kept);
  }
}
