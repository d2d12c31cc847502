/** Names of files for tables, heatmaps and sentences. */
import { pathParts } from './filePaths';

/**
 * Returns the shortest end of each path that distinguishes it from the others, without folders and a file name at its end that all paths
 * share. For example, `aws` and `lrr` for `runs/aws/round-03.pth` and `runs/lrr/round-03.pth`, and `a.pt` and `b.pt` for `runs/a.pt` and
 * `runs/b.pt`. Equal paths have equal names.
 */
export function namesOf(files: readonly string[]): string[] {
  const parts = files.map(pathParts);
  const distinct = new Set(parts.map((own) => own.join('/'))).size;
  if (distinct === 1) return parts.map((own, place) => own.at(-1) ?? files[place]!);
  const deepest = Math.max(...parts.map(({ length }) => length));
  for (let depth = 1; depth <= deepest; depth++) {
    const names = parts.map((own) => own.slice(-depth));
    if (new Set(names.map((name) => name.join('/'))).size === distinct) return withoutSharedEnd(names);
  }
  return [...files];
}

function withoutSharedEnd(names: readonly (readonly string[])[]): string[] {
  const shared = sharedLength(names.map((name) => name.slice(1).reverse())); // each name keeps its first part
  return names.map((name) => name.slice(0, name.length - shared).join('/'));
}

/**
 * Returns names for the columns of a heatmap: `namesOf` without endings of files and without text that all of them share. A number is
 * never cut. For example, `1` and `10` for `checkpoint_iter1.pth.tar` and `checkpoint_iter10.pth.tar`.
 */
export function columnNamesOf(files: readonly string[]): string[] {
  const names = namesOf(files);
  const endless = names.map((name) => name.replace(/(\.pth)?\.[A-Za-z]\w*$/, ''));
  const bare = new Set(endless).size === new Set(names).size ? endless : names;
  const [first = ''] = bare;
  if (new Set(bare).size < 2) return bare;
  const start = first.slice(0, sharedLength(bare)).replace(/\d[\d.]*$/, '').length;
  const end = sharedLength(bare.map((name) => Array.from(name.slice(start)).reverse()));
  const short = bare.map((name) => name.slice(start, name.length - end));
  return short.every((name) => /\d$/.test(name)) ? short : bare.map((name) => name.slice(start));
}

/** Returns how many items at the start of the lists are the same in all of them. */
function sharedLength(lists: readonly ArrayLike<string>[]): number {
  const [first, ...others] = lists;
  if (!first) return 0;
  let length = 0;
  while (length < first.length && others.every((other) => other[length] === first[length])) length++;
  return length;
}
