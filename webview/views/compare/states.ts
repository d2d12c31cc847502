/** The choice of the state dict of A and of B, for files with several, such as the weights and their average. */
import type { CheckpointHeader } from '../../../engine/protocol';
import { h } from '../../dom';
import type { Host } from '../../host';

/** The chosen state dict of each side. Undefined is the default of the file. */
export type States = Record<'a' | 'b', string | undefined>;

/** Returns the choices of this panel before a reload, or else those that are remembered for the files. */
export function rememberedStates(host: Host, { a, b }: Record<'a' | 'b', string>): States {
  const own = host.memory['states'];
  if (typeof own !== 'object' || own === null) return { a: host.choicesOf(a).state, b: host.choicesOf(b).state };
  const { a: ownA, b: ownB } = own as Record<'a' | 'b', unknown>;
  return { a: typeof ownA === 'string' ? ownA : undefined, b: typeof ownB === 'string' ? ownB : undefined };
}

/** Makes a list of state dicts for each file that has several. */
export function choiceOfStates(
  headers: Record<'a' | 'b', CheckpointHeader>,
  states: States,
  choose: (side: 'a' | 'b', state: string | undefined) => void,
): HTMLElement {
  const lists = (['a', 'b'] as const).flatMap((side) => {
    const { states: known = [], state } = headers[side];
    const names = [...new Set([...known, ...(state === undefined ? [] : [state])])];
    if (names.length < 2) return [];
    const chosen = states[side];
    const standard = chosen === undefined ? ` (${state ?? 'outside of state dicts'})` : '';
    const select = h(
      'select',
      { 'data-side': side },
      h('option', { value: '' }, `default${standard}`),
      ...names
        .filter((name) => chosen !== undefined || name !== state)
        .map((name) => h('option', { value: name, selected: name === chosen }, name)),
    );
    select.addEventListener('change', () => {
      choose(side, select.value || undefined);
    });
    return [h('label', { class: 'control' }, `State dict of ${side.toUpperCase()}`, select)];
  });
  return h(
    'div',
    { class: 'checkpoint-choices', role: 'group', 'aria-label': 'State dicts', hidden: lists.length === 0 },
    ...lists,
  );
}
