/** Everything that the command line writes, so that nothing from a file reaches a terminal with its control characters. */
import { oneLine, printable } from '../vocabulary/text';

/** Writes one line or several, and ends the last. */
export function writeLines(stream: NodeJS.WritableStream, text: string): void {
  stream.write(`${printable(text)}\n`);
}

/** Writes a sentence on a line of its own, whatever it quotes. */
export function writeLine(stream: NodeJS.WritableStream, sentence: string): void {
  stream.write(`${oneLine(sentence)}\n`);
}

/** Replaces the percentage on the current line of a terminal, and ends the line when the work is done. */
export function writeFraction(stream: NodeJS.WritableStream, fraction: number): void {
  stream.write(`\r${(100 * fraction).toFixed(0)} %${fraction < 1 ? '' : '\n'}`);
}

/** Settles when everything written so far has left the process. */
export function flush(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}

/** Tells what takes a while; standard output is for results. */
export function say(sentence: string): void {
  writeLine(process.stderr, sentence);
}
