/** Moves the picture of a panel like a user, and measures the time between the frames of the browser. */
import type { Page } from 'playwright-core';

const VIEWPORT = '.viewport';

/** Milliseconds from the start of the page to the frame that shows the first picture. */
export async function firstPicture(page: Page): Promise<number> {
  await page.waitForFunction(`window.answeredAt?.['checkpoint/picture'] !== undefined`);
  await page.waitForSelector(VIEWPORT);
  return page.evaluate<number>(`new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
  })`);
}

/** Waits until all requests are answered and drawn. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(`window.waiting === 0`);
  await page.evaluate(`new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())))`);
  if (await page.evaluate(`window.waiting > 0`)) await settled(page);
}

/** Returns the times between the frames while `act` moves the picture, and until its tiles have arrived. */
export async function frameTimes(page: Page, act: () => Promise<void>): Promise<number[]> {
  await page.evaluate(`window.frameTimes.length = 0`);
  await act();
  await settled(page);
  return page.evaluate<number[]>(`window.frameTimes`);
}

/** The value that 95 % of the numbers do not exceed. */
export function p95(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.ceil(0.95 * sorted.length) - 1]!;
}

const WHEEL = 60;
const STEPS = 36;
const DRAG = 24;

/** Zooms with the wheel about a point of the picture, from the whole layer to single weights or back. One step doubles the scale four times. */
export async function zoom(page: Page, direction: 'in' | 'out', at = { x: 0.4, y: 0.4 }): Promise<void> {
  const { x, y, width, height } = await boxOf(page);
  await page.mouse.move(x + at.x * width, y + at.y * height);
  for (let step = 0; step < STEPS; step++) {
    await page.mouse.wheel(0, direction === 'in' ? -WHEEL : WHEEL);
    await nextFrame(page);
  }
}

/** Gives the picture the keyboard and presses a key. */
export async function press(page: Page, key: string): Promise<void> {
  await page.locator('.figure-body.picture').focus();
  await page.keyboard.press(key);
  await settled(page);
}

/** Drags the picture to all four sides. */
export async function pan(page: Page): Promise<void> {
  const { x, y, width, height } = await boxOf(page);
  for (const [dx, dy] of [
    [-1, -0.3],
    [0.2, -1],
    [-0.5, 0.8],
    [1, 0.3],
  ] as const) {
    const from = { x: x + width * (0.5 - 0.4 * dx), y: y + height * (0.5 - 0.4 * dy) };
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    for (let step = 1; step <= DRAG; step++) {
      await page.mouse.move(from.x + (0.8 * dx * width * step) / DRAG, from.y + (0.8 * dy * height * step) / DRAG);
      await nextFrame(page);
    }
    await page.mouse.up();
  }
}

/** Scrolls a list with the wheel to its end and back, a few rows in each frame and then pages. */
export async function scroll(page: Page, selector: string): Promise<void> {
  const box = await page.locator(selector).boundingBox();
  if (!box) throw new Error(`the panel shows no ${selector}`);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (const step of [60, 120, 400, -400, -120, -60])
    for (let turn = 0; turn < TURNS; turn++) {
      await page.mouse.wheel(0, step);
      await nextFrame(page);
    }
}

const TURNS = 20;

function nextFrame(page: Page): Promise<unknown> {
  return page.evaluate(`new Promise((resolve) => requestAnimationFrame(() => resolve()))`);
}

async function boxOf(page: Page): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await page.locator(VIEWPORT).boundingBox();
  if (!box) throw new Error('the panel shows no picture');
  return box;
}
