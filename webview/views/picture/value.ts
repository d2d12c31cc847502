/** The value under the pointer. It is requested separately, because a cell of a tile can be the mean of many weights. */
import type { Host } from '../../host';
import type { Latest } from '../../latest';
import { planesOf } from '../../charts/planes';
import { layerParams, type PictureSource } from './source';
import type { Weight } from './look';
import { weightSentence } from './words';

const PAUSE = 60;

export interface Saying {
  latest: Latest;
  say: (text: string) => void;
}

/** Passes a sentence about a weight to `say`, once the pointer rests on the weight. */
export function sayWeight(host: Host, source: PictureSource, weight: Weight, { latest, say }: Saying): void {
  const region = { x: weight.column, y: weight.row, width: 1, height: 1 };
  const { against } = source;
  const rested = new Promise<void>((resolve) => setTimeout(resolve, PAUSE));
  const failed = ({ message }: Error) => {
    say(message);
  };
  const ask = () => {
    latest.ask(host.request('checkpoint/picture', { ...layerParams(source), against, region, maxSize: 1 }), {
      done: (tile) => {
        say(weightSentence(source, weight, { planes: planesOf(tile), cell: 0 }));
      },
      failed,
    });
  };
  latest.ask(rested, { done: ask, failed });
}
