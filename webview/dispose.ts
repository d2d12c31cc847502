/** Disposable things: listeners, observers, views. */

export interface Disposable {
  dispose: () => void;
}

/** Disposes its items when it is disposed. An item that is added later is disposed at once. */
export class Disposables implements Disposable {
  #items: Disposable[] | undefined = [];

  add<T extends Disposable>(item: T): T {
    if (this.#items) this.#items.push(item);
    else item.dispose();
    return item;
  }

  /** Listens to DOM events until this object is disposed. */
  listen<K extends keyof GlobalEventHandlersEventMap>(
    target: EventTarget,
    type: K,
    listener: (event: GlobalEventHandlersEventMap[K]) => void,
  ): void {
    const ended = new AbortController();
    target.addEventListener(type, listener as EventListener, { signal: ended.signal, passive: false });
    this.add({
      dispose: () => {
        ended.abort();
      },
    });
  }

  dispose(): void {
    const items = this.#items ?? [];
    this.#items = undefined;
    for (const item of items.reverse()) item.dispose();
  }
}

/** An event and its listeners. An error of one listener is reported on the console and does not affect the others. */
export class Signal<T> {
  readonly #listeners = new Set<(value: T) => void>();

  on(listener: (value: T) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  emit(value: T): void {
    for (const listener of [...this.#listeners])
      try {
        listener(value);
      } catch (error) {
        reportError(error);
      }
  }
}
