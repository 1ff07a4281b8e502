import { canonicalJson } from '../../../core/canonical.ts';
import { encodePng, type Picture } from '../png.ts';
import { type Element, elementsOf } from './elements.ts';
import { embeddedFonts, type Weight } from './fonts.ts';
import { FONT, INK, SIZE } from './style.ts';

/** Lengths in points (1/72 inch) from the upper left corner. */
export interface Page {
  width: number;
  height: number;
  /** SVG elements. */
  body: string;
}

export interface TextStyle {
  anchor?: 'start' | 'middle' | 'end';
  size?: number;
  weight?: 400 | 700;
  fill?: string;
  /** Degrees, clockwise about the point. */
  rotate?: number;
}

export interface StrokeStyle {
  stroke?: string;
  width?: number;
  fill?: string;
  dash?: string;
  opacity?: number;
}

/** Two decimals: a hundredth of a point is 3 µm on paper. */
export function num(value: number): string {
  return String(Math.round(value * 100) / 100);
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);
}

/** A line of text whose baseline begins (or is centred, or ends) at a point. */
export function text(x: number, y: number, words: string, style: TextStyle = {}): string {
  const { anchor = 'start', size = SIZE, weight = 400, fill = INK, rotate } = style;
  const turn = rotate === undefined ? '' : ` transform="rotate(${num(rotate)} ${num(x)} ${num(y)})"`;
  const bold = weight === 400 ? '' : ` font-weight="${weight}"`;
  const at = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${num(x)}" y="${num(y)}" font-family="${FONT}" font-size="${num(size)}"${bold}${at} fill="${fill}"${turn}>${escaped(words)}</text>`;
}

export function rect(x: number, y: number, width: number, height: number, style: StrokeStyle = {}): string {
  return `<rect x="${num(x)}" y="${num(y)}" width="${num(width)}" height="${num(height)}"${painted(style)}/>`;
}

export function ellipse(x: number, y: number, rx: number, ry: number, style: StrokeStyle = {}): string {
  const [a, b] = [num(rx), num(ry)];
  return path(`M${num(x - rx)} ${num(y)}a${a} ${b} 0 1 0 ${num(2 * rx)} 0a${a} ${b} 0 1 0 ${num(-2 * rx)} 0Z`, style);
}

/** SVG path data, stroked. */
export function path(d: string, style: StrokeStyle = {}): string {
  return `<path d="${d}" stroke-linecap="round" stroke-linejoin="round"${painted(style)}/>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, style: StrokeStyle = {}): string {
  return `<path d="M${num(x1)} ${num(y1)}L${num(x2)} ${num(y2)}"${painted({ stroke: INK, ...style })}/>`;
}

/** A picture stretched over a rectangle, its pixels kept apart. */
export function image(x: number, y: number, width: number, height: number, picture: Picture): string {
  const href = `data:image/png;base64,${encodePng(picture).toString('base64')}`;
  return `<image x="${num(x)}" y="${num(y)}" width="${num(width)}" height="${num(height)}" preserveAspectRatio="none" image-rendering="optimizeSpeed" xlink:href="${href}"/>`;
}

export function moved(x: number, y: number, body: string): string {
  return `<g transform="translate(${num(x)} ${num(y)})">${body}</g>`;
}

/** Shows `body` only inside a rectangle; `id` must be the page's only one of its name. */
export function clipped(id: string, x: number, y: number, width: number, height: number, body: string): string {
  return `<clipPath id="${id}">${rect(x, y, width, height, { fill: '#000000' })}</clipPath><g clip-path="url(#${id})">${body}</g>`;
}

/** A page as a file: its size in millimetres, the letters of its font, what made it as JSON in <metadata>. */
export async function svgFile({ width, height, body }: Page, title: string, made: object): Promise<string> {
  const mm = (points: number) => num((points / 72) * 25.4);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${mm(width)}mm" height="${mm(height)}mm" viewBox="0 0 ${num(width)} ${num(height)}">`,
    `<title>${escaped(title)}</title>`,
    `<metadata><tomolapse xmlns="urn:tomolapse">${escaped(canonicalJson(made))}</tomolapse></metadata>`,
    `<style>${await embeddedFonts(lettersOf(elementsOf(body)))}</style>`,
    rect(0, 0, width, height, { fill: '#ffffff' }),
    body,
    '</svg>',
    '',
  ].join('\n');
}

/** The texts of a page by the weight that they are set in. */
function lettersOf(elements: readonly Element[], found = new Map<Weight, string>()): Map<Weight, string> {
  for (const { name, attributes, text, children } of elements) {
    if (name === 'text') {
      const weight = attributes['font-weight'] === '700' ? 700 : 400;
      found.set(weight, `${found.get(weight) ?? ''}${text}`);
    }
    lettersOf(children, found);
  }
  return found;
}

function painted({ stroke, width, fill = 'none', dash, opacity }: StrokeStyle): string {
  return [
    ` fill="${fill}"`,
    stroke === undefined ? '' : ` stroke="${stroke}" stroke-width="${num(width ?? 0.6)}"`,
    dash === undefined ? '' : ` stroke-dasharray="${dash}"`,
    opacity === undefined ? '' : ` ${stroke === undefined ? 'fill' : 'stroke'}-opacity="${opacity}"`,
  ].join('');
}
