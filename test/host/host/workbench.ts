import { errors, type Frame, type Locator, type Page } from 'playwright-core';
import { appears, changes, inTime, OFFER_LIMIT_MS, textOf, textsOf } from './waiting';

const PANEL_LIMIT_MS = 30_000;
const OFFER_ATTEMPTS = 8;
/** A menu closes within this time after Enter, in ms. */
const MENU_MS = 2_000;
/** What an act brings about is there within this time, in ms. After it the act is repeated. */
const OUTCOME_LIMIT_MS = 10_000;
const OUTCOME_ATTEMPTS = 4;
/** Number of times that a key is pressed to reach a row or an entry. */
const MOST_KEYS = 60;

/** The window of VS Code. Tests use it as a user would. */
export class Workbench {
  constructor(readonly page: Page) {
    page.setDefaultTimeout(30_000);
  }

  /** Waits for the window and for the extension's icon in it. */
  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .statusbar').waitFor();
    await this.#icon().waitFor();
  }

  /** Reloads the window with the command of VS Code, which keeps open editors. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.command('Developer: Reload Window');
    await loaded;
    await this.ready();
  }

  /** Opens the view with the tree of runs. A click on its icon hides the view if it is there, so there is no click then. */
  async openRunsView(): Promise<void> {
    const title = this.page.locator('.composite.title', { hasText: 'Winning Sign' });
    for (let attempt = 1; attempt <= OFFER_ATTEMPTS; attempt++) {
      if (!(await title.isVisible())) await this.#icon().click();
      if (await appears(title)) return;
    }
    throw new Error('The view of Winning Sign does not open.');
  }

  /**
   * Acts until the outcome is there. An editor or panel that opens late takes the focus from a list or a menu, so that nothing is chosen
   * or the wrong part gets the keys, and a row that is drawn again loses a click. A user sees that and acts again. The act must do no harm when it is repeated.
   */
  async until(outcome: Locator, act: () => Promise<void>): Promise<void> {
    for (let attempt = 1; attempt < OUTCOME_ATTEMPTS; attempt++) {
      const happens = async () => {
        await act();
        await outcome.waitFor({ timeout: OUTCOME_LIMIT_MS });
      };
      if (await inTime(happens)) return;
      await this.page.keyboard.press('Escape');
    }
    await act();
    await outcome.waitFor();
  }

  /** Runs a command from the palette. */
  async command(title: string): Promise<void> {
    await this.#accept(title, { key: 'F1', typed: `>${title}` });
  }

  /** Returns the field or list in which a command asks this. */
  prompt(words: string): Locator {
    return this.page.locator('.quick-input-widget', { hasText: words });
  }

  /** Returns the first row with this text in the list that a command shows. */
  choice(label: string): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: label }).first();
  }

  /** Chooses a row of the list that a command shows. */
  async pick(label: string): Promise<void> {
    await this.choice(label).click();
  }

  /** Types the answer to the question of a command. */
  async answer(prompt: string, text: string): Promise<void> {
    await this.prompt(prompt).waitFor();
    await this.#input().fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Returns the first row of the tree whose label starts with this text, or matches this expression. */
  row(words: string | RegExp): Locator {
    const text = typeof words === 'string' ? new RegExp(`^\\s*${words}`) : words;
    return this.page.locator('.pane-body .monaco-list-row').filter({ hasText: text }).first();
  }

  /** Presses a button in the row of a run. The row shows its buttons only under the pointer. */
  async rowAction(run: string, title: string): Promise<void> {
    const row = this.row(run);
    await row.hover();
    await row.getByRole('button', { name: title }).click();
  }

  /** Expands a row after it has children, or collapses it. Tries again if the tree was redrawn. */
  async unfold(words: string, unfolded = true): Promise<void> {
    const row = this.row(words);
    const wanted = row.and(this.page.locator(`[aria-expanded="${String(unfolded)}"]`));
    await row.and(this.page.locator('[aria-expanded]')).waitFor();
    for (let attempt = 1; attempt <= OFFER_ATTEMPTS; attempt++) {
      if ((await row.getAttribute('aria-expanded')) !== String(unfolded))
        await row.locator('.monaco-tl-twistie').click();
      if (await appears(wanted)) return;
    }
    throw new errors.TimeoutError(`“${words}” does not ${unfolded ? 'unfold' : 'fold'}.`);
  }

  /** Chooses from the context menu of a row. Opens the menu again if the tree was redrawn, which closes it. */
  async menu(row: Locator, title: string): Promise<void> {
    const item = this.page.locator('.context-view .action-item', { hasText: title }).first();
    for (let attempt = 1; attempt <= OFFER_ATTEMPTS; attempt++) {
      await row.click({ button: 'right' });
      if (await appears(item)) {
        // A new menu ignores clicks for a moment, so that the click that opens it does not choose an entry. It accepts keys at once.
        const isThere = item.hover({ timeout: MENU_MS }).then(() => true);
        if (!(await isThere.catch(() => false))) continue; // a panel that opens late takes the focus, which closes the menu
        await this.page.keyboard.press('Enter');
        return;
      }
      await this.page.keyboard.press('Escape');
    }
    throw new errors.TimeoutError(`The menu of the row does not offer “${title}”.`);
  }

  /** Moves the focus in the explorer to a file, with keys alone. Starts again if another part of the window takes the focus meanwhile. */
  async focusInExplorer(name: string): Promise<void> {
    const list = this.page.locator('.explorer-folders-view .monaco-list');
    const inList = this.page.locator('.explorer-folders-view .monaco-list:focus-within');
    for (let attempt = 1; attempt <= OFFER_ATTEMPTS; attempt++) {
      // The key gives the focus to the editor if the explorer has it.
      if ((await inList.count()) === 0) await this.page.keyboard.press('Control+Shift+E');
      if (!(await appears(inList)) || !(await appears(list.locator('.monaco-list-row', { hasText: name }).first())))
        continue;
      await this.page.keyboard.press('Home');
      await appears(list.locator('.monaco-list-row.focused[data-index="0"]'));
      if (await this.#arrowTo(list.locator('.monaco-list-row.focused'), name)) return;
    }
    throw new errors.TimeoutError(`The focus does not reach “${name}” in the explorer.`);
  }

  /** Moves the focus in the tree of runs down to a row, with keys alone. The first row of the path must be below the focus. */
  async focusRows(...path: string[]): Promise<void> {
    const focused = this.page.locator('.pane-body .monaco-list-row.focused');
    for (const [place, label] of path.entries()) {
      if (place > 0) await this.page.keyboard.press('ArrowRight'); // unfolds the row above
      await this.row(label).waitFor();
      if (!(await this.#arrowTo(focused, label)))
        throw new errors.TimeoutError(`The focus does not reach “${label}” in the tree.`);
    }
  }

  /** Chooses from the context menu of the focused row, with keys alone. */
  async keyMenu(title: string): Promise<void> {
    await this.page.keyboard.press('Shift+F10');
    const entries = this.page.locator('.context-view .action-item');
    await entries.filter({ hasText: title }).first().waitFor({ timeout: OFFER_LIMIT_MS });
    if (!(await this.#arrowTo(this.page.locator('.context-view .action-item.focused'), title)))
      throw new errors.TimeoutError(`The focus does not reach “${title}” in the menu.`);
    await this.page.keyboard.press('Enter');
    const closes = entries.first().waitFor({ state: 'hidden', timeout: MENU_MS });
    await closes.catch(() => this.page.keyboard.press('Enter')); // a menu that is just drawn may miss a key
  }

  /**
   * Presses the down arrow until the focused element has this text. The window moves the focus some time after a key, so each key waits
   * for the one before. Returns false if the focus no longer moves, or after MOST_KEYS keys.
   */
  async #arrowTo(focused: Locator, text: string): Promise<boolean> {
    for (let step = 0; step < MOST_KEYS; step++) {
      const before = await textsOf(focused);
      if (before.includes(text)) return true;
      await this.page.keyboard.press('ArrowDown');
      if (!(await changes(focused, before))) return false;
    }
    return false;
  }

  /** Opens a file of the workspace by its name. */
  async openFile(name: string): Promise<void> {
    await this.#accept(name, { key: 'Control+P', typed: name });
    await this.tab(name).waitFor();
    await this.page.locator('.editor-instance .view-line').first().waitFor(); // the tab is there before the text
  }

  /** Returns the item of this extension in the status bar: that of the running runs, or that of the running study. */
  status(item: 'running' | 'study' = 'running'): Locator {
    return this.page.locator(`.statusbar-item[id$="winningSign.${item}"]`);
  }

  /** Types the start of a row of the list that a command shows, and takes the row, with keys alone. */
  async typePick(prompt: string, label: string): Promise<void> {
    await this.prompt(prompt).waitFor();
    await this.choice(label).waitFor();
    await this.#input().fill(label);
    await this.page.locator('.quick-input-list .monaco-list-row.focused').filter({ hasText: label }).waitFor();
    await this.page.keyboard.press('Enter');
  }

  /** Returns the modal dialog with this text. */
  dialog(words: string | RegExp): Locator {
    return this.page.locator('.monaco-dialog-box').filter({ hasText: words });
  }

  tab(title: string | RegExp): Locator {
    return this.page.locator('.tab').filter({ hasText: title });
  }

  notification(words: string | RegExp): Locator {
    return this.page.locator('.notification-list-item').filter({ hasText: words });
  }

  /** Waits for a notification. With the driver there are no toasts, so this opens the list of notifications until it has the text. */
  async notified(words: string | RegExp): Promise<Locator> {
    const told = this.notification(words);
    for (let attempt = 1; attempt <= OFFER_ATTEMPTS; attempt++) {
      await this.command('Notifications: Show Notifications');
      if (await appears(told)) return told;
    }
    throw new Error(`No notification says ${String(words)}.`);
  }

  /** Waits for the panel whose text satisfies a condition. */
  async panel(says: (text: string) => boolean, what: string): Promise<Frame> {
    const deadline = Date.now() + PANEL_LIMIT_MS;
    for (;;) {
      const frames = this.page.frames(); // there may be others after the texts were read
      const texts = await Promise.all(frames.map(textOf));
      const index = texts.findIndex((text) => text !== '' && says(text));
      if (index >= 0) return frames[index]!;
      if (Date.now() > deadline)
        throw new Error(`No panel says ${what}. Panels say:\n${texts.filter(Boolean).join('\n---\n')}`);
      await this.page.waitForTimeout(200);
    }
  }

  /**
   * Opens a list with `key`, types a text and clicks a row. Opens the list again if the row is missing, or if the list closes because an
   * editor takes the focus. Does not press Enter, because the focused row may be from before the text was typed.
   */
  async #accept(row: string, { key, typed }: { key: string; typed: string }): Promise<void> {
    for (let attempt = 1; attempt <= OFFER_ATTEMPTS; attempt++) {
      await this.page.keyboard.press(key);
      if (await this.#takes(row, typed)) return;
      await this.page.keyboard.press('Escape');
    }
    throw new Error(`VS Code's list (${key}) does not offer “${row}”.`);
  }

  async #takes(row: string, typed: string): Promise<boolean> {
    return inTime(async () => {
      await this.#input().fill(typed, { timeout: OFFER_LIMIT_MS });
      await this.choice(row).click({ timeout: OFFER_LIMIT_MS });
    });
  }

  #icon(): Locator {
    return this.page.locator('.activitybar .action-label[aria-label^="Winning Sign"]');
  }

  #input(): Locator {
    return this.page.locator('.quick-input-widget input.input');
  }
}
