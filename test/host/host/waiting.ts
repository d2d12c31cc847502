import { setTimeout as delay } from 'node:timers/promises';
import { errors, type Frame, type Locator } from 'playwright-core';

/** A list without the wanted row is opened again after this time, because a command or file may have been missing when it opened. */
export const OFFER_LIMIT_MS = 3_000;
const POLL_MS = 20;

/** Returns false if the element does not appear within OFFER_LIMIT_MS. */
export function appears(locator: Locator): Promise<boolean> {
  return inTime(() => locator.waitFor({ timeout: OFFER_LIMIT_MS }));
}

/** Returns false if a wait of the act takes longer than its limit. */
export async function inTime(act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (error instanceof errors.TimeoutError) return false;
    throw error;
  }
}

/** Returns false if the elements still have the same texts when the time is over. */
export async function changes(elements: Locator, before: string): Promise<boolean> {
  const deadline = Date.now() + OFFER_LIMIT_MS;
  while (Date.now() < deadline) {
    if ((await textsOf(elements)) !== before) return true;
    await delay(POLL_MS);
  }
  return false;
}

export async function textsOf(elements: Locator): Promise<string> {
  return (await elements.allTextContents()).join('\n');
}

/** Returns the text on the page of a webview, without that of the window. */
export async function textOf(frame: Frame): Promise<string> {
  if (!frame.parentFrame()?.parentFrame()) return '';
  return frame.evaluate(() => (globalThis as typeof globalThis & Page_).document.body.innerText).catch(() => '');
}

interface Page_ {
  document: { body: { innerText: string } };
}
