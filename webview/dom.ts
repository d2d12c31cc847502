/** Makes elements without HTML strings, so the name of a run can never become markup. */

type Child = Node | string | undefined | false;

/** Attributes by name. `undefined` and `false` omit an attribute, and `true` sets it to an empty string. */
export type Attributes = Record<string, string | number | boolean | undefined>;

/** Makes an element with attributes and children. Strings become text. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

/** Makes a codicon, such as `loading~spin`. Screen readers skip it, because the control around it has a label. */
export function icon(name: string): HTMLElement {
  const [glyph, ...modifiers] = name.split('~');
  const classes = ['codicon', `codicon-${glyph}`, ...modifiers.map((modifier) => `codicon-modifier-${modifier}`)];
  return h('span', { class: classes.join(' '), 'aria-hidden': 'true' });
}

export interface ButtonOptions {
  label: string;
  icon?: string;
  /** Whether to show the label as text beside the icon. */
  text?: boolean;
  press: () => void;
}

/** Makes a button. Its label is also its tooltip and its name for screen readers. */
export function button({ label, icon: name, text = name === undefined, press }: ButtonOptions): HTMLButtonElement {
  const element = h('button', { type: 'button', class: text ? 'button' : 'icon-button', title: label });
  if (name !== undefined) element.append(icon(name));
  if (text) element.append(label);
  else element.setAttribute('aria-label', label);
  element.addEventListener('click', (event) => {
    event.stopPropagation();
    press();
  });
  return element;
}

/** Sets the text of a node if it differs. Otherwise, a screen reader would read the same text again. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Sets an attribute, or removes it for `undefined` and `false`. */
export function setAttribute(node: Element, name: string, value: string | boolean | undefined): void {
  if (value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? '' : value);
}
