import * as vscode from 'vscode';
import { RUN_COLORS, runColorName } from '../engine/vocabulary/runColors';
import { pathKey } from './paths';

const KEY = 'runColors';

/** A colour for each run, stored with the workspace so that it stays the same. */
export class RunColors {
  constructor(private readonly memory: vscode.Memento) {}

  /** Returns the place of a run's colour in the chart colours. A new run gets the one that is used least. */
  of(directory: string): number {
    const places = this.memory.get<Record<string, number>>(KEY, {});
    const key = pathKey(directory);
    const known = places[key] ?? places[directory]; // earlier versions kept the spelling
    if (known !== undefined) return known;
    const uses = RUN_COLORS.map((_, place) => Object.values(places).filter((used) => used === place).length);
    const place = uses.indexOf(Math.min(...uses));
    void this.memory.update(KEY, { ...places, [key]: place });
    return place;
  }

  themeColor(directory: string): vscode.ThemeColor {
    return new vscode.ThemeColor(`charts.${runColorName(this.of(directory))}`);
  }
}
