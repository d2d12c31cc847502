import * as vscode from 'vscode';
import { RUN_COLORS, runColorName } from '../engine/vocabulary/runColors';

const KEY = 'runColors';

/** A colour for each run, kept with the workspace so that a run has the same one tomorrow. */
export class RunColors {
  constructor(private readonly memory: vscode.Memento) {}

  /** The place of a run's colour in the chart colours; a new run gets the one used least. */
  of(directory: string): number {
    const places = this.memory.get<Record<string, number>>(KEY, {});
    const known = places[directory];
    if (known !== undefined) return known;
    const uses = RUN_COLORS.map((_, place) => Object.values(places).filter((used) => used === place).length);
    const place = uses.indexOf(Math.min(...uses));
    void this.memory.update(KEY, { ...places, [directory]: place });
    return place;
  }

  themeColor(directory: string): vscode.ThemeColor {
    return new vscode.ThemeColor(`charts.${runColorName(this.of(directory))}`);
  }
}
