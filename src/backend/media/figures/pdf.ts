/// <reference path="./packages.d.ts" />
import PDFDocument from 'pdfkit';
import { type Element, elementsOf } from './elements.ts';
import { fontFile, WEIGHTS } from './fonts.ts';
import type { Page } from './svg.ts';

/**
 * A page as PDF: vector paths, text as text in embedded fonts cut to what is used, pictures as they are. `notes` go into the
 * document's information. Same page, same bytes. Throws an Error for an element that pages do not have.
 */
export async function pdfOf(page: Page, notes: Readonly<Record<string, string>>): Promise<Buffer> {
  const { width, height, body } = page;
  const doc = new PDFDocument({
    pdfVersion: '1.5',
    size: [width, height],
    margin: 0,
    font: null,
    info: { ...notes, CreationDate: new Date(0) },
  });
  // The document's number is made from it; as a date in the file it would say when, not what.
  Object.defineProperty(doc.info, 'CreationDate', { enumerable: false });
  doc.endMetadata = () => undefined;
  for (const weight of WEIGHTS) doc.registerFont(String(weight), await fontFile(weight));
  const pieces: Buffer[] = [];
  const written = new Promise<Buffer>((resolve) => {
    doc.on('data', (piece) => pieces.push(piece));
    doc.on('end', () => resolve(Buffer.concat(pieces)));
  });
  const elements = elementsOf(body);
  new Writer(doc, elements).all(elements);
  doc.end();
  return await written;
}

class Writer {
  readonly #doc: PDFDocument;
  readonly #clips = new Map<string, Element>();

  constructor(doc: PDFDocument, elements: readonly Element[]) {
    this.#doc = doc;
    const collect = (element: Element): void => {
      if (element.name === 'clipPath') this.#clips.set(element.attributes['id']!, element);
      element.children.forEach(collect);
    };
    elements.forEach(collect);
  }

  all(elements: readonly Element[]): void {
    for (const element of elements) this.#one(element);
  }

  #one(element: Element): void {
    const { name, attributes } = element;
    if (name === 'defs' || name === 'clipPath' || attributes['visibility'] === 'hidden') return;
    this.#doc.save();
    for (const [a, b, c, d, e, f] of matricesOf(attributes['transform'])) this.#doc.transform(a, b, c, d, e, f);
    const clip = /^url\(#(.+)\)$/.exec(attributes['clip-path'] ?? '');
    if (clip) this.#clip(this.#clips.get(clip[1]!)!);
    if (name === 'g') this.all(element.children);
    else if (name === 'text') this.#text(element);
    else if (name === 'image') this.#image(attributes);
    else {
      this.#outline(element);
      this.#paint(attributes);
    }
    this.#doc.restore();
  }

  #clip({ children }: Element): void {
    for (const child of children) this.#outline(child);
    this.#doc.clip();
  }

  #outline({ name, attributes }: Element): void {
    const number = (key: string) => Number(attributes[key] ?? 0);
    if (name === 'path') this.#doc.path(attributes['d']!);
    else if (name === 'rect') this.#doc.rect(number('x'), number('y'), number('width'), number('height'));
    else if (name === 'polygon' || name === 'polyline')
      this.#doc.path(`M${attributes['points']}${name === 'polygon' ? 'Z' : ''}`);
    else throw new Error(`a page has no <${name}>`);
  }

  #paint(attributes: Element['attributes']): void {
    const fill = attributes['fill'] ?? '#000000';
    const stroke = attributes['stroke'] ?? 'none';
    const opacity = (of: string) => Number(attributes[`${of}-opacity`] ?? 1) * Number(attributes['opacity'] ?? 1);
    if (opacity('fill') < 1) this.#doc.fillOpacity(opacity('fill'));
    if (opacity('stroke') < 1) this.#doc.strokeOpacity(opacity('stroke'));
    if (stroke !== 'none') {
      this.#doc.lineWidth(Number(attributes['stroke-width'] ?? 1));
      this.#doc.lineCap(attributes['stroke-linecap'] ?? 'butt').lineJoin(attributes['stroke-linejoin'] ?? 'miter');
      const dash = attributes['stroke-dasharray'];
      if (dash && dash !== 'none') this.#doc.dash(dash.split(/[\s,]+/).map(Number));
    }
    const rule = attributes['fill-rule'] === 'evenodd' ? 'even-odd' : undefined;
    if (fill !== 'none' && stroke !== 'none') this.#doc.fillAndStroke(fill, stroke, rule);
    else if (fill !== 'none') this.#doc.fill(fill, rule);
    else if (stroke !== 'none') this.#doc.stroke(stroke);
  }

  #text({ attributes, text }: Element): void {
    const size = Number.parseFloat(attributes['font-size']!);
    this.#doc.font(attributes['font-weight'] === '700' || attributes['font-weight'] === 'bold' ? '700' : '400');
    this.#doc.fontSize(size).fillColor(attributes['fill'] ?? '#000000');
    const before = { middle: 0.5, end: 1 }[attributes['text-anchor'] ?? ''] ?? 0;
    const x = Number(attributes['x'] ?? 0) - before * this.#doc.widthOfString(text);
    const y = Number(attributes['y'] ?? 0) + Number.parseFloat(attributes['dy'] ?? '0') * size;
    this.#doc.text(text, x, y, { lineBreak: false, baseline: 'alphabetic' });
  }

  #image(attributes: Element['attributes']): void {
    const png = /^data:image\/png;base64,(.+)$/.exec(attributes['xlink:href'] ?? '');
    if (!png) throw new Error('a page has PNG pictures alone');
    const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((key) => Number(attributes[key] ?? 0));
    this.#doc.image(Buffer.from(png[1]!, 'base64'), x!, y!, { width: width!, height: height! });
  }
}

type Matrix = [a: number, b: number, c: number, d: number, e: number, f: number];

/** A `transform` as matrices, the outermost first. */
function matricesOf(transform = ''): Matrix[] {
  return [...transform.matchAll(/(\w+)\(([^)]*)\)/g)].map(([, kind, inside]): Matrix => {
    const n = inside!
      .trim()
      .split(/[\s,]+/)
      .map(Number);
    if (kind === 'matrix') return n as Matrix;
    if (kind === 'translate') return [1, 0, 0, 1, n[0]!, n[1] ?? 0];
    if (kind === 'scale') return [n[0]!, 0, 0, n[1] ?? n[0]!, 0, 0];
    if (kind !== 'rotate') throw new Error(`a page has no transform ${kind}`);
    const [cos, sin] = [Math.cos((n[0]! * Math.PI) / 180), Math.sin((n[0]! * Math.PI) / 180)];
    const [x, y] = [n[1] ?? 0, n[2] ?? 0];
    return [cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y];
  });
}
