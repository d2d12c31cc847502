/** Formats numbers in the same way for the terminal, the tree and the panels. */

/** Digits in which decimal numbers survive a few additions of doubles. */
const DIGITS_OF_DOUBLES = 12;

/**
 * Formats with this many decimals. A half is rounded away from zero as it is written: 67.975 is “67.98” and 54.825 is “54.83”, although the
 * double of the first is a little smaller, and that of the second a little greater.
 */
export function decimalText(value: number, decimals: number): string {
  const text = value.toPrecision(DIGITS_OF_DOUBLES);
  if (!Number.isFinite(value) || text.includes('e')) return value.toFixed(decimals);
  const size = Math.round(Number(`${text.replace('-', '')}e${decimals}`));
  const rounded = Number(`${size}e-${decimals}`);
  if (!Number.isFinite(rounded) || size > Number.MAX_SAFE_INTEGER) return value.toFixed(decimals);
  return `${value < 0 ? '-' : ''}${rounded.toFixed(decimals)}`;
}

/** Formats with three significant digits and no exponent: 20 is “20.0”, 0.05 is “0.0500”. */
export function significant(value: number): string {
  if (value === 0) return '0';
  const size = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(3)))));
  return decimalText(value, Math.min(100, Math.max(0, 2 - size)));
}

/**
 * Formats a number from a tensor with three significant digits. Uses an exponent from 1,000,000 and below 0.0001. Integers and booleans have
 * all their digits.
 */
export function tensorNumber(value: number, dtype: string): string {
  if (/^(u?int|bool)/i.test(dtype) && Number.isSafeInteger(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e6) ? value.toExponential(2) : significant(value);
}

/** Formats a loss with three decimals, or with an exponent from 100,000: “0.312”, “1.53e+17”. */
export function lossText(loss: number): string {
  return Math.abs(loss) < 1e5 ? decimalText(loss, 3) : loss.toExponential(2);
}

/** Formats a share in [0, 1] as percent with three significant digits. Uses more digits if three would round the share to 100 %. */
export function percent(share: number): string {
  const rest = 100 * (1 - share);
  if (rest <= 0 || rest >= 0.05) return `${significant(100 * share)} %`;
  const decimals = Math.min(10, Math.ceil(-Math.log10(rest) - 1e-9));
  return `${decimalText(100 * share, decimals)} %`;
}

const UNITS = ['kB', 'MB', 'GB', 'TB'];

/** Formats a number of bytes with decimal units: “1 byte”, “512 bytes”, “1.07 MB”. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const power = Math.min(UNITS.length, Math.floor(Math.log10(Number(bytes.toPrecision(3))) / 3));
  return `${significant(bytes / 1000 ** power)} ${UNITS[power - 1]!}`;
}

/** Formats a duration, for example “12 s”, “41 min”, “1 h 04 min”. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
