/** Says which layers of two checkpoints are not compared, and why. */
import type { Layer } from '../checkpoints/layers';
import type { Matched } from '../checkpoints/match';
import { modulePath } from '../checkpoints/modulePath';
import { quote } from '../json/strict';
import type { Comparison, LayerMatch } from '../vocabulary/inspection';
import type { CountedSide } from './counted';

type Unmatched = Comparison['unmatched'][number];

interface Partner {
  layer: Layer;
  by: LayerMatch['by'];
}

/** A checkpoint, and the partner of each of its layers that has one. */
interface Half {
  side: 'a' | 'b';
  counted: CountedSide;
  compared: ReadonlySet<Layer>;
  partners: ReadonlyMap<Layer, Partner>;
}

/** Returns the layers of A and of B that are not compared. A and B may be the same file, and then share their layers. */
export function unmatchedOf({ pairs, misshapen }: Matched, a: CountedSide, b: CountedSide): Unmatched[] {
  const all = [...pairs.map(({ match, ...pair }) => ({ ...pair, by: match.by })), ...misshapen];
  const half = (side: 'a' | 'b', counted: CountedSide): Half => {
    const other = side === 'a' ? 'b' : 'a';
    return {
      ...{ side, counted, compared: new Set(pairs.map((pair) => pair[side])) },
      partners: new Map(all.map((pair) => [pair[side], { layer: pair[other], by: pair.by }])),
    };
  };
  const [halfA, halfB] = [half('a', a), half('b', b)];
  return [...unmatchedIn(halfA, halfB), ...unmatchedIn(halfB, halfA)];
}

function unmatchedIn({ side, counted, compared, partners }: Half, there: Half): Unmatched[] {
  const tensors = new Set(there.counted.reader.tensors.map((tensor) => tensor.name));
  const reasonOf = reasonIn(there, tensors);
  return counted.layers
    .filter((layer) => !compared.has(layer))
    .map((layer) => {
      const partner = partners.get(layer)?.layer;
      const reason = reasonOf(layer, partner);
      return { name: layer.name, side, reason, ...(partner && { otherShape: [...partner.shape] }) };
    });
}

/** Returns a function that says why a layer is not compared with a layer of `there`. */
function reasonIn(there: Half, tensors: ReadonlySet<string>) {
  const { reader, leftOut } = there.counted;
  return (layer: Layer, partner: Layer | undefined): string => {
    if (partner) {
      const other = partner.name === layer.name ? '' : `that of ${partner.name} is `;
      return `the shape is [${layer.shape.join(', ')}], but ${other}[${partner.shape.join(', ')}] in ${reader.file}`;
    }
    const taken = takenByHand(layer, there);
    if (taken) return `${quote(taken.name)} in ${reader.file} is matched with ${quote(taken.partner)} by hand`;
    const left = leftOut.find(({ name }) => name === layer.name);
    if (left) return `this is not a prunable layer in ${reader.file}: ${left.reason}`;
    const isThere = tensors.has(layer.weight.name);
    return `${isThere ? 'this layer has no mask' : 'there is no such layer'} in ${reader.file}`;
  };
}

/** Returns the layer that would match by its name if the user had not matched it with another one. */
function takenByHand({ name }: Layer, { counted, partners }: Half): { name: string; partner: string } | undefined {
  const { path } = modulePath(name);
  const same =
    counted.layers.find((one) => one.name === name) ?? counted.layers.find((one) => modulePath(one.name).path === path);
  const partner = same && partners.get(same);
  return same && partner?.by === 'map' ? { name: same.name, partner: partner.layer.name } : undefined;
}
