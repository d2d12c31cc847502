import type * as vscode from 'vscode';
import { RUN_COLORS } from '../engine/vocabulary/runColors';
import { pathKey } from './paths';

const KEY = 'runColors';

/** Assigns a colour to each run. The workspace stores it, so a run keeps its colour. */
export class RunColors {
  constructor(private readonly memory: vscode.Memento) {}

  /** Returns the index of a run's colour in the chart colours. A new run gets the least used colour. */
  of(directory: string): number {
    const places = this.memory.get<Record<string, number>>(KEY, {});
    const key = pathKey(directory);
    const known = places[key] ?? places[directory]; // earlier versions stored the path as it was spelled
    if (known !== undefined) return known;
    const uses = RUN_COLORS.map((_, place) => Object.values(places).filter((used) => used === place).length);
    const place = uses.indexOf(Math.min(...uses));
    void this.memory.update(KEY, { ...places, [key]: place });
    return place;
  }
}
