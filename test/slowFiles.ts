/** Makes file operations slow at random, which shows races between processes that share files. */
import fileSystem from 'node:fs/promises';

type Operation = 'link' | 'rename' | 'rm' | 'open' | 'chmod' | 'readFile' | 'stat' | 'readdir';

/** Lets operations of the file system begin after pauses of random length, at most `most` ms. Returns a function that restores them. */
export function slowDown(names: readonly Operation[], most = 4): () => void {
  const restores = names.map((name) => {
    const fast = fileSystem[name] as (...args: unknown[]) => Promise<unknown>;
    const slow = async (...args: unknown[]) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * most));
      return fast(...args);
    };
    Object.assign(fileSystem, { [name]: slow });
    return () => Object.assign(fileSystem, { [name]: fast });
  });
  return () => {
    for (const restore of restores) restore();
  };
}
