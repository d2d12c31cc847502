/** Makes the text of an HTML page. Every text that is put into a template is escaped. Other templates are not escaped. */
import { oneLine } from '../vocabulary/text';

/** A piece of HTML that must not be escaped: a result of `html`, or a constant text of this program. */
export class Html {
  constructor(readonly text: string) {}
}

export type Content = Html | string | number | readonly Html[];

/** A template literal: html`<td>${name}</td>`. Texts are escaped for elements and for attributes in double quotes. */
export function html(strings: TemplateStringsArray, ...contents: Content[]): Html {
  const parts = contents.map((content, i) => textOf(content) + (strings[i + 1] ?? ''));
  return new Html((strings[0] ?? '') + parts.join(''));
}

function textOf(content: Content): string {
  if (content instanceof Html) return content.text;
  if (typeof content === 'number' || typeof content === 'string') return escaped(String(content));
  return content.map(({ text }) => text).join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return oneLine(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
