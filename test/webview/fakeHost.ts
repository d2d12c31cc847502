/** A fake of the extension for a panel: it answers requests, sends events and keeps a state. */
import type { Channel } from '../../webview/host';
import type { FileChoices, PanelAction, PanelState, Selection, ToHost, ToPanel } from '../../webview/protocol';
import type { Answers } from './world/world';

type Request = Extract<ToHost, { type: 'request' }>;

export class FakeHost implements Channel {
  readonly actions: PanelAction[] = [];
  readonly selections: Selection[] = [];
  readonly states: PanelState[] = [];
  readonly choices: FileChoices[] = [];
  readonly memories: Record<string, unknown>[] = [];
  readonly fileChoices: Extract<ToHost, { type: 'fileChoices' }>[] = [];
  readonly matched: Extract<ToHost, { type: 'matched' }>[] = [];
  /** The choices that the extension remembers. */
  remembered: Pick<Extract<ToPanel, { type: 'show' }>, 'choices' | 'files' | 'matched' | 'memory'> = {};
  readonly requests: Request[] = [];
  /** Requests of these methods are not answered until `answerHeld`. */
  readonly hold = new Set<string>();
  readonly #held: Request[] = [];
  kept: unknown;
  trusted = true;
  answers: Answers;
  readonly #state: PanelState;
  #underWay = 0;

  constructor(state: PanelState, answers: Answers, kept?: unknown) {
    this.#state = state;
    this.answers = answers;
    this.kept = kept;
  }

  get busy(): boolean {
    return this.#underWay > 0;
  }

  getState(): unknown {
    return this.kept;
  }

  setState(state: unknown): void {
    this.kept = structuredClone(state);
  }

  postMessage(message: ToHost): void {
    switch (message.type) {
      case 'ready':
        this.tell({ type: 'show', state: this.#state, trusted: this.trusted, ...this.remembered });
        break;
      case 'action':
        this.actions.push(message.action);
        break;
      case 'select':
        this.selections.push(message.selection);
        break;
      case 'state':
        this.states.push(message.state);
        break;
      case 'memory':
        this.memories.push(message.memory);
        break;
      case 'choices':
        this.choices.push(message.choices);
        break;
      case 'fileChoices':
        this.fileChoices.push(message);
        break;
      case 'matched':
        this.matched.push(message);
        break;
      case 'request':
        this.requests.push(message);
        if (this.hold.has(message.method)) this.#held.push(message);
        else this.#answer(message);
    }
  }

  answerHeld(order: 'first' | 'last' = 'first'): void {
    const request = order === 'first' ? this.#held.shift() : this.#held.pop();
    if (request) this.#answer(request);
  }

  tell(message: ToPanel): void {
    this.#underWay++;
    setTimeout(() => {
      this.#underWay--;
      window.dispatchEvent(new MessageEvent('message', { data: structuredClone(message) }));
    });
  }

  #answer({ id, method, params }: Request): void {
    try {
      const answer = this.answers[method] as (params: unknown) => unknown;
      this.tell({ type: 'response', id, result: answer(params) });
    } catch (error) {
      this.tell({ type: 'response', id, error: (error as Error).message });
    }
  }
}
