/** Describes an installation of TensorFlow to the user, who has to confirm it. */
import type { InstallPlan } from '../engine/protocol';

/** Lists the downloads with source and size, and says where they are installed. */
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
      ? `TensorFlow${gpu ? ' with CUDA’s libraries' : ''}, in the version that the pip of ${python.path} chooses.`
      : `TensorFlow ${version} is already in ${python.path} and is used from there.`,
    '',
    `Downloads ${total > 0 || !unknown ? size(total) : ''}${unknown ? `${total > 0 ? ' and ' : ''}files of unknown size (${gpu ? 'several GB' : 'some hundred MB'})` : ''}:`,
    ...files,
    '',
    `The hash of each file is checked. The addon is compiled on this machine with ${compiler}. Everything is installed in ${home}.`,
    ...(replaces === undefined
      ? []
      : [`The installed TensorFlow ${replaces} is replaced, but only after the new one has been checked.`]),
  ].join('\n');
}

function size(bytes: number | undefined): string {
  if (bytes === undefined) return 'size unknown';
  if (bytes < 1e5) return `${(bytes / 1e3).toFixed(0)} kB`;
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** Returns the host of a URL. A text without a colon, such as “npm”, is returned unchanged. */
function placeOf(url: string): string {
  if (!url.includes(':')) return url;
  const { protocol, host } = new URL(url);
  return protocol === 'file:' ? 'from this machine' : host;
}
