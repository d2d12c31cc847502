/**
 * A program that executes `transfer` and prints how many bytes it has read from its checkpoint, and how many the file has, as JSON:
 * `countReads.js CHECKPOINT DIR`.
 */
import fs from 'node:fs';
import fsp, { type FileHandle } from 'node:fs/promises';
import { runVerbs } from '../../../engine/terminal/runVerbs';
import { parseVerb } from '../../../engine/terminal/verb';

const [checkpoint, directory] = process.argv.slice(2) as [string, string];
let bytes = 0;

const open = fsp.open.bind(fsp);
fsp.open = async (...args) => {
  const handle = await open(...args);
  if (args[0] === checkpoint) count(handle);
  return handle;
};

function count(handle: FileHandle): void {
  const read = handle.read.bind(handle) as (...args: unknown[]) => Promise<{ bytesRead: number }>;
  const counted = async (...args: unknown[]) => {
    const result = await read(...args);
    bytes += result.bytesRead;
    return result;
  };
  Object.assign(handle, { read: counted });
}

const stream = fs.createReadStream.bind(fs);
fs.createReadStream = (...args) => {
  const made = stream(...args);
  if (args[0] === checkpoint) made.on('close', () => (bytes += made.bytesRead));
  return made;
};

const verb = runVerbs['transfer']!;
void verb.run(parseVerb(verb, [checkpoint, '--seed', '2', '--dir', directory, '--json'])).then(() => {
  process.stdout.write(JSON.stringify({ bytes, size: fs.statSync(checkpoint).size }), () => process.exit(0));
});
