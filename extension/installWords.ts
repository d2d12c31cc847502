/** Describes an installation of TensorFlow to the person who has to confirm it. */
import type { InstallPlan } from '../engine/protocol';

/** Says what would be downloaded, from where, how much, and what happens with it. */
export function planWords({ home, gpu, python, tensorflow, downloads, compiler, replaces }: InstallPlan): string {
  const [total, unknown] = [
    downloads.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
    downloads.some(({ bytes }) => bytes === undefined),
  ];
  const files = downloads.map(
    ({ name, version, bytes, url }) => `• ${name} ${version}`.trimEnd() + ` (${size(bytes)}, ${placeOf(url)})`,
  );
  const { inPlace, version } = tensorflow;
  return [
    inPlace === undefined
      ? `TensorFlow${gpu ? ' with CUDA’s libraries' : ''}, as chosen by the pip of ${python.path}.`
      : `TensorFlow ${version} of ${python.path} is used in place.`,
    '',
    `Downloads ${total > 0 || !unknown ? size(total) : ''}${unknown ? `${total > 0 ? ' and ' : ''}files of unknown size (${gpu ? 'several GB' : 'some hundred MB'})` : ''}:`,
    ...files,
    '',
    `Each file is checked with its hash. The addon is compiled here with ${compiler}. All of it goes to ${home}.`,
    ...(replaces === undefined
      ? []
      : [`TensorFlow ${replaces}, which is installed now, is replaced after the new one has been checked.`]),
  ].join('\n');
}

function size(bytes: number | undefined): string {
  if (bytes === undefined) return 'size unknown';
  if (bytes < 1e5) return `${(bytes / 1e3).toFixed(0)} kB`;
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** Returns the host of an address. A word like “npm” is returned as it is. */
function placeOf(url: string): string {
  if (!url.includes(':')) return url;
  const { protocol, host } = new URL(url);
  return protocol === 'file:' ? 'from this machine' : host;
}
