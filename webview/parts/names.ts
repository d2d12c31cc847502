/** Names in a narrow list. If a name is too long, the text that it shares with its neighbours is cut first. */
import { h } from '../dom';

export interface NamePart {
  text: string;
  /** Whether this part tells the name from others of the list. It is cut last. */
  own: boolean;
}

type Branches = Map<string, Branches>;

/** The names of a list, divided into what they share and what tells them apart. */
export class ListNames {
  readonly #tree: Branches = new Map();

  constructor(names: Iterable<string>) {
    for (const name of names) {
      let branches = this.#tree;
      for (const segment of segmentsOf(name)) {
        let next = branches.get(segment);
        if (!next) branches.set(segment, (next = new Map<string, Branches>()));
        branches = next;
      }
    }
  }

  /** Returns the parts of a name of the list. Their texts together are the name. */
  partsOf(name: string): NamePart[] {
    const parts: NamePart[] = [];
    const add = (text: string, own: boolean) => {
      const last = parts.at(-1);
      if (last?.own === own) last.text += text;
      else if (text !== '') parts.push({ text, own });
    };
    let branches: Branches | undefined = this.#tree;
    for (const segment of segmentsOf(name)) {
      const from = branches && branches.size > 1 ? sharedLength(segment, branches) : segment.length;
      add(segment.slice(0, from), false);
      add(segment.slice(from), true);
      branches = branches?.get(segment);
    }
    return parts.length === 1 ? [{ text: name, own: true }] : parts;
  }

  /** Shows a name in a cell. The stylesheet cuts the shared parts if there is not enough room. */
  draw(cell: HTMLElement, name: string): void {
    if (cell.textContent === name) return;
    const parts = this.partsOf(name).map(({ text, own }) => h('span', { class: own ? 'own' : 'shared' }, text));
    cell.replaceChildren(h('span', { class: 'cut-name' }, ...parts));
  }

  /** Returns a name in at most `most` characters. The longest shared parts become an ellipsis first, then the beginning is cut. */
  shorten(name: string, most: number): string {
    const parts = this.partsOf(name);
    const text = () => parts.map((part) => part.text).join('');
    const shared = parts.filter(({ own }) => !own).sort((a, b) => b.text.length - a.text.length);
    for (const part of shared) {
      const excess = text().length - most;
      if (excess <= 0) break;
      part.text = `${part.text.slice(0, Math.max(0, part.text.length - excess - 1))}…`;
    }
    const whole = text();
    return whole.length > most ? `…${whole.slice(1 - most)}` : whole;
  }
}

/** Splits a name after each dot and slash. */
function segmentsOf(name: string): string[] {
  return name.split(/(?<=[./])/);
}

/** Returns how many characters a segment shares with the most similar of its siblings, up to the beginning of a word or number. */
function sharedLength(segment: string, siblings: Branches): number {
  let longest = 0;
  for (const sibling of siblings.keys()) {
    if (sibling === segment) continue;
    let length = 0;
    while (length < segment.length && segment[length] === sibling[length]) length++;
    longest = Math.max(longest, length);
  }
  while (longest > 0 && !isBoundary(segment, longest)) longest--;
  return longest;
}

function isBoundary(text: string, at: number): boolean {
  const [before, after] = [kindOf(text[at - 1]!), kindOf(text[at] ?? '')];
  return after !== '' && before !== after && !(before === 'letter' && after === '.');
}

function kindOf(character: string): 'letter' | 'digit' | '.' | '' {
  if (character === '') return '';
  if (/\d/.test(character)) return 'digit';
  return /\p{L}/u.test(character) ? 'letter' : '.';
}
