import type { RelatedSnapshot } from '../../../engine/protocol';
import { matches, ok } from '../assert';
import { openPanel } from '../panel';
import { searchRun } from '../world/runs';
import { answersOf, study } from '../world/world';

const EPOCHS = 10_000;

describe('the panel of a run that lasts weeks', () => {
  it('is drawn at once, with only some of the epochs, including the newest', async () => {
    const run = ofWeeks();
    const began = performance.now();
    const { find } = await openPanel(
      { view: 'run', directory: run.directory },
      { answers: answersOf([run, ...study().slice(1)]) },
    );
    const figure = find('figure[aria-label^="Loss"]');
    const seconds = (performance.now() - began) / 1000;
    ok(seconds < 5, `${seconds} s`);
    const points = [...figure.querySelectorAll('.point')];
    ok(points.length > 100 && points.length <= 500, `${points.length} points`);
    matches(points.at(-1)!.getAttribute('aria-label'), new RegExp(`^round 0, epoch ${EPOCHS}; `));
  });
});

/** Returns a snapshot of a long run. Like the engine, it sends 2,000 losses and all epochs. */
function ofWeeks(): RelatedSnapshot {
  const run = searchRun('aws', 1, 1);
  const [epoch, loss] = [run.epochs[0]!, run.losses[0]!];
  run.record = { ...run.record, warmupEpochs: EPOCHS };
  run.epochs = Array.from({ length: EPOCHS }, (_, place) => ({ ...epoch, epoch: place, epochs: EPOCHS }));
  run.losses = Array.from({ length: 2_000 }, (_, place) => ({
    ...loss,
    epoch: place * 5,
    loss: 2 / (1 + place / 100) + Math.sin(place) / 10,
  }));
  return run;
}
