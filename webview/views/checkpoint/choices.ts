/** The user's choices for a checkpoint: the rule for prunable layers, and the state dict. */
import { isLayerRule, type LayerRule } from '../../../engine/vocabulary/layerRules';
import type { CheckpointHeader, CheckpointRef, Inspection } from '../../../engine/protocol';
import { h, setText } from '../../dom';
import type { Memory } from '../../host';
import { describe } from '../../parts/tooltip';
import type { FileChoices } from '../../protocol';
import { leftOutWords, ruleWords } from './totals';

const RULES: readonly (readonly [LayerRule, string])[] = [
  ['default', 'default'],
  ['official', 'official AWS'],
  ['matrices', 'all matrices'],
  ['decoder', 'decoder'],
];
const PATTERN = 'pattern';
const PATTERN_HELP =
  'Names of layers, separated by commas. * stands for any text, ? for any character. Enter applies them.';

/** Returns the choices that a panel remembers. */
export function choicesIn({ choices }: Memory): FileChoices {
  if (typeof choices !== 'object' || choices === null) return {};
  const { layers, state } = choices as Record<keyof FileChoices, unknown>;
  return { ...(typeof layers === 'string' && { layers }), ...(typeof state === 'string' && { state }) };
}

/** Returns a reference to a file with these choices. */
export function chosen(file: string, choices: FileChoices): CheckpointRef {
  return Object.keys(choices).length > 0 ? { file, ...choices } : file;
}

/** The row of controls with the choices, and with words about their effect. */
export class ChoiceRow {
  readonly element: HTMLElement;
  readonly #rule = h('select');
  readonly #pattern = h('input', {
    type: 'text',
    placeholder: 'layer1.*, *.fc1',
    'aria-label': 'Pattern of prunable layers',
    title: PATTERN_HELP,
  });
  readonly #words = h('span', { class: 'rule-words' });
  readonly #leftOut = h('span', { class: 'left-out', role: 'note', hidden: true });
  readonly #state = h('select');
  readonly #stateLabel = h('label', { class: 'control', hidden: true }, 'State dict', this.#state);
  readonly #choose: (choices: FileChoices) => void;
  #choices: FileChoices;
  #states: readonly string[] = [];
  #defaultState: string | undefined;

  constructor(choices: FileChoices, choose: (choices: FileChoices) => void) {
    this.#choices = choices;
    this.#choose = choose;
    const { layers = 'default' } = choices;
    const options = [...RULES, [PATTERN, 'pattern…'] as const].map(([value, text]) => h('option', { value }, text));
    this.#rule.append(...options);
    this.#rule.value = isLayerRule(layers) ? layers : PATTERN;
    this.#pattern.value = isLayerRule(layers) ? '' : layers;
    this.#pattern.hidden = isLayerRule(layers);
    this.#rule.addEventListener('change', this.#chooseRule);
    this.#pattern.addEventListener('change', this.#choosePattern);
    this.#state.addEventListener('change', () => {
      this.#change({ ...this.#choices, state: this.#state.value || undefined });
    });
    const rule = h('label', { class: 'control' }, 'Prunable layers', this.#rule);
    this.element = h(
      'div',
      { class: 'checkpoint-choices', role: 'group', 'aria-label': 'Rule and state dict' },
      ...[rule, this.#pattern, this.#stateLabel, this.#words, this.#leftOut],
    );
    this.#showStates();
  }

  /** Shows what the choices gave. */
  show(header: CheckpointHeader): void {
    this.say(header);
    if (this.#choices.state === undefined) this.#defaultState = header.state;
    this.#states = header.states ?? [];
    this.#showStates();
  }

  /** Says how many layers are prunable and what was left out. */
  say(result: CheckpointHeader | Inspection): void {
    setText(this.#words, `${ruleWords(result)}.`);
    const left = leftOutWords(result);
    this.#leftOut.hidden = !left;
    setText(this.#leftOut, left?.text ?? '');
    if (!left) return;
    describe(this.#leftOut, left.full);
    this.#leftOut.tabIndex = 0; // the tooltip also appears on focus
  }

  /** Removes the words about the previous choices. */
  clear(words: string): void {
    setText(this.#words, words);
    this.#leftOut.hidden = true;
  }

  readonly #chooseRule = (): void => {
    const isPattern = this.#rule.value === PATTERN;
    this.#pattern.hidden = !isPattern;
    if (!isPattern) this.#chooseLayers(this.#rule.value);
    else if (this.#pattern.value === '') this.#pattern.focus();
    else this.#choosePattern();
  };

  readonly #choosePattern = (): void => {
    const pattern = this.#pattern.value.trim();
    if (pattern !== '') this.#chooseLayers(pattern);
  };

  #chooseLayers(layers: string): void {
    this.#change({ ...this.#choices, layers: layers === 'default' ? undefined : layers });
  }

  #change({ layers, state }: { [K in keyof FileChoices]: FileChoices[K] | undefined }): void {
    const choices = { ...(layers !== undefined && { layers }), ...(state !== undefined && { state }) };
    if (JSON.stringify(choices) === JSON.stringify(this.#choices)) return;
    this.#choices = choices;
    this.#choose(choices);
  }

  /** Shows the state dicts if there are several. The one that is shown by default is known once it was shown. */
  #showStates(): void {
    const { state } = this.#choices;
    const known = this.#defaultState;
    const others = [...new Set([...this.#states, ...(state === undefined ? [] : [state])])];
    this.#stateLabel.hidden = others.length === 0;
    const options = others.filter((name) => name !== known || name === state);
    this.#state.replaceChildren(
      h('option', { value: '' }, known === undefined ? 'default' : `default (${known})`),
      ...options.map((name) => h('option', { value: name }, name)),
    );
    this.#state.value = state ?? '';
  }
}
