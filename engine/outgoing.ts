/**
 * Messages to the parent process that are not written yet. A message of many megabytes is written in hundreds of parts, one in each turn of the event
 * loop, so long work must not begin before.
 */

type Callback = (error: Error | null) => void;

let unwritten = 0;
const waiting: (() => void)[] = [];

function written(): void {
  unwritten--;
  if (unwritten > 0) return;
  for (const resolve of waiting.splice(0)) resolve();
}

/** Counts the messages of `process.send` from now on. */
export function countOutgoing(): void {
  const send = process.send?.bind(process);
  if (!send) return;
  process.send = (message: unknown, ...others: unknown[]) => {
    const callback = others.find((other): other is Callback => typeof other === 'function');
    unwritten++;
    try {
      return send(message, undefined, undefined, (error) => {
        written();
        callback?.(error);
      });
    } catch (error) {
      written();
      throw error;
    }
  };
}

/** Resolves when all messages are written, including the answers to requests whose handlers have just returned. */
export function allWritten(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => {
      if (unwritten === 0) resolve();
      else waiting.push(resolve);
    });
  });
}
