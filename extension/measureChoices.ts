/** Asks how the networks between checkpoints are measured. */
import * as vscode from 'vscode';
import { DEFAULT_MASKS, DEFAULT_NORMALIZATION, MASK_RULES, NORMALIZATIONS } from '../engine/vocabulary/connectivity';
import type { Measuring } from '../engine/protocol';
import { choiceIn } from './subjects';

type Field = keyof Measuring;

interface Item extends vscode.QuickPickItem {
  /** The choice to change. Without it, the measurement starts. */
  field?: Field;
}

const CHOICES = {
  normalization: { title: 'Batch norm', values: NORMALIZATIONS, standard: DEFAULT_NORMALIZATION },
  masks: { title: 'Masks', values: MASK_RULES, standard: DEFAULT_MASKS },
} as const;

/**
 * Shows the choices with their defaults until the user starts the measurement. Returns undefined if the user cancels.
 * @param fields the choices that the measurement has
 * @param excluded values that cannot be chosen
 */
export async function askMeasuring(
  title: string,
  fields: readonly Field[] = ['normalization', 'masks'],
  excluded: readonly string[] = [],
): Promise<Measuring | undefined> {
  let measuring: Measuring = {};
  for (;;) {
    const items = [{ label: '$(play) Measure' }, ...fields.map((field) => itemOf(field, measuring))];
    const picked = await vscode.window.showQuickPick<Item>(items, { title, placeHolder: 'How to measure' });
    if (!picked) return undefined;
    if (!picked.field) return measuring;
    const chosen = await askFor(picked.field, title, excluded);
    if (chosen) measuring = { ...measuring, ...chosen };
  }
}

function itemOf(field: Field, measuring: Measuring): Item {
  const { title, standard } = CHOICES[field];
  const { label, detail } = valuesOf(field)[measuring[field] ?? standard]!;
  return { label: `${title}: ${label}`, detail, field };
}

async function askFor(field: Field, title: string, excluded: readonly string[]): Promise<Measuring | undefined> {
  const offered = Object.entries(valuesOf(field)).filter(([value]) => !excluded.includes(value));
  const items = offered.map(([value, words]) => ({ ...words, value }));
  const placeHolder = CHOICES[field].title;
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder });
  return picked && { [field]: picked.value };
}

function valuesOf(field: Field): Readonly<Record<string, { label: string; detail: string }>> {
  return CHOICES[field].values;
}

/** Returns the choices in the argument of a command. Throws UserError if one does not exist. */
export function measuringIn(argument: unknown): Measuring {
  const normalization = choiceIn(argument, 'normalization', NORMALIZATIONS);
  const masks = choiceIn(argument, 'masks', MASK_RULES);
  return { ...(normalization && { normalization }), ...(masks && { masks }) };
}
