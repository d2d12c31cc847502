/** Parts of generated Markdown. */
import { readFileSync } from 'node:fs';
import prettier from 'prettier';

export function code(text: string): string {
  return `\`${text}\``;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Replaces the text between `<!-- NAME -->` and `<!-- /NAME -->` in a file by what `make` returns. Returns the whole text. */
export function withParts(file: string, parts: Readonly<Record<string, () => string>>): string {
  return Object.entries(parts).reduce(
    (whole, [name, make]) => {
      const [before, rest = ''] = whole.split(`<!-- ${name} -->`);
      const [, after] = rest.split(`<!-- /${name} -->`);
      if (after === undefined) throw new Error(`${file} lacks <!-- ${name} --> … <!-- /${name} -->.`);
      return `${before}<!-- ${name} -->\n\n${make()}\n\n<!-- /${name} -->${after}`;
    },
    readFileSync(file, 'utf8'),
  );
}

/** Formats a Markdown or JSON text as its file in docs/. */
export async function formatted(file: string, text: string): Promise<string> {
  return prettier.format(text, { ...(await prettier.resolveConfig('docs/run-file.md')), filepath: file });
}
