/** The compare panel: opens both checkpoints, with the state dicts that the user has chosen, and shows their comparison. */
import { Disposables } from '../../dispose';
import { h } from '../../dom';
import { Persistent } from '../../latest';
import { emptyState, errorState, progressLine } from '../../parts/message';
import type { PanelState } from '../../protocol';
import { Look } from '../picture/look';
import type { Mount } from '../view';
import { CompareView, type Opened, type Side } from './compareView';
import { openBoth, refsOf } from './opening';
import { choiceOfStates, rememberedStates, type States } from './states';

type State = Extract<PanelState, { view: 'compare' }>;
type Sides = Record<Side, Opened>;

/** Shows two checkpoints. */
export const mountCompare: Mount<State> = (root, given, { host }) => {
  const owned = new Disposables();
  const opening = owned.add(new Persistent(host));
  let state = given;
  let states = rememberedStates(host, state);
  let view: CompareView | undefined;
  owned.add({ dispose: () => view?.owned.dispose() });
  const take = (chosen: States) => {
    states = chosen;
    host.remember({ states });
  };
  const show = (sides: Sides, look?: Look) => {
    view?.owned.dispose();
    const swap = (layer: string) => {
      state = { ...state, a: state.b, b: state.a };
      host.replace(state);
      host.remember({ layer });
      take({ a: states.b, b: states.a });
      show({ a: sides.b, b: sides.a }, view?.look);
    };
    const choose = (side: Side, name: string | undefined) => {
      take({ ...states, [side]: name });
      const { state: _, ...others } = host.choicesOf(state[side]);
      host.chooseFor(state[side], name === undefined ? others : { ...others, state: name });
      open(side);
    };
    view = new CompareView(root, sides, {
      ...{ host, memory: host.memory, swap },
      choices: choiceOfStates({ a: sides.a.header, b: sides.b.header }, states, choose),
      ...{ look: look ?? new Look(), keepLook: look !== undefined },
    });
  };
  const reset = () => {
    take({ a: undefined, b: undefined });
    open();
  };
  /** `focused` is the side whose choice has the focus. */
  const open = (focused?: Side) => {
    const refs = refsOf(state, states);
    opening.ask(() => openBoth(host, refs), {
      done: ([a, b]) => {
        show({ a: { ref: refs.a, header: a }, b: { ref: refs.b, header: b } }, view?.look);
        if (focused) root.querySelector<HTMLElement>(`[data-side="${focused}"]`)?.focus();
      },
      failed: (error) => {
        view?.owned.dispose();
        view = undefined;
        const chosen = states.a ?? states.b;
        const defaults = { label: 'Use the default state dicts', press: reset };
        const advice = chosen === undefined ? [] : [emptyState(`State dict “${chosen}” is chosen.`, defaults)];
        root.replaceChildren(h('div', {}, errorState(error, opening.retry), ...advice));
      },
    });
  };
  root.replaceChildren(progressLine());
  open();
  return owned;
};
