/** The chart colours of the theme (`charts.NAME` in the tree, `--vscode-charts-NAME` in panels), in the order in which runs get them. */
export const RUN_COLORS = ['blue', 'orange', 'green', 'purple', 'red', 'yellow'] as const;
export type RunColorName = (typeof RUN_COLORS)[number];

/** Returns the colour of the run with this index. Colours repeat if there are more runs. */
export function runColorName(place: number): RunColorName {
  return RUN_COLORS[place % RUN_COLORS.length]!;
}
