/** Exports a chart with its SVG and canvases as one SVG document or as PNG. */

const NAMESPACE = 'http://www.w3.org/2000/svg';
const PROPERTIES = [
  'fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-opacity', 'stroke-dasharray', 'opacity',
  'font-family', 'font-size', 'font-weight', 'text-anchor', 'dominant-baseline', 'paint-order',
] as const; // prettier-ignore
/** Resolution of an exported picture in pixels per CSS pixel. It is enough for print. */
export const EXPORT_RATIO = 3;
const LINE = 16;
const LETTER = 7;
/** Room for a title and a caption above and below a narrow picture. */
const LEAST_WIDTH = 320;

export interface Words {
  title: string;
  caption: string;
  /** Size of the part of the body to export, from its top left. By default, the whole body. */
  used?: { width: number; height: number } | undefined;
}

/** Returns an SVG document with title and caption that needs no other files. Styles become attributes, and canvases become images. Of the
 * HTML in the body, only elements with the class `written` are included. */
export function svgDocument(body: HTMLElement, words: Words): string {
  const box = body.getBoundingClientRect();
  const used = words.used ?? box;
  const width = Math.max(used.width, LEAST_WIDTH);
  const title = wrapped(words.title, width);
  const caption = wrapped(words.caption, width);
  const top = (title.length + 0.5) * LINE;
  const height = top + used.height + (caption.length + 1) * LINE;
  const root = element('svg', { xmlns: NAMESPACE, width, height });
  const style = getComputedStyle(body);
  const background = getComputedStyle(document.body).backgroundColor;
  root.append(element('rect', { width: '100%', height: '100%', fill: background }));
  title.forEach((line, place) => {
    root.append(textLine(line, (place + 1) * LINE, style));
  });
  for (const part of body.querySelectorAll<HTMLElement | SVGSVGElement>('canvas, svg')) {
    if (
      part.closest('.hidden-line') ||
      part.parentElement?.closest('svg') ||
      (part instanceof HTMLElement && part.hidden)
    )
      continue;
    const at = part.getBoundingClientRect();
    const place = { x: at.left - box.left, y: at.top - box.top + top, width: at.width, height: at.height };
    root.append(part instanceof HTMLCanvasElement ? image(part, place) : inlined(part as SVGSVGElement, place));
  }
  for (const written of body.querySelectorAll<HTMLElement>('tr:not(.hidden-line) .written')) {
    const at = written.getBoundingClientRect();
    if (at.width > 0)
      root.append(writtenText(written, { x: at.left - box.left, y: at.top - box.top + top + at.height / 2 }));
  }
  // The background of the caption hides everything below the exported part, such as the empty rest of a canvas.
  root.append(element('rect', { y: top + used.height, width: '100%', height: '100%', fill: background }));
  caption.forEach((line, place) => {
    root.append(textLine(line, top + used.height + (place + 1) * LINE, style));
  });
  return new XMLSerializer().serializeToString(root);
}

/** Returns the document as PNG in base64, with this many pixels per CSS pixel. */
export async function pngOf(svg: string, ratio: number): Promise<string> {
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await picture.decode();
  const canvas = document.createElement('canvas');
  canvas.width = picture.width * ratio;
  canvas.height = picture.height * ratio;
  canvas.getContext('2d')!.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/png').split(',')[1]!;
}

/** Splits a text into lines that fit into a width. `LETTER` is the estimated width of a letter. */
function wrapped(text: string, width: number): string[] {
  const most = Math.floor((width - 16) / LETTER);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

type Place = Record<'x' | 'y' | 'width' | 'height', number>;

function element(name: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key !== 'xmlns') made.setAttribute(key, String(value));
  }
  return made;
}

function textLine(text: string, y: number, { fontFamily, fontSize, color }: CSSStyleDeclaration): SVGElement {
  const line = element('text', { x: 8, y, 'font-family': fontFamily, 'font-size': fontSize, fill: color });
  line.textContent = text;
  return line;
}

/** Returns the text of an element of the page, such as a cell of a legend, at the middle of its height. */
function writtenText(written: HTMLElement, { x, y }: { x: number; y: number }): SVGElement {
  const { fontFamily, fontSize, color, paddingLeft, paddingRight, textAlign, width } = getComputedStyle(written);
  const isRight = textAlign === 'right';
  const at = isRight
    ? x + Number.parseFloat(width) - Number.parseFloat(paddingRight)
    : x + Number.parseFloat(paddingLeft);
  const made = element('text', { x: at, y, 'font-family': fontFamily, 'font-size': fontSize, fill: color });
  made.setAttribute('text-anchor', isRight ? 'end' : 'start');
  made.setAttribute('dominant-baseline', 'central');
  made.textContent = written.textContent;
  return made;
}

function image(canvas: HTMLCanvasElement, place: Place): SVGElement {
  return element('image', { ...place, href: canvas.toDataURL('image/png') });
}

function inlined(svg: SVGSVGElement, place: Place): SVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = svg.querySelectorAll('*');
  copy.querySelectorAll('*').forEach((node, index) => {
    const style = getComputedStyle(originals[index]!);
    for (const property of PROPERTIES) node.setAttribute(property, style.getPropertyValue(property));
    node.removeAttribute('class');
    node.removeAttribute('tabindex');
  });
  for (const [key, value] of Object.entries(place)) copy.setAttribute(key, String(value));
  return copy;
}
