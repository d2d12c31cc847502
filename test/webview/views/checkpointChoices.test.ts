import type { CheckpointRef } from '../../../engine/protocol';
import type { SavedState } from '../../../webview/protocol';
import { equal, matches, ok } from '../assert';
import { openPanel, type OpenPanel } from '../panel';
import { answersWithChoices } from '../world/choices';
import { checkpointPath } from '../world/checkpoints';

const file = checkpointPath('aws', 6);
const state = { view: 'checkpoint', file } as const;
const open = (options: object = {}) => openPanel(state, { answers: answersWithChoices(), ...options });
const rule = ({ find }: OpenPanel) => find('.checkpoint-choices select') as HTMLSelectElement;
const states = ({ find }: OpenPanel) => find('.checkpoint-choices label:last-of-type select') as HTMLSelectElement;
const pattern = ({ find }: OpenPanel) => find('.checkpoint-choices input') as HTMLInputElement;
const words = ({ find }: OpenPanel) => find('.rule-words').textContent;
const leftOut = ({ find }: OpenPanel) => find('.left-out');

async function choose(panel: OpenPanel, select: HTMLSelectElement, value: string): Promise<void> {
  select.focus();
  select.value = value;
  select.dispatchEvent(new Event('change'));
  await panel.settled();
}

async function type(panel: OpenPanel, text: string): Promise<void> {
  pattern(panel).select();
  for (const key of text) await window.person.key(key);
  await window.person.key('Enter');
  await panel.settled();
}

/** Returns the checkpoints in the requests of each method since the last call. */
function asked({ host }: OpenPanel): Map<string, CheckpointRef> {
  const files = new Map(host.requests.map(({ method, params }) => [method, (params as { file: CheckpointRef }).file]));
  host.requests.length = 0;
  return files;
}

describe('choices of the checkpoint panel', () => {
  it('say beside the percentage which rule was used and what it left out', async () => {
    const panel = await open();
    matches(panel.find('.totals').textContent, /^26\.1 % of prunable weights kept \(/);
    matches(words(panel), /^20 layers: tensors with a mask, and matrices with exact zeros/);
    equal(leftOut(panel).textContent, 'left out: conv1 (it has no mask and no zeros)');
    await choose(panel, rule(panel), 'matrices');
    equal(words(panel), '21 layers: all matrices.');
    ok(leftOut(panel).hidden, 'nothing was left out');
  });

  it('apply to header, statistics, pictures and margins, and keep the focus', async () => {
    const panel = await open();
    asked(panel);
    await choose(panel, rule(panel), 'official');
    const ref = { file, layers: 'official' };
    const methods = ['checkpoint/marginals', 'checkpoint/open', 'checkpoint/picture', 'checkpoint/statistics'];
    equal(
      [...asked(panel)].sort(),
      methods.map((method) => [method, ref]),
    );
    ok(document.activeElement === rule(panel), 'the rule has the focus');
    matches(panel.find('.actions').textContent, /Transfer signed mask/);
    await choose(panel, states(panel), 'ema');
    equal(asked(panel).get('checkpoint/statistics'), { ...ref, state: 'ema' });
    await choose(panel, rule(panel), 'default');
    equal(asked(panel).get('checkpoint/picture'), { file, state: 'ema' });
    await choose(panel, states(panel), '');
    equal(asked(panel).get('checkpoint/open'), file);
  });

  it('take a pattern, in which / is a letter, and list what it left out in a tooltip', async () => {
    const panel = await open();
    ok(pattern(panel).hidden, 'there is no field for a pattern');
    await choose(panel, rule(panel), 'pattern');
    ok(document.activeElement === pattern(panel), 'the field has the focus');
    await type(panel, 'layer1*');
    equal(words(panel), '6 layers named “layer1*”.');
    equal(leftOut(panel).textContent, '15 left out, such as conv1 (its name does not match)');
    matches(
      leftOut(panel).getAttribute('aria-label'),
      /^Left out: conv1, .* and 12 more \(their names do not match\)$/,
    );
    await type(panel, 'a/b*');
    matches(panel.find('[role=alert]').textContent, /the rule "a\/b\*" chooses no layer/);
    await type(panel, 'layer2*');
    matches(words(panel), /“layer2\*”/);
    equal(panel.all('[role=alert]').length, 0);
  });

  it('are remembered by the panel and by the extension', async () => {
    const panel = await open();
    await choose(panel, rule(panel), 'matrices');
    await choose(panel, states(panel), 'ema');
    const choices = { layers: 'matrices', state: 'ema' };
    equal((panel.host.kept as SavedState).memory?.['choices'], choices);
    equal(panel.host.choices, [{ layers: 'matrices' }, choices]);
    for (const options of [{ kept: panel.host.kept }, { choices }]) {
      const again = await open(options);
      equal(asked(again).get('checkpoint/statistics'), { file, ...choices });
      equal([rule(again).value, states(again).value], ['matrices', 'ema']);
    }
    const newer = await open({ kept: panel.host.kept, choices: { layers: 'x' } });
    equal(rule(newer).value, 'matrices');
  });

  it('offer other rules if a rule leaves out every layer, and show no percentage', async () => {
    const panel = await open({ answers: answersWithChoices('') });
    matches(
      panel.find('.empty').textContent,
      /^The rule “default” leaves out all 21 weights of round-06.* Choose another rule above/,
    );
    ok(!document.body.textContent.includes('%'), 'no percentage');
    await choose(panel, rule(panel), 'decoder');
    matches(panel.find('[role=alert]').textContent, /the rule "decoder" chooses no layer/);
    ok(document.activeElement === rule(panel), 'the rule has the focus');
    await choose(panel, rule(panel), 'matrices');
    equal(panel.all('.layers tbody tr').length, 21);
  });

  it('go with the action Compare, and the comparison uses and names the rule', async () => {
    const { all, host } = await openPanel(state, { choices: { layers: 'matrices' } });
    all('.actions button')[1]!.click();
    const [action] = host.actions;
    ok(action?.action === 'compare' && action.layers === 'matrices', 'the action has the rule');
    const { a, b } = action;
    const panel = await openPanel({ view: 'compare', a, b, layers: 'matrices' }, { answers: answersWithChoices() });
    matches(panel.find('.finding').textContent, /Prunable in both: rule “matrices”: all matrices\./);
    const refs = panel.host.requests.flatMap(({ params }) => {
      const { file, against, a: first } = params as Record<string, CheckpointRef | undefined>;
      return [file, against, first].filter((ref) => ref !== undefined);
    });
    ok(
      refs.every((ref) => typeof ref !== 'string' && ref.layers === 'matrices'),
      'every request has the rule',
    );
    panel
      .all('.actions button')
      .find(({ textContent }) => textContent === 'Swap A and B')!
      .click();
    await panel.settled();
    equal(panel.host.states, [{ view: 'compare', a: b, b: a, layers: 'matrices' }]);
  });

  it('of state dicts are offered only if the file has several', async () => {
    const { all } = await openPanel(state);
    equal(
      all('.checkpoint-choices select').map((select) => select.closest('label')!.hidden),
      [false, true],
    );
  });
});
