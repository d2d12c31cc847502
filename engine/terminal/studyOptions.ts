/** Refuses options of the verb `study` that would be ignored. */
import { UserError } from '../errors';
import type { Arguments } from './verb';

/** The options that each action reads. All actions on a file read `content`. */
const READ = {
  new: ['scale', 'out'],
  plan: ['only', 'cores'],
  run: ['only', 'retry', 'cores', 'memory', 'executor', 'profile'],
  status: [],
  stop: [],
  table: ['name', 'format', 'out', 'force'],
  figure: ['name', 'format', 'out', 'width', 'height', 'dpi', 'force'],
  report: ['out', 'force'],
  task: ['no-wait'],
} as const satisfies Record<string, readonly string[]>;

/** Throws UserError if an option is given that this action, or this executor, does not read. */
export function refuseIgnored(action: keyof typeof READ, { text, list, flags }: Arguments): void {
  const isGiven = (value: string | string[] | boolean | undefined) => value !== undefined && value !== false;
  const given = Object.entries({ ...text, ...list, ...flags }).flatMap(([name, value]) =>
    isGiven(value) ? [name] : [],
  );
  const read: readonly string[] = action === 'new' ? READ.new : [...READ[action], 'content'];
  const ignored = given.find((name) => !read.includes(name));
  if (ignored !== undefined) {
    const readers = Object.entries(READ).flatMap(([name, options]: [string, readonly string[]]) =>
      options.includes(ignored) ? [name] : [],
    );
    const where = readers.length === 0 ? '' : ` It is an option of study ${readers.join(', ')}.`;
    throw new UserError(`study ${action} has no option --${ignored}. Remove it.${where}`);
  }
  const ofMachine = given.find((name) => name === 'cores' || name === 'memory');
  if (text['executor'] === 'slurm' && ofMachine !== undefined)
    throw new UserError(
      `--${ofMachine} cannot be used with --executor slurm. Set "${ofMachine === 'cores' ? 'cpus' : ofMachine}" in the Slurm profile (NAME.slurm.json).`,
    );
}
