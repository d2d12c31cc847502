interface Named {
  name: string;
  directory: string;
}

const { compare } = new Intl.Collator(undefined, { numeric: true });

/** The directories of runs in the order of their names. Adding a run compares few names, because there may be thousands of runs. */
export class NameOrder {
  readonly #sorted: Named[] = [];
  #added: Named[] = [];

  /** Returns the directories in the order of the names. Numbers in names are compared as numbers. */
  directories(): string[] {
    this.#sort();
    return this.#sorted.map(({ directory }) => directory);
  }

  add({ name, directory }: Named): void {
    this.#added.push({ name, directory });
  }

  remove(run: Named): void {
    this.#sort();
    const place = this.#placeOf(run);
    if (this.#sorted[place]?.directory === run.directory) this.#sorted.splice(place, 1);
  }

  /** Sorts all runs if many were added, as in the first list. Otherwise inserts each. */
  #sort(): void {
    const added = this.#added;
    this.#added = [];
    if (added.length > MOST_INSERTED) {
      for (const run of added) this.#sorted.push(run);
      this.#sorted.sort(inOrder);
    } else for (const run of added) this.#sorted.splice(this.#placeOf(run), 0, run);
  }

  /** Returns the index of the first run that is not before this one. */
  #placeOf(run: Named): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (inOrder(this.#sorted[middle]!, run) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const MOST_INSERTED = 100;

/** Runs with the same name are in the order of their directories. */
function inOrder(a: Named, b: Named): number {
  if (a.name !== b.name) {
    const order = compare(a.name, b.name);
    if (order !== 0) return order;
  }
  return a.directory < b.directory ? -1 : a.directory > b.directory ? 1 : 0;
}
