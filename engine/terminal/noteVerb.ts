/** The verb `note`: gives runs a star, tags and a note, which are kept in their directories. */
import path from 'node:path';
import { UserError } from '../errors';
import { annotateRun, checkedNotes } from '../runs/notes';
import { type NotesChange, type RunNotes, tagsIn } from '../vocabulary/runNotes';
import { refuseRunFile, type Arguments, type Verb } from './verb';

export const noteVerb: Verb = {
  usage: 'note DIR… [--star|--unstar] [--tag TAG]… [--untag TAG]… [--text TEXT|--clear]',
  summary: 'give runs a star, tags or a note; without options, show what was noted',
  positionals: [1, 10_000],
  options: { text: 'the note, which replaces the earlier one' },
  repeated: { tag: 'adds a tag of one word; may be repeated', untag: 'removes a tag; may be repeated' },
  flags: { star: 'adds a star', unstar: 'removes the star', clear: 'removes the note' },
  run: async (args) => {
    const change = changeOf(args);
    args.positionals.forEach(refuseRunFile);
    const directories = args.positionals.map((target) => path.resolve(target));
    for (const directory of directories) await checkedNotes(directory, change); // all, before the first one is changed
    const noted = [];
    for (const directory of directories) noted.push({ directory, notes: await annotateRun(directory, change) });
    const text = noted.map(({ directory, notes }) => `${directory}: ${notesText(notes)}`).join('\n');
    return { json: { runs: noted }, text };
  },
};

function changeOf({ flags, list, text }: Arguments): NotesChange {
  for (const [one, other] of [
    ['star', 'unstar'],
    ['clear', 'text'],
  ] as const)
    if (flags[one] === true && (flags[other] === true || text[other] !== undefined))
      throw new UserError(`--${one} and --${other} are both given. Use only one of them.`);
  const note = flags['clear'] === true ? '' : text['text'];
  return {
    ...((flags['star'] === true || flags['unstar'] === true) && { star: flags['star'] === true }),
    addTags: (list['tag'] ?? []).flatMap((tag) => tagsOf('tag', tag)),
    removeTags: (list['untag'] ?? []).flatMap((tag) => tagsOf('untag', tag)),
    ...(note !== undefined && { text: note }),
  };
}

/** Throws UserError for several words, which would be several tags. */
function tagsOf(option: 'tag' | 'untag', text: string): string[] {
  const tags = tagsIn(text);
  if (/\S\s+\S/u.test(text))
    throw new UserError(
      `--${option} is "${text}", but a tag is one word. Write --${option} ${tags.join('-')}, or ${tags.map((tag) => `--${option} ${tag}`).join(' ')}.`,
    );
  return tags;
}

/** Formats notes in one line: `★ paper, to-check: collapsed in round 3`, or `no notes`. */
export function notesText({ star, tags = [], text }: RunNotes): string {
  const marks = [star ? '★' : '', tags.join(', ')].filter(Boolean).join(' ');
  return [marks, text].filter(Boolean).join(': ') || 'no notes';
}
