/** Lets Node process signals and messages. Native and WASM steps are synchronous, so a long loop must call this. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
