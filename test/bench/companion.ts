/** A process that answers each line of JSON with a line of JSON. Two such processes can be measured alternately. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Question {
  op: string;
  [field: string]: unknown;
}

/** `ms` is the time of the work without communication. The other fields are results of the operation. */
export interface Answer {
  ms: number;
  [field: string]: unknown;
}

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

const living = new Set<Companion>();

export class Companion {
  /** Time of the start, by the clock of `performance.now()`. */
  readonly began = performance.now();
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting: Waiting[] = [];
  private said = '';

  constructor(command: string, args: readonly string[], env: Record<string, string> = {}) {
    this.child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'pipe' });
    living.add(this);
    this.child.stderr.on('data', (text: Buffer) => (this.said = (this.said + text.toString()).slice(-2_000)));
    this.child.stdin.on('error', () => undefined); // the end of the process says more
    createInterface(this.child.stdout).on('line', (line) => {
      this.hear(line);
    });
    this.child.once('error', (error) => {
      this.end(error.message);
    });
    this.child.once('close', (code, signal) => {
      this.end(`it ended with ${signal ?? `code ${String(code)}`}\n${this.said}`);
    });
  }

  /** Asks a question. Throws if the process does not answer or ends. */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.child.stdin.write(`${JSON.stringify(question)}\n`);
    });
  }

  close(): void {
    living.delete(this);
    this.child.kill('SIGKILL');
  }

  private hear(line: string): void {
    if (!line.startsWith('{')) return; // a library that prints
    const answer = JSON.parse(line) as Answer & { error?: string };
    const asked = this.waiting.shift();
    if (answer.error === undefined) asked?.resolve(answer);
    else asked?.reject(new Error(answer.error));
  }

  private end(reason: string): void {
    living.delete(this);
    for (const { reject } of this.waiting.splice(0)) reject(new Error(reason));
  }
}

/** Kills all processes that still run. */
export function closeCompanions(): void {
  for (const companion of living) companion.close();
}
