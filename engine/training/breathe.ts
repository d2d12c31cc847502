/** Native and WASM steps are synchronous; without this a long loop would receive no signals and no messages. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
