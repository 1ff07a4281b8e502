import { deflateSync } from 'node:zlib';
import { pngChunks } from '../png.ts';

type Attributes = Readonly<Record<string, string>>;

interface Element {
  name: string;
  attributes: Attributes;
  children: Element[];
}

/**
 * A PDF of one page from SVG as `outlined` gives it, lengths in points: vector paths, pictures as they are. `notes` go into the
 * document's information. Same page, same bytes.
 */
export function pdfOf(svg: string, width: number, height: number, notes: Readonly<Record<string, string>>): Buffer {
  const root = parsed(svg);
  const writer = new PageWriter(root);
  writer.group(root.children);
  const objects: Buffer[] = [];
  const add = (body: string | Buffer): number => objects.push(typeof body === 'string' ? Buffer.from(body) : body);
  add('<</Type/Catalog/Pages 2 0 R>>');
  add('<</Type/Pages/Kids[3 0 R]/Count 1>>');
  const first = 6;
  const pictures = writer.pictures.map((_, i) => `/P${i} ${first + i} 0 R`).join('');
  const states = [...writer.states].map(([state, name]) => `/${name}<<${state}>>`).join('');
  add(
    `<</Type/Page/Parent 2 0 R/MediaBox[0 0 ${width} ${height}]/Contents 4 0 R/Resources<</XObject<<${pictures}>>/ExtGState<<${states}>>>>>>`,
  );
  add(stream('', Buffer.from(`1 0 0 -1 0 ${height} cm\n${writer.content}`)));
  add(
    `<<${Object.entries(notes)
      .map(([name, text]) => `/${name}${utf16(text)}`)
      .join('')}>>`,
  );
  for (const png of writer.pictures) add(pictureObject(png));
  return assembled(objects);
}

function assembled(objects: readonly Buffer[]): Buffer {
  const parts = [Buffer.from('%PDF-1.5\n%âãÏÓ\n', 'latin1')];
  let at = parts[0]!.length;
  const places = objects.map((body, i) => {
    const place = at;
    const object = Buffer.concat([Buffer.from(`${i + 1} 0 obj\n`), body, Buffer.from('\nendobj\n')]);
    parts.push(object);
    at += object.length;
    return place;
  });
  const table = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  parts.push(
    Buffer.from(
      `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<</Size ${objects.length + 1}/Root 1 0 R/Info 5 0 R>>\nstartxref\n${at}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}

/** Writes a tree of elements as page content. */
class PageWriter {
  content = '';
  readonly pictures: Buffer[] = [];
  /** Opacities in use, by their dictionary. */
  readonly states = new Map<string, string>();
  readonly #clips = new Map<string, Element>();

  constructor(root: Element) {
    const collect = ({ name, attributes, children }: Element): void => {
      if (name === 'clipPath') this.#clips.set(attributes['id']!, { name, attributes, children });
      for (const child of children) collect(child);
    };
    collect(root);
  }

  group(elements: readonly Element[]): void {
    for (const { name, attributes, children } of elements) {
      if (name === 'g' || name === 'path' || name === 'image') {
        this.#say('q');
        if (attributes['transform']) this.#say(`${matrixOf(attributes['transform'])} cm`);
        const clip = /^url\(#(.+)\)$/.exec(attributes['clip-path'] ?? '');
        if (clip) this.#clip(this.#clips.get(clip[1]!)!);
        if (name === 'g') this.group(children);
        if (name === 'path') this.#path(attributes);
        if (name === 'image') this.#image(attributes);
        this.#say('Q');
      } else if (name !== 'defs' && name !== 'clipPath') throw new Error(`a PDF cannot be made of <${name}>`);
    }
  }

  #say(operators: string): void {
    this.content += `${operators}\n`;
  }

  #clip({ children }: Element): void {
    for (const { name, attributes } of children) {
      if (name !== 'path' || attributes['transform']) throw new Error('a PDF cannot be clipped by this');
      this.#say(`${operatorsOf(attributes['d']!)} W n`);
    }
  }

  #path(attributes: Attributes): void {
    if (attributes['visibility'] === 'hidden') return;
    const fill = attributes['fill'] ?? '#000000';
    const stroke = attributes['stroke'] ?? 'none';
    const opacity = (name: string) => Number(attributes[`${name}-opacity`] ?? 1) * Number(attributes['opacity'] ?? 1);
    const [ca, CA] = [opacity('fill'), opacity('stroke')];
    if (ca < 1 || CA < 1) this.#say(`/${this.#state(`/ca ${ca}/CA ${CA}`)} gs`);
    if (fill !== 'none') this.#say(`${colourOf(fill)} rg`);
    if (stroke !== 'none') {
      this.#say(`${colourOf(stroke)} RG ${attributes['stroke-width'] ?? 1} w`);
      this.#say(`${{ round: 1, square: 2 }[attributes['stroke-linecap'] ?? ''] ?? 0} J`);
      this.#say(`${{ round: 1, bevel: 2 }[attributes['stroke-linejoin'] ?? ''] ?? 0} j`);
      const dash = attributes['stroke-dasharray'];
      if (dash && dash !== 'none')
        this.#say(`[${dash.replaceAll(',', ' ')}] ${attributes['stroke-dashoffset'] ?? 0} d`);
    }
    const rule = attributes['fill-rule'] === 'evenodd' ? '*' : '';
    const paint = fill === 'none' ? (stroke === 'none' ? 'n' : 'S') : stroke === 'none' ? `f${rule}` : `B${rule}`;
    this.#say(`${operatorsOf(attributes['d']!)} ${paint}`);
  }

  #image(attributes: Attributes): void {
    const png = /^data:image\/png;base64,(.+)$/.exec(attributes['xlink:href'] ?? '');
    if (!png) throw new Error('a PDF takes PNG pictures alone');
    const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) => Number(attributes[name] ?? 0));
    this.pictures.push(Buffer.from(png[1]!, 'base64'));
    this.#say(`${width} 0 0 ${-height!} ${x} ${y! + height!} cm /P${this.pictures.length - 1} Do`);
  }

  #state(dictionary: string): string {
    const name = this.states.get(dictionary) ?? `S${this.states.size}`;
    this.states.set(dictionary, name);
    return name;
  }
}

/** SVG path data as PDF operators; a quadratic curve is the cubic one of the same shape. */
function operatorsOf(d: string): string {
  const out: string[] = [];
  const tokens = d.trim().split(/[\s,]+/);
  let [x, y] = [0, 0];
  for (let i = 0; i < tokens.length; ) {
    const command = tokens[i++]!;
    const take = (count: number) => tokens.slice(i, (i += count)).map(Number);
    if (command === 'Z') {
      out.push('h');
      continue;
    }
    const counts: Record<string, number> = { M: 2, L: 2, Q: 4, C: 6 };
    const points = take(counts[command] ?? 0);
    if (points.length === 0 || points.some(Number.isNaN)) throw new Error(`a PDF cannot be made of the path "${d}"`);
    if (command === 'Q') {
      const [cx, cy, ex, ey] = points as [number, number, number, number];
      const third = (from: number, control: number) => from + (2 / 3) * (control - from);
      out.push(`${[third(x, cx), third(y, cy), third(ex, cx), third(ey, cy), ex, ey].map(short).join(' ')} c`);
    } else out.push(`${points.map(short).join(' ')} ${{ M: 'm', L: 'l', C: 'c' }[command]}`);
    [x, y] = points.slice(-2) as [number, number];
  }
  return out.join(' ');
}

function short(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

function matrixOf(transform: string): string {
  const matrix = /^matrix\(([^)]+)\)$/.exec(transform);
  if (!matrix) throw new Error(`a PDF cannot be made of the transform "${transform}"`);
  return matrix[1]!.replaceAll(',', ' ');
}

function colourOf(colour: string): string {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (!hex) throw new Error(`a PDF cannot be made of the colour "${colour}"`);
  return hex
    .slice(1)
    .map((channel) => short(Number.parseInt(channel, 16) / 255))
    .join(' ');
}

/** A PNG's own compressed rows serve as they are. */
function pictureObject(png: Buffer): Buffer {
  const chunks = pngChunks(png);
  const header = chunks[0]!.body;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const colours = { 0: 1, 2: 3 }[header[9]!];
  if (header[8] !== 8 || colours === undefined || header[12] !== 0) throw new Error('a PDF cannot hold this PNG');
  const rows = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ body }) => body));
  const space = colours === 1 ? '/DeviceGray' : '/DeviceRGB';
  const dictionary = `/Type/XObject/Subtype/Image/Width ${width}/Height ${height}/ColorSpace${space}/BitsPerComponent 8/DecodeParms<</Predictor 15/Colors ${colours}/Columns ${width}>>`;
  return stream(dictionary, rows, true);
}

function stream(dictionary: string, bytes: Buffer, deflated = false): Buffer {
  const body = deflated ? bytes : deflateSync(bytes, { level: 9 });
  return Buffer.concat([
    Buffer.from(`<<${dictionary}/Filter/FlateDecode/Length ${body.length}>>\nstream\n`),
    body,
    Buffer.from('\nendstream'),
  ]);
}

function utf16(text: string): string {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
  return `<${bytes.toString('hex')}>`;
}

/** The elements of an SVG that a program wrote; texts between them are left out. */
function parsed(svg: string): Element {
  const root: Element = { name: '', attributes: {}, children: [] };
  const open = [root];
  for (const [, end, name, inside, empty] of svg.matchAll(/<(\/?)([\w:]+)([^>]*?)(\/?)>/g)) {
    if (end) {
      open.pop();
      continue;
    }
    const attributes = Object.fromEntries(
      [...inside!.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!]),
    );
    const element: Element = { name: name!, attributes, children: [] };
    open.at(-1)!.children.push(element);
    if (!empty) open.push(element);
  }
  return root.children[0]!;
}
