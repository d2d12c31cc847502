/** Exports a chart with its SVG and canvases as one SVG document or as PNG. */

const NAMESPACE = 'http://www.w3.org/2000/svg';
const PROPERTIES = [
  'fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-opacity', 'stroke-dasharray', 'opacity',
  'font-family', 'font-size', 'font-weight', 'text-anchor', 'dominant-baseline',
] as const; // prettier-ignore
const LINE = 16;

export interface Words {
  title: string;
  caption: string;
}

/** Returns an SVG document that needs no other files: styles become attributes, canvases become images. It has title and caption. */
export function svgDocument(body: HTMLElement, words: Words): string {
  const box = body.getBoundingClientRect();
  const root = element('svg', { xmlns: NAMESPACE, width: box.width, height: box.height + 3 * LINE });
  const style = getComputedStyle(body);
  const background = getComputedStyle(document.body).backgroundColor;
  root.append(element('rect', { width: '100%', height: '100%', fill: background }));
  root.append(textLine(words.title, LINE, style));
  for (const part of body.querySelectorAll('canvas, svg')) {
    if (part.parentElement?.closest('svg')) continue;
    const { left, top, width, height } = part.getBoundingClientRect();
    const place = { x: left - box.left, y: top - box.top + 1.5 * LINE, width, height };
    root.append(part instanceof HTMLCanvasElement ? image(part, place) : inlined(part as SVGSVGElement, place));
  }
  root.append(textLine(words.caption, box.height + 2.5 * LINE, style));
  return new XMLSerializer().serializeToString(root);
}

/** Returns the document as PNG in base64, at the resolution of the screen. */
export async function pngOf(svg: string): Promise<string> {
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await picture.decode();
  const ratio = window.devicePixelRatio;
  const canvas = document.createElement('canvas');
  canvas.width = picture.width * ratio;
  canvas.height = picture.height * ratio;
  canvas.getContext('2d')!.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/png').split(',')[1]!;
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
