/** The line that says that a shown file has changed on disk. */
import { button, h } from '../dom';
import { baseName } from '../format';

export interface FileChange {
  file: string;
  event: 'changed' | 'deleted';
}

/** Says what happened to a file, and offers to read it again. */
export function fileNotice({ file, event }: FileChange, readAgain: () => void): HTMLElement {
  const what = event === 'deleted' ? 'was deleted' : 'was overwritten';
  const sentence = `${baseName(file)} ${what} after it was read. What you see may be older.`;
  return h(
    'div',
    { class: 'file-notice', role: 'status' },
    h('span', {}, sentence),
    button({ label: 'Read again', icon: 'refresh', text: true, press: readAgain }),
  );
}
