/** Compares the interpolation between two solutions, and its barriers, with PyTorch. */
import { existsSync } from 'node:fs';
import { readNetworkState } from '../../engine/checkpoints/state';
import { drawNumbers } from '../../engine/backends/operations/dropout';
import { interpolate, measureBarriers } from '../../engine/connectivity/interpolate';
import type { ConnectivityNormalization } from '../../engine/vocabulary/connectivity';
import type { CurvePoint } from '../../engine/vocabulary/runEvents';
import { layerNameOf, type Masks } from '../../engine/tensors';
import type { CurveOracle } from '../engine/oracle';
import { assertClose } from '../engine/training/official';
import { isSlow, SET } from './backend';
import { listOracles, oracle, readOracleJson } from './folder';
import { readState, repeat, type Training } from './repeat';

interface Interpolation {
  /** A file whose values other than 0 are kept, such as `aws_signed2.safetensors != 0`. */
  mask: string;
  curves: Record<string, { f64: CurveOracle & { test_acc: number[] } } | number[] | undefined> & { alphas: number[] };
}

type CurvesOracle = Training & {
  batches: Record<'bn_reestimation' | 'test', number[]>;
  interpolation?: Interpolation;
};

/** The curves of an oracle, by what is done with batch-norm statistics. A network without batch norm has only one of them. */
const CURVES: Record<ConnectivityNormalization, string> = {
  exact: 'all_params_exact_bn',
  ema: 'all_params_ema0.1',
  none: 'all_params_no_reestimation',
};

for (const folder of listOracles('training').filter((name) => existsSync(oracle('training', name, 'oracle.json')))) {
  const truth = readOracleJson('training', folder, 'oracle.json') as CurvesOracle;
  if (truth.interpolation && !isSlow) compareCurve(folder, truth, truth.interpolation);
}

function compareCurve(folder: string, truth: CurvesOracle, { mask, curves }: Interpolation): void {
  const { alphas } = curves;
  describe(`the interpolation between two solutions of ${folder} on ${SET}`, function () {
    this.timeout(120_000);
    for (const normalization of Object.keys(CURVES) as ConnectivityNormalization[]) compare(normalization);
  });

  function compare(normalization: ConnectivityNormalization): void {
    const found = curves[CURVES[normalization]];
    if (!found || Array.isArray(found)) return;
    const { f64: curve } = found;
    it(`has the loss, the accuracy and the barriers of the oracle with normalization ${normalization}`, async () => {
      const repeated = await repeat(truth);
      const pick = (indices: readonly number[]) => indices.map((i) => repeated.batches[i]!);
      const masks = await readMask(folder, mask.split(' ')[0]!);
      const end = async (name: string) => ({ ...(await readState(repeated.architecture, folder, name)), masks });
      const [one, two] = [await end('end1.safetensors'), await end('end2.safetensors')];
      const points: CurvePoint[] = [];
      for (const alpha of alphas) {
        repeated.trainer.load(interpolate(one, two, alpha));
        const training = pick(truth.batches.bn_reestimation);
        if (normalization === 'exact') await repeated.trainer.reestimateNormalization(training);
        if (normalization === 'ema')
          await repeated.trainer.trackNormalization(training, (batch) => drawNumbers(0, 'dropout', batch));
        const test = await repeated.trainer.evaluate(pick(truth.batches.test));
        points.push({ alpha, train: test, test });
      }
      repeated.trainer.dispose();
      assertClose(points.map(({ test }) => test.loss), curve.test_loss, 1e-5); // prettier-ignore
      assertClose(points.map(({ test }) => test.accuracy), curve.test_acc, 1e-9); // prettier-ignore
      const barriers = measureBarriers(points).filter(({ split }) => split === 'test');
      for (const { quantity, baseline, value } of barriers)
        assertClose(
          [value],
          [curve[`barrier_${quantity}_vs_${baseline === 'mean of the ends' ? 'mean' : 'chord'}`]],
          1e-4,
        );
    });
  }
}

async function readMask(folder: string, file: string): Promise<Masks> {
  const name = file.endsWith('.safetensors') ? file : `${file}.safetensors`;
  const { state } = await readNetworkState(oracle('training', folder, name));
  return new Map(
    Array.from(state.tensors, ([tensor, { data }]) => [
      layerNameOf(tensor),
      Uint8Array.from({ length: data.length }, (_, i) => Number(Number(data[i]) !== 0)),
    ]),
  );
}
