/** The theme's chart colours (`charts.NAME` in the tree, `--vscode-charts-NAME` in panels), in the order that runs take them. */
export const RUN_COLORS = ['blue', 'orange', 'green', 'purple', 'red', 'yellow'] as const;
export type RunColorName = (typeof RUN_COLORS)[number];

/** The colour of a run that has this place among the runs; there may be more runs than colours. */
export function runColorName(place: number): RunColorName {
  return RUN_COLORS[place % RUN_COLORS.length]!;
}
