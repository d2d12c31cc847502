import { Disposables } from '../../../webview/dispose';
import { h } from '../../../webview/dom';
import { filterInput } from '../../../webview/parts/filter';
import { equal, ok } from '../assert';

describe('the key of the filter', () => {
  const slash = () => new KeyboardEvent('keydown', { key: '/', bubbles: true, cancelable: true });

  it('focuses the filter, but not while the user types in another input', () => {
    const [root, owned, other] = [h('main', {}), new Disposables(), h('input', { type: 'text' })];
    const input = filterInput({ root, owned }, 'layers', () => undefined);
    root.append(input, other);
    document.body.append(root);
    other.focus();
    ok(other.dispatchEvent(slash()), 'the other input gets the key');
    ok(document.activeElement === other, 'the other input keeps the focus');
    ok(!root.dispatchEvent(slash()), 'the key is used');
    ok(document.activeElement === input, 'the filter has the focus');
    root.remove();
  });

  it('does nothing once the view has ended', () => {
    const [root, owned] = [h('main', {}), new Disposables()];
    filterInput({ root, owned }, 'layers', () => undefined);
    owned.dispose();
    equal(root.dispatchEvent(slash()), true);
  });
});
