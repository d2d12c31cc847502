/** What a user notes about a run: a star, tags and a text. They are kept in the run directory, so they move with the run. Pure. */

/** A missing field is the default: no star, no tags, no text. */
export interface RunNotes {
  star?: true;
  /** Without repetition, in the order in which they were added. */
  tags?: string[];
  text?: string;
}

/** A change of notes. Tags are removed before tags are added. An empty `text` removes the text. */
export interface NotesChange {
  star?: boolean;
  addTags?: readonly string[];
  removeTags?: readonly string[];
  text?: string;
}

const LONGEST_TAG = 40;
const LONGEST_TEXT = 10_000;

/** Returns the notes after a change. */
export function changedNotes(notes: RunNotes, change: NotesChange): RunNotes {
  const { star = notes.star ?? false, addTags = [], removeTags = [] } = change;
  const kept = (notes.tags ?? []).filter((tag) => !removeTags.includes(tag));
  const tags = [...new Set([...kept, ...addTags])];
  const text = (change.text ?? notes.text ?? '').trim();
  return { ...(star && { star }), ...(tags.length > 0 && { tags }), ...(text !== '' && { text }) };
}

/** Returns what is wrong with a change, as a sentence, or undefined if it is valid. */
export function changeProblem({ addTags = [], text = '' }: NotesChange): string | undefined {
  if (text.length > LONGEST_TEXT)
    return `The note has ${text.length} characters; at most ${LONGEST_TEXT} are kept. Shorten it.`;
  return addTags.map(tagProblem).find((problem) => problem !== undefined);
}

/** Returns what is wrong with a tag. A tag is one word, so that `tag:paper` finds it in a filter. */
function tagProblem(tag: string): string | undefined {
  if (!/^[^\s,:"]+$/u.test(tag))
    return `The tag "${tag}" must be one word without spaces, commas, colons and quotes, such as paper or to-check.`;
  if (tag.length > LONGEST_TAG) return `The tag "${tag}" is longer than ${LONGEST_TAG} characters. Shorten it.`;
  return undefined;
}

/** Returns the tags in a text that a user typed, which are separated by spaces or commas. */
export function tagsIn(text: string): string[] {
  return text.split(/[\s,]+/u).filter(Boolean);
}

export function hasNotes({ star, tags, text }: RunNotes): boolean {
  return star === true || (tags?.length ?? 0) > 0 || text !== undefined;
}
