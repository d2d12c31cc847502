/** Writes all output of the command line. Escapes control characters, because names and texts from files may contain control characters. */
import { oneLine, printable } from '../vocabulary/text';

/** Writes one or more lines, and a line end after the last line. */
export function writeLines(stream: NodeJS.WritableStream, text: string): void {
  stream.write(`${printable(text)}\n`);
}

/** Writes a sentence on one line. Escapes the line ends of texts that the sentence quotes. */
export function writeLine(stream: NodeJS.WritableStream, sentence: string): void {
  stream.write(`${oneLine(sentence)}\n`);
}

/** Replaces the percentage on the current line of a terminal, and ends the line when the work is done. */
export function writeFraction(stream: NodeJS.WritableStream, fraction: number): void {
  stream.write(`\r${(100 * fraction).toFixed(0)} %${fraction < 1 ? '' : '\n'}`);
}

/** Waits until all output has left the process. */
export function flush(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}

/** Writes a message to standard error. Standard output is for results. */
export function writeMessage(sentence: string): void {
  writeLine(process.stderr, sentence);
}
