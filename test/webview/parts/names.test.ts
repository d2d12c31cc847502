import { ListNames } from '../../../webview/parts/names';
import { equal, ok } from '../assert';

const heads = (layers: number[]) =>
  layers.flatMap((layer) =>
    ['attention.self.query', 'attention.self.key', 'attention.output.dense', 'output.dense'].map(
      (rest) => `backbone.encoder.layers.${layer}.${rest}`,
    ),
  );
const own = (names: ListNames, name: string) =>
  names
    .partsOf(name)
    .map(({ text, own: isOwn }) => (isOwn ? `[${text}]` : text))
    .join('');

describe('names in a list', () => {
  it('are divided into what they share and what tells them apart', () => {
    const names = new ListNames([...heads([1, 10, 11]), 'backbone.norm2', 'backbone.norm10']);
    equal(
      own(names, 'backbone.encoder.layers.10.attention.self.query'),
      'backbone.[encoder.]layers.[10.attention.self.query]',
    );
    equal(own(names, 'backbone.norm10'), 'backbone.norm[10]');
    equal(own(new ListNames(['conv1']), 'conv1'), '[conv1]');
    equal(own(new ListNames(['a.conv', 'a.conv1']), 'a.conv'), 'a.[conv]');
  });

  it('stay different when they are shortened', () => {
    const all = heads(Array.from({ length: 12 }, (_, layer) => layer));
    const names = new ListNames(all);
    const short = all.map((name) => names.shorten(name, 34));
    ok(
      short.every((name) => name.length <= 34),
      short.join(),
    );
    equal(new Set(short).size, all.length);
    equal(names.shorten('backbone.encoder.layers.3.output.dense', 28), 'backbone.enco…3.output.dense');
  });

  it('stay visible in a narrow cell where they differ', () => {
    const all = heads([10, 11]);
    const names = new ListNames(all);
    const cell = document.createElement('div');
    cell.style.width = '180px';
    document.body.append(cell);
    for (const name of all) {
      names.draw(cell, name);
      equal(cell.textContent, name);
      for (const part of cell.querySelectorAll<HTMLElement>('.own'))
        ok(part.scrollWidth <= part.clientWidth + 1, `${part.textContent} of ${name} is cut`);
    }
    cell.remove();
  });
});
